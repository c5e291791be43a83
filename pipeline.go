package weft

import (
	"context"
	"errors"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/telemetry"
)

// Do answers one operation: every failure is in the answer. The answer and the
// snapshot behind it are held until its Release.
func (g *Gateway) Do(ctx context.Context, req *operation.Request) *server.Answer {
	c := g.begin(req)
	if c == nil {
		return &server.Answer{Errors: fault.List{{Code: fault.ServerShutdown, Message: "the gateway is closed"}}}
	}
	defer c.guard() // a panic must not keep the snapshot
	doc, program, err := c.prepare(ctx)
	switch {
	case err != nil:
		return c.refuse(err)
	case doc.operation.Kind == plan.Subscription:
		feed := g.join(c, doc, program) // it copies: nothing of the call is held while events come
		c.settle()
		answer := c.subscribed(feed)
		answer.Header = c.policy.Header.Clone() // the call goes back to others
		c.end()
		return answer
	}
	result := program.compiled.Execute(c.snapshot.connected.scoped(ctx, doc.operation.Kind), c.input(doc, program))
	program.observe(result.Fetches)
	return c.finish(result)
}

// prepare takes an operation from text to compiled plan, in the order every
// request takes.
func (c *call) prepare(ctx context.Context) (*document, *program, error) {
	if err := c.enter(ctx); err != nil { // who asks, as which client, how often
		return nil, nil, err
	}
	c.told.Mark(telemetry.Identified)
	doc, err := c.document(ctx, 0) // known text, or parse, validate and normalise
	if err != nil {
		return nil, nil, err
	}
	if err := c.permits(doc); err != nil { // method, kind, introspection
		return nil, nil, err
	}
	if err := c.coerce(doc); err != nil {
		return nil, nil, err
	}
	if doc, err = c.check(ctx, doc); err != nil { // size, cost, rights; without what is denied
		return nil, nil, err
	}
	c.told.Mark(telemetry.Checked)
	c.choice.Labels = c.snapshot.drawLabels(doc.operation.Labels)
	program, err := c.program(ctx, doc) // known choice, or plan and compile
	return doc, program, err
}

// coerce reads the variables of the request.
func (c *call) coerce(doc *document) (err error) {
	c.values, c.choice.Conditions, err = doc.operation.Coerce(c.request.Variables, c.values[:0])
	if err == nil && doc.operation.Derive != nil {
		c.values, err = doc.operation.Derive(c.request.Caller, c.values)
	}
	return err
}

// call is one operation under way. It is owned by the goroutine that serves it
// until the answer is released, then pooled.
type call struct {
	gateway  *Gateway
	snapshot *Snapshot // pinned
	request  *operation.Request
	profile  *profile // nil until the client is identified
	policy   stages.Call
	verdict  auth.Verdict  // what was denied
	notes    *stages.Notes // of the document, nil until it is known
	deadline time.Time
	values   operation.Values
	choice   operation.Choice
	exec     executor.Input
	headers  [][]subgraphs.Header // by Plan.Subgraphs, where rules apply
	result   *executor.Result
	answer   server.Answer
	errors   []*fault.Error
	told     telemetry.Operation   // what is told when it is over
	over     bool                  // it was
	release  func()                // (*call).end, bound once
	done     func(*server.Outcome) // (*call).tell, likewise
}

func newCall(g *Gateway) *call {
	c := &call{gateway: g}
	c.release, c.done = c.end, c.tell
	return c
}

// begin pins the newest snapshot; it returns nil once the gateway is closed.
func (g *Gateway) begin(req *operation.Request) *call {
	s := g.pin()
	if s == nil {
		return nil
	}
	c, ok := g.calls.Get().(*call)
	if !ok {
		c = newCall(g)
	}
	c.snapshot, c.request, c.deadline = s, req, time.Now().Add(s.options.Timeout)
	c.choice = operation.Choice{}
	if req.Caller == nil {
		req.Caller = &caller.Caller{}
	}
	if req.Caller.Principal == nil {
		req.Caller.Principal = anonymous
	}
	c.told.Caller = req.Caller
	s.telemetry.Begin(&c.told)
	return c
}

