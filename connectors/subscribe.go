package connectors

import (
	"context"
	"errors"
	"sync"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// streamCall is a subscription: a request with many answers, each of which is
// an event.
type streamCall struct {
	source   *source
	field    rootField
	streamer Streamer
}

var (
	_ subgraphs.Call       = (*streamCall)(nil)
	_ subgraphs.Subscriber = (*streamCall)(nil)
)

func (p *prepared) subscription() (*streamCall, error) {
	fields, err := p.rootFields()
	if err != nil {
		return nil, err
	}
	if len(fields) != 1 || fields[0].target == nil {
		return nil, errors.New("a subscription has one field")
	}
	streamer, ok := fields[0].target.backend.(Streamer)
	if !ok {
		return nil, errors.New("the backend of the field has no streams")
	}
	return &streamCall{source: p.source, field: fields[0], streamer: streamer}, nil
}

// Fetch is for queries: a subscription is subscribed to.
func (c *streamCall) Fetch(context.Context, *subgraphs.Request, *subgraphs.Response) error {
	return &fault.Error{Code: fault.InternalServerError, Subgraph: c.source.options.Spec.Name, Message: "a subscription cannot be fetched"}
}

// Subscribe starts the stream. The request is copied: it may end long before
// the stream does.
func (c *streamCall) Subscribe(ctx context.Context, req *subgraphs.Request) (subgraphs.Stream, error) {
	kept := &subgraphs.Request{Header: append([]subgraphs.Header(nil), req.Header...), Caller: batch.Detach(req.Caller), Deadline: req.Deadline}
	for _, v := range req.Values {
		if v != nil {
			v = append(make([]byte, 0, len(v)), v...)
		}
		kept.Values = append(kept.Values, v)
	}
	// A run of its own, which is never pooled: Close may come while Next runs.
	r := &run{source: c.source, ctx: ctx, req: kept, scope: &scope{}}
	r.rootJob(c.field.target)
	j := r.jobs[0]
	in, err := c.streamer.Stream(ctx, &j.in)
	j.report()
	j.forgetProblems()
	if err != nil {
		return nil, err
	}
	j.asked = len(j.in.Vars)
	return &stream{call: c, job: j, in: in}, nil
}

// stream makes an event of each message.
type stream struct {
	call *streamCall
	job  *job
	in   Stream

	closing sync.Once
	err     error // of closing
}

// Next appends the next event: {"data":{"field":…}}, with errors if the
// message says so. It returns io.EOF after a clean end, and the fault of a
// stream that broke.
func (s *stream) Next(ctx context.Context, res *subgraphs.Response) error {
	j := s.job
	j.run.ctx = ctx
	defer j.renew()
	err := s.in.Next(ctx, &j.answer)
	if err != nil {
		return err
	}
	j.read()
	j.report()
	var errs errorList
	dst := append(append(res.Body, `{"data":{`...), s.call.field.text...)
	if j.failed {
		errs.add(j.failure, s.call.field.name, -1, "")
	}
	res.Body = errs.close(append(j.value(dst), '}'))
	res.Status = j.answer.Status
	return nil
}

// maxKeptByStream is the memory a stream holds on to between events, of which
// there are thousands.
const maxKeptByStream = 16 << 10

// renew readies a job for the next answer to its request.
func (j *job) renew() {
	clear(j.in.Vars[j.asked:])
	j.in.Vars = j.in.Vars[:j.asked]
	j.answer.reset(false)
	j.body = nil
	j.scratch, j.out, j.failure = j.scratch[:0], j.out[:0], j.failure[:0]
	j.found, j.failed = false, false
	j.forgetProblems()
	if j.size() > maxKeptByStream {
		j.answer = Answer{}
		j.scratch, j.out, j.failure, j.key, j.coerced = nil, nil, nil, nil, nil
	}
}

// Close ends the stream. It may be called while Next waits.
func (s *stream) Close() error {
	s.closing.Do(func() { s.err = s.in.Close() })
	return s.err
}
