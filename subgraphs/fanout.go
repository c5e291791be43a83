package subgraphs

import (
	"context"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/weftql/weft/fault"
)

// upstream is one subscription at a subgraph and those who listen to it. The
// goroutine that reads the connection calls event and end, one after the other.
//
// A listener that lags is nobody else's trouble. While it is the only one that
// the connection serves, reading stops until it has room again, so the subgraph
// feels the back-pressure; from then on nobody joins it, and the connection takes
// no other stream. Otherwise others would wait too: its stream ends
// with SUBSCRIPTION_BACKPRESSURE when its queue is full.
type upstream struct {
	hub    *hub
	order  *order
	opened chan struct{} // closed when the subgraph has accepted or refused
	// refused is why there is no stream; it is set before opened is closed.
	refused error

	mu        sync.Mutex
	room      sync.Cond // a listener took an event, or is gone; or the end came, or a loss
	listeners []*listener
	cancel    context.CancelFunc // of opening it
	stop      func()             // nil until opened
	over      bool               // ended, or left by the last listener
	outage    outage
}

// carrier is the connection below an upstream.
type carrier interface {
	// hold reports whether the connection serves this upstream only, and then
	// keeps it so until the upstream ends.
	hold() bool
}

func newUpstream(h *hub, o *order) *upstream {
	u := &upstream{hub: h, order: o, opened: make(chan struct{})}
	u.room.L = &u.mu
	return u
}

// open subscribes. It is the body of a goroutine.
func (u *upstream) open(ctx context.Context) {
	stop, err := u.hub.open(ctx, u.order, u)
	if err == nil {
		u.serve(stop)
	} else {
		u.refused = plain(err)
		u.end(u.refused)
	}
	close(u.opened)
}

// add returns a new listener, nil if the upstream is over.
func (u *upstream) add() *listener {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.over {
		return nil
	}
	l := &listener{upstream: u, at: len(u.listeners), wake: make(chan struct{}, 1)}
	u.listeners = append(u.listeners, l)
	return l
}

// event hands payload, which nobody may change any more, to all listeners.
func (u *upstream) event(payload []byte, c carrier) {
	u.mu.Lock()
	if u.soleIsFull(payload) && c.hold() && !u.await(payload) {
		for _, l := range u.listeners {
			l.push(event{payload: payload}) // came before the loss: one more than fits
		}
		u.mu.Unlock()
		return
	}
	for i := 0; i < len(u.listeners); {
		l := u.listeners[i]
		if l.full(payload) {
			u.remove(l) // puts another in its place
			l.finish(u.hub.source.backpressure())
			continue
		}
		l.push(event{payload, u.outage.gap})
		i++
	}
	u.outage = outage{back: u.outage.back, early: u.outage.early, losses: u.outage.losses}
	u.unlockAndStopIfUnheard()
}

// soleIsFull reports whether there is one listener and no room for payload.
func (u *upstream) soleIsFull(payload []byte) bool {
	return len(u.listeners) == 1 && u.listeners[0].full(payload)
}

// await waits until the only listener has room or is not the only one. It is
// called with the lock and returns with it, and reports false if the connection
// was lost meanwhile and another one is on its way.
func (u *upstream) await(payload []byte) bool {
	losses := u.outage.losses
	u.mu.Unlock()
	u.hub.forget(u) // who joined now would wait with it
	u.mu.Lock()
	for !u.over && u.outage.losses == losses && u.soleIsFull(payload) {
		u.room.Wait()
	}
	return u.outage.losses == losses
}

// end ends the stream of every listener behind the events it has yet to take,
// unless the subscription can be opened again. err is io.EOF if the subgraph
// completed it. An end after the end is ignored.
func (u *upstream) end(err error) {
	u.mu.Lock()
	if u.resumes(err) {
		u.mu.Unlock()
		return
	}
	u.over = true
	for _, l := range u.listeners {
		l.finish(plain(err))
	}
	u.listeners = nil
	u.room.Broadcast()
	cancel := u.cancel
	u.mu.Unlock()
	cancel()
	u.hub.forget(u)
}

