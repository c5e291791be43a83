package executor

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Run is an answer in several parts: the events of a subscription. Next is for
// one goroutine; Close may come from another.
type Run struct {
	program *Program
	in      *Input
	request subgraphs.Request // the stream's, until it is closed
	stream  subgraphs.Stream  // nil for a single answer
	ended   bool

	closing sync.Once
}

// Open starts a subscription: fetch 0 is its stream, the other fetches run for
// each event. A query or mutation, and a subscription without any fetch, is
// answered as one part. It returns the fault
// of a source that does not accept the subscription.
func (p *Program) Open(ctx context.Context, in *Input) (*Run, error) {
	run := &Run{program: p, in: in}
	if p.kind != plan.Subscription || len(p.fetches) == 0 {
		return run, nil // a subscription to what the caller may not see has no stream
	}
	f := &p.fetches[0] // a subscription has one root field, hence one root fetch
	call, ok := f.call.(subgraphs.Subscriber)
	if !ok {
		return nil, &fault.Error{Code: fault.InternalServerError, Message: "the subgraph does not support subscriptions", Subgraph: f.subgraph}
	}
	run.request = subgraphs.Request{Caller: in.Caller, Deadline: in.Deadline, Values: valuesOf(f, in, nil)}
	if f.sub < len(in.Header) {
		run.request.Header = in.Header[f.sub]
	}
	stream, err := guardSubscribe(ctx, call, &run.request)
	if err != nil {
		return nil, describeAll(err, f.subgraph)
	}
	run.stream = stream
	return run, nil
}

func guardSubscribe(ctx context.Context, c subgraphs.Subscriber, req *subgraphs.Request) (s subgraphs.Stream, err error) {
	defer recovered(&err)
	return c.Subscribe(ctx, req)
}

// Next waits for the next event and returns its answer, io.EOF after the last.
// Another error means that the stream broke: a fault, or a list of the faults
// the subgraph ended it with. Each result is to be released; it
// stays valid while later ones are made.
func (u *Run) Next(ctx context.Context) (*Result, error) {
	if u.ended {
		return nil, io.EOF
	}
	if u.stream == nil {
		u.ended = true
		return u.program.Execute(ctx, u.in), nil
	}
	// A stream that is quiet holds no run: there may be thousands of them.
	var event subgraphs.Response
	if err := guardNext(ctx, u.stream, &event); err != nil {
		u.ended = true
		if err == io.EOF { //nolint:errorlint // a fault may be caused by an io.EOF, of a connection that broke
			return nil, io.EOF
		}
		return nil, describeAll(err, u.program.fetches[0].subgraph)
	}
	in := u.in
	if in.EventTimeout > 0 {
		bounded := *in
		bounded.Deadline = time.Now().Add(in.EventTimeout)
		in = &bounded
	}
	r := u.program.executor.take(ctx, u.program, in)
	fl := r.flight(&u.program.fetches[0])
	at := len(r.buf)
	fl.res = event
	fl.res.Body = append(r.buf, event.Body...)
	r.event(fl, at)
	res := r.finish()
	res.More, res.Gap = true, event.Gap
	return res, nil
}

func guardNext(ctx context.Context, s subgraphs.Stream, res *subgraphs.Response) (err error) {
	defer recovered(&err)
	return s.Next(ctx, res)
}

// describeAll is describe for a source that may report several errors.
func describeAll(err error, subgraph string) error {
	var several fault.List
	if !errors.As(err, &several) || len(several) < 2 {
		return describe(err, subgraph)
	}
	all := make(fault.List, len(several))
	for i, one := range several {
		all[i] = describe(one, subgraph)
	}
	return all
}

// event takes in an event as the answer of fetch 0 and runs the rest.
func (r *run) event(fl *flight, at int) {
	r.begin(&fl.parts[0], &fl.fetch.sets[0])
	fl.start = time.Now()
	fl.info = FetchInfo{Fetch: 0, Subgraph: fl.fetch.subgraph}
	r.received(fl, at, nil)
	r.landed = append(r.landed, fl)
	r.inflight++
	r.waiting[0]++
	r.fetchAll()
}

// Close ends the subscription; a Next that waits returns.
func (u *Run) Close() {
	if u.stream != nil {
		u.closing.Do(func() { _ = u.stream.Close() }) // what it could report, Next has reported
	}
}
