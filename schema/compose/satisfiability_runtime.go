package compose

import (
	"github.com/weftql/weft/schema"
)

// runtimeCheck compares, for a shared field of abstract type, the objects that
// its value can be in each subgraph: the gateway may ask any of them.
type runtimeCheck struct {
	found []runtimeDifference
	done  map[schema.FieldID]bool
}

// runtimeDifference is a field whose subgraphs disagree; disjoint if they have
// no object in common.
type runtimeDifference struct {
	field    schema.FieldID
	subs     []int
	objects  []schema.Bits
	disjoint bool
}

// compareRuntime looks at the fields of a state whose subgraphs do not all know
// the same objects. Most types have none.
func (w *walk) compareRuntime(typ *routeType, s *state) {
	for _, field := range typ.uneven {
		f := &w.r.g.Fields[typ.Fields[field]]
		if w.runtime.done[f.ID] || !w.r.g.API.Seen.Has(int(f.ID)) {
			continue
		}
		targets, _ := w.targets(typ, s, field, s.decided)
		w.runtime.differs(w.r, f, targets)
	}
}

// findUneven lists the fields of abstract type whose value can be different
// objects in different subgraphs.
func (r *routeGraph) findUneven(t *routeType) {
	for i, id := range t.Fields {
		f := &r.g.Fields[id]
		if f.Leaf || !r.types[f.Result].abstract {
			continue
		}
		var targets []nodeID
		for _, n := range t.nodes {
			if c := r.nodes[n].cells[i]; c != cellNone {
				targets = addNodeID(targets, c)
			}
		}
		probe := runtimeCheck{}
		probe.differs(r, f, targets)
		if len(probe.found) > 0 {
			t.uneven = append(t.uneven, i)
		}
	}
}

// differs compares the places a field leads to and notes a difference once per
// field. It reports whether there is no object in common, in which case nothing
// below the field makes sense.
func (c *runtimeCheck) differs(r *routeGraph, f *schema.Field, targets []nodeID) bool {
	if !r.types[f.Result].abstract || len(targets) < 2 {
		return false
	}
	d := runtimeDifference{field: f.ID}
	for _, id := range targets {
		n := &r.nodes[id]
		// An interface object, or an object, stands for itself only.
		if n.in.InterfaceObject || !r.types[n.decl].abstract {
			continue
		}
		d.subs = append(d.subs, n.sub)
		d.objects = append(d.objects, n.in.Possible)
	}
	if len(d.subs) < 2 {
		return false
	}
	common, all := d.objects[0], d.objects[0]
	for _, o := range d.objects[1:] {
		common, all = common.And(o), all.Or(o)
	}
	if common.Equal(all) {
		return false
	}
	d.disjoint = common.Empty()
	if c.done == nil {
		c.done = map[schema.FieldID]bool{}
	}
	if !c.done[f.ID] {
		c.done[f.ID] = true
		c.found = append(c.found, d)
	}
	return d.disjoint
}

func (c *runtimeCheck) merge(other *runtimeCheck) {
	for _, d := range other.found {
		if !c.done[d.field] {
			if c.done == nil {
				c.done = map[schema.FieldID]bool{}
			}
			c.done[d.field] = true
			c.found = append(c.found, d)
		}
	}
}
