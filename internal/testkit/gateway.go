package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// Gateway is the shortest way from a supergraph and its sources to answers: the
// real operation, planner and executor, without server, stages or caches.
type Gateway struct {
	Graph *schema.Supergraph
	// Caller is who asks in Run; nil is nobody.
	Caller *caller.Caller

	planner  *planner.Planner
	executor *executor.Executor
	sources  func(subgraph string) subgraphs.Source
}

// Ask is one request. Variables is a raw JSON object, nil for none; Labels are
// the override labels that are on.
type Ask struct {
	Query, OperationName string
	Variables            []byte
	Labels               []string
}

// Answer is what became of an Ask.
type Answer struct {
	// Data is nil when null reached the top or nothing ran.
	Data any
	// Body is the executor's output.
	Body   []byte
	Errors []*fault.Error
	// Refused: rejected before planning.
	Refused bool
	// Failure is a failure of weft itself: no plan, no program, a panic, an
	// answer that is no JSON.
	Failure error
	Plan    *plan.Plan
}

// NewGateway builds a gateway with default options. sources is asked by
// subgraph name, "" being introspection.
func NewGateway(graph *schema.Supergraph, sources func(subgraph string) subgraphs.Source) (*Gateway, error) {
	return NewGatewayPlanning(graph, planner.Options{}, sources)
}

// NewGatewayPlanning is NewGateway with options for the planner.
func NewGatewayPlanning(graph *schema.Supergraph, o planner.Options, sources func(subgraph string) subgraphs.Source) (*Gateway, error) {
	p, err := planner.New(graph, o)
	if err != nil {
		return nil, fmt.Errorf("build planner: %w", err)
	}
	x, err := executor.New(executor.Options{})
	if err != nil {
		return nil, fmt.Errorf("build executor: %w", err)
	}
	return &Gateway{Graph: graph, planner: p, executor: x, sources: sources}, nil
}

// Prepare validates a request and coerces its variables.
func (g *Gateway) Prepare(ctx context.Context, ask *Ask) (*operation.Operation, operation.Values, operation.Choice, error) {
	op, err := operation.Prepare(ctx, g.Graph.API, &operation.Request{
		Document: []byte(ask.Query), Name: ask.OperationName, Variables: ask.Variables, Caller: anonymous(),
	})
	if err != nil {
		return nil, nil, operation.Choice{}, err
	}
	values, conditions, err := op.Coerce(ask.Variables, nil)
	if err != nil {
		return nil, nil, operation.Choice{}, err
	}
	choice := operation.Choice{Conditions: conditions}
	for i, label := range op.Labels {
		for _, on := range ask.Labels {
			if label == on {
				choice.Labels |= 1 << i
			}
		}
	}
	return op, values, choice, nil
}

// Plan plans an operation.
func (g *Gateway) Plan(ctx context.Context, op *operation.Operation, c operation.Choice) (*plan.Plan, error) {
	return g.planner.Plan(ctx, op, c)
}

// Do answers a request. A panic anywhere below is reported as Failure.
func (g *Gateway) Do(ctx context.Context, ask *Ask) (answer *Answer) {
	answer = &Answer{}
	defer answer.recovered()
	program, in := g.compile(ctx, ask, answer)
	if program != nil {
		answer.take(program.Execute(ctx, in))
	}
	return answer
}

// Run answers an operation prepared elsewhere: for a client's view, or without
// what the caller may not see.
func (g *Gateway) Run(ctx context.Context, op *operation.Operation, values operation.Values, choice operation.Choice) (answer *Answer) {
	answer = &Answer{}
	defer answer.recovered()
	if program, in := g.program(ctx, op, values, choice, answer); program != nil {
		answer.take(program.Execute(ctx, in))
	}
	return answer
}

