package subgraphs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// Between two attempts to open a lost subscription again: twice as long each
// time, and up to half of it less, so that not all come at once.
const (
	firstWait = 250 * time.Millisecond
	maxWait   = 15 * time.Second
)

// passing marks a failure that may be over when one tries again. It does not
// leave the package.
type passing struct{ error }

func (p passing) Unwrap() error { return p.error }

func isPassing(err error) bool {
	var p passing
	return errors.As(err, &p)
}

// outage is the time from the loss of a subscription to the next event.
type outage struct {
	since time.Time // zero: none
	wait  time.Duration
	back  time.Time // when it was opened again
	// early is a loss that came before open had returned.
	early  error
	gap    bool // events may have been missed
	losses int  // of the subscription, all of them
}

// resumes reports whether the upstream is opened again after err, and starts
// that. The lock is held.
func (u *upstream) resumes(err error) bool {
	limit := u.hub.options.Reconnect
	if limit == 0 || u.over || !isPassing(err) {
		return false
	}
	if u.stop == nil {
		u.outage.early = err
		return true
	}
	now := time.Now()
	if u.outage.since.IsZero() || !u.outage.back.IsZero() && now.Sub(u.outage.back) > limit {
		u.outage.since, u.outage.wait = now, firstWait
	}
	if now.Sub(u.outage.since) > limit {
		return false
	}
	u.cancel() // what is left of the connection
	ctx, cancel := context.WithCancel(context.Background())
	u.stop, u.cancel, u.outage.gap = nil, cancel, true
	u.outage.losses++
	u.room.Broadcast() // what its reader holds is the last from there
	wait := u.outage.wait
	u.outage.wait = min(2*wait, maxWait)
	go u.reopen(ctx, wait) // ends when it is open, or given up, or nobody listens any more
	return true
}

// reopen waits and subscribes again.
func (u *upstream) reopen(ctx context.Context, wait time.Duration) {
	timer := time.NewTimer(wait - rand.N(wait/2)) //nolint:gosec // spreads load, keeps no secret
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
		return
	}
	stop, err := u.hub.open(ctx, u.order, u)
	if err == nil {
		u.serve(stop)
		return
	}
	u.mu.Lock()
	if !u.over {
		u.stop = func() {} // nothing is open
	}
	u.mu.Unlock()
	u.end(err)
}

// serve takes in the means to stop an open subscription, of which there may be
// no need any more.
func (u *upstream) serve(stop func()) {
	u.mu.Lock()
	abandoned := u.over && len(u.listeners) == 0
	u.stop, u.outage.back = stop, time.Now()
	early := u.outage.early
	u.outage.early = nil
	u.mu.Unlock()
	switch {
	case abandoned:
		stop()
	case early != nil:
		u.end(early)
	}
}
