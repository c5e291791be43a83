package server

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// running is one operation of a connection.
type running struct {
	id      string
	size    int64 // of its message, part of connection.held
	cancel  context.CancelFunc
	stopped bool          // by the client: nothing more is sent; guarded by connection.mu
	written chan struct{} // of its frame in the outbox
	start   time.Time
	bytes   int64 // written of it
}

// start runs an operation; c.mu is held.
func (c *connection) start(m *message, r *operation.Request) {
	ctx, cancel := context.WithCancel(c.ctx)
	run := &running{id: m.id, size: m.size, cancel: cancel, written: make(chan struct{}, 1), start: time.Now()}
	c.runs[run.id] = run
	c.count++
	c.singles++
	c.held += run.size
	c.busy.Go(func() { c.answer(ctx, run, r) }) // ends with the answer, or when the client stops it
}

// stop ends an operation because the client said so.
func (c *connection) stop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if run := c.runs[id]; run != nil {
		run.stopped = true
		run.cancel()
		c.forget(run)
	}
}

// forget makes the id free for another operation; c.mu is held.
func (c *connection) forget(run *running) {
	if c.runs[run.id] == run {
		delete(c.runs, run.id)
	}
}

// answer runs an operation to its answer, or to its feed.
func (c *connection) answer(ctx context.Context, run *running, r *operation.Request) {
	defer func() {
		if cause := recover(); cause != nil {
			c.h.logPanic(ctx, cause)
			c.ended(run, true)
			c.close(closeInternal, "Internal server error")
		}
	}()
	a := c.h.engine.Do(ctx, r)
	if a.Feed != nil {
		if a.Release != nil {
			a.Release()
		}
		// On a goroutine whose stack planning has not grown: it may last.
		c.busy.Go(func() { c.follow(ctx, run, a) }) // ends with the subscription
		c.single()
		return
	}
	c.s.Metrics.failed(a.Profile, a.Type, a.Errors)
	if a.Body == nil && a.Large == nil {
		c.send(run, &frame{text: appendErrors(nil, run.id, withRetryAfter(a)), last: true})
	} else {
		c.next(run, a, nil)
		c.complete(run)
	}
	run.tell(a, 0, nil)
	if a.Release != nil {
		a.Release()
	}
	c.ended(run, true)
}

// withRetryAfter returns the errors of a refusal, the first one with the
// seconds that a Retry-After header would tell.
func withRetryAfter(a *Answer) fault.List {
	seconds, err := strconv.ParseUint(a.Header.Get("Retry-After"), 10, 31)
	if err != nil || len(a.Errors) == 0 || bytes.Contains(a.Errors[0].Extensions, []byte(`"retryAfter":`)) {
		return a.Errors
	}
	told := *a.Errors[0]
	if len(told.Extensions) > 0 {
		told.Extensions = append(bytes.Clone(told.Extensions), ',')
	}
	told.Extensions = strconv.AppendUint(append(told.Extensions, `"retryAfter":`...), seconds, 10)
	return append(fault.List{&told}, a.Errors[1:]...)
}

// follow sends a subscription's events until it ends.
func (c *connection) follow(ctx context.Context, run *running, of *Answer) {
	feed, events := of.Feed, int64(0)
	var last fault.List
	defer func() {
		if cause := recover(); cause != nil {
			c.h.logPanic(ctx, cause)
			c.close(closeInternal, "Internal server error")
		}
		feed.Close()
		run.tell(of, events, last)
		c.ended(run, false)
	}()
	for {
		a, delivery, err := feed.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return // nobody wants to know
		case err == io.EOF: //nolint:errorlint // a fault may be caused by one, of a connection that broke
			c.complete(run)
			return
		case err != nil:
			last = fault.Of(err)
			c.s.Metrics.failed(of.Profile, of.Type, last)
			c.send(run, &frame{text: appendErrors(nil, run.id, last), last: true})
			return
		}
		c.s.Metrics.failed(of.Profile, of.Type, a.Errors)
		events++
		c.next(run, a, delivery)
		if a.Release != nil {
			a.Release()
		}
	}
}

func (c *connection) next(run *running, a *Answer, d *Delivery) {
	c.send(run, &frame{text: append(appendHead(nil, run.id, "next"), `,"payload":`...), answer: a, extra: d})
}

func (c *connection) complete(run *running) {
	c.send(run, &frame{text: append(appendHead(nil, run.id, "complete"), '}'), last: true})
}

// send waits until the frame was written, or is no longer wanted.
func (c *connection) send(run *running, f *frame) {
	f.run, f.written = run, run.written
	c.mu.Lock()
	c.post(f)
	c.mu.Unlock()
	<-run.written
}

// single notes that an operation turned out to be a subscription, or ended.
func (c *connection) single() {
	c.mu.Lock()
	c.singles--
	leave := c.leaving && c.singles == 0
	c.mu.Unlock()
	if leave {
		c.close(closeGoingAway, "Going away")
	}
}

// ended lets go of an operation.
func (c *connection) ended(run *running, single bool) {
	run.cancel()
	c.mu.Lock()
	c.forget(run)
	c.count--
	c.held -= run.size
	c.mu.Unlock()
	if single {
		c.single()
	}
}
