package compose

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// resolves reports whether a field set can be resolved for an object of a type
// that is held at every one of the nodes. The depth of field sets is bounded by
// their parser.
func (t *reachTable) resolves(typ *routeType, at []nodeID, sel []schema.Selection) bool {
	for i := range sel {
		ok := false
		if sel[i].Name == "" {
			ok = t.resolvesFragment(typ, at, &sel[i])
		} else {
			ok = t.resolvesField(typ, at, &sel[i])
		}
		if !ok {
			return false
		}
	}
	return true
}

func (t *reachTable) resolvesField(typ *routeType, at []nodeID, s *schema.Selection) bool {
	if s.Name == "__typename" {
		return !typ.abstract || slices.ContainsFunc(at, func(id nodeID) bool { return t.knowsType(typ, id) })
	}
	field := t.r.fieldIndex(typ, s.Field, s.Name)
	if field < 0 {
		return false
	}
	if t.r.g.Fields[typ.Fields[field]].Leaf {
		for _, id := range at {
			if t.hasField(typ, id, field) {
				return true
			}
		}
	} else {
		var targets []nodeID
		for _, id := range at {
			targets = t.targets(targets, typ, id, field)
		}
		if len(targets) > 0 {
			return t.resolves(&t.r.types[t.r.g.Fields[typ.Fields[field]].Result], targets, s.Select)
		}
	}
	return typ.abstract && t.resolvesForAll(typ, at, typ.Possible, func(object *routeType, casts []nodeID) bool {
		return t.resolvesField(object, casts, s)
	}, false)
}

// resolvesFragment resolves what a type condition guards, for each object it
// can match.
func (t *reachTable) resolvesFragment(typ *routeType, at []nodeID, s *schema.Selection) bool {
	if s.On == schema.NoType || s.On == typ.ID {
		return t.resolves(typ, at, s.Select)
	}
	matching := typ.Possible.And(t.r.g.Types[s.On].Possible)
	return t.resolvesForAll(typ, at, matching, func(object *routeType, casts []nodeID) bool {
		return t.resolves(object, casts, s.Select)
	}, true)
}

// resolvesForAll applies a test to every object that a value at the nodes can
// be; none says what holds if it can be none of them.
func (t *reachTable) resolvesForAll(typ *routeType, at []nodeID, objects schema.Bits, test func(*routeType, []nodeID) bool, none bool) bool {
	result := none
	for m := range objects.All() {
		var casts []nodeID
		for _, id := range at {
			casts = t.casts(casts, typ, id, schema.TypeID(m))
		}
		if len(casts) == 0 {
			continue
		}
		if !test(&t.r.types[m], casts) {
			return false
		}
		result = true
	}
	return result
}

// hasField reports whether a field can be had for an object held at id.
func (t *reachTable) hasField(typ *routeType, id nodeID, field int) bool {
	t.read(typ)
	if t.reach[id].Meets(typ.plain[field]) {
		return true
	}
	return slices.ContainsFunc(typ.special[field], func(c *specialCell) bool { return t.live(id, c) })
}

// targets appends where a field leads from id.
func (t *reachTable) targets(out []nodeID, typ *routeType, id nodeID, field int) []nodeID {
	t.read(typ)
	for local := range t.reach[id].And(typ.plain[field]).All() {
		out = addNodeID(out, t.r.nodes[typ.nodes[local]].cells[field])
	}
	for _, c := range typ.special[field] {
		if t.live(id, c) {
			out = addNodeID(out, c.target)
		}
	}
	return out
}

// live reports whether a conditional field can be had in a condition. Contexts
// are not looked for: what a key or @requires selects has no path above it.
func (t *reachTable) live(id nodeID, c *specialCell) bool {
	switch {
	case !t.reach[id].Has(c.local), len(c.pairs) > 0, c.enters && !t.usable[id].Has(c.bit):
		return false
	case c.label < 0:
		return true
	}
	return t.labels.on.Has(c.label) == c.on
}

// knowsType reports whether the runtime type of an object held at id can be
// found out: some subgraph that can be reached has more than an interface
// object.
func (t *reachTable) knowsType(typ *routeType, id nodeID) bool {
	t.read(typ)
	for local := range t.reach[id].All() {
		if !t.r.nodes[typ.nodes[local]].in.InterfaceObject {
			return true
		}
	}
	return false
}

// casts appends the nodes where an object of type to is held if it is held at
// id as a value of an abstract type; none if it cannot be, or if its type
// cannot be found out.
func (t *reachTable) casts(out []nodeID, typ *routeType, id nodeID, to schema.TypeID) []nodeID {
	if !t.r.nodes[id].in.InterfaceObject {
		if c := t.r.cast(id, to); c != cellNone {
			out = addNodeID(out, c)
		}
		return out
	}
	if !t.knowsType(typ, id) {
		return out
	}
	for local := range t.reach[id].All() {
		if c := t.r.cast(typ.nodes[local], to); c != cellNone {
			out = addNodeID(out, c)
		}
	}
	return out
}

// read notes that the type at work depends on another one's nodes.
func (t *reachTable) read(typ *routeType) {
	if t.current == schema.NoType || t.current == typ.ID {
		return
	}
	readers := t.readers[typ.ID]
	if readers == nil {
		readers = map[schema.TypeID]bool{}
		t.readers[typ.ID] = readers
	}
	readers[t.current] = true
}

func addNodeID(list []nodeID, id nodeID) []nodeID {
	if id == cellLeaf || slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}
