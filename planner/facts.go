package planner

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// gathering is the search for facts at a place for one runtime type, to be
// known by limit.
type gathering struct {
	p     *place
	sv    *visit
	t     schema.TypeID
	limit int
	guard plan.Guard
}

func (x entrance) at(limit int) gathering {
	return gathering{p: x.p, sv: x.sv, t: x.t, limit: limit, guard: x.guard}
}

// The price of a leaf more in an answer, and of a request more on the way.
const (
	costLeaf  = 100
	costEntry = 20 * costLeaf
)

// factCost is what a fact would cost: the leaves it adds, then how long it is
// waited for; -1 if it is not known by the limit.
func (b *builder) factCost(g gathering, it *item) int {
	if it.name == typename {
		return 0
	}
	if v := b.holder(g, it); v != nil {
		wait := v.round - g.p.hub.round
		if v.selects(it) {
			return wait
		}
		if it.sub != nil {
			return (1+it.sub.size())*costLeaf + wait
		}
		return costLeaf + wait
	}
	tbl := b.r.table(g.t, g.sv.st)
	if g.sv.round+b.r.known(g.t, g.sv.st, tbl, it) > g.limit {
		return -1
	}
	return costEntry
}

// holder is the visit that is there and can answer the item by the limit:
// best one that already does, then the earliest.
func (b *builder) holder(g gathering, it *item) *visit {
	var best *visit
	bestScore := 0
	for _, v := range g.p.all() {
		if v.sub < 0 || v.building || v.round > g.limit || !v.serves(g.t) {
			continue
		}
		n := b.nodeOf(v, g.t)
		if n == nil {
			continue
		}
		f := n.fields[it.name]
		if f == nil || !b.r.readable(g.t, f, b.viewIn(v), true) {
			continue
		}
		if it.sub != nil {
			below := b.r.reached(it.sub, b.r.childStart(g.sv.st, g.t, n, f, b.viewIn(v)))
			if below.miss != nil || v.round+below.rounds > g.limit {
				continue
			}
		}
		score := v.round * 2
		if !v.selects(it) {
			score++
		}
		if best == nil || score < bestScore {
			best, bestScore = v, score
		}
	}
	return best
}

func (v *visit) selects(it *item) bool {
	for _, e := range v.entries {
		if e.identity == it.identity {
			return true
		}
	}
	return false
}

// viewIn is what @provides, or a row's look-up, adds at a visit.
func (b *builder) viewIn(v *visit) *view {
	switch v.kind {
	case fieldVisit:
		return v.st.view
	case entryVisit:
		return v.view
	case rootVisit:
	}
	return nil
}

