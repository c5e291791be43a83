package subgraphs

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// HTTPOptions configure an HTTPSource. The zero value of every field but URL
// works.
type HTTPOptions struct {
	// Name is the subgraph's name; it goes into faults and logs.
	Name string
	// URL is the GraphQL endpoint: http or https, absolute.
	URL string
	// Transport carries the requests; nil is the package's own HTTP/1.1 client,
	// which keeps connections as Connections says.
	Transport   http.RoundTripper
	Connections TransportOptions
	// Timeout bounds one request from the first byte sent to the last byte
	// read; default 10 s.
	Timeout time.Duration
	// MaxResponseBytes bounds an answer after decompression; default 64 MiB.
	MaxResponseBytes int64
	// Gzip asks for compressed answers. Off, none is asked for and a compressed
	// answer is malformed: on a local network inflating costs more than reading.
	Gzip bool
	// Header is sent with every request, after the request's own.
	Header []Header
	// RequestID is the header in which the name of the client's request is sent;
	// "" is none. It is no part of what makes two requests equal.
	RequestID string
	// Subscriptions says how to subscribe.
	Subscriptions SubscriptionOptions
}

func (o HTTPOptions) withDefaults() HTTPOptions {
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.MaxResponseBytes == 0 {
		o.MaxResponseBytes = 64 << 20
	}
	o.RequestID = textproto.CanonicalMIMEHeaderKey(o.RequestID)
	return o
}

// HTTPSource answers fetches with GraphQL over HTTP: one POST per fetch. It
// follows no redirects, sends no cookies and uses no proxy of the environment.
// It is safe for concurrent use.
type HTTPSource struct {
	options HTTPOptions
	url     *url.URL
	client  *client // nil with a Transport
	streams *hub
}

var _ Source = (*HTTPSource)(nil)

// NewHTTPSource returns a source for o.URL. It connects to nothing. It returns
// CONFIG_INVALID for a URL that is not absolute http or https, and for
// unusable Subscriptions.
func NewHTTPSource(o HTTPOptions) (*HTTPSource, error) {
	u, err := url.Parse(o.URL)
	if err == nil && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		err = errors.New("it must start with http:// or https:// and name a host")
	}
	if err == nil && strings.ContainsFunc(u.Host, func(r rune) bool { return r > 126 }) {
		err = errors.New("write the host name in ASCII, as xn--…")
	}
	if err != nil {
		var parse *url.Error
		if errors.As(err, &parse) {
			err = parse.Err
		}
		return nil, &fault.Error{Code: fault.ConfigInvalid, Subgraph: o.Name, Cause: err,
			Message: "subgraph " + o.Name + ": " + strconv.Quote(Redacted(o.URL)) + " is not a usable URL: " + err.Error()}
	}
	if problem := o.Subscriptions.problem(); problem != "" {
		return nil, &fault.Error{Code: fault.ConfigInvalid, Subgraph: o.Name, Message: "subgraph " + o.Name + ": " + problem}
	}
	s := &HTTPSource{options: o.withDefaults(), url: u}
	s.streams = newHub(s)
	if o.Transport == nil {
		s.client = newClient(u, o.Connections, acceptLines(o.Gzip))
	}
	return s, nil
}

// Prepare builds the request's fixed parts; the result is safe for concurrent
// use. It is a Starter unless a Transport is set, and a Subscriber, not a
// Starter, for a subscription.
func (s *HTTPSource) Prepare(spec *Spec) (Call, error) {
	fixed := prepared{source: s, body: newTemplate(spec), safe: spec.Kind == plan.Query}
	var call Call = &clientCall{fixed}
	if s.client == nil {
		call = &transportCall{fixed}
	}
	if spec.Kind == plan.Subscription {
		return &subscriptionCall{Call: call, prepared: fixed}, nil
	}
	return call, nil
}

