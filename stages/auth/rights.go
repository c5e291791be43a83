package auth

import (
	"context"
	"encoding/hex"
	"log/slog"
	"slices"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/expression"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
)

// RightsOptions are what rights are checked with. Graph is required.
type RightsOptions struct {
	// Graph is the one that clients of the profile see: its requirements are what
	// Operation.Needs index.
	Graph *schema.Supergraph
	// Name is the graph's, for policies.
	Name       string
	Directives config.Directives
	Policies   config.Policies
	// Logger learns of policies that nobody configured, and, if Directives.Log is
	// set, of what operations lack; nil discards.
	Logger *slog.Logger
}

// Rights hold callers to what @authenticated, @requiresScopes and @policy ask
// for. They are immutable and safe for concurrent use.
//
//	Stage finds out which needs of an operation its caller does not meet;
//	[operation.Preparer.Restrict] prepares it without what has these needs;
//	Verdict says how the caller is told.
type Rights struct {
	graph        *schema.Supergraph
	name         string
	settings     config.Directives
	logger       *slog.Logger
	requirements [][]alternative // by Need.Requirement
	hashes       bool            // a policy looks at the operation's hash
}

// alternative is a schema.Alternative ready to be checked.
type alternative struct {
	authenticated bool
	scopes        []string
	policies      []policy
}

// NewRights compiles the requirements of a graph. It returns nil if the graph
// has none or the directives are off, and CONFIG_INVALID, all problems together,
// for policies that do not compile. A policy of the graph that nobody configured
// is denied and told as a warning.
func NewRights(o RightsOptions) (*Rights, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	known, err := compilePolicies(o.Policies)
	if err != nil {
		return nil, err
	}
	if o.Directives.Mode == "off" || len(o.Graph.Requirements) <= 1 {
		return nil, nil
	}
	r := &Rights{graph: o.Graph, name: o.Name, settings: o.Directives, logger: o.Logger}
	for _, name := range known.missing(o.Graph) {
		o.Logger.Warn("policy is not configured and lets nobody pass", "policy", name)
	}
	for _, requirement := range o.Graph.Requirements {
		var list []alternative
		for _, a := range requirement {
			list = append(list, alternative{authenticated: a.Authenticated, scopes: a.Scopes, policies: known.named(a.Policies)})
		}
		r.requirements = append(r.requirements, list)
	}
	r.hashes = slices.ContainsFunc(known.list(), func(p policy) bool { return p.program != nil && p.program.Uses("operation") })
	return r, nil
}

// Stage returns the stage that checks. Nil rights have an empty one, which a
// chain should be spared.
func (r *Rights) Stage() stages.Stage {
	if r == nil {
		return stages.Stage{Name: "rights"}
	}
	s := stages.Stage{Name: "rights", Prepare: r.prepare, Check: r.check}
	if r.settings.Mode == "observe" {
		s.Mode = stages.Observe
	}
	return s
}

// needs is the note of an operation that asks for something.
type needs struct {
	list      []need
	operation expression.Operation
}

// need is one of Operation.Needs.
type need struct {
	alternatives []alternative
	arguments    *operation.Arguments // nil without
}

// prepare looks up what an operation asks for; a public one gets no note.
func (r *Rights) prepare(op *operation.Operation) (any, error) {
	if len(op.Needs) == 0 {
		return nil, nil
	}
	n := &needs{list: make([]need, len(op.Needs)), operation: expression.Operation{Name: op.Name, Type: typeOf(op.Kind)}}
	if r.hashes {
		n.operation.Hash = hex.EncodeToString(op.Hash[:])
	}
	for i := range op.Needs {
		n.list[i] = need{alternatives: r.requirements[op.Needs[i].Requirement], arguments: op.Arguments(i)}
	}
	return n, nil
}

func typeOf(kind plan.Kind) string {
	switch kind {
	case plan.Mutation:
		return "mutation"
	case plan.Subscription:
		return "subscription"
	default:
		return "query"
	}
}

// check sets Call.Denied. While rights are only observed it leaves that alone
// and returns an error, which lets the operation pass.
func (r *Rights) check(ctx context.Context, c *stages.Call) error {
	n, ok := c.Note.(*needs)
	if !ok {
		return nil
	}
	var denied uint64
	for i := range n.list {
		if !r.met(n, &n.list[i], c) {
			denied |= 1 << i
		}
	}
	if denied == 0 {
		return nil
	}
	if r.settings.Log {
		r.tell(ctx, c, denied)
	}
	if r.settings.Mode == "observe" {
		return &fault.Error{Code: fault.UnauthorizedFieldOrType, Message: notAllowed}
	}
	c.Denied |= denied
	return nil
}

// met reports whether the caller meets a need.
func (r *Rights) met(all *needs, n *need, c *stages.Call) bool {
	var decide *decision // made when a policy is to be asked
	for i := range n.alternatives {
		a := &n.alternatives[i]
		if !a.held(c.Caller.Principal) {
			continue
		}
		if len(a.policies) == 0 {
			return true
		}
		if decide == nil {
			decide = r.decision(all, n, c)
		}
		if decide.all(a.policies) {
			return true
		}
	}
	return false
}

// held reports whether the principal brings what is asked for besides policies.
func (a *alternative) held(p *caller.Principal) bool {
	if a.authenticated && anonymously(p) {
		return false
	}
	for _, scope := range a.scopes {
		if p == nil || !slices.Contains(p.Scopes, scope) {
			return false
		}
	}
	return true
}

func anonymously(p *caller.Principal) bool {
	return p == nil || p.Kind == "" || p.Kind == config.KindAnonymous
}

// tell logs what an operation lacks.
func (r *Rights) tell(ctx context.Context, c *stages.Call, denied uint64) {
	var lacks []string
	for i := range c.Operation.Needs {
		if denied&(1<<i) != 0 {
			lacks = append(lacks, r.graph.Requirements[c.Operation.Needs[i].Requirement].String())
		}
	}
	slices.Sort(lacks)
	r.logger.LogAttrs(ctx, slog.LevelInfo, "operation lacks rights", slog.String("operation", c.Operation.Name),
		slog.String("profile", c.Caller.Profile), slog.String("request", c.Caller.RequestID), slog.Any("lacks", slices.Compact(lacks)))
}
