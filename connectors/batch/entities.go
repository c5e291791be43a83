package batch

import (
	"context"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Coalesce has the entity fetches of different operations share requests to a
// GraphQL subgraph: queries for nothing but one list of entities. They go
// together if the operation's text, its variables, all outgoing headers and the
// principal are the same. Everything else passes through, and so does
// everything without a window.
func Coalesce(source subgraphs.Source, o Options) subgraphs.Source {
	if o.Window <= 0 {
		return source
	}
	return &entitySource{Source: source, coalescer: NewCoalescer[*entity](o)}
}

// entitySource is a source whose entity fetches wait for each other.
type entitySource struct {
	subgraphs.Source
	coalescer *Coalescer[*entity]
}

// Unwrap returns the source behind it.
func (s *entitySource) Unwrap() subgraphs.Source { return s.Source }

// Prepare decorates the calls of entity fetches.
func (s *entitySource) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	call, err := s.Source.Prepare(spec)
	if err != nil || !onlyEntities(spec) {
		return call, err
	}
	made := &entityCall{Call: call, coalescer: s.coalescer, operation: strings.Clone(spec.Operation), alias: spec.Sets[0].Alias}
	if starter, ok := call.(subgraphs.Starter); ok {
		return &entityStarter{made, starter}, nil
	}
	return made, nil
}

// onlyEntities reports whether a fetch asks for one list of entities and for
// nothing else.
func onlyEntities(spec *subgraphs.Spec) bool {
	if spec.Kind != plan.Query || len(spec.Sets) != 1 || spec.Sets[0].Variable == "" {
		return false
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: spec.Operation})
	if err != nil || len(doc.Operations) != 1 || len(doc.Operations[0].SelectionSet) != 1 {
		return false
	}
	f, ok := doc.Operations[0].SelectionSet[0].(*ast.Field)
	return ok && f.Name == "_entities" && len(f.Directives) == 0
}

// entityCall is a prepared entity fetch.
type entityCall struct {
	subgraphs.Call
	coalescer *Coalescer[*entity]
	operation string
	alias     string
}

var _ subgraphs.Call = (*entityCall)(nil)

// Fetch asks together with others if that is worth it, else at once.
func (c *entityCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	if !c.busy(req) {
		return c.Call.Fetch(ctx, req, res)
	}
	return c.together(ctx, req, res)
}

func (c *entityCall) busy(req *subgraphs.Request) bool {
	return len(req.Sets) == 1 && len(req.Sets[0].Ends) > 0 && c.coalescer.Busy(len(req.Sets[0].Ends))
}

func (c *entityCall) together(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	if !req.Deadline.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, req.Deadline)
		defer cancel()
	}
	kept := detached(req)
	results := c.coalescer.Do(ctx, c.partition(req), itemsOf(&req.Sets[0]), func(ctx context.Context, items []Item) []Result[*entity] {
		return c.ask(ctx, kept, items)
	})
	return c.write(results, res)
}

// partition is all the request is made of but its representations.
func (c *entityCall) partition(req *subgraphs.Request) Partition {
	p := NewPartitioner()
	p.AddText(c.operation)
	p.Count(len(req.Values))
	for _, v := range req.Values {
		p.Add(v)
	}
	p.AddHeaders(req.Header)
	p.AddPrincipal(req.Caller)
	return p.Sum()
}

// itemsOf makes items of representations, which are their own keys: the plan
// writes equal ones in the same way.
func itemsOf(set *subgraphs.Set) []Item {
	items := make([]Item, len(set.Ends))
	all, from := string(set.Reps), 0
	for i, end := range set.Ends {
		text := all[from:end]
		items[i] = Item{Key: text, Value: text}
		from = int(end) + len(",")
	}
	return items
}

// detached copies what a batch needs of a request that may end before it.
func detached(req *subgraphs.Request) *subgraphs.Request {
	kept := &subgraphs.Request{Header: slices.Clone(req.Header), Caller: Detach(req.Caller)}
	for _, v := range req.Values {
		kept.Values = append(kept.Values, slices.Clone(v))
	}
	return kept
}

// Detach copies a caller for what outlives its request.
func Detach(c *caller.Caller) *caller.Caller {
	if c == nil {
		return nil
	}
	kept := *c
	kept.Header = c.Header.Clone()
	return &kept
}

// ask asks the subgraph for items.
func (c *entityCall) ask(ctx context.Context, kept *subgraphs.Request, items []Item) []Result[*entity] {
	req := *kept
	req.Deadline, _ = ctx.Deadline()
	set := subgraphs.Set{Ends: make([]uint32, len(items))}
	for i := range items {
		if i > 0 {
			set.Reps = append(set.Reps, ',')
		}
		set.Reps = append(set.Reps, items[i].Value...)
		set.Ends[i] = uint32(len(set.Reps))
	}
	req.Sets = []subgraphs.Set{set}
	var res subgraphs.Response
	if err := c.Call.Fetch(ctx, &req, &res); err != nil {
		return failed[*entity](len(items), err)
	}
	return split(&res, c.alias, len(items))
}

// entityStarter is an entityCall that can be started.
type entityStarter struct {
	*entityCall
	starter subgraphs.Starter
}

var (
	_ subgraphs.Call    = (*entityStarter)(nil)
	_ subgraphs.Starter = (*entityStarter)(nil)
)

// Start sends the request, or has it wait for others.
func (c *entityStarter) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	if !c.busy(req) {
		return c.starter.Start(ctx, req)
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &pending{cancel: cancel, done: make(chan struct{})}
	go func() { // ends with the answer, or soon after Interrupt
		defer close(p.done)
		p.err = c.together(ctx, req, &p.res)
	}()
	return p, nil
}

// pending is a started fetch; res and err are there when done is closed.
type pending struct {
	cancel context.CancelFunc
	done   chan struct{}
	res    subgraphs.Response
	err    error
}

// Finish waits for the answer.
func (p *pending) Finish(res *subgraphs.Response) error {
	<-p.done
	p.cancel()
	if p.err != nil {
		return p.err
	}
	res.Body = append(res.Body, p.res.Body...)
	res.Status, res.Header, res.Shared = p.res.Status, p.res.Header, p.res.Shared
	return nil
}

// Interrupt makes Finish return soon.
func (p *pending) Interrupt() { p.cancel() }
