package operation

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
)

// collection is one object's fields while they are collected. Its memory serves
// one object after the other.
type collection struct {
	n      *normaliser
	known  plan.Literals
	index  map[string]int // of groups by response name
	groups []group
	next   int // place of the next occurrence
	// refused are the occurrences that authorization removed.
	refused []*node
}

func (c *collection) begin(known plan.Literals) {
	c.known, c.groups, c.next, c.refused = known, c.groups[:0], 0, nil
	clear(c.index)
}

// group returns the group of a response name.
func (c *collection) group(response string) *group {
	i, ok := c.index[response]
	if !ok {
		i = len(c.groups)
		c.index[response] = i
		c.groups = slices.Grow(c.groups, 1)[:i+1]
		c.groups[i] = group{n: c.n, nodes: c.groups[i].nodes[:0]}
	}
	return &c.groups[i]
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
			c.fragment(s, sel.Directives, sel.TypeCondition, sel.SelectionSet)
		case *ast.FragmentSpread:
			if def := c.n.fragments[sel.Name]; def != nil {
				c.fragment(s, sel.Directives, def.TypeCondition, def.SelectionSet)
			}
		}
	}
}

// fragment adds every field of a fragment's selections that can occur.
func (c *collection) fragment(s source, directives ast.DirectiveList, condition string, set ast.SelectionSet) {
	inner, ok := c.within(s, directives, condition)
	if !ok {
		return
	}
	inner.set = set
	if condition == "" || c.n.rights == nil {
		c.flatten(inner)
		return
	}
	inner.trail = c.onward(s.trail, fragmentName(condition))
	c.judgeFragment(inner)
}

// within returns what a fragment's selections stand under, false if they can
// never apply.
func (c *collection) within(s source, directives ast.DirectiveList, condition string) (source, bool) {
	when, ok := c.conditions(s.when, directives)
	if !ok {
		return s, false
	}
	s.when = when
	if condition != "" {
		s.owner = c.n.typeNamed(condition)
		if s.owner == nil {
			return s, false
		}
		if !s.on.Within(s.owner.possible) {
			s.on = s.on.And(s.owner.possible)
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

// field adds what a selected field comes to.
func (c *collection) field(s source, f *ast.Field) {
	when, ok := c.conditions(s.when, f.Directives)
	if !ok {
		return
	}
	if c.n.rights == nil || exempt(f) {
		c.occurrence(s, f, when, false)
	} else {
		c.judgeField(s, f, when)
	}
}

// occurrence adds one occurrence of a field.
func (c *collection) occurrence(s source, f *ast.Field, when plan.Literals, denied bool) {
	x := &c.n.nodes.one()[0]
	*x = node{field: f, owner: s.owner, on: s.on, when: when, block: s.block, place: c.next, denied: denied}
	if len(f.SelectionSet) > 0 {
		x.result = c.n.typeNamed(f.Definition.Type.Name())
		x.sources = c.n.sources.one()
		x.sources[0] = source{set: f.SelectionSet, owner: x.result, on: x.result.possible, denied: denied, trail: c.onward(s.trail, f.Alias)}
	}
	c.next++
	if denied {
		c.refused = append(c.refused, x)
		return
	}
	c.group(f.Alias).add(x)
}

// nodes returns all fields in response order.
func (c *collection) nodes() []*node {
	all := make([]*node, 0, c.next)
	for i := range c.groups {
		all = append(all, c.groups[i].nodes...)
	}
	slices.SortStableFunc(all, func(a, b *node) int { return a.place - b.place })
	return all
}
