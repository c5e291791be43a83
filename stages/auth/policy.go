package auth

import (
	"maps"
	"slices"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/expression"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/stages"
)

// policy decides on a name of @policy; without a program it lets nobody pass.
type policy struct {
	program   *expression.Program
	arguments bool // it looks at the field's arguments
}

// policies are the configured ones by name.
type policies map[string]policy

// compilePolicies compiles all policies, used or not.
func compilePolicies(list config.Policies) (policies, error) {
	out := policies{}
	var problems fault.List
	for _, name := range list.Names() {
		p := list[name]
		if p.Deny() {
			out[name] = policy{}
			continue
		}
		program, err := expression.Compile(p.Expr, expression.Bool)
		if err != nil {
			problems = append(problems, &fault.Error{
				Code: fault.ConfigInvalid, Message: "auth.policies." + name + ".expr: " + expression.Problem(err), Cause: err,
			})
			continue
		}
		out[name] = policy{program, program.Uses("args")}
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return out, nil
}

// named returns the policies of names; those that are not configured are the
// default, which denies if that is not configured either.
func (p policies) named(names []string) []policy {
	var list []policy
	for _, name := range names {
		one, ok := p[name]
		if !ok {
			one = p[config.DefaultPolicy]
		}
		list = append(list, one)
	}
	return list
}

// missing returns the policies a graph asks for that nothing is configured for,
// sorted.
func (p policies) missing(g *schema.Supergraph) []string {
	if _, ok := p[config.DefaultPolicy]; ok {
		return nil
	}
	names := map[string]bool{}
	for _, requirement := range g.Requirements {
		for _, a := range requirement {
			for _, name := range a.Policies {
				if _, ok := p[name]; !ok {
					names[name] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
}

func (p policies) list() []policy {
	return slices.Collect(maps.Values(p)) // in no order: for questions about all of them
}

// decision asks policies about one need of one operation.
type decision struct {
	env     expression.Env
	unknown bool // the field's arguments cannot be told
}

func (r *Rights) decision(all *needs, n *need, c *stages.Call) *decision {
	d := &decision{env: expression.Env{Caller: c.Caller, Graph: r.name, Operation: all.operation}}
	if n.arguments != nil {
		var ok bool
		d.env.Args, ok = n.arguments.Resolve(c.Values)
		d.unknown = !ok
	}
	return d
}

// all reports whether every policy lets the caller pass. One that fails does
// not, nor one that looks at arguments nobody knows.
func (d *decision) all(list []policy) bool {
	for _, p := range list {
		if p.program == nil || p.arguments && d.unknown {
			return false
		}
		if pass, err := p.program.Bool(&d.env); err != nil || !pass {
			return false
		}
	}
	return true
}
