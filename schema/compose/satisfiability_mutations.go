package compose

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// mutation is a mutation field that several subgraphs resolve. It is called
// once, so one of them has to be enough for everything below.
type mutation struct {
	state   int32
	field   schema.FieldID
	decided decisionID
	targets []nodeID
}

// mutation returns where a mutation field leads, per subgraph.
func (w *walk) mutation(i int32, typ *routeType, field int, decided decisionID) mutation {
	m := mutation{state: i, field: typ.Fields[field], decided: decided}
	if !w.r.g.Fields[m.field].Leaf {
		m.targets, _ = w.targets(typ, &w.states[i], field, decided)
	}
	return m
}

// partition checks the postponed mutation fields, each subgraph in turn on its
// own, until one is enough. What the walk so far has visited needs no second
// look: it is proven, or its failures are reported already.
func (w *walk) partition() {
	for _, m := range w.later {
		f := &w.r.g.Fields[m.field]
		if w.runtime.differs(w.r, f, m.targets) {
			continue
		}
		var failed []failure
		for _, target := range m.targets {
			sub := newWalk(w.r, w.tables, walkMode{depthFirst: w.depthFirst, forget: w.forget, once: true})
			sub.known = w.seen
			root := w.states[m.state]
			sub.states = append(sub.states, root)
			sub.push(state{f.Result, []nodeID{target}, m.decided, w.passed(&w.r.types[root.typ], &root, m.decided), 0, step{field: m.field}})
			sub.run(1)
			if len(sub.failures) == 0 {
				w.adopt(sub)
				failed = nil
				break
			}
			failed = append(failed, sub.failures...)
		}
		w.failures = append(w.failures, failed...)
	}
}

// adopt takes over what another walk has proven.
func (w *walk) adopt(sub *walk) {
	w.overflow = w.overflow || sub.overflow
	w.runtime.merge(&sub.runtime)
	for i, list := range sub.seen {
		for _, p := range list {
			p.state = 0 // a root, which nothing replaces
			w.seen[i] = append(slices.Clip(w.seen[i]), p)
		}
	}
}
