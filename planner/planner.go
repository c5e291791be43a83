// Package planner turns an operation into a plan: which subgraph is asked what,
// in which order, and where in the answers the client's values are.
//
// In comes an [operation.Operation] over the supergraph the [Planner] was built
// from, with a choice of conditions and labels; out comes a [plan.Plan], which
// is data. The phases:
//
//  1. positions: the selection becomes needs, one per object place, told apart
//     by runtime type (positions.go, conditions.go)
//  2. routing: per type and start, in how many rounds each subgraph can be
//     reached, whatever the operation (routing.go, times.go)
//  3. assignment: each field gets a subgraph so that the union of requests is
//     cheap, bottom-up, shared by memo (assign.go, cover.go, split.go, cost.go,
//     dear.go)
//  4. fetch graph: visits to subgraphs with representations and facts
//     (build.go, keys.go, facts.go, contexts.go, align.go, conflicts.go),
//     rewritten by passes (passes.go)
//  5. emission: shapes, requests, links and the client's answer (emit.go)
//
// A plan is a pure function of supergraph, operation, choice and options. A
// Planner is safe for concurrent use; it caches routing tables and nothing
// else. It does not normalise operations and runs nothing.
package planner

import (
	"context"
	"crypto/sha256"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Options configure a Planner. The zero value works.
type Options struct {
	// Limits bound one planning.
	Limits Limits
	// Batching says what may share a request; default BatchAll.
	Batching Batching
	// Anonymous leaves the client's operation name out of subgraph requests;
	// default false: requests are named CLIENT__SUBGRAPH__N.
	Anonymous bool
	// Parallel is how many plannings run at once; default half the processors.
	// Queue is how many more may wait; default four per processor. Beyond that
	// Plan returns OVERLOADED.
	Parallel, Queue int
	// Trace is told what the planner did; nil is off. It is for tests and
	// explain, not for concurrent use.
	Trace *Trace
}

// Batching says which entity look-ups share one request to a subgraph.
type Batching uint8

// The batching modes: all look-ups of a round, only equal ones at different
// places, or none. Fewer shared requests mean that a failing or slow look-up
// touches less.
const (
	BatchAll Batching = iota
	BatchPaths
	BatchOff
)

// Planner plans operations over one supergraph.
type Planner struct {
	graph     *graph
	snapshot  [sha256.Size]byte // of the supergraph, for Key
	options   Options
	routes    routeCache
	admission *admission
}

// New builds a planner. It reads the supergraph once and computes no routes;
// they are filled in as operations need them.
func New(g *schema.Supergraph, o Options) (*Planner, error) {
	return &Planner{graph: buildGraph(g), snapshot: sha256.Sum256([]byte(g.SDL)), options: o, admission: newAdmission(o.Parallel, o.Queue)}, nil
}

// Plan plans op under c. It returns PLAN_LIMIT_EXCEEDED if a limit of Options
// is passed, GATEWAY_TIMEOUT if ctx ends first, OVERLOADED if too many wait
// already, and INTERNAL_SERVER_ERROR if the supergraph cannot answer a field,
// which composition rules out. Nothing of a failed planning is kept.
func (p *Planner) Plan(ctx context.Context, op *operation.Operation, c operation.Choice) (*plan.Plan, error) {
	if ctx.Err() != nil {
		return nil, stopped(ctx)
	}
	if err := p.admission.enter(ctx); err != nil {
		return nil, err
	}
	defer p.admission.leave()
	first, err := p.attempt(ctx, op, c, nil)
	if err != nil {
		return nil, err
	}
	best := p.improve(ctx, op, c, first)
	if p.options.Trace != nil {
		*p.options.Trace = *best.trace
	}
	return best.plan, nil
}

// attempt is one pass over the phases. Prices other than the listed ones come
// from an earlier attempt.
func (p *Planner) attempt(ctx context.Context, op *operation.Operation, c operation.Choice, paid *prices) (*attempt, error) {
	r := newRun(ctx, p, op, c)
	if paid != nil {
		r.prices = *paid
	}
	b := newBuilder(r)
	nd := newNeed(r.s, op.Select, c.Conditions)
	var err error
	switch op.Kind {
	case plan.Mutation:
		err = b.mutation(nd)
	case plan.Subscription:
		err = b.subscription(nd)
	default:
		err = b.query(nd)
	}
	if err == nil {
		err = r.limits.err
	}
	if err == nil {
		err = runPasses(b)
	}
	if err != nil {
		return nil, err
	}
	out, err := emit(b, p, op)
	if err != nil {
		return nil, err
	}
	return &attempt{plan: out, trace: r.trace, alternatives: r.alternatives}, nil
}

// query builds the fetch graph of a query.
func (b *builder) query(nd *need) error {
	root, sv := b.newRoot(nd, b.r.s.Query)
	typ := root.types[0]
	if err := b.reachable(nd.of(b.r.s, typ), typ, sv.st); err != nil {
		return err
	}
	return b.fill(root, nd, sv)
}

// newRoot makes the place of the operation itself, and the visit that stands
// for having fetched nothing yet.
func (b *builder) newRoot(nd *need, typ schema.TypeID) (*place, *visit) {
	st := &start{sub: -1, typ: typ, top: true, root: true, types: []schema.TypeID{typ}}
	root := b.fg.newPlace(nd, nil, nil)
	root.types = st.types
	b.fg.root = root
	return root, &visit{kind: rootVisit, sub: -1, st: st, place: root}
}

// reachable fails if something cannot be served at all.
func (b *builder) reachable(list *items, t schema.TypeID, st *start) error {
	d := b.r.decide(list, t, st, 0)
	if b.r.limits.err != nil {
		return b.r.limits.err
	}
	if len(d.miss) == 0 {
		b.deadline = b.fg.rounds + d.opens.last(b.r.g.words)
		return nil
	}
	coordinate := b.r.s.Types[t].Name + "." + d.miss[0].it.name
	for nd := d.miss[0].sub; nd != nil && len(nd.fields) > 0; nd = nd.fields[0].sub {
		coordinate += "." + nd.fields[0].name
	}
	return unreachable(coordinate)
}
