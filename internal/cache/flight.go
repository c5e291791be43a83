package cache

import (
	"context"
	"fmt"
	"runtime/debug"
)

// flight is one computation under way.
type flight[V any] struct {
	ctx     context.Context //nolint:containedctx // a flight is one computation, and this its context
	cancel  context.CancelFunc
	waiters int // guarded by the shard's lock
	done    chan struct{}
	// Written before done is closed.
	value    V
	err      error
	panicked *Panic
}

func newFlight[V any](ctx context.Context) *flight[V] {
	f := &flight[V]{done: make(chan struct{})}
	f.ctx, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	return f
}

func (f *flight[V]) run(compute func(context.Context) (V, error)) {
	defer func() {
		if r := recover(); r != nil {
			f.panicked = &Panic{Value: r, Stack: debug.Stack()}
		}
	}()
	f.value, f.err = compute(f.ctx)
}

func (f *flight[V]) result() (V, error) {
	if f.panicked != nil {
		panic(f.panicked)
	}
	return f.value, f.err
}

// Panic is what a caller of Get panics with when the computation panicked; it
// keeps the stack of the goroutine that did.
type Panic struct {
	Value any
	Stack []byte
}

// Error returns the value and the stack it came from.
func (p *Panic) Error() string { return fmt.Sprintf("%v\n%s", p.Value, p.Stack) }
