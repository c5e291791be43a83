package testkit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// DrawConnectors turns a subgraph into connectors at random: one or more per
// root field and per key, some per field, each with a selection of its own, so
// that the same type is known differently wherever it stands. What a connector
// is asked with is a key the subgraph declares, with what a field requires. The
// result may leave fields without any connector, more of them the lower whole
// is: how often, in percent, a type has a look-up that yields all there is, and
// an answer what nobody else could add to it. The planner does not care whether
// an SDL could describe the connectors; real keeps to those one can.
func DrawConnectors(g *schema.Supergraph, subgraph int, rng *rand.Rand, whole int, real bool) []schema.Connector {
	d := &connectorDraw{g: g, sub: subgraph, rng: rng, whole: whole, real: real}
	for i := 1; i < len(g.Types); i++ {
		t := &g.Types[i]
		in := t.InSubgraph(subgraph)
		switch {
		case in == nil:
		case t.Kind == ast.Interface && !in.InterfaceObject:
			d.lookups(t, in) // one for all types it can be
		case t.Kind != ast.Object && !in.InterfaceObject:
		case t.ID == g.Query || t.ID == g.Mutation || t.ID == g.Subscription:
			d.rootFields(t)
		default:
			d.lookups(t, in)
			d.fields(t, in)
		}
	}
	return d.out
}

type connectorDraw struct {
	g     *schema.Supergraph
	sub   int
	rng   *rand.Rand
	whole int
	real  bool
	out   []schema.Connector
}

// selectionDepth is how deep a drawn selection goes; chosen.
const selectionDepth = 3

func (d *connectorDraw) chance(percent int) bool { return d.rng.IntN(100) < percent }

func (d *connectorDraw) add(c schema.Connector, name string) {
	c.Subgraph = d.sub
	c.ID = fmt.Sprintf("%s:%s[%d]", d.g.Subgraphs[d.sub].Name, name, len(d.out))
	d.out = append(d.out, c)
}

// resolved reports whether a connector may yield a field whatever it is asked
// with.
func (d *connectorDraw) resolved(f *schema.Field) bool {
	in := f.InSubgraph(d.sub)
	return in != nil && !in.External && in.Requires == nil && len(in.Contexts) == 0
}

func (d *connectorDraw) rootFields(t *schema.Type) {
	for _, id := range t.Fields {
		f := &d.g.Fields[id]
		if !d.resolved(f) {
			continue
		}
		n := 1
		if t.ID == d.g.Query && !f.Leaf && d.chance(15) {
			n = 2
		}
		for range n {
			d.add(schema.Connector{Type: t.ID, Field: id, Select: d.below(f)}, t.Name+"."+f.Name)
		}
	}
}

// below selects below a field, "" below a leaf.
func (d *connectorDraw) below(f *schema.Field) string {
	if f.Leaf {
		return ""
	}
	return d.selection(d.g.TypeNamed(f.InSubgraph(d.sub).Type.Name()), selectionDepth, d.chance(30))
}

// selection selects of a type as the subgraph declares it: everything if whole,
// else some of it.
func (d *connectorDraw) selection(t schema.TypeID, depth int, whole bool) string {
	typ := &d.g.Types[t]
	in := typ.InSubgraph(d.sub)
	keyed := slices.ContainsFunc(in.Keys, func(k schema.Key) bool { return k.Resolvable })
	deepest := 0
	if !keyed && d.chance(d.whole) {
		whole, deepest = true, -1 // nobody else can give it
	}
	var parts []string
	for _, id := range typ.Fields {
		f := &d.g.Fields[id]
		if !d.resolved(f) || d.real && len(f.Arguments) > 0 || !whole && !d.chance(60) || !f.Leaf && depth <= deepest {
			continue
		}
		text := f.Name
		if !f.Leaf {
			text += " { " + d.selection(d.g.TypeNamed(f.InSubgraph(d.sub).Type.Name()), depth-1, whole && d.chance(50)) + " }"
		}
		parts = append(parts, text)
	}
	if in.Kind != ast.Object {
		for m := range in.Possible.All() {
			if whole || d.chance(70) {
				parts = append(parts, "... on "+d.g.Types[m].Name+" { "+d.selection(schema.TypeID(m), depth-1, whole)+" }")
			}
		}
	}
	for i, k := range in.Keys {
		if whole || i == 0 && d.chance(d.whole) {
			parts = append(parts, k.Fields.Text)
		}
	}
	if len(parts) == 0 || d.chance(20) {
		parts = append(parts, "__typename")
	}
	return strings.Join(parts, " ")
}

func (d *connectorDraw) batch() int { return []int{0, 1, 1, 5, 50}[d.rng.IntN(5)] }

// lookups enters a type by its keys.
func (d *connectorDraw) lookups(t *schema.Type, in *schema.TypeIn) {
	for _, k := range in.Keys {
		if !k.Resolvable {
			continue
		}
		for i := range 1 + d.rng.IntN(3) {
			c := schema.Connector{Type: t.ID, Key: k.Fields.Text, Select: d.selection(t.ID, selectionDepth, i == 0 && d.chance(d.whole)), Batch: d.batch()}
			if d.real && c.Batch != 1 {
				c.Select = c.Key + " " + c.Select // results find their keys by it
			}
			d.add(c, t.Name)
		}
	}
}

// fields answers fields by themselves: those that require something, and some
// others.
func (d *connectorDraw) fields(t *schema.Type, in *schema.TypeIn) {
	keys := slices.DeleteFunc(slices.Clone(in.Keys), func(k schema.Key) bool { return !k.Resolvable })
	if len(keys) == 0 {
		return
	}
	for _, id := range t.Fields {
		f := &d.g.Fields[id]
		at := f.InSubgraph(d.sub)
		if at == nil || at.External || len(at.Contexts) > 0 {
			continue
		}
		own := at.Requires != nil || d.real && len(f.Arguments) > 0
		if !own && !d.chance(20) {
			continue
		}
		key := keys[d.rng.IntN(len(keys))].Fields.Text
		if at.Requires != nil {
			key += " " + at.Requires.Text
		}
		d.add(schema.Connector{Type: t.ID, Field: id, Key: key, Select: d.below(f), Batch: d.batch()}, t.Name+"."+f.Name)
	}
}
