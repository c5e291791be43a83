package weft

import (
	"context"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/subgraphs"
)

// profile is a client profile as the pipeline needs it. Without BFFs there is
// one, which sees the whole API schema.
type profile struct {
	id            int
	name          string
	view          *schema.View
	introspection string           // on, off or authenticated
	source        subgraphs.Source // of introspection
	chain         *stages.Chain
	prepare       func(ctx context.Context, r *operation.Request, denied uint64) (*operation.Operation, error)
}

// enter finds out who asks and as which client, and runs the stages that come
// before the document.
func (c *call) enter(ctx context.Context) error {
	c.profile = c.snapshot.whole
	c.request.Caller.Profile = c.profile.name
	c.policy.Caller = c.request.Caller
	return c.profile.chain.Enter(ctx, &c.policy)
}

// check runs the stages that look at operation and values. It returns the
// document without what the caller may not see, whose values it has read.
func (c *call) check(ctx context.Context, doc *document) (*document, error) {
	chain := c.profile.chain
	if chain == nil {
		return doc, nil
	}
	if doc.refused != nil {
		return nil, chain.Refuse(&c.policy, doc.refused)
	}
	c.notes, c.policy.Operation, c.policy.Values = doc.notes, doc.operation, c.values
	if err := chain.Check(ctx, &c.policy, doc.notes); err != nil {
		return nil, err
	}
	if c.policy.Denied == 0 {
		return doc, nil
	}
	restricted, err := c.document(ctx, c.policy.Denied)
	if err != nil {
		return nil, err
	}
	return restricted, c.coerce(restricted)
}

// settle ends the stages, once.
func (c *call) settle() {
	if c.profile != nil {
		c.profile.chain.Settle(&c.policy, c.notes)
	}
}

// mayIntrospect refuses introspection where it is not for the caller.
func (p *profile) mayIntrospect(who *caller.Caller) error {
	switch {
	case p.introspection == "on":
		return nil
	case p.introspection == "authenticated" && who.Principal.Kind != anonymous.Kind:
		return nil
	case p.introspection == "authenticated":
		return &fault.Error{Code: fault.IntrospectionDisabled, Message: "introspection is for authenticated clients"}
	}
	return &fault.Error{Code: fault.IntrospectionDisabled, Message: "introspection is disabled"}
}

// wholeGraph is the profile of a gateway without BFFs.
func (s *Snapshot) wholeGraph() *profile {
	preparer := operation.NewPreparer(s.Supergraph.API, s.options.Limits)
	p := &profile{view: s.Supergraph.API, introspection: "off", source: introspection(s.Supergraph.API)}
	if s.options.Introspection {
		p.introspection = "on"
	}
	p.prepare = func(ctx context.Context, r *operation.Request, denied uint64) (*operation.Operation, error) {
		return preparer.Prepare(ctx, r)
	}
	return p
}

// profileNamed returns nil where the snapshot has none of the name.
func (s *Snapshot) profileNamed(name string) *profile {
	if name == s.whole.name {
		return s.whole
	}
	return nil
}

// sourceFor returns the sources of plans for a view: introspection differs.
func (s *Snapshot) sourceFor(v *schema.View) func(subgraph string) subgraphs.Source {
	return func(subgraph string) subgraphs.Source {
		if subgraph == "" {
			return s.whole.source
		}
		return s.sources[subgraph]
	}
}