// unlockAndStopIfUnheard cancels the subscription at once when nobody is left.
func (u *upstream) unlockAndStopIfUnheard() {
	unheard := len(u.listeners) == 0 && !u.over
	u.over = u.over || unheard
	stop, cancel := u.stop, u.cancel
	u.mu.Unlock()
	if !unheard {
		return
	}
	cancel()
	u.hub.forget(u)
	if stop != nil {
		stop()
	}
}

// remove takes a listener out; the lock is held.
func (u *upstream) remove(l *listener) {
	last := len(u.listeners) - 1
	u.listeners[l.at] = u.listeners[last]
	u.listeners[l.at].at = l.at
	u.listeners = slices.Delete(u.listeners, last, last+1)
}

// listener is one subscriber's Stream. All but wake is guarded by the
// upstream's lock.
type listener struct {
	upstream *upstream
	at       int // in upstream.listeners
	queue    []event
	head     int // of queue: the oldest event
	bytes    int64
	err      error // what follows the queue; nil while the stream runs
	wake     chan struct{}
}

// event is what waits in a queue. The payload is shared and never changed.
type event struct {
	payload []byte
	gap     bool // others may be missing before it
}

var _ Stream = (*listener)(nil)

// full reports whether payload does not fit. One event always does.
func (l *listener) full(payload []byte) bool {
	o := &l.upstream.hub.options
	waiting := len(l.queue) - l.head
	return waiting > 0 && (waiting >= o.QueueEvents || l.bytes+int64(len(payload)) > o.QueueBytes)
}

// push queues an event. The front of the queue's memory is used again before
// more is taken.
func (l *listener) push(e event) {
	if l.head > 0 && len(l.queue) == cap(l.queue) {
		n := copy(l.queue, l.queue[l.head:])
		clear(l.queue[n:])
		l.queue, l.head = l.queue[:n], 0
	}
	l.queue = append(l.queue, e)
	l.bytes += int64(len(e.payload))
	l.signal()
}

// pop takes the oldest event out. What an idle stream keeps is small.
func (l *listener) pop() event {
	const kept = 4
	e := l.queue[l.head]
	l.queue[l.head] = event{}
	l.bytes -= int64(len(e.payload))
	if l.head++; l.head == len(l.queue) {
		l.queue, l.head = l.queue[:0], 0
		if cap(l.queue) > kept {
			l.queue = nil
		}
	}
	return e
}

// finish sets what follows the queue.
func (l *listener) finish(err error) {
	if l.err == nil {
		l.err = err
	}
	l.signal()
}

// signal wakes Next. One token is enough: Next looks at everything.
func (l *listener) signal() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Next appends the next event to res.Body. After the last it returns the end,
// again and again.
func (l *listener) Next(ctx context.Context, res *Response) error {
	for {
		e, err := l.take()
		if e.payload != nil {
			res.Status, res.Gap = http.StatusOK, e.gap
			res.Body = append(res.Body, e.payload...)
			return nil
		}
		if err != nil {
			return err
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
			return l.upstream.hub.source.broken(ctx.Err())
		}
	}
}

// take returns the oldest event, or none and the end if it is reached.
func (l *listener) take() (event, error) {
	u := l.upstream
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(l.queue) == l.head {
		return event{}, l.err
	}
	e := l.pop()
	u.room.Broadcast()
	return e, nil
}

// Close leaves the upstream; the last listener ends it. It does not block, and
// a Next that waits returns.
func (l *listener) Close() error {
	u := l.upstream
	u.mu.Lock()
	l.queue, l.head, l.bytes, l.err = nil, 0, 0, io.EOF
	l.signal()
	u.room.Broadcast()
	if l.at < len(u.listeners) && u.listeners[l.at] == l {
		u.remove(l)
	}
	u.unlockAndStopIfUnheard()
	return nil
}

// backpressure ends the stream of a listener that does not keep up.
func (s *HTTPSource) backpressure() *fault.Error {
	return &fault.Error{Code: fault.SubscriptionBackpressure, Message: "events came faster than they were taken"}
}
