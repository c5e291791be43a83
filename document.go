package weft

import (
	"bytes"
	"context"
	"errors"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/telemetry"
)

// documentKey is what makes two requests ask for the same operation: the bytes
// as they came, so that a known text is neither decoded nor parsed.
type documentKey struct {
	text, name string
	escaped    bool
	profile    int    // profile.id
	denied     uint64 // what was removed of the document, see operation.Restrict
}

// document is a known text: its operation, and the programs of the choices that
// occur most, found without hashing.
type document struct {
	operation   *operation.Operation
	key         documentKey // with a text of its own
	introspects bool
	notes       *stages.Notes
	refused     error // by a stage that looked at the text alone
	programs    [specialised]atomic.Pointer[program]
}

// specialised is the number of choices kept beside a document: the planner
// makes plans apart for 4 conditions.
const specialised = 16

// program is one compiled plan.
type program struct {
	plan     *plan.Plan
	compiled *executor.Program
	// header is what Input.Header is where no subgraph of the plan has rules;
	// otherwise rules are theirs, by Plan.Subgraphs.
	header  [][]subgraphs.Header
	rules   []*subgraphs.HeaderRules
	metrics []fetchMetrics     // by Plan.Fetches
	targets []telemetry.Target // by Plan.Fetches; nil where nothing is traced
	// identify is what a subscription's key has beside values and headers;
	// shareable is false where a subgraph's subscriptions are not to be shared.
	identify  []identify
	shareable bool
}

// document returns the operation of the request's text from the cache, or
// prepares it once for everybody who asks at the same time.
func (c *call) document(ctx context.Context, denied uint64) (*document, error) {
	r, s, p := c.request, c.snapshot, c.profile
	// The key points into the request's buffer, which a look-up does not keep.
	key := documentKey{text: unsafe.String(unsafe.SliceData(r.Document), len(r.Document)), name: r.Name, escaped: r.Escaped, profile: p.id, denied: denied}
	if d, ok := s.documents.Lookup(key); ok {
		c.gateway.metrics.documents.hit.Inc()
		c.knows(d, true)
		return d, nil
	}
	// The computation may outlive this request: it works on copies.
	text := bytes.Clone(r.Document)
	key.text = string(text)
	copied := &operation.Request{Document: text, Escaped: r.Escaped, Name: r.Name, Caller: &caller.Caller{Principal: anonymous}}
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	c.gateway.metrics.documents.miss.Inc()
	d, err := s.documents.Get(ctx, key, func(ctx context.Context) (*document, error) {
		op, err := p.Prepare(ctx, copied, denied)
		if err != nil {
			return nil, err
		}
		d := &document{operation: op, key: key, introspects: introspects(op)}
		d.notes, d.refused = p.chain.Prepare(op)
		return d, nil
	})
	if err == nil {
		c.knows(d, false)
	}
	return d, err
}

// introspects reports whether an operation selects __schema or __type.
func introspects(op *operation.Operation) bool {
	for i := range op.Select {
		if f := &op.Select[i]; f.Def == schema.NoField && (f.Name == "__schema" || f.Name == "__type") {
			return true
		}
	}
	return false
}

// program returns the compiled plan for the call's choice.
func (c *call) program(ctx context.Context, doc *document) (*program, error) {
	slot := &doc.programs[c.choice.Conditions%specialised]
	plain := c.choice.Labels == 0 && c.choice.Denied == 0 && len(doc.operation.Labels) == 0
	if plain {
		if p := slot.Load(); p != nil {
			c.planned(p, true)
			return p, nil
		}
	}
	g, s, choice := c.gateway, c.snapshot, c.choice // the planning may outlive the call
	ctx, cancel := c.bounded(ctx)
	defer cancel()
	var made atomic.Bool
	p, err := s.programs.Get(ctx, s.planner.Key(doc.operation, choice), func(ctx context.Context) (*program, error) {
		made.Store(true)
		return g.plan(ctx, s, doc.operation, choice)
	})
	if err == nil {
		c.planned(p, !made.Load())
	}
	if err == nil && plain {
		slot.Store(p)
	}
	return p, err
}

// plan plans and compiles. The planner works on a few at a time.
func (g *Gateway) plan(ctx context.Context, s *Snapshot, op *operation.Operation, choice operation.Choice) (*program, error) {
	start := time.Now()
	p, err := s.planner.Plan(ctx, op, choice)
	if err != nil {
		return nil, err
	}
	p.OmitNulls = s.omitsNulls[op.View.ID]
	compiled, err := s.executor.Compile(p, s.sourceFor(op.View.ID))
	if err != nil {
		return nil, err
	}
	g.metrics.planning.Observe(time.Since(start).Seconds())
	known := &program{rules: s.rulesFor(p), plan: p, compiled: compiled, header: make([][]subgraphs.Header, len(p.Subgraphs)), metrics: g.metrics.forPlan(p), targets: s.targetsOf(p)}
	if p.Kind == plan.Subscription {
		known.identify, known.shareable = s.identifiers(p), s.options.shares(p)
	}
	return known, nil
}

// bounded gives ctx the operation's deadline. Only the slow ways need it: on
// the hot path sources and executor watch Input.Deadline themselves.
func (c *call) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadlineCause(ctx, c.deadline, errDeadline)
}

// errDeadline is why an operation past its deadline ends.
var errDeadline = &fault.Error{Code: fault.GatewayTimeout, Message: "the operation took too long"}

// asFaults turns what stopped an operation into faults; a client that went away
// is told nothing, but somebody may look at the metrics.
func asFaults(err error) fault.List {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fault.List{{Code: fault.GatewayTimeout, Message: "the operation was given up", Cause: err}}
	}
	return fault.Of(err)
}

// weigh estimates the memory of a prepared operation from its text; the factor
// is chosen, not measured.
func weigh(k documentKey, _ *document) int { return 32*len(k.text) + 4<<10 }

// weighProgram estimates the memory of a plan from its request texts; the
// factor is chosen, not measured.
func weighProgram(_ planner.Key, p *program) int {
	n := 8 << 10
	for i := range p.plan.Fetches {
		n += 16 * len(p.plan.Fetches[i].Operation)
	}
	return n
}