// Close closes idle connections; requests under way finish, and their
// connections are not kept. Streams go on until they end or are closed.
func (s *HTTPSource) Close() {
	s.streams.close()
	if s.client != nil {
		s.client.closeIdle()
	} else if t, ok := s.options.Transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// prepared is one fetch of a plan against one endpoint.
type prepared struct {
	source *HTTPSource
	body   *template
	safe   bool // a query: may be sent again
}

// deadline is the earlier of the request's and the source's own.
func (p *prepared) deadline(req *Request) time.Time {
	deadline := time.Now().Add(p.source.options.Timeout)
	if !req.Deadline.IsZero() && req.Deadline.Before(deadline) {
		return req.Deadline
	}
	return deadline
}

// clientCall sends with the package's own client.
type clientCall struct{ prepared }

var (
	_ Call    = (*clientCall)(nil)
	_ Starter = (*clientCall)(nil)
)

// Start sends the request. It returns no error: Finish does.
func (c *clientCall) Start(_ context.Context, req *Request) (Pending, error) {
	return c.start(req), nil
}

func (c *clientCall) start(req *Request) *exchange {
	client := c.source.client
	x := &exchange{source: c.source, deadline: c.deadline(req), safe: c.safe}
	x.request, _ = client.buffers.Get().(*[]byte)
	if x.request == nil {
		x.request = new([]byte)
	}
	buf := client.appendHead((*x.request)[:0], req.Outgoing(), c.source.options.Header)
	if id := c.source.requestID(req); id.Value != "" {
		buf = client.appendLine(buf, &id)
	}
	buf = appendLength(buf, c.body.length(req))
	*x.request = c.body.appendTo(buf, req)
	x.send()
	return x
}

// Fetch sends the request and appends the answer to res.Body. It returns
// SUBREQUEST_HTTP_ERROR, SUBREQUEST_MALFORMED_RESPONSE, GATEWAY_TIMEOUT,
// UNAUTHENTICATED or FORBIDDEN; then res.Body is as long as before. Whether the
// answer is JSON to its end is for the caller to find while parsing it.
func (c *clientCall) Fetch(ctx context.Context, req *Request, res *Response) error {
	x := c.start(req)
	stop := context.AfterFunc(ctx, x.Interrupt)
	defer stop()
	return x.finish(ctx, res)
}

func (x *exchange) finish(ctx context.Context, res *Response) error {
	head, err := x.head()
	if err == nil {
		err = x.source.readAnswer(&reply{status: head.status, contentType: head.contentType, encoding: head.encoding,
			length: head.length, body: &x.conn.body}, res)
	}
	if err == nil {
		x.end(true)
		return nil
	}
	judged, readToEnd := x.judge(ctx, err)
	x.end(readToEnd)
	return judged
}

// judge makes a fault of what went wrong. Unless the answer itself was at fault
// the connection is out of step.
func (x *exchange) judge(ctx context.Context, err error) (f *fault.Error, readToEnd bool) {
	if errors.As(err, &f) {
		return f, true
	}
	if x.wasInterrupted() {
		err = interruption(ctx)
	}
	return x.source.broken(err), false
}

// interruption is why a request was interrupted.
func interruption(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Canceled
}

// broken says why no answer came, without the address: the cause has it, for
// the log.
func (s *HTTPSource) broken(err error) *fault.Error {
	f := &fault.Error{Code: fault.SubrequestHTTPError, Subgraph: s.options.Name, Cause: err}
	var dns *net.DNSError
	var operation *net.OpError
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	switch {
	case timedOut(err):
		f.Code = fault.GatewayTimeout
		f.Message = "the subgraph did not answer in time"
	case errors.Is(err, context.Canceled):
		f.Message = "the subgraph request was cancelled"
	case errors.As(err, &dns):
		f.Message = "the subgraph's host name was not found"
	case errors.As(err, &operation) && operation.Op == "dial":
		f.Message = "the subgraph refused the connection or is unreachable"
	case errors.As(err, &certificate):
		f.Message = "the subgraph's certificate is not trusted"
	case errors.As(err, &record):
		f.Message = "the subgraph does not speak TLS, although its URL says https"
	case errors.As(err, &operation) && operation.Op == "remote error":
		f.Message = "the subgraph refused the TLS handshake"
	case cutOff(err):
		f.Code = fault.SubrequestMalformed
		f.Message = "the subgraph's answer was cut off"
	default:
		f.Message = "the connection to the subgraph broke"
	}
	return f
}

func cutOff(err error) bool {
	for _, sign := range []error{io.ErrUnexpectedEOF, errBadChunk, gzip.ErrChecksum, gzip.ErrHeader} {
		if errors.Is(err, sign) {
			return true
		}
	}
	var corrupt flate.CorruptInputError
	return errors.As(err, &corrupt)
}
