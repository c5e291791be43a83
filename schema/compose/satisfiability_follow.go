package compose

import (
	"github.com/weftql/weft/schema"
)

// visit checks everything a client can write in a state: every field of an
// object; every object that a value of an abstract type can be. An interface's
// field is what its objects' fields are, since it can be asked of each of them.
func (w *walk) visit(i int32) {
	s := w.states[i]
	typ := &w.r.types[s.typ]
	if typ.abstract {
		for m := range typ.Possible.All() {
			if !w.r.g.Types[m].Inaccessible {
				w.condition(i, typ, schema.TypeID(m))
			}
		}
		return
	}
	for field, id := range typ.Fields {
		if w.r.g.API.Seen.Has(int(id)) {
			w.field(i, typ, field, s.decided)
		}
	}
}

// field follows a field from a state, once per value of the labels it has that
// are still open.
func (w *walk) field(i int32, typ *routeType, field int, decided decisionID) {
	for _, c := range typ.special[field] {
		if c.label < 0 {
			continue
		}
		if _, ok := w.r.labels.decided(decided, c.label); !ok {
			w.field(i, typ, field, w.r.labels.with(decided, c.label, true))
			w.field(i, typ, field, w.r.labels.with(decided, c.label, false))
			return
		}
	}
	s := &w.states[i]
	id := typ.Fields[field]
	if s.parent < 0 && typ.ID == w.r.g.Mutation {
		if m := w.mutation(i, typ, field, decided); len(m.targets) > 1 {
			w.later = append(w.later, m)
			return
		}
	}
	targets, found := w.targets(typ, s, field, decided)
	f := &w.r.g.Fields[id]
	switch {
	case found && f.Leaf:
	case found:
		if w.runtime.differs(w.r, f, targets) {
			return // nothing below makes sense
		}
		w.push(state{f.Result, targets, decided, w.passed(typ, s, decided), i, step{field: id}})
	default:
		w.fail(failure{state: i, step: step{field: id}, decided: decided})
	}
}

// targets returns where a field leads from a state, and whether it can be had
// at all.
func (w *walk) targets(typ *routeType, s *state, field int, decided decisionID) (out []nodeID, found bool) {
	t := w.tables.at(decided)
	for _, id := range s.at {
		reached := t.reach[id]
		if reached.Meets(typ.plain[field]) {
			found = true
			for local := range reached.And(typ.plain[field]).All() {
				out = addNodeID(out, w.r.nodes[typ.nodes[local]].cells[field])
			}
		}
		for _, c := range typ.special[field] {
			if w.live(t, s, id, c, decided) {
				found = true
				out = addNodeID(out, c.target)
			}
		}
	}
	return out, found
}

func (w *walk) live(t *reachTable, s *state, id nodeID, c *specialCell, decided decisionID) bool {
	if !t.reach[id].Has(c.local) || c.enters && !t.usable[id].Has(c.bit) {
		return false
	}
	for _, p := range c.pairs {
		if !s.contexts.Has(p) {
			return false
		}
	}
	if c.label < 0 {
		return true
	}
	on, _ := w.r.labels.decided(decided, c.label)
	return on == c.on
}

// passed returns the contexts below an object of a state: those it sets itself
// replace those from further up, if what is selected from them can be resolved.
func (w *walk) passed(typ *routeType, s *state, decided decisionID) schema.Bits {
	set := w.r.setBy[typ.ID]
	if len(set) == 0 {
		return s.contexts
	}
	t := w.tables.at(decided)
	out := s.contexts.Clone()
	for _, p := range set {
		out.Remove(p)
		if fs := w.r.pairs[p].on[typ.ID]; fs != nil && t.resolves(typ, s.at, fs.Select) {
			out.Add(p)
		}
	}
	return out
}

func (w *walk) casts(typ *routeType, s *state, to schema.TypeID, decided decisionID) []nodeID {
	t := w.tables.at(decided)
	var out []nodeID
	for _, id := range s.at {
		out = t.casts(out, typ, id, to)
	}
	return out
}

// condition follows a type condition. A node where the object cannot occur
// settles it: the value can be had from there, and is something else.
func (w *walk) condition(i int32, typ *routeType, to schema.TypeID) {
	s := &w.states[i]
	for _, id := range s.at {
		if w.r.cast(id, to) == cellNone {
			return
		}
	}
	casts := w.casts(typ, s, to, s.decided)
	if len(casts) == 0 {
		w.fail(failure{state: i, step: step{on: to}, decided: s.decided})
		return
	}
	w.push(state{to, casts, s.decided, s.contexts, i, step{on: to}})
}

func (w *walk) fail(f failure) {
	f.walk = w
	w.failures = append(w.failures, f)
}
