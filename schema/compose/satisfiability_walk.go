package compose

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// maxStates bounds a walk, maxExactStates one that looks for reasons. Real
// graphs need a few states per type; a graph that needs this many is reported
// instead of holding its author up. Chosen; not measured.
const (
	maxStates      = 1_000_000
	maxExactStates = 200_000
)

// state is what a client query has led to: objects of one type, held at every
// one of the nodes (a shared field was asked in several subgraphs), with what
// was decided about labels and which contexts were passed on the way.
type state struct {
	typ      schema.TypeID
	at       []nodeID // ascending
	decided  decisionID
	contexts schema.Bits
	parent   int32 // index of the state before, -1 for a root
	step     step
}

// step is how a state was reached: by a field, or by a type condition.
type step struct {
	field schema.FieldID
	on    schema.TypeID
}

// proof is what was shown, or is being shown, to be satisfiable; any state that
// has at least as much needs no second look.
type proof struct {
	reach, usable schema.Bits
	decided       decisionID
	contexts      schema.Bits
	state         int32
}

// walk visits the states of a supergraph.
type walk struct {
	walkMode
	r      *routeGraph
	tables *labelledTables
	states []state
	seen   [][]proof // by type
	// dropped are states that need no visit any more: one with less was pushed
	// after them.
	dropped schema.Bits
	// known are proofs of the walk that this one is part of.
	known [][]proof

	failures []failure
	overflow bool

	// later are mutation fields that several subgraphs resolve.
	later []mutation

	runtime runtimeCheck
}

// walkMode is how a walk goes about it. The zero value is exact and has the
// shortest example for each failure; [quick] is for graphs that are fine.
type walkMode struct {
	// depthFirst gets to the states with least sooner, which spare the others.
	// Breadth first, a type that n subgraphs know in part has up to 2^n states.
	depthFirst bool
	// forget drops the decisions about labels after each step, which asks for
	// more than is needed: every label counts as both on and off again. Along a
	// path with n labels there are 2^n decisions to remember otherwise.
	forget bool
	// once stops at the first failure.
	once bool
}

// quick is the mode that says yes fast and says no without a reason.
var quick = walkMode{depthFirst: true, forget: true, once: true}

// failure is a field or a type condition that cannot be resolved in a state.
type failure struct {
	state   int32
	step    step
	decided decisionID
	// object is set if an interface's field was looked for on this object.
	object schema.TypeID
	walk   *walk
}

// newWalk starts at no state.
func newWalk(r *routeGraph, tables *labelledTables, mode walkMode) *walk {
	return &walk{walkMode: mode, r: r, tables: tables, seen: make([][]proof, len(r.types))}
}

// run visits the states from first on, and everything they lead to.
func (w *walk) run(first int) {
	if w.depthFirst {
		w.runDepthFirst(first)
		return
	}
	for i := first; i < len(w.states) && !w.stop(); i++ {
		if !w.dropped.Has(i) {
			w.visit(int32(i)) //nolint:gosec // below maxStates
		}
	}
}

func (w *walk) runDepthFirst(first int) {
	var stack []int
	for next := first; !w.stop(); {
		for ; next < len(w.states); next++ {
			stack = append(stack, next)
		}
		if len(stack) == 0 {
			return
		}
		i := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if !w.dropped.Has(i) {
			w.visit(int32(i)) //nolint:gosec // below maxStates
		}
	}
}

func (w *walk) stop() bool {
	limit := maxExactStates
	if w.depthFirst {
		limit = maxStates
	}
	w.overflow = len(w.states) > limit
	return w.overflow || w.once && len(w.failures) > 0
}

// push adds a state unless it is proven.
func (w *walk) push(s state) {
	slices.Sort(s.at)
	if w.forget {
		s.decided = 0
	}
	w.pushDecided(s)
}

// pushDecided is push with what is decided as it stands. If a label that the
// type's keys or requirements depend on is open, it adds one state for on and
// one for off.
func (w *walk) pushDecided(s state) {
	typ := &w.r.types[s.typ]
	if label := w.tables.open(typ, s.decided); label >= 0 {
		open := s.decided
		for _, on := range []bool{true, false} {
			s.decided = w.r.labels.with(open, label, on)
			w.pushDecided(s)
		}
		return
	}
	// More places to ask prove more, but they can also disagree.
	w.compareRuntime(typ, &s)
	p := w.proofOf(typ, &s)
	for _, list := range [][][]proof{w.known, w.seen} {
		if list != nil && slices.ContainsFunc(list[s.typ], func(q proof) bool { return w.covers(q, p) }) {
			return
		}
	}
	p.state = int32(len(w.states)) //nolint:gosec // below maxStates
	w.seen[s.typ] = slices.DeleteFunc(w.seen[s.typ], func(q proof) bool {
		if !w.covers(p, q) {
			return false
		}
		w.dropped.Add(int(q.state))
		return true
	})
	w.seen[s.typ] = append(w.seen[s.typ], p)
	w.states = append(w.states, s)
}

// proofOf summarises a state. What an object gives depends on what its nodes
// reach together; of an abstract type it also matters where it was found,
// because some objects cannot occur there.
func (w *walk) proofOf(typ *routeType, s *state) proof {
	t := w.tables.at(s.decided)
	p := proof{decided: s.decided, contexts: s.contexts}
	if typ.abstract {
		for _, id := range s.at {
			p.reach.Add(w.r.nodes[id].local)
		}
		return p
	}
	for _, id := range s.at {
		p.reach = p.reach.Or(t.reach[id])
		p.usable = p.usable.Or(t.usable[id])
	}
	return p
}

// covers reports whether q needed no more than p has.
func (w *walk) covers(q, p proof) bool {
	return q.reach.Within(p.reach) && q.usable.Within(p.usable) && q.contexts.Within(p.contexts) &&
		w.r.labels.within(q.decided, p.decided)
}

// visit checks every field and type condition a client can write in a state.
func (w *walk) visit(i int32) {
	s := w.states[i]
	typ := &w.r.types[s.typ]
	for field, id := range typ.Fields {
		if w.r.g.API.Seen.Has(int(id)) {
			w.field(i, typ, field, s.decided)
		}
	}
	if typ.abstract {
		for m := range typ.Possible.All() {
			if !w.r.g.Types[m].Inaccessible {
				w.condition(i, typ, schema.TypeID(m)) //nolint:gosec // a TypeID
			}
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
	case typ.abstract && w.explode(i, typ, field, decided):
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

// explode follows an interface's field on each object a value can be instead,
// where no node has it on the interface. It reports false, and fails nothing,
// if the value can be no object.
func (w *walk) explode(i int32, typ *routeType, field int, decided decisionID) bool {
	s := w.states[i]
	f := &w.r.g.Fields[typ.Fields[field]]
	any := false
	for m := range typ.Possible.All() {
		object := &w.r.types[m]
		casts := w.casts(typ, &s, object.ID, decided)
		if len(casts) == 0 {
			continue
		}
		any = true
		at := w.r.fieldIndex(object, schema.NoField, f.Name)
		var targets []nodeID
		found := false
		if at >= 0 {
			there := state{typ: object.ID, at: casts, contexts: s.contexts}
			targets, found = w.targets(object, &there, at, decided)
		}
		switch {
		case !found:
			w.fail(failure{state: i, step: step{field: f.ID}, decided: decided, object: object.ID})
			return true
		case !f.Leaf:
			result := w.r.g.Fields[object.Fields[at]].Result
			w.push(state{result, targets, decided, w.passed(typ, &s, decided), i, step{field: f.ID}})
		}
	}
	return any
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
