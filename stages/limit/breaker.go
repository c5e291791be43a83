package limit

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// breaker keeps operations from asking a store that fails. It opens after a few
// failures and closes when the store shows signs of life again, which somebody
// else than an operation looks for.
type breaker struct {
	alive   func(context.Context) bool
	changed func(up bool)
	// failures weigh failed for one that failed, and -1 for one that did not.
	failures atomic.Int32
	opened   atomic.Bool
	ctx      context.Context //nolint:containedctx // what the breaker starts ends with it
	cancel   context.CancelFunc
	running  sync.WaitGroup
	mu       sync.Mutex // before closed and running.Add
	closed   bool
}

const (
	// failed and tripped: three failures in a row open the breaker, and so does
	// about every fourth of many. Chosen.
	failed, tripped = 4, 12
	// probing is how often a store that is away is looked at, from first to last.
	// Chosen.
	firstProbe, lastProbe = 50 * time.Millisecond, time.Second
)

func newBreaker(alive func(context.Context) bool, changed func(up bool)) *breaker {
	ctx, cancel := context.WithCancel(context.Background())
	return &breaker{alive: alive, changed: changed, ctx: ctx, cancel: cancel}
}

func (b *breaker) open() bool { return b.opened.Load() }

// record takes note of what became of one request.
func (b *breaker) record(ok bool) {
	if ok {
		if n := b.failures.Load(); n > 0 {
			b.failures.CompareAndSwap(n, n-1)
		}
		return
	}
	if b.failures.Add(failed) < tripped || !b.opened.CompareAndSwap(false, true) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	b.changed(false)
	b.running.Add(1)
	go b.probe() // ends when the store is back, or with the breaker
}

func (b *breaker) probe() {
	defer b.running.Done()
	for pause := firstProbe; ; pause = min(2*pause, lastProbe) {
		select {
		case <-b.ctx.Done():
			return
		case <-time.After(pause):
		}
		if b.alive(b.ctx) {
			b.failures.Store(0)
			b.changed(true)
			b.opened.Store(false)
			return
		}
	}
}

// close ends the search for signs of life.
func (b *breaker) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.cancel()
	b.running.Wait()
}
