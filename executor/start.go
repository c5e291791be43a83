package executor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// How requests travel. Where the plan allows it and all calls can be started
// ahead, requests are sent and later read on the run's own goroutine, straight
// into its bytes. A request that is alone is fetched on it too. Any other gets
// a goroutine, which hands its answer over on a channel.

// expired returns the error of a run that may not send any more.
func (r *run) expired() *fault.Error {
	if err := r.ctx.Err(); err != nil {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the request was cancelled", Cause: err}
	}
	if !r.in.Deadline.IsZero() && !time.Now().Before(r.in.Deadline) {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the operation took too long", Cause: context.DeadlineExceeded}
	}
	return nil
}

// send starts the flights of the queue.
func (r *run) send() {
	queue := r.queue
	r.queue = r.queue[:0]
	alone := len(queue) == 1 && r.inflight == 1
	expired := r.expired()
	for _, fl := range queue {
		fl.start = time.Now()
		switch {
		case fl.err != nil:
			r.landed = append(r.landed, fl)
		case expired != nil:
			e := *expired
			e.Subgraph = fl.fetch.subgraph
			fl.err = &e
			r.landed = append(r.landed, fl)
		case r.inline:
			r.startInline(fl)
		case alone:
			r.fetchDirect(fl)
		default:
			r.flying++
			go fl.fly(r.ctx, r.arrived) // ends when the source's Fetch returns; the run takes every flight off the channel
		}
	}
}

// startInline sends a request whose answer is read later, on this goroutine.
func (r *run) startInline(fl *flight) {
	pend, err := guardStart(r.ctx, fl.fetch.starter, &fl.req)
	if err != nil {
		fl.err = describe(err, fl.fetch.subgraph)
		r.landed = append(r.landed, fl)
		return
	}
	fl.pend = pend
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pending = append(r.pending, fl)
	if r.interrupted {
		pend.Interrupt()
	}
}

func guardStart(ctx context.Context, s subgraphs.Starter, req *subgraphs.Request) (p subgraphs.Pending, err error) {
	defer recovered(&err)
	return s.Start(ctx, req)
}

// finishInline reads the answer of the earliest request that was sent.
func (r *run) finishInline() *flight {
	first := 0
	for i, fl := range r.pending {
		if fl.fetch.index < r.pending[first].fetch.index {
			first = i
		}
	}
	fl := r.pending[first]
	fl.res = subgraphs.Response{Body: r.buf}
	at := len(r.buf)
	err := guardFinish(fl.pend, &fl.res)
	r.mu.Lock()
	r.pending = slices.Delete(r.pending, first, first+1)
	r.mu.Unlock()
	r.received(fl, at, err)
	return fl
}

func guardFinish(p subgraphs.Pending, res *subgraphs.Response) (err error) {
	defer recovered(&err)
	return p.Finish(res)
}

// fetchDirect asks on the run's goroutine, when nothing else is on its way.
func (r *run) fetchDirect(fl *flight) {
	fl.res = subgraphs.Response{Body: r.buf}
	at := len(r.buf)
	err := guardFetch(r.ctx, fl.fetch.call, &fl.req, &fl.res)
	r.received(fl, at, err)
	r.landed = append(r.landed, fl)
}

func guardFetch(ctx context.Context, c subgraphs.Call, req *subgraphs.Request, res *subgraphs.Response) (err error) {
	defer recovered(&err)
	return c.Fetch(ctx, req, res)
}

// received takes over an answer that was appended to the run's bytes at at.
func (r *run) received(fl *flight, at int, err error) {
	body := fl.res.Body
	fl.res.Body = nil
	if len(body) >= at {
		r.buf = body
	} else if err == nil {
		err = errors.New("the source returned less than the buffer it was given")
	}
	switch {
	case err != nil:
		fl.err = describe(err, fl.fetch.subgraph)
	case len(r.buf) >= r.limits.bytes:
		fl.err = tooLarge(fl.fetch.subgraph)
	}
	fl.direct = true
	if fl.err != nil {
		r.buf = r.buf[:at]
		return
	}
	fl.info.Bytes = len(r.buf) - at
	fl.at, fl.end = at, len(r.buf)
	r.buf = append(r.buf, 0) // the scanners' sentinel
}

// fly asks on a goroutine of its own and hands the answer over.
func (fl *flight) fly(ctx context.Context, arrived chan<- *flight) {
	fl.res = subgraphs.Response{Body: fl.body[:0]}
	if err := guardFetch(ctx, fl.fetch.call, &fl.req, &fl.res); err != nil {
		fl.err = describe(err, fl.fetch.subgraph)
		fl.res.Body = fl.res.Body[:0]
	}
	fl.body = fl.res.Body
	fl.info.Bytes = len(fl.body)
	arrived <- fl
}

// recovered turns a panic of a source into an error of its fetch.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &fault.Error{Code: fault.InternalServerError, Message: "internal server error", Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
	}
}

// isTimeout reports whether an error means that time ran out.
func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
