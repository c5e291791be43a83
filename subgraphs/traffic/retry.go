package traffic

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Retry says how a query is sent again. The zero value is never.
type Retry struct {
	// Attempts are the further ones; 0 is none.
	Attempts int
	// Pause is the longest pause before the first of them, doubled for each
	// further one up to MaxPause; default 25 ms and 250 ms. How long of it is
	// waited is left to chance.
	Pause, MaxPause time.Duration
	// On is after what; nil is Connect, Reset and the statuses 502, 503 and 504.
	On     *Conditions
	Budget Budget
	// Reserve is what must be left of an operation's time; default 20 ms.
	Reserve time.Duration
}

// Conditions are reasons to send a query again.
type Conditions struct {
	Connect bool // no connection was made
	Reset   bool // it broke before an answer began
	Timeout bool
	// Statuses are HTTP statuses from 500 to 599.
	Statuses []int
}

func (r Retry) withDefaults() Retry {
	if r.Pause == 0 {
		r.Pause = 25 * time.Millisecond
	}
	r.MaxPause = max(r.MaxPause, r.Pause)
	if r.On == nil {
		r.On = &Conditions{Connect: true, Reset: true, Statuses: []int{502, 503, 504}}
	}
	r.Budget = r.Budget.withDefaults()
	if r.Reserve == 0 {
		r.Reserve = 20 * time.Millisecond
	}
	return r
}

// worth reports whether the next attempt may do better.
func (r *Retry) worth(res *subgraphs.Response, err error) bool {
	on := r.On
	if res.Status != 0 {
		for _, status := range on.Statuses {
			if status == res.Status {
				return true
			}
		}
		return on.Timeout && err != nil && fault.CodeOf(err) == fault.GatewayTimeout && !errors.Is(err, context.Canceled)
	}
	switch {
	case err == nil || errors.Is(err, context.Canceled):
		return false
	case unconnected(err):
		return on.Connect
	case fault.CodeOf(err) == fault.GatewayTimeout:
		return on.Timeout
	}
	return on.Reset && broken(err)
}

// Repeat makes further attempts until one does better, or there are no more:
// by number, by the budget, by the operation's time, or because the breaker has
// opened. Then what the last one brought stands.
func (c *call) Repeat(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response, start int, err error) error {
	t := c.traffic
	for n := range t.options.Retry.Attempts {
		if !c.pause(ctx, n, req.Deadline) || !t.budget.spend() {
			return err
		}
		var ticket uint64
		if t.breaker != nil {
			var ok bool
			if ticket, ok = t.breaker.admit(); !ok {
				return err
			}
		}
		if t.options.Trace.Retried != nil {
			t.options.Trace.Retried()
		}
		*res = subgraphs.Response{Body: res.Body[:start]}
		if err = c.try(ctx, ticket, req, res); !c.again(res, err) {
			return err
		}
	}
	return err
}

// pause waits before attempt n, counted from 0. It reports false if there is no
// time left for it, or ctx ends.
func (c *call) pause(ctx context.Context, n int, deadline time.Time) bool {
	r := &c.traffic.options.Retry
	pause := rand.N(min(r.Pause<<min(n, 16), r.MaxPause) + 1)
	if !deadline.IsZero() && time.Until(deadline) < pause+r.Reserve {
		return false
	}
	if ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
