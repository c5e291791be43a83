package subgraphs

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/weftql/weft/fault"
)

// hub opens the subscriptions of one source and knows which are running. Equal
// orders share one:
//
//	subscriber ─┐
//	subscriber ─┼─ upstream ─┐
//	subscriber ─┘            ├─ socket     one WebSocket
//	subscriber ─── upstream ─┘
//	subscriber ─── upstream ─── response   one event stream
//
// Locks, in the order they may be taken: hub, upstream, socketPool, socket.
type hub struct {
	source  *HTTPSource
	options SubscriptionOptions
	sockets socketPool
	events  http.RoundTripper // for event streams
	// streamsOnly is set while the subgraph is known to refuse WebSockets.
	streamsOnly atomic.Bool

	mu     sync.Mutex
	shared map[digest]*upstream // those that may be joined
}

func newHub(s *HTTPSource) *hub {
	h := &hub{source: s, options: s.options.Subscriptions.withDefaults(), events: s.options.Transport, shared: map[digest]*upstream{}}
	if h.events == nil {
		h.events = newStreamTransport(s.options.Connections)
	}
	h.sockets.init(h)
	return h
}

// join returns a listener of the upstream for o, which is opened if there is
// none.
func (h *hub) join(ctx context.Context, o *order) (*listener, error) {
	h.mu.Lock()
	u := h.shared[o.stream]
	var l *listener
	if u != nil {
		l = u.add()
	}
	if l == nil {
		u = newUpstream(h, o)
		l = u.add()
		if !h.options.Unshared {
			h.shared[o.stream] = u
		}
		open, cancel := context.WithCancel(context.Background())
		u.cancel = cancel
		go u.open(open) // ends when the subgraph has accepted or refused, or the last listener is gone
	}
	h.mu.Unlock()
	select {
	case <-u.opened:
		if u.refused != nil {
			return nil, u.refused
		}
		return l, nil
	case <-ctx.Done():
		_ = l.Close() // never fails
		return nil, h.source.broken(ctx.Err())
	}
}

// forget makes u private: nobody joins it any more.
func (h *hub) forget(u *upstream) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.shared[u.order.stream] == u {
		delete(h.shared, u.order.stream)
	}
}

// open subscribes with the protocol of the options. Events go to u from then
// on, maybe before open returns. stop ends the subscription and does not block.
//
// The error may be marked passing.
func (h *hub) open(ctx context.Context, o *order, u *upstream) (stop func(), err error) {
	defer func() {
		if cause := recover(); cause != nil { // a bug, in weft or in a transport it was given
			stop, err = nil, h.source.closed(fmt.Errorf("%w: %v", errBug, cause))
		}
	}()
	switch h.options.Protocol {
	case TransportWS:
		return h.sockets.subscribe(ctx, o, u)
	case EventStream:
		return h.openEvents(ctx, o, u)
	default:
		return h.openEither(ctx, o, u)
	}
}

// openEither is AutoProtocol. A WebSocket that fails for another reason than
// that the subgraph has none is an error: the other protocol would only hide it.
func (h *hub) openEither(ctx context.Context, o *order, u *upstream) (func(), error) {
	if h.streamsOnly.Load() {
		stop, err := h.openEvents(ctx, o, u)
		if !isAbsent(err) {
			return stop, err
		}
		h.streamsOnly.Store(false) // the subgraph has changed
	}
	stop, noSocket := h.sockets.subscribe(ctx, o, u)
	if !isAbsent(noSocket) {
		return stop, noSocket
	}
	stop, noEvents := h.openEvents(ctx, o, u)
	if noEvents == nil {
		h.streamsOnly.Store(true)
		return stop, nil
	}
	if !isAbsent(noEvents) {
		return nil, noEvents
	}
	cause := fmt.Errorf("%v; %v", noSocket, noEvents) //nolint:errorlint // their codes must not be found instead of this one's
	return nil, &fault.Error{Code: fault.SubrequestHTTPError, Subgraph: h.source.options.Name, Cause: cause,
		Message: "the subgraph offers subscriptions neither over WebSocket nor as an event stream"}
}

// absent marks the refusal of a subgraph that does not seem to speak the
// protocol at all. It does not leave the package.
type absent struct{ error }

func (a absent) Unwrap() error { return a.error }

func isAbsent(err error) bool {
	var a absent
	return errors.As(err, &a)
}

// plain takes marks off.
func plain(err error) error {
	switch marked := err.(type) { //nolint:errorlint // marks are outermost
	case absent:
		return plain(marked.error)
	case passing:
		return plain(marked.error)
	}
	return err
}

// close lets unused connections go. Subscriptions that run keep theirs until
// they end.
func (h *hub) close() {
	h.sockets.close()
	if t, ok := h.events.(*http.Transport); ok && h.source.options.Transport == nil {
		t.CloseIdleConnections()
	}
}
