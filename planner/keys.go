package planner

import (
	"fmt"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// entrance is a request to open objects of one type in another subgraph: for
// node n, carrying reqs, in a round the routing table promised.
type entrance struct {
	p     *place
	sv    *visit // where the place begins
	t     schema.TypeID
	n     *node
	reqs  []*schema.FieldSet
	round int
	// latest is the last round that is of use, 0 any: a fact must be known
	// before the request it is for.
	latest     int
	family     string // see familyOf
	contextual bool   // for fields with contextual arguments
	typed      bool   // only for objects known to be of the type
	guard      plan.Guard
}

// enter returns a visit for the entrance: one that is there already if its
// round lets it carry what is asked, else a new one.
func (b *builder) enter(x entrance) (*visit, error) {
	for _, v := range x.p.others {
		if !v.admits(&x) || v.group != b.fg.group {
			continue
		}
		ok, err := b.extend(v, x)
		if err != nil {
			return nil, err
		}
		if ok {
			b.widenVisit(v, x.guard)
			return v, nil
		}
	}
	v := &visit{kind: entryVisit, sub: x.n.sub, group: b.fg.group, round: x.round, guard: x.guard, family: x.family, contextual: x.contextual, typed: x.typed}
	x.p.attach(v)
	b.fg.visits = append(b.fg.visits, v)
	ok, err := b.extend(v, x)
	for more := 0; err == nil && !ok && more < routingDepth; more++ {
		// A key that the table promised earlier, say where parts are joined.
		v.round++
		ok, err = b.extend(v, x)
	}
	if err == nil && !ok {
		err = unreachable(b.r.s.Types[x.t].Name + " in " + b.r.s.Subgraphs[x.n.sub].Name)
	}
	return v, err
}

// admits reports whether v could serve the entrance as far as subgraph, round
// and family go.
func (v *visit) admits(x *entrance) bool {
	if v.kind != entryVisit || v.contextual != x.contextual || v.sub != x.n.sub || v.building || v.round < x.round || x.latest > 0 && v.round > x.latest {
		return false
	}
	rep := v.rep(x.t)
	if rep != nil && rep.as != x.n.as {
		return false
	}
	if x.n.io && v.family != x.family {
		return rep != nil && len(x.reqs) == 0
	}
	return true
}

// familyOf names what the picks of one type ask at a node. A visit to an
// interface object selects the same for all runtime types, so only types that
// ask for the same may share one.
func (b *builder) familyOf(picks []pick, n, begin *node) string {
	if !n.io {
		return ""
	}
	family := ""
	for _, pk := range picks {
		if pk.n == n && (pk.req || n != begin) {
			family += pk.it.identity + ";"
		}
	}
	return family
}

// extend lets v serve the entrance: it adds the representation of the type, or
// to it what the requirements need. It reports false, and changes nothing, if
// two requirements want different values under one name.
func (b *builder) extend(v *visit, x entrance) (bool, error) {
	v.building = true
	defer func() { v.building = false }()
	r := v.rep(x.t)
	if r != nil && r.from != x.sv {
		// The same objects, joined from elsewhere: one representation is enough.
		x.sv = r.from
	}
	if r != nil && r.has(x.reqs) {
		return true, nil
	}
	if r != nil && b.clash(r, x.reqs) {
		return false, nil
	}
	limit := v.round - 1
	if r == nil {
		l := b.chooseLookup(x, limit)
		if l == nil {
			return false, nil
		}
		r = &rep{t: x.t, typename: l.typename, concrete: l.concrete, as: x.n.as, from: x.sv}
		if !x.n.io && l.typename != x.t && b.knowsType(x, limit) {
			r.typename, r.concrete = x.t, len(ownLookups(x.n)) > 0
			if !r.concrete {
				r.typename = l.typename
			}
		}
		if r.concrete && x.sv.st.io {
			if err := b.fetchType(x, limit); err != nil {
				return false, err
			}
		}
		facts, err := b.facts(x.at(limit), b.r.set(l.Key).of(b.r.s, x.t).list)
		if err != nil {
			return false, err
		}
		for _, f := range facts {
			f.mustHave()
		}
		r.members = facts
		v.reps = append(v.reps, r)
		v.types = append(v.types, x.t)
	}
	for _, req := range x.reqs {
		facts, err := b.facts(x.at(limit), b.r.set(req).of(b.r.s, x.t).list)
		if err != nil {
			return false, err
		}
		r.members = mergeFacts(r.members, facts)
		r.reqs = append(r.reqs, req)
	}
	if len(v.entries) == 0 { // nobody counts on its round yet
		v.round = max(v.round, lastOf(r.members)+1)
	}
	return true, nil
}

// lastOf is the last round in which one of the facts becomes known.
func lastOf(facts []*fact) int {
	last := 0
	for _, f := range facts {
		last = max(last, f.e.resolve().v.round)
		for _, s := range f.subs {
			last = max(last, lastOf(s.facts))
		}
	}
	return last
}

func ownLookups(n *node) []*lookup {
	var out []*lookup
	for _, l := range n.lookups {
		if l.concrete {
			out = append(out, l)
		}
	}
	return out
}

func (r *rep) has(reqs []*schema.FieldSet) bool {
	for _, q := range reqs {
		found := false
		for _, h := range r.reqs {
			found = found || h == q
		}
		if !found {
			return false
		}
	}
	return true
}

// clash reports whether a requirement wants a field the representation holds
// with other arguments.
func (b *builder) clash(r *rep, reqs []*schema.FieldSet) bool {
	for _, q := range reqs {
		for _, it := range b.r.set(q).of(b.r.s, r.t).list {
			for _, f := range r.members {
				if f.name == it.name && f.clashes(it, b.r.s) {
					return true
				}
			}
		}
	}
	return false
}

func (f *fact) clashes(it *item, s *schema.Supergraph) bool {
	if f.identity != it.identity || (f.child == nil) != (it.sub == nil) {
		return true
	}
	for _, sub := range f.subs {
		for _, i := range it.sub.of(s, sub.t).list {
			for _, g := range sub.facts {
				if g.name == i.name && g.clashes(i, s) {
					return true
				}
			}
		}
	}
	return false
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

// chooseLookup picks the way in: whose key is known by limit, then with fewest
// leaves to fetch for it, then in order of declaration.
func (b *builder) chooseLookup(x entrance, limit int) *lookup {
	tbl := b.r.table(x.t, x.sv.st)
	var best *lookup
	bestCost := 0
	for _, l := range x.n.lookups {
		if l.concrete && x.sv.round+tbl.typeAt > limit && !b.knowsType(x, limit) {
			continue
		}
		cost := 0
		for _, it := range b.r.set(l.Key).of(b.r.s, x.t).list {
			c := b.factCost(x.at(limit), it)
			if c < 0 {
				cost = -1
				break
			}
			cost += c
		}
		if cost < 0 {
			continue
		}
		cost += l.Cost
		if best == nil || cost < bestCost {
			best, bestCost = l, cost
		}
	}
	return best
}

// knowsType reports whether the runtime type is known at the place by limit.
func (b *builder) knowsType(x entrance, limit int) bool {
	if !x.sv.st.io {
		return true
	}
	return x.p.typeAt != nil && x.p.typeAt.v.top().round <= limit
}

// fetchType makes the runtime type of an interface object's place known.
func (b *builder) fetchType(x entrance, limit int) error {
	if b.knowsType(x, limit) {
		return nil
	}
	sub := b.r.typeSub(x.sv.st)
	if sub < 0 {
		return unreachable("the type of " + b.r.s.Types[x.sv.st.typ].Name)
	}
	for _, t := range x.sv.st.types {
		n := b.r.g.nodeIn(t, sub, t)
		v, err := b.enter(entrance{p: x.p, sv: x.sv, t: t, n: n, round: x.sv.round + b.r.table(t, x.sv.st).at[n.index], guard: x.guard})
		if err != nil {
			return err
		}
		x.p.typeAt = b.typename(v)
	}
	return nil
}

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
	if g.sv.round+b.r.known(g.t, g.sv.st, tbl, it, unreached) > g.limit {
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
		if f == nil || !b.r.readable(g.t, n, f, b.viewIn(v), true) {
			continue
		}
		if it.sub != nil {
			below := b.r.reached(it.sub, b.r.childStart(g.t, n, f, b.viewIn(v)))
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

// viewIn is what @provides adds at a visit.
func (b *builder) viewIn(v *visit) *view {
	if v.kind == fieldVisit {
		return v.st.view
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
		v, err := b.visit(g.p, g.sv, g.t, pk, g.limit-pk.below)
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
		if best == nil || w.opens.cost(b.r.g.words) < best.opens.cost(b.r.g.words) {
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
	for i, v := range visits {
		e := b.shared(v, g.t, it)
		if i > 0 || e == nil {
			e = b.composite(v, g.t, it, g.guard)
			n := b.nodeOf(v, g.t)
			st := b.r.childStart(g.t, n, n.fields[it.name], b.viewIn(v))
			w := &visit{kind: fieldVisit, sub: v.sub, st: st, types: st.types, round: v.round, group: v.group, via: e}
			e.child = w
			if f.child == nil {
				f.child = b.fg.newPlace(nil, g.p, segment(it.name, b.r.s, g.t, it.name))
				b.r.limits.place()
			}
			f.child.attach(w)
		} else {
			e.widen(g.t, g.guard, false)
			f.child = e.child.place
		}
		if f.e == nil {
			f.e = e
		}
		w := e.child
		for _, t := range w.st.types {
			facts, err := b.facts(gathering{p: f.child, sv: w, t: t, limit: g.limit, guard: g.guard}, needs[i].reachable(b, t, w))
			if err != nil {
				return nil, err
			}
			f.addSub(t, facts)
		}
	}
	if f.child.static() == schema.NoType {
		f.child.typed = true // a subgraph cannot tell what an abstract object is
	}
	return f, nil
}

// reachable leaves out of a need's items what w's start cannot reach: another
// part brings that.
func (n *need) reachable(b *builder, t schema.TypeID, w *visit) []*item {
	list := n.of(b.r.s, t).list
	below := b.r.reached(n, w.st)
	if below.miss == nil {
		return list
	}
	gone := below.miss.of(b.r.s, t).list
	var out []*item
	for _, it := range list {
		missing := false
		for _, m := range gone {
			missing = missing || m.at == it.at && m.sub == it.sub
		}
		if !missing {
			out = append(out, it)
		}
	}
	return out
}

func (f *fact) addSub(t schema.TypeID, facts []*fact) {
	for i := range f.subs {
		if f.subs[i].t == t {
			f.subs[i].facts = mergeFacts(f.subs[i].facts, facts)
			return
		}
	}
	f.subs = append(f.subs, typedFacts{t, facts})
}

// shared finds an entry of the field whose place can also feed the fact.
func (b *builder) shared(v *visit, t schema.TypeID, it *item) *entry {
	typ, _, _ := b.typeIn(v, t, it.name)
	for _, e := range v.entries {
		if e.child != nil && e.identity == it.identity && e.typ == typ && e.child.place.hub == e.child {
			return e
		}
	}
	return nil
}
