package restapi

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// budget keeps retries a part of the requests, so that a backend in trouble is
// not buried under them: a retry costs one, a request earns a fifth, ten are
// there to begin with and at most.
type budget struct {
	mu    sync.Mutex
	spent float64 // of budgetSize
}

const (
	budgetSize = 10
	budgetGain = 0.2
)

func (b *budget) earn() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spent = max(0, b.spent-budgetGain)
}

func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.spent+1 > budgetSize {
		return false
	}
	b.spent++
	return true
}

// outcome is what an attempt came to. err is nil if there is an answer.
type outcome struct {
	err        error // as the transport gave it, or a *fault.Error
	sent       bool  // the head of an answer arrived: err is about the answer
	status     int
	retryAfter string
}

// worthRepeating reports whether the next attempt may do better.
func (o *outcome) worthRepeating(r *Retry) bool {
	if o.err == nil {
		return slices.Contains(r.Statuses, o.status)
	}
	return !o.sent && unreached(o.err)
}

// unreached reports whether no connection was made, or it broke before an
// answer began.
func unreached(err error) bool {
	if errors.Is(err, errPrivate) {
		return false
	}
	var operation *net.OpError
	if errors.As(err, &operation) && operation.Op == "dial" {
		return true
	}
	for _, sign := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, net.ErrClosed} {
		if errors.Is(err, sign) {
			return true
		}
	}
	return false
}

// pause returns how long to wait before attempt n, counted from 0, fails or
// not. ok is false if the backend asks for more than is left.
func (o *outcome) pause(r *Retry, n int, deadline time.Time) (pause time.Duration, ok bool) {
	left := time.Until(deadline)
	if after, told := retryAfter(o.retryAfter); told {
		return after, after < left
	}
	ceiling := r.Backoff << min(n, 6)
	return rand.N(ceiling + 1), left > 0
}

// retryAfter reads the header of that name, RFC 9110 section 10.2.3.
func retryAfter(value string) (time.Duration, bool) {
	if value == "" {
		return 0, false
	}
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, time.Until(at)), true
}

// wait waits for d, or less if ctx ends.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
