package subgraphs

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
)

// Protocol is how a subgraph delivers the events of subscriptions.
type Protocol string

const (
	// AutoProtocol is also the empty string. It asks for TransportWS and turns to
	// EventStream where the subgraph refuses to upgrade: most GraphQL servers
	// speak the first, which carries many subscriptions on one connection, and
	// a server that does not says so at once. What worked is remembered.
	AutoProtocol Protocol = "auto"
	// TransportWS is graphql-transport-ws, the protocol of the graphql-ws library.
	TransportWS Protocol = "transport_ws"
	// EventStream is GraphQL over SSE in distinct connections mode, with POST.
	EventStream Protocol = "sse"
)

// SubscriptionOptions say how an HTTPSource subscribes. The zero value works.
type SubscriptionOptions struct {
	// Protocol is AutoProtocol if empty.
	Protocol Protocol
	// Path replaces the path of the subgraph's URL, query included, for
	// WebSocket connections; then AutoProtocol means TransportWS.
	Path string
	// AckTimeout bounds the wait for connection_ack; default 10 s.
	AckTimeout time.Duration
	// Ping is the time between two pings on a WebSocket, Pong the silence after
	// which it counts as lost; default 15 s and 30 s.
	Ping, Pong time.Duration
	// Idle is how long a WebSocket without subscriptions is kept; default 10 s.
	Idle time.Duration
	// Silence is how long an event stream may send nothing, not even a heartbeat;
	// 0 is for ever.
	Silence time.Duration
	// MaxPerConnection bounds the subscriptions of one WebSocket; default 100.
	MaxPerConnection int
	// ForwardInit sends a client's connection_init payload on as weft's own.
	ForwardInit bool
	// Unshared opens a subscription of its own for every subscriber. By default
	// those that send the same operation, variables and headers share one.
	Unshared bool
	// QueueEvents and QueueBytes bound what waits for one subscriber, whichever
	// is reached first; one event always fits. Default 1024 and 4 MiB.
	QueueEvents int
	QueueBytes  int64
	// Reconnect is how long a subscription that was lost is tried to be opened
	// again; the next event then says that some may be missing. 0 ends the streams
	// instead.
	Reconnect time.Duration
}

func (o SubscriptionOptions) withDefaults() SubscriptionOptions {
	if o.Protocol == "" {
		o.Protocol = AutoProtocol
	}
	if o.Protocol == AutoProtocol && o.Path != "" {
		o.Protocol = TransportWS
	}
	if o.AckTimeout == 0 {
		o.AckTimeout = 10 * time.Second
	}
	if o.Ping == 0 {
		o.Ping = 15 * time.Second
	}
	if o.Pong == 0 {
		o.Pong = 30 * time.Second
	}
	if o.Idle == 0 {
		o.Idle = 10 * time.Second
	}
	if o.MaxPerConnection == 0 {
		o.MaxPerConnection = 100
	}
	if o.QueueEvents == 0 {
		o.QueueEvents = 1024
	}
	if o.QueueBytes == 0 {
		o.QueueBytes = 4 << 20
	}
	return o
}

// problem says what is wrong with the options, "" if nothing.
func (o SubscriptionOptions) problem() string {
	switch o.Protocol {
	case "", AutoProtocol, TransportWS, EventStream:
	default:
		return "the subscription protocol is auto, transport_ws or sse"
	}
	if o.Path == "" {
		return ""
	}
	if u, err := url.Parse(o.Path); err != nil || u.Host != "" || !strings.HasPrefix(o.Path, "/") {
		return "the path for subscriptions must start with /"
	}
	return ""
}

// subscriptionCall is the prepared fetch of a subscription.
type subscriptionCall struct {
	Call // what Fetch does: one answer
	prepared
}

var _ Subscriber = (*subscriptionCall)(nil)

// Subscribe opens a stream of events, or joins one. It blocks until the
// subgraph has accepted the connection; ctx and req.Deadline bound that wait
// and nothing later. It returns the subgraph's errors if it refuses,
// SUBREQUEST_HTTP_ERROR, SUBREQUEST_MALFORMED_RESPONSE, GATEWAY_TIMEOUT,
// UNAUTHENTICATED, FORBIDDEN or DOWNSTREAM_SERVICE_ERROR.
//
// The stream ends with io.EOF if the subgraph completes it, with the subgraph's
// errors if it sends some instead of events, and with
// SUBSCRIPTION_BACKPRESSURE for a reader that lags too far behind; what was
// received before is delivered first. It outlives Close of the source.
func (c *subscriptionCall) Subscribe(ctx context.Context, req *Request) (Stream, error) {
	if !req.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, req.Deadline)
		defer cancel()
	}
	return c.source.streams.join(ctx, c.order(req))
}

// order is what a subscriber asks of the subgraph. It holds copies and is
// immutable.
type order struct {
	header http.Header // rules applied, without what a transport sets itself
	init   []byte      // payload of connection_init, nil for none
	body   []byte      // the JSON request
	// connection identifies all that a connection depends on beside the source,
	// stream the body too.
	connection, stream digest
}

type digest [sha256.Size]byte

func (c *subscriptionCall) order(req *Request) *order {
	options := &c.source.options
	o := &order{header: http.Header{}, body: c.body.appendTo(nil, req)}
	if options.Subscriptions.ForwardInit && req.Caller != nil {
		o.init = slices.Clone(req.Caller.Init)
	}
	sum := sha256.New()
	add := func(text string) { // with its length, so that no two lists look the same
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		_, _ = sum.Write(append(n[:], text...)) // never fails
	}
	add(string(o.init))
	for _, list := range [][]Header{req.Header, options.Header} {
		for i := range list {
			if h := &list[i]; sendable(h, c.source.url.User != nil) && !ofWebSocket(h.Name) {
				o.header.Add(h.Name, h.Value)
				add(textproto.CanonicalMIMEHeaderKey(h.Name))
				add(h.Value)
			}
		}
	}
	sum.Sum(o.connection[:0])
	add(string(o.body))
	sum.Sum(o.stream[:0])
	o.header["User-Agent"] = userAgent
	if own := basicAuthorization(c.source.url); own != "" {
		o.header["Authorization"] = []string{own}
	}
	return o
}

// ofWebSocket reports whether a header belongs to the upgrade itself.
func ofWebSocket(name string) bool {
	const prefix = "sec-websocket-"
	return len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix)
}

// lost is how a stream ends that the subgraph did not complete.
func (s *HTTPSource) lost(message string, cause error) *fault.Error {
	return &fault.Error{Code: fault.DownstreamServiceError, Subgraph: s.options.Name, Message: message, Cause: cause}
}
