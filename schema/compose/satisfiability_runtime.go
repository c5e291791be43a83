package compose

import (
	"slices"

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
// below the field makes sense. Only what an object declares and several
// subgraphs resolve is compared: an interface's field is its objects' fields.
func (c *runtimeCheck) differs(r *routeGraph, f *schema.Field, targets []nodeID) bool {
	if !r.types[f.Result].abstract || r.types[f.Owner].abstract || len(targets) < 2 || !shared(f) {
		return false
	}
	d := runtimeDifference{field: f.ID}
	visible := r.visibleObjects(f.Result)
	common, all, abstract := visible, schema.Bits(nil), 0
	for _, id := range targets {
		n := &r.nodes[id]
		if n.in.InterfaceObject {
			continue // it stands for any object
		}
		objects := n.in.Possible
		if !r.types[n.decl].abstract {
			objects = nil
			objects.Add(int(n.decl))
		} else {
			abstract++
		}
		if objects.Count() == 1 && !objects.Meets(visible) {
			continue // a hidden object: clients get nothing from there
		}
		d.subs = append(d.subs, n.sub)
		d.objects = append(d.objects, objects)
		common, all = common.And(objects), all.Or(objects)
	}
	if abstract < 2 || all.Empty() || !slices.ContainsFunc(d.objects, func(o schema.Bits) bool { return !o.Equal(d.objects[0]) }) && !common.Empty() {
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

// shared reports whether several subgraphs resolve a field.
func shared(f *schema.Field) bool {
	n := 0
	for i := range f.In {
		if !f.In[i].External && !f.In[i].UsedOverridden {
			n++
		}
	}
	return n > 1
}

// visibleObjects are the objects of a type that clients know.
func (r *routeGraph) visibleObjects(id schema.TypeID) schema.Bits {
	var out schema.Bits
	for m := range r.g.Types[id].Possible.All() {
		if !r.g.Types[m].Inaccessible {
			out.Add(m)
		}
	}
	return out
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