// anonymous is who nobody proved to be; it is read-only like every Principal.
var anonymous = &caller.Principal{Kind: "anonymous"}

// permits refuses what the transport or the options forbid for this operation.
func (c *call) permits(doc *document) error {
	switch {
	case doc.operation.Kind == plan.Mutation && c.request.Caller.Method == "GET":
		return &fault.Error{Code: fault.MethodNotAllowed, Message: "a mutation cannot be sent with GET"}
	case doc.operation.Kind == plan.Subscription && !c.request.Stream && c.request.Caller.Method == "GET":
		return &fault.Error{Code: fault.MethodNotAllowed, Message: "a subscription over GET needs Accept: text/event-stream"}
	case doc.operation.Kind == plan.Subscription && !c.request.Stream:
		return &fault.Error{Code: fault.NotAcceptable, Message: "a subscription needs a streaming transport"}
	case doc.introspects:
		return c.profile.mayIntrospect(c.request.Caller)
	}
	return nil
}

func (c *call) input(doc *document, p *program) *executor.Input {
	c.exec = executor.Input{
		Values: c.values, Conditions: c.choice.Conditions, Header: c.headersFor(p),
		Caller: c.request.Caller, Deadline: c.deadline, Exprs: doc.operation.Exprs, Depart: c.told.Depart(),
	}
	return &c.exec
}

// headersFor applies the header rules of each subgraph of the plan.
func (c *call) headersFor(p *program) [][]subgraphs.Header {
	if p.rules == nil {
		return p.header
	}
	for len(c.headers) < len(p.rules) {
		c.headers = append(c.headers, nil)
	}
	for i, rules := range p.rules {
		c.headers[i] = rules.Apply(c.headers[i][:0], c.request.Caller)
	}
	return c.headers[:len(p.rules)]
}

// finish makes the answer of a result.
func (c *call) finish(result *executor.Result) *server.Answer {
	c.executed(result)
	c.result = result
	if c.policy.Measure != nil && result.Body != nil {
		c.policy.Actual = c.policy.Measure.Measure(&c.policy, result.Body[len(`{"data":`):len(result.Body)-1])
	}
	c.settle()
	c.answer = server.Answer{Release: c.release, Header: c.policy.Header}
	if result.Body == nil {
		c.answer.Large = result
	} else {
		c.answer.Body = result.Body
	}
	if len(c.verdict.Errors) == 0 {
		c.answer.Errors = c.mask(result.Errors)
	} else {
		c.answer.Errors = append(c.mask(result.Errors), c.verdict.Errors...)
	}
	c.answer.Extensions = c.verdict.Extensions
	return c.labelled()
}

// refuse makes the answer of the error that prevented a result.
func (c *call) refuse(err error) *server.Answer {
	c.settle()
	c.challenge(err)
	c.answer = server.Answer{Release: c.release, Header: c.policy.Header}
	switch {
	case !errors.Is(err, errDenied):
		c.answer.Errors = c.mask(asFaults(err))
	case c.verdict.Reject:
		c.answer.Errors, c.answer.Status = c.verdict.Errors, c.verdict.Status
	default:
		c.answer.Body, c.answer.Errors, c.answer.Extensions = nothing, c.verdict.Errors, c.verdict.Extensions
	}
	c.told.Errors = c.verdict.Errors
	if !errors.Is(err, errDenied) {
		c.told.Errors = asFaults(err)
	}
	return c.labelled()
}

// nothing is the answer of an operation whose every field is denied.
var nothing = []byte(`{"data":null}`)

// end gives everything back after the last byte was written.
func (c *call) end() {
	c.tellAnyway()
	if c.result != nil {
		c.result.Release()
	}
	c.snapshot.unpin()
	clear(c.values)
	for _, list := range c.headers {
		clear(list[:cap(list)]) // they hold clients' secrets
	}
	c.policy.Reset()
	*c = call{gateway: c.gateway, release: c.release, done: c.done, values: c.values[:0], headers: c.headers, policy: c.policy}
	c.gateway.calls.Put(c)
}

// guard lets the snapshot go when the request panics; the server reports it.
func (c *call) guard() {
	if r := recover(); r != nil {
		c.settle()
		c.snapshot.unpin()
		panic(r)
	}
}
