package server

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/weftql/weft/fault"
)

// live knows what outlives a request: WebSockets and event streams. It counts
// them against the limits and ends them when the server drains.
type live struct {
	draining context.Context //nolint:containedctx // done when the server drains
	drain    context.CancelFunc

	mu               sync.Mutex
	total, perClient int
	exemptLocal      bool

	count       int
	clients     map[netip.Addr]int
	connections map[*connection]struct{}
	empty       chan struct{} // closed when the server drains and count is 0
}

// perClientDefault is WebSocketOptions.MaxConnectionsPerClient by default.
const perClientDefault = 100

func newLive(o *WebSocketOptions) *live {
	l := &live{clients: map[netip.Addr]int{}, connections: map[*connection]struct{}{}, empty: make(chan struct{})}
	l.limit(o)
	l.draining, l.drain = context.WithCancel(context.Background())
	return l
}

// limit takes over the limits of o; who is above them now may stay.
func (l *live) limit(o *WebSocketOptions) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total, l.perClient, l.exemptLocal = o.MaxConnections, o.MaxConnectionsPerClient, o.MaxConnectionsPerClient == 0
	if l.exemptLocal {
		l.perClient = perClientDefault
	}
}

// enter counts a client in, which leave undoes. It returns OVERLOADED above a
// limit and SERVER_SHUTDOWN during the drain.
func (l *live) enter(client netip.Addr) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.draining.Err() != nil:
		return shuttingDown()
	case l.count >= l.total:
		return &fault.Error{Code: fault.Overloaded, Message: "too many connections"}
	case l.clients[client] >= l.perClient && !(l.exemptLocal && (client.IsLoopback() || !client.IsValid())):
		return &fault.Error{Code: fault.Overloaded, Message: "too many connections from one address"}
	}
	l.count++
	l.clients[client]++
	return nil
}

func shuttingDown() *fault.Error {
	return &fault.Error{Code: fault.ServerShutdown, Message: "the server is shutting down"}
}

func (l *live) leave(client netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if l.clients[client]--; l.clients[client] == 0 {
		delete(l.clients, client)
	}
	l.tell()
}

// tell closes empty when it is time; l.mu is held. Nobody enters any more then.
func (l *live) tell() {
	if l.draining.Err() != nil && l.count == 0 {
		close(l.empty)
	}
}

// connect serves a connection that was counted in.
func (l *live) connect(c *connection) {
	l.mu.Lock()
	l.connections[c] = struct{}{}
	late := l.draining.Err() != nil
	l.mu.Unlock()
	c.s.Metrics.connected(1)
	go func() { // ends when the client leaves or is closed; Drain waits for it
		if late {
			c.goAway()
		}
		c.serve()
		c.s.Metrics.connected(-1)
		l.mu.Lock()
		delete(l.connections, c)
		l.mu.Unlock()
		l.leave(c.caller.Remote)
	}()
}

func (l *live) all() []*connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*connection, 0, len(l.connections))
	for c := range l.connections {
		all = append(all, c)
	}
	return all
}

// closeRate bounds how many clients a second are sent away, as most of them
// come back to another instance at once. Chosen, not measured.
const closeRate = 1000

// Drain ends WebSockets and event streams: no new ones and no new operations,
// connections are closed with 1001 as soon as only subscriptions run on them,
// those left after nine tenths of the time with 1012. It returns when all are
// gone or ctx ends.
func (h *Handler) Drain(ctx context.Context) {
	l := h.live
	l.mu.Lock()
	if l.draining.Err() == nil {
		l.drain()
		l.tell()
	}
	l.mu.Unlock()
	soft, cancel := context.WithCancel(ctx)
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		soft, cancel = context.WithTimeout(ctx, time.Until(deadline)*9/10)
		defer cancel()
	}
	var farewells sync.WaitGroup
	defer farewells.Wait()
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for i, c := range l.all() {
		if i > 0 && i%(closeRate/10) == 0 {
			select {
			case <-pace.C:
			case <-soft.Done():
			}
		}
		farewells.Go(c.goAway) // ends within a second: a client that does not read takes so long to be told
	}
	select {
	case <-l.empty:
		return
	case <-soft.Done():
	}
	for _, c := range l.all() {
		farewells.Go(func() { c.close(closeRestart, "Service restart") }) // ends within a second
	}
	select {
	case <-l.empty:
	case <-ctx.Done():
	}
}
