package operation

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
)

// collection is one object's fields while they are collected.
type collection struct {
	n      *normaliser
	known  plan.Literals
	groups map[string]*group
	order  []*group
	next   int // place of the next occurrence
}

// flatten adds every field of s that can occur, in document order.
func (c *collection) flatten(s source) {
	for _, sel := range s.set {
		if !c.n.count() {
			return
		}
		switch sel := sel.(type) {
		case *ast.Field:
			c.field(s, sel)
		case *ast.InlineFragment:
			inner, ok := c.fragment(s, sel.Directives, sel.TypeCondition)
			if ok {
				inner.set = sel.SelectionSet
				c.flatten(inner)
			}
		case *ast.FragmentSpread:
			def := c.n.fragments[sel.Name]
			if def == nil {
				continue
			}
			inner, ok := c.fragment(s, sel.Directives, def.TypeCondition)
			if ok {
				inner.set = def.SelectionSet
				c.flatten(inner)
			}
		}
	}
}

// fragment returns what a fragment's selections stand under, false if they can
// never apply.
func (c *collection) fragment(s source, directives ast.DirectiveList, condition string) (source, bool) {
	when, ok := c.conditions(s.when, directives)
	if !ok {
		return s, false
	}
	s.when = when
	if condition != "" {
		def := c.n.view.AST.Types[condition]
		if def == nil {
			return s, false
		}
		s.owner = def
		possible := c.n.possible(def)
		if !s.on.Within(possible) {
			s.on = s.on.And(possible)
		}
		if s.on.Empty() {
			return s, false
		}
	}
	s.block = c.deferred(s.block, directives)
	return s, true
}

// conditions adds @skip and @include to when. Literals are folded; false means
// the selection can never be included.
func (c *collection) conditions(when plan.Literals, directives ast.DirectiveList) (plan.Literals, bool) {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		arg := d.Arguments.ForName("if")
		if arg == nil {
			continue
		}
		if arg.Value.Kind != ast.Variable {
			if (arg.Value.Raw == "true") == (d.Name == "skip") {
				return when, false
			}
			continue
		}
		bit := uint64(1) << c.n.bit(arg.Value.Raw)
		if d.Name == "include" {
			when.Set |= bit
		} else {
			when.Clear |= bit
		}
	}
	all, ok := both(when, c.known)
	return without(all, c.known), ok
}

// deferred returns the block a fragment's selections belong to.
func (c *collection) deferred(outer *block, directives ast.DirectiveList) *block {
	d := directives.ForName("defer")
	if d == nil {
		return outer
	}
	b := &block{when: -1, parent: outer}
	if arg := d.Arguments.ForName("if"); arg != nil {
		if arg.Value.Kind == ast.Variable {
			b.when = c.n.bit(arg.Value.Raw)
		} else if arg.Value.Raw == "false" {
			return outer
		}
	}
	if arg := d.Arguments.ForName("label"); arg != nil && arg.Value.Kind != ast.NullValue {
		b.label = arg.Value.Raw
	}
	b.shared = &Defer{Label: b.label, If: b.when}
	if outer != nil {
		b.shared.Parent = outer.shared
	}
	return b
}

// field adds one occurrence of a field.
func (c *collection) field(s source, f *ast.Field) {
	when, ok := c.conditions(s.when, f.Directives)
	if !ok {
		return
	}
	g := c.groups[f.Alias]
	if g == nil {
		g = &group{n: c.n}
		c.groups[f.Alias] = g
		c.order = append(c.order, g)
	}
	x := &node{field: f, owner: s.owner, on: s.on, when: when, block: s.block, place: c.next}
	c.next++
	if len(f.SelectionSet) > 0 {
		x.result = c.n.view.AST.Types[f.Definition.Type.Name()]
		x.sources = []source{{set: f.SelectionSet, owner: x.result, on: c.n.possible(x.result)}}
	}
	g.add(x)
}

// nodes returns all fields in response order.
func (c *collection) nodes() []*node {
	var all []*node
	for _, g := range c.order {
		all = append(all, g.nodes...)
	}
	slices.SortStableFunc(all, func(a, b *node) int { return a.place - b.place })
	return all
}
