package weft

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/server"
)

// Overflow says what happens when a subscriber takes events slower than they
// come and its queue is full.
type Overflow string

// CloseSubscriber ends the subscription with SUBSCRIPTION_BACKPRESSURE;
// DropOldest drops the oldest events waiting; KeepLatest drops all that wait
// for the newest. What was dropped is counted in the next event's extensions.
const (
	CloseSubscriber Overflow = "close"
	DropOldest      Overflow = "drop_oldest"
	KeepLatest      Overflow = "latest"
)

// event is one answer of a subscription, made once for all who get it. It is
// immutable.
type event struct {
	answer   server.Answer
	delivery server.Delivery
	size     int
}

// feed is one subscriber: the queue between the share, which never waits, and
// the transport. The owner of mu may not take the share's.
type feed struct {
	share    *share
	place    int // in share.feeds, guarded by share.mu; -1 when it left
	bounds   queueBounds
	metrics  *streamMetrics
	wake     chan struct{} // of capacity 1
	room     chan struct{} // likewise: the queue is short again; for the share
	leaving  sync.Once
	expiry   *time.Timer // of the subscriber's credentials; nil where they last
	mu       sync.Mutex
	queue    []*event
	bytes    int
	dropped  int
	gap      bool  // an event that told of one was dropped
	lagging  bool  // the share has waited, and does not again until the queue is short
	finished error // why no more events come, nil while they may
}

var _ server.Feed = (*feed)(nil)

// queueBounds bound what may wait for one subscriber.
type queueBounds struct {
	events, bytes int
	overflow      Overflow
}

// Next returns the next event. After the last one it returns io.EOF, or the
// faults that ended the subscription, as the client may see them.
func (f *feed) Next(ctx context.Context) (*server.Answer, *server.Delivery, error) {
	for {
		e, delivery, err := f.take()
		if err != nil {
			return nil, nil, err
		}
		if e != nil {
			f.metrics.delivered.Inc()
			return &e.answer, delivery, nil
		}
		select {
		case <-f.wake:
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
}

// take removes the oldest event; nil without an error is none yet.
func (f *feed) take() (*event, *server.Delivery, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queue) == 0 {
		return nil, nil, f.finished
	}
	e := f.queue[0]
	f.pop()
	if f.lagging && f.short() {
		f.lagging = false
		signal(f.room)
	}
	if f.dropped == 0 {
		return e, &e.delivery, nil
	}
	delivery := e.delivery // this subscriber's own
	delivery.Dropped, delivery.Gap = f.dropped, delivery.Gap || f.gap
	f.dropped, f.gap = 0, false
	return e, &delivery, nil
}

func (f *feed) pop() {
	f.bytes -= f.queue[0].size
	f.queue[0] = nil
	if f.queue = f.queue[1:]; len(f.queue) == 0 {
		f.queue = nil // thousands of quiet feeds keep no memory
	}
}

// push queues an event without waiting. It reports false when the subscription
// ended instead.
func (f *feed) push(e *event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.finished != nil {
		return false
	}
	before := f.dropped
	for f.full(e) {
		if f.bounds.overflow == CloseSubscriber {
			f.metrics.dropped.Add(float64(len(f.queue) + 1))
			f.queue, f.bytes = nil, 0
			f.finish(fault.List{{Code: fault.SubscriptionBackpressure, Message: "the events were not taken as fast as they came"}})
			return false
		}
		f.drop()
		for f.bounds.overflow == KeepLatest && len(f.queue) > 0 {
			f.drop()
		}
	}
	f.metrics.dropped.Add(float64(f.dropped - before))
	f.queue = append(f.queue, e)
	f.bytes += e.size
	f.notify()
	return true
}

func (f *feed) drop() {
	f.gap = f.gap || f.queue[0].delivery.Gap
	f.dropped++
	f.pop()
}

// full reports whether e does not fit. A single event always does.
func (f *feed) full(e *event) bool {
	return len(f.queue) > 0 && (len(f.queue) >= f.bounds.events || f.bytes+e.size > f.bounds.bytes)
}

// end lets what is queued be taken, then err. The first one counts.
func (f *feed) end(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.finish(err)
}

func (f *feed) finish(err error) {
	if f.finished == nil {
		f.finished = err
		f.notify()
	}
}

func (f *feed) notify() { signal(f.wake) }

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it knows already
	}
}

// short and long are the two marks between which the share waits for a
// subscriber that takes events, but not as fast as a burst comes.
func (f *feed) short() bool { return 4*len(f.queue) <= f.bounds.events && 4*f.bytes <= f.bounds.bytes }

func (f *feed) long() bool {
	return 4*len(f.queue) >= 3*f.bounds.events || 4*f.bytes >= 3*f.bounds.bytes
}

// crowded reports whether the share should wait before it goes on.
func (f *feed) crowded() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lagging || f.finished != nil || !f.long() {
		return false
	}
	select {
	case <-f.room: // of the last time
	default:
	}
	f.lagging = true
	return true
}

// expires ends the subscription when the subscriber's credentials do. It is
// called before anybody else knows the feed.
func (f *feed) expires(at time.Time) {
	if at.IsZero() {
		return
	}
	f.expiry = time.AfterFunc(time.Until(at), func() {
		f.mu.Lock()
		f.queue, f.bytes = nil, 0 // what came is not for them any more
		f.finish(fault.List{{Code: fault.TokenExpired, Message: "the credentials have expired; subscribe again with new ones"}})
		f.mu.Unlock()
		f.share.leave(f)
	})
}

// Close leaves the subscription; a Next that waits returns. The last
// subscriber's cancels what was subscribed to.
func (f *feed) Close() {
	f.leaving.Do(func() {
		f.mu.Lock()
		f.queue, f.bytes = nil, 0
		f.finish(io.EOF)
		signal(f.room)
		f.mu.Unlock()
		if f.expiry != nil {
			f.expiry.Stop()
		}
		f.metrics.clients.Dec()
		f.share.leave(f)
	})
}