// Stream answers a subscription: one answer per event. The first result is the
// answer to the request itself, which has no data.
func (g *Gateway) Stream(ctx context.Context, ask *Ask) (answer *Answer, events []*Answer) {
	answer = &Answer{}
	defer answer.recovered()
	program, in := g.compile(ctx, ask, answer)
	if program == nil {
		return answer, nil
	}
	run, err := program.Open(ctx, in)
	if err != nil {
		answer.Errors = fault.Of(err)
		return answer, nil
	}
	defer run.Close()
	for {
		result, err := run.Next(ctx)
		if errors.Is(err, io.EOF) {
			return answer, events
		}
		if err != nil {
			answer.Failure = fmt.Errorf("stream: %w", describe(err))
			return answer, events
		}
		event := &Answer{Plan: answer.Plan}
		event.take(result)
		events = append(events, event)
	}
}

// compile takes a request to a program; nil means that answer says why not.
func (g *Gateway) compile(ctx context.Context, ask *Ask, answer *Answer) (*executor.Program, *executor.Input) {
	op, values, choice, err := g.Prepare(ctx, ask)
	if err != nil {
		answer.Refused, answer.Errors = true, fault.Of(err)
		if fault.CodeOf(err) == fault.InternalServerError || fault.CodeOf(err) == "" {
			answer.Failure = fmt.Errorf("prepare: %w", err)
		}
		return nil, nil
	}
	return g.program(ctx, op, values, choice, answer)
}

// program plans and compiles an operation; nil means that answer says why not.
func (g *Gateway) program(ctx context.Context, op *operation.Operation, values operation.Values, choice operation.Choice, answer *Answer) (*executor.Program, *executor.Input) {
	p, err := g.Plan(ctx, op, choice)
	if err != nil {
		answer.Failure = fmt.Errorf("plan: %w", describe(err))
		return nil, nil
	}
	answer.Plan = p
	program, err := g.executor.Compile(p, g.sources)
	if err != nil {
		answer.Failure = fmt.Errorf("compile: %w", describe(err))
		return nil, nil
	}
	who := g.Caller
	if who == nil {
		who = anonymous()
	}
	return program, &executor.Input{
		Values: values, Conditions: choice.Conditions, Exprs: op.Exprs,
		Header: make([][]subgraphs.Header, len(p.Subgraphs)), Caller: who,
	}
}

// recovered is deferred: it turns a panic into a Failure.
func (a *Answer) recovered() {
	if r := recover(); r != nil {
		a.Failure = fmt.Errorf("panic: %v\n%s", r, ownFrames(debug.Stack()))
	}
}

// describe adds the causes, which fault.Error keeps out of its message.
func describe(err error) error {
	var f *fault.Error
	if errors.As(err, &f) && f.Cause != nil {
		return fmt.Errorf("%w (%w)", err, f.Cause)
	}
	return err
}

func (a *Answer) take(r *executor.Result) {
	if r == nil {
		a.Failure = errors.New("the executor gave no result")
		return
	}
	defer r.Release()
	a.Errors = r.Errors
	a.Body = bytes.Clone(r.Body)
	if r.Body == nil {
		var b bytes.Buffer
		if _, err := r.WriteTo(&b); err != nil {
			a.Failure = fmt.Errorf("write: %w", err)
			return
		}
		a.Body = b.Bytes()
	}
	body, err := ParseObject(a.Body)
	if err != nil {
		a.Failure = fmt.Errorf("the answer is no JSON: %w in %s", err, a.Body)
		return
	}
	a.Data = body.Value("data")
}

func anonymous() *caller.Caller {
	return &caller.Caller{Method: "POST", Principal: &caller.Principal{Kind: "anonymous"}}
}

// ownFrames keeps the lines of a stack that name weft's files, at most eight.
func ownFrames(stack []byte) string {
	var kept []string
	for _, line := range strings.Split(string(stack), "\n") {
		if strings.HasPrefix(line, "\t") && strings.Contains(line, ".go:") && !strings.Contains(line, "runtime/") &&
			!strings.Contains(line, "testkit/gateway.go") && len(kept) < 8 {
			file, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			kept = append(kept, file)
		}
	}
	return strings.Join(kept, "\n")
}
