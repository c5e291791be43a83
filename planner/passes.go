package planner

import (
	"fmt"
	"slices"
)

// pass is one rewrite of the fetch graph. run reports whether it changed
// anything.
type pass struct {
	name  string
	run   func(*builder) bool
	after []string // passes that must come earlier
	why   string   // what breaks otherwise
}

// passes lists the rewrites in order. Two more run while the plan is emitted,
// because they need no data moved: what is not read is left out (mark.go), and
// visits of one subgraph and round are one request (emit.go).
func passes() []pass {
	return []pass{
		{name: "merge-visits", run: mergeVisits},
		{name: "slide", run: slide, after: []string{"merge-visits"},
			why: "a visit merged away must not hold its request where it was"},
	}
}

// runPasses runs every pass once and settles the rounds after each that
// changed something.
func runPasses(b *builder) error {
	if err := settleRounds(b); err != nil {
		return err
	}
	for _, p := range passes() {
		if !p.run(b) {
			continue
		}
		b.r.trace.fire(p.name)
		if err := settleRounds(b); err != nil {
			return err
		}
	}
	return nil
}

// settleRounds gives every visit the earliest round its inputs allow. A cycle
// is a bug in the planner.
func settleRounds(b *builder) error {
	s := &settler{b: b, state: map[*visit]int{}, base: map[int]int{}}
	for _, v := range b.fg.visits {
		if v.merged == nil {
			if err := s.settle(v); err != nil {
				return err
			}
		}
	}
	return nil
}

type settler struct {
	b     *builder
	state map[*visit]int // 1 open, 2 done
	base  map[int]int    // first round of each group
}

func (s *settler) settle(v *visit) error {
	switch s.state[v] {
	case 1:
		return unreachable(fmt.Sprintf("a fetch of %s before itself", s.b.subgraphName(v.sub)))
	case 2:
		return nil
	}
	s.state[v] = 1
	round, err := s.groupBase(v.group)
	if err != nil {
		return err
	}
	round = max(round, v.pin)
	for _, d := range s.b.inputs(v) {
		if d == v {
			continue
		}
		if err := s.settle(d); err != nil {
			return err
		}
		if d.group == v.group {
			round = max(round, d.round+1)
		}
	}
	v.round = round
	s.state[v] = 2
	return nil
}

// groupBase is the first round of a serial group: after all of the one before.
func (s *settler) groupBase(group int) (int, error) {
	if group == 0 {
		return 0, nil
	}
	if r, ok := s.base[group]; ok {
		return r, nil
	}
	r := 0
	for _, v := range s.b.fg.visits {
		if v.merged == nil && v.group == group-1 {
			if err := s.settle(v); err != nil {
				return 0, err
			}
			r = max(r, v.round+1)
		}
	}
	s.base[group] = r
	return r, nil
}

func (b *builder) subgraphName(sub int) string {
	if sub < 0 {
		return ""
	}
	return b.r.s.Subgraphs[sub].Name
}

// inputs are the requests v has to wait for: what holds its link, what its
// representations are read from, and, where objects were joined, both sides.
func (b *builder) inputs(v *visit) []*visit {
	in := &inputs{of: v}
	if v.kind == rootVisit {
		if v.place.parent == nil {
			return nil
		}
		in.visit(v.place.hub)
		return in.list
	}
	in.visit(v.place.hub)
	for _, r := range v.reps {
		in.visit(r.from)
		in.facts(r.members)
		if v.needsType(r) && v.place.typeAt != nil {
			in.visit(v.place.typeAt.resolve().v)
		}
	}
	for _, c := range v.contexts {
		for k := range c.sources {
			src := &c.sources[k]
			in.visit(src.holder.hub)
			in.facts(src.facts())
			if src.typed && src.holder.typeAt != nil {
				in.visit(src.holder.typeAt.resolve().v)
			}
		}
	}
	return in.list
}

// needsType reports whether sending r takes knowing the runtime type where the
// subgraph the place begins in does not tell it.
func (v *visit) needsType(r *rep) bool {
	return (r.concrete || v.typed) && v.place.hub.st != nil && v.place.hub.st.io
}

// inputs collects requests, each once; of is left out.
type inputs struct {
	of   *visit
	list []*visit
}

func (in *inputs) visit(v *visit) {
	if v == nil || v.st != nil && v.st.top {
		return
	}
	// A visit below joined objects is found through every join on its way.
	for w := v.resolve(); ; w = w.via.resolve().v.resolve() {
		if w.kind == fieldVisit && w.place.hub != w {
			in.add(w.place.hub.top())
		}
		if w.kind != fieldVisit {
			break
		}
		if p := w.via.resolve().v.resolve().place; p != nil && p.hub != nil {
			in.add(p.hub.top())
		}
	}
	in.add(v.top())
}

func (in *inputs) add(v *visit) {
	if v != in.of && !slices.Contains(in.list, v) { // a handful
		in.list = append(in.list, v)
	}
}

func (in *inputs) facts(facts []*fact) {
	for _, f := range facts {
		in.visit(f.e.resolve().v)
		if f.child != nil {
			in.visit(f.child.hub)
			if f.differs() && f.child.typeAt != nil {
				in.visit(f.child.typeAt.resolve().v)
			}
		}
		for _, s := range f.subs {
			in.facts(s.facts)
		}
	}
}
