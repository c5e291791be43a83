package schema

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// unreachable removes the types that no root leads to over what is left.
func (c *contract) unreachable() {
	r := &reachability{contract: c, reached: map[string]bool{}}
	for _, root := range []*ast.Definition{c.api.Query, c.api.Mutation, c.api.Subscription} {
		if root != nil {
			r.reach(root.Name)
		}
	}
	for _, d := range c.api.Directives {
		for _, a := range d.Arguments {
			r.reach(a.Type.Name())
		}
	}
	for len(r.queue) > 0 {
		def := r.queue[0]
		r.queue = r.queue[1:]
		r.follow(def)
	}
	for _, def := range c.order {
		if !r.reached[def.Name] {
			c.remove(def.Name, "", Unreachable)
		}
	}
}

// reachability is a walk over the types that are left.
type reachability struct {
	*contract
	reached map[string]bool
	queue   []*ast.Definition
}

func (r *reachability) reach(name string) {
	def := r.api.Types[name]
	if def != nil && !def.BuiltIn && !r.reached[name] && !r.hidden[name] {
		r.reached[name] = true
		r.queue = append(r.queue, def)
	}
}

// follow reaches what a definition names, and what its values can be.
func (r *reachability) follow(def *ast.Definition) {
	for _, f := range def.Fields {
		at := def.Name + "." + f.Name
		if r.hidden[at] {
			continue
		}
		r.reach(f.Type.Name())
		for _, a := range f.Arguments {
			if !r.hidden[argumentCoordinate(at, a.Name)] {
				r.reach(a.Type.Name())
			}
		}
	}
	for _, name := range def.Interfaces {
		r.reach(name)
	}
	if def.Kind == ast.Interface || def.Kind == ast.Union {
		for _, o := range r.api.PossibleTypes[def.Name] {
			r.reach(o.Name)
		}
	}
}
