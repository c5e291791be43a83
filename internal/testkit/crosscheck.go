package testkit

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Crosscheck runs a request once through [Interpret] and then through the
// executor, on each of its ways to fetch, and compares data and errors. The
// executor gets the very answers the interpreter got; its requests must be the
// same, too. damage changes the answers, by seed; 0 leaves them alone. The
// result is "" when both agree or there is nothing to compare.
func (g *Gateway) Crosscheck(ctx context.Context, ask *Ask, damage uint64) (difference string) {
	defer func() {
		if r := recover(); r != nil {
			difference = fmt.Sprintf("panic: %v\n%s", r, ownFrames(debug.Stack()))
		}
	}()
	op, values, choice, err := g.Prepare(ctx, ask)
	if err != nil {
		return ""
	}
	p, err := g.Plan(ctx, op, choice)
	if err != nil || p.Kind == plan.Subscription || len(p.Blocks) > 0 {
		return ""
	}
	tape := &tape{answers: map[string]*taped{}, seed: damage}
	for i := range p.Fetches {
		tape.joins = tape.joins || len(p.Fetches[i].Joins) > 0
	}
	calls := make([]subgraphs.Call, len(p.Fetches))
	want := Interpret(p, values, choice.Conditions, func(f int, req *subgraphs.Request) ([]byte, error) {
		if calls[f] == nil {
			if calls[f], err = g.sources(p.Subgraphs[p.Fetches[f].Subgraph]).Prepare(specOf(p, f)); err != nil {
				return nil, err
			}
		}
		return tape.record(ctx, specOf(p, f), calls[f], req)
	})
	for _, starts := range []bool{true, false} {
		tape.lost, tape.starts = nil, starts
		ordered := *p
		ordered.Inline = true // answers are then taken in the interpreter's order
		program, err := g.executor.Compile(&ordered, func(string) subgraphs.Source { return tape })
		if err != nil {
			return "compile: " + err.Error()
		}
		answer := &Answer{}
		answer.take(program.Execute(ctx, &executor.Input{Values: values, Conditions: choice.Conditions, Caller: anonymous()}))
		d := tape.compare(want, answer)
		if d != "" {
			return fmt.Sprintf("starts %v: %s\nwant %s\n%s\ngot  %s\n%s\nplan\n%s\n%s", starts, d,
				FormatJSON(want.Data), strings.Join(want.lines(), "\n"), answer.Body, strings.Join(lines(answer.Errors), "\n"), PlanText(p), tape)
		}
	}
	return ""
}

// specOf is the spec a fetch is prepared with.
func specOf(p *plan.Plan, f int) *subgraphs.Spec {
	fetch := &p.Fetches[f]
	s := &subgraphs.Spec{Subgraph: p.Subgraphs[fetch.Subgraph], Name: fetch.Name, Operation: fetch.Operation, Kind: fetch.Kind}
	for _, v := range fetch.Variables {
		s.Variables = append(s.Variables, p.Variables[v])
	}
	for _, set := range fetch.Sets {
		if set.Alias == "" {
			s.Lookup = set.Lookup
		} else {
			s.Sets = append(s.Sets, subgraphs.SetSpec{Alias: set.Alias, Variable: set.Variable, Type: set.Type, Lookup: set.Lookup})
		}
	}
	return s
}

// lines are errors as sorted text.
func lines(errs []*fault.Error) (out []string) {
	for _, e := range errs {
		out = append(out, fault.PathString(e.Path)+": "+e.Message)
	}
	slices.Sort(out)
	return out
}

func (i *Interpretation) lines() (out []string) {
	for _, e := range i.Errors {
		out = append(out, e.line())
	}
	slices.Sort(out)
	return out
}

// tape holds the answers of one interpretation by request. It is the source the
// executor asks.
type tape struct {
	answers map[string]*taped
	order   []*taped
	seed    uint64
	starts  bool
	joins   bool     // the plan has joins
	lost    []string // requests the interpreter did not send
}

type taped struct {
	key  string
	body []byte
	err  error
}

var _ subgraphs.Source = (*tape)(nil)

func keyOf(spec *subgraphs.Spec, req *subgraphs.Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s\n", spec.Subgraph, connectorOf(spec), spec.Operation)
	for i, v := range req.Values {
		fmt.Fprintf(&b, "$%s=%q ", spec.Variables[i], v)
	}
	for i, s := range req.Sets {
		fmt.Fprintf(&b, "%s[%s]%d ", spec.Sets[i].Alias, s.Reps, s.Ends)
	}
	return b.String()
}

// record asks a call and keeps the answer, damaged.
func (t *tape) record(ctx context.Context, spec *subgraphs.Spec, call subgraphs.Call, req *subgraphs.Request) ([]byte, error) {
	key := keyOf(spec, req)
	if a := t.answers[key]; a != nil {
		return a.body, a.err
	}
	var res subgraphs.Response
	err := call.Fetch(ctx, req, &res)
	a := &taped{key: key, body: res.Body, err: err}
	if t.seed != 0 && err == nil {
		h := fnv.New64a()
		_, _ = h.Write([]byte(key)) // never fails
		a.body, a.err = damage(rand.New(rand.NewPCG(t.seed, h.Sum64())), res.Body)
	}
	t.answers[key] = a
	t.order = append(t.order, a)
	return a.body, a.err
}

// String is the whole tape.
func (t *tape) String() string {
	var b strings.Builder
	for _, a := range t.order {
		fmt.Fprintf(&b, "%s\n  %s %v\n", a.key, a.body, a.err)
	}
	return b.String()
}

// compare returns how an answer differs.
func (t *tape) compare(want *Interpretation, got *Answer) string {
	switch {
	case got.Failure != nil:
		return got.Failure.Error()
	case len(t.lost) > 0:
		return "a request of its own: " + t.lost[0]
	}
	if d := Diff(want.Data, got.Data, true); d != "" {
		return d
	}
	if want.Nulled && len(got.Errors) == 0 {
		return "null for a reason nobody tells"
	}
	switch {
	case len(got.Errors) >= 1000: // the executor keeps no more
		return ""
	case !t.starts && t.joins:
		return "" // of a field that several answers lack the first to come explains it
	}
	return want.Agrees(lines(got.Errors))
}

// Prepare makes the executor's call.
func (t *tape) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	c := &tapeCall{t, *spec}
	if t.starts {
		return &tapeStarter{c}, nil
	}
	return c, nil
}

type tapeCall struct {
	tape *tape
	spec subgraphs.Spec
}

// Fetch plays the answer of a request.
func (c *tapeCall) Fetch(_ context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	a := c.tape.answers[keyOf(&c.spec, req)]
	if a == nil {
		return &fault.Error{Code: fault.InternalServerError, Message: "unknown " + keyOf(&c.spec, req)}
	}
	res.Body = append(res.Body, a.body...)
	return a.err
}

type tapeStarter struct{ *tapeCall }

// Start keeps what the request is now: representations are not to change later.
func (c *tapeStarter) Start(_ context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	key := keyOf(&c.spec, req)
	if c.tape.answers[key] == nil {
		c.tape.lost = append(c.tape.lost, key)
	}
	return &tapePending{c.tape.answers[key]}, nil
}

type tapePending struct{ answer *taped }

// Finish plays the answer.
func (p *tapePending) Finish(res *subgraphs.Response) error {
	if p.answer == nil {
		return errors.New("an unknown request")
	}
	res.Body = append(res.Body, p.answer.body...)
	return p.answer.err
}

// Interrupt does nothing: nobody waits.
func (p *tapePending) Interrupt() {}
