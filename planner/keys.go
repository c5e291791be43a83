package planner

import (
	"slices"

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
			b.widenRep(v.rep(x.t), x.guard)
			b.widenGuard(v, x.guard)
			return v, nil
		}
	}
	v := &visit{kind: entryVisit, sub: x.n.sub, group: b.fg.group, round: x.round, guard: x.guard, family: x.family, contextual: x.contextual, typed: x.typed, view: b.r.entryView(x.n)}
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
	if r != nil {
		// The same objects, perhaps joined from elsewhere: one representation
		// is enough.
		x.sv = r.from
		if r.has(x.reqs) {
			b.widenRequired(r, x.reqs, x.guard)
			return true, nil
		}
		if b.clash(r, x.reqs) {
			return false, nil
		}
	} else {
		var err error
		if r, err = b.represent(x, v.round-1); r == nil || err != nil {
			return false, err
		}
		v.reps = append(v.reps, r)
		v.types = append(v.types, x.t)
	}
	for _, req := range x.reqs {
		facts, err := b.facts(x.at(v.round-1), b.r.set(req).of(b.r.s, x.t).list)
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

// widenRequired makes what r holds for the requirements known under guard as
// well: the visit may have been there for other fields.
func (b *builder) widenRequired(r *rep, reqs []*schema.FieldSet, guard plan.Guard) {
	for _, q := range reqs {
		for _, it := range b.r.set(q).of(b.r.s, r.t).list {
			for _, f := range r.members {
				if f.identity == it.identity {
					b.widenFacts([]*fact{f}, guard)
				}
			}
		}
	}
}

// represent makes the representation for the entrance's type with a key known
// by limit; nil if there is none.
func (b *builder) represent(x entrance, limit int) (*rep, error) {
	l := b.chooseLookup(x, limit)
	if l == nil {
		return nil, nil
	}
	r := &rep{t: x.t, typename: l.typename, concrete: l.concrete, n: x.n, as: x.n.as, from: x.sv, guard: x.guard}
	if !x.n.io && !l.concrete && len(ownLookups(x.n)) > 0 && b.knowsType(x, limit) {
		// Where the type is known, its own name says more than the interface's.
		r.typename, r.concrete = x.t, true
	}
	if r.concrete && x.sv.st.io {
		if err := b.fetchType(x, limit); err != nil {
			return nil, err
		}
	}
	facts, err := b.facts(x.at(limit), b.r.set(l.Key).of(b.r.s, x.t).list)
	if err != nil {
		return nil, err
	}
	for _, f := range facts {
		if !l.mayLack(f.name) {
			f.mustHave()
		}
	}
	r.members = facts
	return r, nil
}

// mayLack reports whether a key field may be null: an input of a connector.
func (l *lookup) mayLack(name string) bool {
	return l.Requires != nil && slices.ContainsFunc(l.Requires.Select, func(s schema.Selection) bool { return s.Name == name })
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
		if x.p.typeAt != nil {
			b.widenVisit(x.p.typeAt.v.top(), x.guard)
		}
		return nil
	}
	sub := b.r.typeSub(x.sv.st)
	if sub < 0 {
		return unreachable("the type of " + b.r.s.Types[x.sv.st.typ].Name)
	}
	for _, t := range x.sv.st.types {
		n := b.r.g.entryIn(t, sub)
		v, err := b.enter(entrance{p: x.p, sv: x.sv, t: t, n: n, round: x.sv.round + b.r.table(t, x.sv.st).at[n.index], latest: limit, guard: x.guard})
		if err != nil {
			return err
		}
		x.p.typeAt = b.typename(v)
	}
	return nil
}
