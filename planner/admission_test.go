package planner

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/weftql/weft/fault"
)

// TestAdmission fills the slots and the queue: the next planning is refused,
// one that waits leaves with its context, a free slot admits again.
func TestAdmission(t *testing.T) {
	a := newAdmission(1, 1)
	if err := a.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	waiter := make(chan error)
	go func() { waiter <- a.enter(ctx) }() // ends with cancel below
	for a.waiting.Load() == 0 {
		runtime.Gosched()
	}
	if err := a.enter(t.Context()); fault.CodeOf(err) != fault.Overloaded {
		t.Errorf("with a full queue: %v", err)
	}
	cancel()
	if err := <-waiter; fault.CodeOf(err) != fault.GatewayTimeout || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled while waiting: %v", err)
	}
	a.leave()
	if err := a.enter(t.Context()); err != nil {
		t.Errorf("with a free slot: %v", err)
	}
}
