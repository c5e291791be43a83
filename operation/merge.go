package operation

import (
	"slices"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// group holds the nodes of one response name, in document order. It keeps two
// invariants while occurrences are added:
//
//   - for every runtime type and all values of the conditions, the nodes that
//     apply, taken in order, select what the occurrences that apply select, in
//     their order;
//   - nodes with equal conditions never share a runtime type.
//
// An occurrence goes into an earlier node if that node applies wherever the
// occurrence does and nothing between them applies too:
//
//	a { x }  a @include(if: $c) { y }    ►  a { x  y @include(if: $c) }
//	... on A { a { x } }  ... on I { a { y } }   (I is A or B)
//	                                     ►  ... on A { a { x y } }  ... on B { a { y } }
type group struct {
	n     *normaliser
	nodes []*node
}

// add places one occurrence.
func (g *group) add(x *node) {
	switch {
	case len(g.nodes) == 0:
		g.nodes = append(g.nodes, x)
	case x.result == nil:
		g.addLeaf(x)
	default:
		g.place(x, x.on, x.when, len(g.nodes), false)
	}
}

// addLeaf drops x where a node that is there whenever x is was seen before:
// a leaf has no more to add.
func (g *group) addLeaf(x *node) {
	if !g.n.compare(len(g.nodes)) {
		return
	}
	on := x.on
	for i := 0; i < len(g.nodes) && !on.Empty(); i++ {
		e := g.nodes[i]
		switch {
		case !implies(x.when, e.when) || !e.on.Meets(on):
		case on.Within(e.on) && !encloses(x.block, e.block):
			return
		case !encloses(x.block, e.block):
			on = on.Minus(e.on)
		case x.when == e.when:
			// x is wanted earlier than the block e belongs to.
			over := on.And(e.on)
			g.narrow(e, over).block = x.block
			on = on.Minus(over)
		}
	}
	if !on.Empty() {
		x.on = on
		g.nodes = append(g.nodes, x)
	}
}

// place finds the node for what x selects on types under when, among the first
// upto nodes, and appends a new one for what fits none. exact splits when by
// the conditions of earlier nodes, instead of appending, until each part is
// inside or outside of every node.
func (g *group) place(x *node, types schema.Bits, when plan.Literals, upto int, exact bool) {
	if !g.n.compare(upto) {
		return
	}
	var rest schema.Bits
	// Nodes split off below only have types that are done with here.
	earlier := slices.Clone(g.nodes[:upto])
	for i := len(earlier) - 1; i >= 0 && !types.Empty(); i-- {
		e := earlier[i]
		if !e.on.Meets(types) || !compatible(when, e.when) {
			continue
		}
		over := types.And(e.on)
		types = types.Minus(over)
		switch {
		case absorbs(e, x, when):
			g.absorb(e, x, over, when)
		case exact:
			g.split(x, e, over, when)
		default:
			twins := twins(earlier[:i], when, over)
			rest = rest.Or(over.Minus(twins))
			if !twins.Empty() {
				g.place(x, twins, when, slices.Index(g.nodes, e)+1, true)
			}
		}
	}
	if types = types.Or(rest); types.Empty() || exact && !g.n.count() {
		return
	}
	y := &g.n.nodes.one()[0]
	*y = *x
	y.on, y.when, y.sources = types, when, slices.Clone(x.sources)
	g.nodes = append(g.nodes, y)
}

// split places the part of x that applies together with e into e, if it can be
// there, and each part that does not further up.
func (g *group) split(x, e *node, over schema.Bits, when plan.Literals) {
	if !g.n.count() {
		return
	}
	shared, _ := both(when, e.when)
	if absorbs(e, x, shared) {
		g.absorb(e, x, over, shared)
	} else {
		g.place(x, over, shared, slices.Index(g.nodes, e), true)
	}
	for _, part := range negations(when, e.when) {
		g.place(x, over, part, slices.Index(g.nodes, e), true)
	}
}

// twins returns the types for which one of the nodes has exactly the condition
// when.
func twins(nodes []*node, when plan.Literals, types schema.Bits) schema.Bits {
	var found schema.Bits
	for _, e := range nodes {
		if e.when == when {
			found = found.Or(e.on)
		}
	}
	return found.And(types)
}

// absorbs reports whether what x selects under when can be part of e: e applies
// wherever x does. An e that comes later, in a deferred block, must have the
// same conditions, for it has to be taken out of the block.
func absorbs(e, x *node, when plan.Literals) bool {
	return implies(when, e.when) && (when == e.when || !encloses(x.block, e.block))
}

// absorb adds what x selects to the part of e for types.
func (g *group) absorb(e, x *node, types schema.Bits, when plan.Literals) {
	e = g.narrow(e, types)
	if encloses(x.block, e.block) {
		for i := range e.sources {
			if e.sources[i].block == nil {
				e.sources[i].block = e.block
			}
		}
		e.block = x.block
	}
	for _, s := range x.sources {
		s.when, _ = both(s.when, without(when, e.when))
		if s.block == nil && x.block != e.block {
			s.block = x.block
		}
		e.sources = append(e.sources, s)
	}
}

// narrow returns the node for exactly types, a subset of e's: e itself, or a
// new one split off it.
func (g *group) narrow(e *node, types schema.Bits) *node {
	if e.on.Within(types) || !g.n.count() {
		return e
	}
	part := *e
	part.on, part.sources = types, slices.Clone(e.sources)
	e.on = e.on.Minus(types)
	g.nodes = slices.Insert(g.nodes, slices.Index(g.nodes, e)+1, &part)
	return &part
}

// compatible reports whether a and b can hold together.
func compatible(a, b plan.Literals) bool {
	_, ok := both(a, b)
	return ok
}

// encloses reports whether block b lies inside a; nil is the enclosing field's
// own block.
func encloses(a, b *block) bool {
	for ; b != nil; b = b.parent {
		if b.parent == a {
			return true
		}
	}
	return false
}
