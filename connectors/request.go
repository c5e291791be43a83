package connectors

import (
	"errors"
	"log/slog"
	"strconv"
	"time"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// do does a job's request and reads its answer: afterwards either failed is
// set, or out and found say what the answer holds.
func (j *job) do() {
	if err := j.ask(); err != nil {
		j.refuse(err)
	} else {
		j.read()
	}
	j.report()
}

// ask gets the answer, from the backend or from an equal request of the same
// operation.
func (j *job) ask() (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
	}()
	if err := j.run.ctx.Err(); err != nil {
		return err
	}
	if shared, ok := j.target.backend.(Identifier); ok && j.connector.query && (j.run.scoped || j.run.used > 1) {
		if done, err := j.share(shared); done {
			return err
		}
	}
	return j.send(&j.answer)
}

// send asks the backend, if the operation may ask once more.
func (j *job) send(out *Answer) error {
	if !j.run.scope.count(j.connector.source) {
		return j.connector.source.tooMany()
	}
	told := j.run.source.options.Trace.Request
	if told == nil {
		return j.target.backend.Call(j.run.ctx, &j.in, out)
	}
	start := time.Now()
	err := j.target.backend.Call(j.run.ctx, &j.in, out)
	told(RequestInfo{Connector: j.connector.spec.ID, Source: j.connector.source.name, Status: out.Status, Failed: out.Failed, Took: time.Since(start), Err: err})
	return err
}

func (b *backendSource) tooMany() error {
	return &fault.Error{Code: fault.RequestLimitExceeded,
		Message: "the operation needs more than " + strconv.Itoa(b.config.MaxRequests) + " requests to one source"}
}

// read judges the answer and maps it.
func (j *job) read() {
	defer func() {
		if p := recover(); p != nil {
			j.failed = false
			j.refuse(panicked(p))
		}
	}()
	if j.checked(); j.failed {
		return
	}
	vars := j.answered()
	if !j.succeeded(vars) {
		j.fail(vars)
	} else {
		mark := len(j.out)
		j.out, j.found = j.target.program.AppendChecked(j.out, j.body, vars, &j.problems)
		j.found = j.found && !nullAt(j.out, mark)
		if j.target.single != nil {
			j.match(j.run.outcomes[j.from:j.to])
		}
	}
}

// checked finds the body's text, once for all programs that read it.
func (j *job) checked() {
	j.body = j.answer.Body
	if j.answer.Checked {
		return
	}
	text, err := mapping.CheckJSON(j.body)
	if err != nil && j.answer.Failed {
		text, err = []byte("null"), nil // a failure is told as one, whatever came with it
	}
	if err != nil {
		j.failWith("the backend's answer is not JSON")
		return
	}
	j.body = text
}

// nullAt reports whether the value that begins at at is null.
func nullAt(out []byte, at int) bool { return at >= len(out) || out[at] == 'n' }

func (j *job) succeeded(vars mapping.Vars) bool {
	if j.connector.success == nil {
		return !j.answer.Failed
	}
	mark := len(j.scratch)
	value, ok := j.connector.success.AppendChecked(j.scratch, j.body, vars, &j.problems)
	j.scratch = value
	return ok && string(value[mark:]) == "true"
}

// describe makes a fault of what came instead of an answer.
func describe(err error) *fault.Error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case isCancelled(err):
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the backend did not answer in time", Cause: err}
	}
	return &fault.Error{Code: fault.HTTPClientError, Message: "the backend could not be asked", Cause: err}
}

// refuse makes the error of a request that got no answer.
func (j *job) refuse(err error) {
	known := describe(err)
	e := failure{code: string(known.Code), message: known.Message}
	e.add(known.Extensions)
	j.failed, j.failure = true, e.append(j.failure[:0], j.connector)
	if known.Cause != nil {
		level := slog.LevelDebug
		if known.Code == fault.InternalServerError { // a bug, of which no answer tells the cause
			level = slog.LevelError
		}
		j.run.source.options.Logger.LogAttrs(j.run.ctx, level, "connector request failed",
			slog.String("subgraph", j.run.source.options.Spec.Name), slog.String("connector", j.connector.spec.ID),
			slog.String("code", string(known.Code)), slog.Any("cause", known.Cause))
	}
}

// report tells what the mappings of the request and of the answer ran into.
func (j *job) report() {
	list := j.problems.List()
	if len(j.extra) > 0 {
		list = append(list[:len(list):len(list)], j.extra...)
	}
	if len(list) == 0 {
		return
	}
	o := &j.run.source.options
	if o.Trace.Problems != nil {
		o.Trace.Problems(j.connector.spec.ID, list)
	}
	if !o.Logger.Enabled(j.run.ctx, slog.LevelDebug) {
		return
	}
	for i := range list {
		o.Logger.LogAttrs(j.run.ctx, slog.LevelDebug, "mapping problem", slog.String("connector", j.connector.spec.ID),
			slog.Any("path", list[i].Path), slog.String("problem", list[i].Message), slog.Int("count", list[i].Count))
	}
}

// ignored notes a result that nobody gets.
func (j *job) ignored(message string) {
	for i := range j.extra {
		if j.extra[i].Message == message {
			j.extra[i].Count++
			return
		}
	}
	j.extra = append(j.extra, mapping.Problem{Message: message, Count: 1})
}
