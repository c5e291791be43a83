// Package traffic stands between the executor and a subgraph's transport: it
// sends queries again that failed for a reason that may pass, and stops asking
// a subgraph that fails.
//
// A [Traffic] is what is known of one subgraph: its breaker (breaker.go, over
// failsafe-go) and its retry budget (budget.go). It lives as long as the
// process; snapshots come and go around it, each with a decorated source. The
// order around one request is breaker, retry, then the source's own timeout, so
// that every attempt is asked for and counted by the breaker.
//
// While all goes well a decorated fetch costs two looks at the clock and no
// allocation: a started request is followed (subgraphs.Followed), not wrapped.
// Mutations are never sent twice, and subscriptions are left alone.
package traffic

import (
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Options configure the traffic of one subgraph. The zero value does nothing.
type Options struct {
	// Subgraph is its name, for faults.
	Subgraph string
	Retry    Retry
	Breaker  Breaker
	Trace    Trace
}

// Trace is told what happens; any of the funcs may be nil. They are called by
// many goroutines and must not block.
type Trace struct {
	// Retried is told of every further attempt.
	Retried func()
	// State is told of every change of the breaker, in order.
	State func(State)
	// Refused is told of every request that was not sent because the breaker is
	// open.
	Refused func()
}

// Traffic is the state of one subgraph. It is safe for concurrent use.
type Traffic struct {
	options Options
	breaker *breaker // nil is none
	budget  *budget  // nil without retries
	refusal *fault.Error
}

// New returns the traffic of a subgraph that has not been asked yet.
func New(o Options) *Traffic {
	o.Retry = o.Retry.withDefaults()
	o.Breaker = o.Breaker.withDefaults()
	t := &Traffic{options: o, refusal: &fault.Error{Code: fault.SubgraphCircuitOpen, Subgraph: o.Subgraph,
		Message: "the subgraph is failing and is not asked for a while"}}
	if o.Breaker.Enabled {
		t.breaker = newBreaker(o.Breaker, o.Trace.State)
	}
	if o.Retry.Attempts > 0 {
		t.budget = newBudget(o.Retry.Budget, time.Now())
	}
	return t
}

// Decorate returns a source whose calls go by t. It returns source itself if
// there is nothing to do.
func (t *Traffic) Decorate(source subgraphs.Source) subgraphs.Source {
	if t.breaker == nil && t.budget == nil {
		return source
	}
	return &decorated{Source: source, traffic: t}
}

// State returns the state of the breaker; Closed without one.
func (t *Traffic) State() State {
	if t.breaker == nil {
		return Closed
	}
	return t.breaker.now()
}

// decorated is a source whose calls are guarded.
type decorated struct {
	subgraphs.Source
	traffic *Traffic
}

// Unwrap returns the source behind it.
func (d *decorated) Unwrap() subgraphs.Source { return d.Source }

// Prepare decorates the call of a query or mutation. A Starter stays one.
func (d *decorated) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	inner, err := d.Source.Prepare(spec)
	if err != nil || spec.Kind == plan.Subscription {
		return inner, err
	}
	c := &call{Call: inner, traffic: d.traffic, repeats: spec.Kind == plan.Query && d.traffic.budget != nil}
	if !c.repeats && d.traffic.breaker == nil {
		return inner, nil
	}
	if starter, ok := inner.(subgraphs.Starter); ok {
		return &startedCall{call: c, starter: starter}, nil
	}
	return c, nil
}
