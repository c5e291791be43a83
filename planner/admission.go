package planner

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/weftql/weft/fault"
)

// admission bounds how many plannings run at once, so that cold traffic leaves
// processors to warm traffic, and how many wait for their turn.
type admission struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
}

func newAdmission(parallel, queue int) *admission {
	if parallel <= 0 {
		parallel = max(1, runtime.GOMAXPROCS(0)/2)
	}
	if queue <= 0 {
		queue = 4 * runtime.GOMAXPROCS(0)
	}
	return &admission{slots: make(chan struct{}, parallel), queue: int64(queue)}
}

// enter waits for a slot; leave must follow if it returns nil.
func (a *admission) enter(ctx context.Context) error {
	select {
	case a.slots <- struct{}{}:
		return nil
	default:
	}
	if a.waiting.Add(1) > a.queue {
		a.waiting.Add(-1)
		return &fault.Error{Code: fault.Overloaded, Message: "too many operations are being planned"}
	}
	defer a.waiting.Add(-1)
	select {
	case a.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return stopped(ctx)
	}
}

func (a *admission) leave() { <-a.slots }

// stopped is the fault of a planning whose context ended.
func stopped(ctx context.Context) error {
	return &fault.Error{Code: fault.GatewayTimeout, Message: "the operation ended before it was planned", Cause: ctx.Err()}
}
