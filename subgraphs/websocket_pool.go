package subgraphs

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// socketPool keeps the WebSockets of one source, by what they depend on.
type socketPool struct {
	hub *hub

	closed atomic.Bool // with the source

	mu    sync.Mutex
	open  map[digest][]*socket
	dials map[digest]*dialing
}

// dialing is a connection being made, and how many wait for it. All but done
// is guarded by the pool's lock, err is set before done is closed.
type dialing struct {
	waiting int
	cancel  context.CancelFunc
	done    chan struct{}
	err     error
}

func (p *socketPool) init(h *hub) {
	p.hub, p.open, p.dials = h, map[digest][]*socket{}, map[digest]*dialing{}
}

// subscribe starts a subscription on a socket with room, or on a new one.
// Subscriptions that need a new one at the same time share it.
func (p *socketPool) subscribe(ctx context.Context, o *order, u *upstream) (stop func(), err error) {
	for {
		p.mu.Lock()
		for _, s := range p.open[o.connection] {
			if stop, ok := s.acquire(u, o.body); ok {
				p.mu.Unlock()
				return stop, nil
			}
		}
		d := p.dials[o.connection]
		if d == nil || d.waiting >= p.hub.options.MaxPerConnection {
			d = p.dial(o)
		}
		d.waiting++
		p.mu.Unlock()
		select {
		case <-d.done:
			if d.err != nil {
				return nil, d.err
			}
		case <-ctx.Done():
			p.abandon(o.connection, d)
			return nil, p.hub.source.broken(ctx.Err())
		}
	}
}

// dial starts to connect; the lock is held.
func (p *socketPool) dial(o *order) *dialing {
	ctx, cancel := context.WithCancel(context.Background())
	d := &dialing{cancel: cancel, done: make(chan struct{})}
	p.dials[o.connection] = d
	go func() { // ends with the timeouts of connecting at the latest
		defer close(d.done)
		defer cancel()
		conn, err := p.hub.connect(ctx, o)
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.dials[o.connection] == d {
			delete(p.dials, o.connection)
		}
		d.err = err
		if err == nil {
			p.open[o.connection] = append(p.open[o.connection], newSocket(p, o.connection, conn))
		}
	}()
	return d
}

// abandon counts a waiter out; the last one stops the connecting.
func (p *socketPool) abandon(key digest, d *dialing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d.waiting--; d.waiting > 0 {
		return
	}
	d.cancel()
	if p.dials[key] == d {
		delete(p.dials, key)
	}
}

// remove forgets a socket.
func (p *socketPool) remove(s *socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.open[s.key]
	for i := range list {
		if list[i] == s {
			list[i] = list[len(list)-1]
			list[len(list)-1] = nil
			list = list[:len(list)-1]
			break
		}
	}
	if p.open[s.key] = list; len(list) == 0 {
		delete(p.open, s.key)
	}
}

// idleTime is how long an unused socket is kept: of a closed source just long
// enough for who has waited for it.
func (p *socketPool) idleTime() time.Duration {
	if p.closed.Load() {
		return min(p.hub.options.Idle, time.Second)
	}
	return p.hub.options.Idle
}

// close closes the sockets nobody uses.
func (p *socketPool) close() {
	p.closed.Store(true)
	p.mu.Lock()
	var all []*socket
	for _, list := range p.open {
		all = append(all, list...)
	}
	p.mu.Unlock()
	for _, s := range all {
		s.closeIdle()
	}
}
