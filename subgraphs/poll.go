package subgraphs

import (
	"context"
	"math/rand/v2"
	"time"
)

// Poll calls look about every interval until ctx ends, never twice at once.
// Each wait is shortened or lengthened by up to a tenth, so that gateways that
// started together do not ask together.
func Poll(ctx context.Context, interval time.Duration, look func(context.Context)) {
	timer := time.NewTimer(jitter(interval))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		look(ctx)
		timer.Reset(jitter(interval))
	}
}

func jitter(interval time.Duration) time.Duration {
	tenth := int64(interval / 10)
	if tenth <= 0 {
		return interval
	}
	return interval + time.Duration(rand.Int64N(2*tenth+1)-tenth)
}