// facts makes the items known and says where they are read.
func (b *builder) facts(g gathering, list []*item) ([]*fact, error) {
	var out []*fact
	for _, it := range list {
		if err := b.r.limits.err; err != nil {
			return nil, err
		}
		if it.name == typename {
			continue // every representation has it
		}
		f, err := b.fact(g, it)
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (b *builder) fact(g gathering, it *item) (*fact, error) {
	if v := b.holder(g, it); v != nil {
		b.widenVisit(v.top(), g.guard)
		if it.sub == nil {
			return &fact{name: it.name, identity: it.identity, e: b.leaf(v, g.t, it, g.guard)}, nil
		}
		return b.nested(g, it, []*visit{v}, []*need{it.sub})
	}
	picks, err := b.factPicks(g, it)
	if err != nil {
		return nil, err
	}
	var visits []*visit
	var needs []*need
	for _, pk := range picks {
		pk.it = withGuard(it, g.guard)
		v, err := b.visit(g.p, g.sv, g.t, pk, max(1, g.limit-pk.below))
		if err != nil {
			return nil, err
		}
		visits = append(visits, v)
		needs = append(needs, pk.sub)
	}
	if it.sub == nil {
		return &fact{name: it.name, identity: it.identity, e: b.leaf(visits[0], g.t, it, g.guard)}, nil
	}
	return b.nested(g, it, visits, needs)
}

func withGuard(it *item, guard plan.Guard) *item {
	out := *it
	out.guard = guard
	return &out
}

// factPicks decides where a fact that no visit holds yet comes from.
func (b *builder) factPicks(g gathering, it *item) ([]pick, error) {
	st := g.sv.st
	tbl := b.r.table(g.t, st)
	ways := b.r.candidates(it, g.t, st, tbl, 0)
	var best *candidate
	for i := range ways {
		w := &ways[i]
		if w.miss != nil || g.sv.round+max(w.at, w.opens.last(b.r.g.words)) > g.limit {
			continue
		}
		if best == nil || b.r.prices.cost(w.opens) < b.r.prices.cost(best.opens) {
			best = w
		}
	}
	if best != nil {
		best.below = max(0, best.opens.last(b.r.g.words)-best.at)
		return []pick{best.pick}, nil
	}
	d := &decision{}
	c := &coverer{r: b.r, d: d, nodes: make([]int, len(b.r.g.types[g.t].nodes)), begin: -1}
	c.parts(it, ways, g.t, st, tbl, 0)
	c.finish(nil)
	if len(d.miss) > 0 || len(d.picks) == 0 {
		return nil, unreachable(fmt.Sprintf("%s.%s", b.r.s.Types[g.t].Name, it.name))
	}
	return d.picks, nil
}

// nested makes a composite fact known: an entry per visit with a place below,
// shared with the client's use of the field where there is one.
func (b *builder) nested(g gathering, it *item, visits []*visit, needs []*need) (*fact, error) {
	f := &fact{name: it.name, identity: it.identity}
	if id := b.r.s.FieldNamed(g.t, it.name); id != schema.NoField {
		f.abstract = b.r.s.Types[b.r.s.Fields[id].Result].Kind != ast.Object
	}
	for i, v := range visits {
		if err := b.addPart(f, g, it, v, needs[i]); err != nil {
			return nil, err
		}
	}
	if f.child.static() == schema.NoType {
		f.child.typed = true // a subgraph cannot tell what an abstract object is
	}
	return f, nil
}

// addPart adds to f what visit v brings of nd. A further part's objects are
// joined to the first's.
func (b *builder) addPart(f *fact, g gathering, it *item, v *visit, nd *need) error {
	var e *entry
	if f.child == nil {
		e = b.shared(v, g.t, it, g.guard)
	}
	if e != nil {
		e.widen(g.t, g.guard, false)
		f.child = e.child.place
	} else {
		e = b.composite(v, g.t, it, g.guard)
		n := b.nodeOf(v, g.t)
		st := b.r.childStart(g.sv.st, g.t, n, n.fields[it.name], b.viewIn(v))
		w := &visit{kind: fieldVisit, sub: v.sub, st: st, types: st.types, round: v.round, group: v.group, via: e}
		e.child = w
		if f.child == nil {
			f.child = b.fg.newPlace(nil, g.p, segment(it.name, b.r.s, g.t, it.name))
			b.r.limits.place()
		}
		f.child.attach(w)
		b.align(w)
	}
	if f.e == nil {
		f.e = e
	}
	w := e.child
	if w.st.io && nd.differs(b.r.s, w.st.types) {
		if err := b.fetchType(entrance{p: f.child, sv: w, guard: g.guard}, g.limit); err != nil {
			return err
		}
	}
	for _, t := range w.st.types {
		below := gathering{p: f.child, sv: w, t: t, limit: g.limit, guard: g.guard}
		for _, sub := range nd.reachable(b, t, w) {
			if err := b.addMember(f, below, sub); err != nil {
				return err
			}
		}
	}
	return nil
}

// addMember adds one member of f's objects of type g.t, or a further part of it.
func (b *builder) addMember(f *fact, g gathering, it *item) error {
	if it.name == typename {
		return nil // every abstract object has it
	}
	if known := f.member(g.t, it); known != nil {
		if it.sub == nil {
			return nil
		}
		return b.addPart(known, g, it, g.sv, it.sub)
	}
	m, err := b.fact(g, it)
	if err != nil {
		return err
	}
	for i := range f.subs {
		if f.subs[i].t == g.t {
			f.subs[i].facts = append(f.subs[i].facts, m)
			return nil
		}
	}
	f.subs = append(f.subs, typedFacts{g.t, []*fact{m}})
	return nil
}

func (f *fact) member(t schema.TypeID, it *item) *fact {
	for _, s := range f.subs {
		if s.t != t {
			continue
		}
		for _, m := range s.facts {
			if m.identity == it.identity {
				return m
			}
		}
	}
	return nil
}

// reachable leaves out of a need's items what w's start cannot reach: another
// part brings that.
func (n *need) reachable(b *builder, t schema.TypeID, w *visit) []*item {
	list := n.of(b.r.s, t).list
	below := b.r.reached(n, w.st)
	if below.miss == nil {
		return list
	}
	gone := map[int]*item{}
	for _, m := range below.miss.of(b.r.s, t).list {
		gone[m.at] = m
	}
	var out []*item
	for _, it := range list {
		m := gone[it.at]
		switch {
		case m == nil:
			out = append(out, it)
		case it.sub != nil && m.sub != it.sub:
			if part := it.sub.without(b.r.s, m.sub); len(part.fields) > 0 {
				rest := *it
				rest.sub = part
				out = append(out, &rest)
			}
		}
	}
	return out
}

// without is n less what is in gone, a part of it.
func (n *need) without(s *schema.Supergraph, gone *need) *need {
	out := &need{}
	for _, f := range n.fields {
		on := f.on
		if on == nil {
			on = schema.NewBits(len(s.Types))
			for i := range s.Types {
				on.Add(i)
			}
		}
		for _, g := range gone.fields {
			if g.at != f.at {
				continue
			}
			if g.sub != nil && g.sub != f.sub {
				part := f
				part.on = on.And(g.on)
				part.sub = f.sub.without(s, g.sub)
				out.fields = append(out.fields, part)
			}
			on = on.Minus(g.on)
		}
		f.on = on
		out.fields = append(out.fields, f)
	}
	return out
}

// shared finds an entry of the field whose place can also feed the fact.
func (b *builder) shared(v *visit, t schema.TypeID, it *item, guard plan.Guard) *entry {
	typ, _, _ := b.typeIn(v, t, it.name)
	for _, e := range v.entries {
		if e.child != nil && e.identity == it.identity && e.typ == typ && e.child.place.hub == e.child && e.serves(t, guard) {
			return e
		}
	}
	return nil
}

// lastOf is the last round in which one of the facts becomes known.
func lastOf(facts []*fact) int {
	last := 0
	for _, f := range facts {
		last = max(last, f.e.resolve().v.round)
		if f.child != nil && f.child.typeAt != nil && f.differs() {
			last = max(last, f.child.typeAt.resolve().v.top().round)
		}
		for _, s := range f.subs {
			last = max(last, lastOf(s.facts))
		}
	}
	return last
}

// eachObject calls fn with the places of objects inside the facts.
func eachObject(facts []*fact, fn func(*place)) {
	for _, f := range facts {
		if f.child != nil {
			fn(f.child)
		}
		for _, s := range f.subs {
			eachObject(s.facts, fn)
		}
	}
}

// differs reports whether the members of f's objects depend on their runtime
// type.
func (f *fact) differs() bool {
	for _, s := range f.subs {
		if !sameFacts(s.facts, f.subs[0].facts) {
			return true
		}
	}
	return f.child != nil && len(f.subs) > 0 && len(f.subs) < len(f.child.types)
}

func (f *fact) mustHave() {
	f.must = true
	for _, s := range f.subs {
		for _, g := range s.facts {
			g.mustHave()
		}
	}
}

// mergeFacts adds more to facts; members of one name become one.
func mergeFacts(facts, more []*fact) []*fact {
	for _, m := range more {
		var same *fact
		for _, f := range facts {
			if f.name == m.name && f.e == m.e {
				same = f
			}
		}
		if same == nil {
			facts = append(facts, m)
			continue
		}
		for _, s := range m.subs {
			merged := false
			for i := range same.subs {
				if same.subs[i].t == s.t {
					same.subs[i].facts = mergeFacts(same.subs[i].facts, s.facts)
					merged = true
				}
			}
			if !merged {
				same.subs = append(same.subs, s)
			}
		}
	}
	return facts
}
