package operation

import (
	"context"
	"slices"
	"strings"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Restrict prepares the operation r selects for a caller who does not meet some
// of its needs: bit i of denied is Needs[i] of the operation that Prepare
// returns for r. Needs of the result are the same.
//
// A selection that has such a need is removed before fields are merged, so that
// what is selected elsewhere too stays. In its place the client gets null, with
// the consequences null has there; see Out.Denied. Each removed place is one
// entry of Denied. Errors are those of Prepare.
func (p *Preparer) Restrict(ctx context.Context, r *Request, denied uint64) (*Operation, error) {
	doc, def, err := p.document(ctx, r)
	if err != nil {
		return nil, err
	}
	// Needs are numbered in the order in which the whole operation has them.
	whole := newNormaliser(p, doc)
	nodes, err := whole.operation(def)
	if err != nil {
		return nil, err
	}
	if denied == 0 || len(whole.needs.list) == 0 {
		return p.finish(whole, doc, def, nodes)
	}
	if err := ctx.Err(); err != nil {
		return nil, cancelled(err)
	}
	n := newNormaliser(p, doc)
	n.needs = needs{list: whole.needs.list, index: whole.needs.index, denied: denied, restricted: true}
	if nodes, err = n.operation(def); err != nil {
		return nil, err
	}
	return p.finish(n, doc, def, nodes)
}

// Nothing reports whether authorization leaves nothing to answer: the answer is
// null then, whatever the root fields' types are. conditions are those that
// Coerce found.
func (o *Operation) Nothing(conditions uint64) bool {
	for i := range o.Denied {
		if d := &o.Denied[i]; len(d.Path) == 0 && d.Guard.Holds(conditions) {
			return true
		}
	}
	removed := false
	for i := range o.Select {
		f := &o.Select[i]
		switch {
		case !f.Guard.Holds(conditions), f.Out != nil && f.Out.Hidden:
		case f.Out != nil && f.Out.Denied:
			removed = true
		default:
			return false
		}
	}
	return removed
}

// trail is the way to a selection: response names, and fragments in between. It
// is kept while an operation is restricted.
type trail struct {
	parent *trail
	name   string
	place  int // among what the same object selects
}

// onward returns the trail one step on, nil where nobody will ask for it.
func (c *collection) onward(t *trail, name string) *trail {
	if !c.n.needs.restricted {
		return nil
	}
	return &trail{parent: t, name: name, place: c.next}
}

// fragmentName is how a fragment stands in a path.
func fragmentName(condition string) string { return "... on " + condition }

// removal is a place that authorization removed, under any of when.
type removal struct {
	path        []string
	places      []int
	requirement int
	when        []plan.Literals
}

// remove notes a removed place: a field of the object at t, or, without a name,
// the fragment there.
func (c *collection) remove(t *trail, name string, requirement int, when plan.Literals) {
	if when, ok := both(when, c.known); ok {
		c.n.remove(c.onwardTo(t, name), requirement, when)
	}
}

func (c *collection) onwardTo(t *trail, name string) *trail {
	if name == "" {
		return t
	}
	return c.onward(t, name)
}

func (n *normaliser) remove(t *trail, requirement int, when plan.Literals) {
	r := removal{requirement: requirement}
	for ; t != nil; t = t.parent {
		r.path, r.places = append(r.path, t.name), append(r.places, t.place)
	}
	slices.Reverse(r.path)
	slices.Reverse(r.places)
	key := strings.Join(r.path, "\n")
	i, ok := n.removedAt[key]
	if !ok {
		if n.pathSteps += len(r.path); n.pathSteps > n.limits.pathSteps() {
			n.fail(tooLarge("steps in paths of what authorization removes", n.limits.pathSteps()))
			return
		}
		if n.removedAt == nil {
			n.removedAt = map[string]int{}
		}
		i = len(n.removed)
		n.removedAt[key] = i
		n.removed = append(n.removed, r)
	}
	n.removed[i].add(when)
}

// add notes that the place is removed under when, too.
func (r *removal) add(when plan.Literals) {
	for _, have := range r.when {
		if implies(when, have) {
			return
		}
	}
	r.when = slices.DeleteFunc(r.when, func(have plan.Literals) bool { return implies(have, when) })
	r.when = append(r.when, when)
}

// denied returns the removed places in the order of the answer.
func (n *normaliser) denied() []plan.Denied {
	slices.SortStableFunc(n.removed, func(a, b removal) int { return slices.Compare(a.places, b.places) })
	var out []plan.Denied
	for i := range n.removed {
		r := &n.removed[i]
		d := plan.Denied{Path: r.path, Requirement: r.requirement}
		if !slices.Contains(r.when, plan.Literals{}) {
			d.Guard = r.when
		}
		out = append(out, d)
	}
	return out
}

// removeAll answers an operation whose root type is not for the caller: null
// stands for all of it.
func (n *normaliser) removeAll(sources []source, requirement int) []*node {
	n.remove(nil, requirement, plan.Literals{})
	for i := range sources {
		sources[i].denied = true
	}
	return slices.DeleteFunc(n.level(sources, plan.Literals{}, 1), func(x *node) bool { return exempt(x.field) })
}

// rootRemoved judges the root type; a requirement of it holds for all of the
// operation.
func (n *normaliser) rootRemoved(id schema.TypeID) int {
	if n.rights == nil {
		return 0
	}
	return n.unmetType(id)
}

// refuse adds x, which authorization removed, where nothing else of its name
// applies; there it is null. Elsewhere what it selects is removed from what the
// others select.
func (g *group) refuse(x *node) {
	type part struct {
		types schema.Bits
		when  plan.Literals
	}
	parts := []part{{x.on, x.when}}
	for i := 0; i < len(g.nodes) && len(parts) > 0; i++ {
		e := g.nodes[i]
		var rest []part
		for _, p := range parts {
			if !g.n.compare(1) || !g.n.count() {
				return
			}
			shared, ok := both(p.when, e.when)
			if !ok || !e.on.Meets(p.types) {
				rest = append(rest, p)
				continue
			}
			over := p.types.And(e.on)
			if left := p.types.Minus(over); !left.Empty() {
				rest = append(rest, part{left, p.when})
			}
			for _, outside := range negations(p.when, e.when) {
				rest = append(rest, part{over, outside})
			}
			if x.result != nil && !e.denied {
				g.absorb(e, x, over, shared)
			}
		}
		parts = rest
	}
	for _, p := range parts {
		y := &g.n.nodes.one()[0]
		*y = *x
		y.on, y.when = p.types, p.when
		g.nodes = append(g.nodes, y)
	}
}

// settle places what authorization removed from an object, once everything else
// is there.
func (c *collection) settle() {
	for _, x := range c.refused {
		c.group(x.field.Alias).refuse(x)
	}
}
