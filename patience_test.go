package weft_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft"
)

// TestLaggingOnPurpose has one subscriber always take a few events just before
// the others' patience ends: it slows them down by little.
func TestLaggingOnPurpose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const events, moment = 10_000, 100 * time.Millisecond
		h := newHub()
		o := h.options()
		o.Subscriptions.Overflow, o.Subscriptions.Patience = weft.DropOldest, moment
		g := h.gateway(t, o)
		healthy := subscribe(t, g, changed, `{}`, nil)
		defer healthy.Close()
		lagging := subscribe(t, g, changed, `{}`, nil)
		defer lagging.Close()
		synctest.Wait()
		ctx, stop := context.WithCancel(t.Context())
		var lags sync.WaitGroup
		lags.Go(func() { // ends with stop
			beat := time.NewTicker(moment * 9 / 10)
			defer beat.Stop()
			for ctx.Err() == nil {
				<-beat.C
				for range 40 {
					_, _, _ = lagging.Next(ctx)
				}
			}
		})
		start := time.Now()
		for n := range events {
			h.publish(item(n))
			expectNext(t, healthy, answered(n))
		}
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("%d events took %v", events, took)
		}
		stop()
		lags.Wait()
	})
}
