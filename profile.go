package weft

import (
	"context"
	"errors"
	"net/http"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/subgraphs"
)

// profile is a client profile as the pipeline needs it. Without BFFs there is
// one, which sees the whole graph.
type profile struct {
	*bff.Profile
	id      int              // in the order of the configuration
	source  subgraphs.Source // of introspection
	chain   *stages.Chain
	rights  *auth.Rights // nil where nobody needs any
	masking masking
	broken  error // why its clients are told BFF_UNAVAILABLE, beside Profile.Broken
}

// profiles are those of a snapshot.
type profiles struct {
	bff *bff.Profiles
	all map[*bff.Profile]*profile
	err error // what is broken, for operators
}

// newProfiles compiles the profiles over the snapshot's graph. What is broken
// concerns its clients alone: it is told, and kept for the readiness report.
func (s *Snapshot) newProfiles(files *bff.Files, previous *Snapshot) error {
	o := bff.Options{
		Graph: s.Supergraph, Files: files, Limits: s.options.Demand, Auth: s.options.Auth, Documents: s.options.Limits,
		Introspection: s.options.Introspection, Logger: s.options.Logger,
	}
	o.Unknown = func(profile string) { s.metrics.policy.unknown.WithLabelValues(profile).Inc() }
	if o.Introspection == "" {
		o.Introspection = "off"
	}
	if previous != nil {
		o.Previous = previous.profiles.bff
	}
	list, err := bff.New(o)
	if list == nil {
		return err
	}
	s.profiles = profiles{bff: list, err: err, all: map[*bff.Profile]*profile{}}
	for i, one := range list.All() {
		p := &profile{Profile: one, id: i, masking: s.masking}
		p.masking.hints = p.masking.hints || one.Introspection == "on"
		s.profiles.all[one] = p
		if one.Broken {
			continue
		}
		p.source = introspection(one.View)
		s.introspects[one.View.ID] = p.source
		s.omitsNulls[one.View.ID] = one.Config.Shape.DropNulls
	}
	return nil
}

// profileNamed returns nil where the snapshot serves none of the name.
func (s *Snapshot) profileNamed(name string) *profile {
	for one, p := range s.profiles.all { // few, and only a swap asks
		if one.Name == name && !p.Broken && p.broken == nil {
			return p
		}
	}
	return nil
}

// sourceFor returns the sources of plans for a view: introspection differs.
func (s *Snapshot) sourceFor(view int) func(subgraph string) subgraphs.Source {
	return func(subgraph string) subgraphs.Source {
		if subgraph == "" {
			return s.introspects[view]
		}
		return s.sources[subgraph]
	}
}

// mayIntrospect refuses introspection where it is not for the caller.
func (p *profile) mayIntrospect(who *caller.Caller) error {
	switch {
	case p.Introspects(who):
		return nil
	case p.Introspection == "authenticated":
		return &fault.Error{Code: fault.IntrospectionDisabled, Message: "introspection is for authenticated clients"}
	}
	return &fault.Error{Code: fault.IntrospectionDisabled, Message: "introspection is disabled"}
}

// enter finds out who asks and as which client, and runs the stages that come
// before the document.
func (c *call) enter(ctx context.Context) error {
	s, who := c.snapshot, c.request.Caller
	if err := c.authenticate(ctx); err != nil {
		return c.turnAway(ctx, "auth", err)
	}
	one, err := s.profiles.bff.Identify(who, c.request.Profile)
	if err != nil {
		return c.turnAway(ctx, "bff", err)
	}
	c.profile = s.profiles.all[one]
	if c.profile.broken != nil {
		return c.refused("bff", &fault.Error{Code: fault.BFFUnavailable, Message: "the client profile cannot be served at the moment", Cause: c.profile.broken})
	}
	c.policy.Caller = who
	if err := c.profile.chain.Enter(ctx, &c.policy); err != nil {
		return err
	}
	known, err := one.Document(c.request) // one that goes by a name, or whether the text is allowed
	if err != nil {
		return c.refused("documents", err)
	}
	if known != nil || len(one.Config.Versions) > 0 { // their end, if it has been announced
		if c.policy.Header == nil {
			c.policy.Header = http.Header{}
		}
		one.Headers(who, c.policy.Header)
		if known != nil {
			known.Headers(c.policy.Header)
		}
	}
	return nil
}

// turnAway refuses who gets no profile.
func (c *call) turnAway(ctx context.Context, stage string, err error) error {
	c.policy.Caller = c.request.Caller
	return c.snapshot.throttle(ctx, &c.policy, c.refused(stage, err))
}

// refused counts a refusal of what is no stage of a chain, and returns it.
func (c *call) refused(stage string, err error) error {
	c.gateway.metrics.rejected(&stages.Call{Caller: c.request.Caller}, &stages.Stage{Name: stage}, err)
	return err
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
	if err := c.coerce(restricted); err != nil {
		return nil, err
	}
	c.notes, c.policy.Operation, c.policy.Values = restricted.notes, restricted.operation, c.values
	c.verdict = c.profile.rights.Verdict(restricted.operation, c.choice.Conditions, c.request.Caller.Principal)
	if c.verdict.Reject {
		_ = c.refused("rights", c.verdict.Errors[0])
	}
	if c.verdict.Reject || c.verdict.Nothing {
		return nil, errDenied
	}
	return restricted, nil
}

// errDenied ends an operation of which nothing may be answered: the call's
// verdict says what the caller is told.
var errDenied = errors.New("denied")

// settle ends the stages, once.
func (c *call) settle() {
	if c.profile != nil {
		c.profile.chain.Settle(&c.policy, c.notes)
	}
}

// mask shows errors as the caller's profile says.
func (c *call) mask(list []*fault.Error) []*fault.Error {
	if c.profile == nil {
		return c.snapshot.masking.apply(c.errors[:0], list)
	}
	return c.profile.masking.apply(c.errors[:0], list)
}

// health says which profiles are not served as their files say.
func (p *profiles) health() []server.Check {
	var broken []server.Check
	for _, one := range p.bff.All() {
		switch p := p.all[one]; {
		case p.broken != nil:
			broken = append(broken, server.Check{Name: "bff " + one.Name, Detail: "not served: " + p.broken.Error()})
		case one.Broken:
			broken = append(broken, server.Check{Name: "bff " + one.Name, Detail: "not served: " + one.Err.Error()})
		case one.Stale:
			broken = append(broken, server.Check{Name: "bff " + one.Name, Detail: "served as it was before: " + one.Err.Error()})
		}
	}
	return broken
}
