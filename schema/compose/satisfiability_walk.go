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
	walk    *walk
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
			w.visit(int32(i))
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
			w.visit(int32(i))
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
	p.state = int32(len(w.states))
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
