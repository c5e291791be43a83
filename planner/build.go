package planner

import (
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// builder turns decisions into the fetch graph. Rounds are counted from what
// was really built, so a plan is valid even where an estimate was off.
type builder struct {
	r      *run
	fg     *fetchGraph
	hoists map[hoistKey]*schema.FieldIn

	deadline int // the last round of the serial group being built, as estimated

	contextSets  map[contextKey]*schema.FieldSet
	setters      map[string][]schema.TypeID // of contexts
	contextCount int
}

func newBuilder(r *run) *builder {
	return &builder{r: r, fg: &fetchGraph{}, hoists: map[hoistKey]*schema.FieldIn{}, contextSets: map[contextKey]*schema.FieldSet{}, setters: map[string][]schema.TypeID{}}
}

// fill serves nd at p from visit sv, where the objects' place begins: the hub,
// or a visit joined to it.
func (b *builder) fill(p *place, nd *need, sv *visit) error {
	st := sv.st
	typ := b.r.typeSource(nd, st)
	if st.io && typ == 0 && (b.splits(nd, st) || nd.asksType() || nd.differs(b.r.s, st.types)) {
		if typ = b.r.tellType(nd, st) + 1; typ == 0 {
			return unreachable("the runtime type of " + b.r.s.Types[st.typ].Name)
		}
	}
	b.r.limits.branch(len(st.types))
	for _, t := range st.types {
		if err := b.r.limits.err; err != nil {
			return err
		}
		d := b.r.decide(nd.of(b.r.s, t), t, st, typ)
		if err := b.apply(p, sv, t, d.picks); err != nil {
			return err
		}
		b.introspect(p, nd, sv, t)
	}
	return nil
}

// latest is the last round in which a pick can be served without making the
// plan longer; never before its own.
func (b *builder) latest(sv *visit, t schema.TypeID, pk pick) int {
	at := sv.round + pk.at
	if pk.sub == nil {
		return max(at, b.deadline)
	}
	view := b.r.entryView(pk.n)
	if pk.n == b.startNode(sv, t) && !pk.req {
		view = sv.st.view
	}
	below := b.r.below(pk.sub, b.r.childStart(sv.st, t, pk.n, pk.n.fields[pk.it.name], view))
	return max(at, b.deadline-below.opens.last(b.r.g.words))
}

// introspect serves __schema and __type: from the gateway itself.
func (b *builder) introspect(p *place, nd *need, sv *visit, t schema.TypeID) {
	for _, it := range nd.of(b.r.s, t).list {
		if it.text != "" {
			v := b.rootVisit(p, sv, -1)
			p.assign[assignKey{it.at, t}] = assigned{it: it, e: b.leaf(v, t, it, it.guard)}
		}
	}
}

// splits reports whether the types at an interface object's place are served
// in different ways although they need the same.
func (b *builder) splits(nd *need, st *start) bool {
	var first []pick
	for i, t := range st.types {
		picks := b.r.decide(nd.of(b.r.s, t), t, st, 0).picks
		if i == 0 {
			first = picks
			continue
		}
		if len(picks) != len(first) {
			return true
		}
		for k := range picks {
			if picks[k].n.sub != first[k].n.sub || picks[k].it.at != first[k].it.at {
				return true
			}
		}
	}
	return false
}

// apply serves the picks of one runtime type. Picks of one composite item are
// its parts, taken together.
func (b *builder) apply(p *place, sv *visit, t schema.TypeID, picks []pick) error {
	done := make([]bool, len(picks))
	begin := b.startNode(sv, t)
	for i := range picks {
		picks[i].family = b.familyOf(picks, picks[i].n, begin)
		// What is read right here comes first: keys prefer what is there.
		if pk := &picks[i]; pk.n == begin && !pk.req && pk.it.sub == nil && pk.it.name != typename {
			p.assign[assignKey{pk.it.at, t}] = assigned{it: pk.it, e: b.leaf(sv, t, pk.it, pk.it.guard)}
			done[i] = true
		}
	}
	for i, pk := range picks {
		if done[i] {
			continue
		}
		v, err := b.visit(p, sv, t, pk, b.latest(sv, t, pk))
		if err != nil {
			return err
		}
		switch {
		case pk.it.name == typename:
			p.typeAt = b.typename(v)
		case pk.it.sub == nil:
			e := b.leaf(v, t, pk.it, pk.it.guard)
			p.assign[assignKey{pk.it.at, t}] = assigned{it: pk.it, e: e}
		default:
			parts := []part{b.part(sv, v, t, pk)}
			for k := i + 1; k < len(picks); k++ {
				if picks[k].it.at != pk.it.at {
					continue
				}
				done[k] = true
				w, err := b.visit(p, sv, t, picks[k], b.latest(sv, t, picks[k]))
				if err != nil {
					return err
				}
				parts = append(parts, b.part(sv, w, t, picks[k]))
			}
			if err := b.descend(p, t, pk.it, parts); err != nil {
				return err
			}
		}
	}
	return nil
}

// part says where the place below begins for one pick, which v serves for
// objects that begin at sv.
func (b *builder) part(sv, v *visit, t schema.TypeID, pk pick) part {
	n := b.nodeOf(v, t)
	f := n.fields[pk.it.name]
	return part{v: v, st: b.r.childStart(sv.st, t, n, f, b.viewIn(v)), nd: pk.sub}
}

// descend makes or finds the place below a composite item and fills it.
func (b *builder) descend(p *place, t schema.TypeID, it *item, parts []part) error {
	for _, c := range p.children {
		if b.matches(c, t, it, parts) {
			for _, pt := range c.parts {
				pt.e.widen(t, it.guard, true)
			}
			p.assign[assignKey{it.at, t}] = assigned{it: it, e: c.parts[0].e, child: c.place}
			return nil
		}
	}
	b.r.limits.place()
	if err := b.r.limits.err; err != nil {
		return err
	}
	c := &child{at: it.at, need: it.sub}
	c.place = b.fg.newPlace(it.sub, p, segment(it.response, b.r.s, t, it.name))
	c.place.unseen = p.unseen || it.own.hidden()
	c.place.passed = c.place.unseen || it.own.passed()
	p.children = append(p.children, c)
	if prev, ok := p.assign[assignKey{it.at, t}]; ok && prev.child != nil {
		// A further part of an item another start could not reach whole.
		c.place = prev.child
	} else {
		p.assign[assignKey{it.at, t}] = assigned{it: it, child: c.place}
	}
	for _, pt := range parts {
		pt.e = b.composite(pt.v, t, it, it.guard)
		w := &visit{kind: fieldVisit, sub: pt.v.sub, st: pt.st, types: pt.st.types, round: pt.v.round, group: pt.v.group, via: pt.e}
		pt.e.child = w
		c.place.attach(w)
		b.align(w)
		c.parts = append(c.parts, pt)
		if a := p.assign[assignKey{it.at, t}]; a.e == nil {
			a.e = pt.e
			p.assign[assignKey{it.at, t}] = a
		}
		if err := b.fill(c.place, pt.nd, w); err != nil {
			return err
		}
	}
	return nil
}

// matches reports whether c is the place for the item of type t too: the same
// visits bring it, under the same key.
func (b *builder) matches(c *child, t schema.TypeID, it *item, parts []part) bool {
	if c.at != it.at || c.need != it.sub || len(c.parts) != len(parts) {
		return false
	}
	for i, pt := range parts {
		q := c.parts[i]
		if q.v != pt.v || q.st != pt.st || q.nd != pt.nd {
			return false
		}
		if typ, _, _ := b.typeIn(pt.v, t, it.name); typ != q.e.typ {
			return false
		}
	}
	return true
}

// segment is the path from an object to what its field holds.
func segment(response string, s *schema.Supergraph, t schema.TypeID, name string) []string {
	out := []string{response}
	if id := s.FieldNamed(t, name); id != schema.NoField {
		for typ := s.Fields[id].Type; typ.Elem != nil; typ = typ.Elem {
			out = append(out, "@")
		}
	}
	return out
}

// visit returns the visit that serves a pick, making it if need be. latest is
// the last round of use, 0 any.
func (b *builder) visit(p *place, sv *visit, t schema.TypeID, pk pick, latest int) (*visit, error) {
	if !pk.req && pk.n == b.startNode(sv, t) {
		return sv, nil
	}
	if b.r.g.types[t].root {
		return b.rootVisit(p, sv, pk.n.sub), nil
	}
	x := entrance{
		p: p, sv: sv, t: t, n: pk.n, round: sv.round + pk.at, latest: latest, family: pk.family, typed: pk.typed,
		guard: pk.it.guard,
	}
	if !pk.req {
		return b.enter(x)
	}
	f := pk.n.fields[pk.it.name]
	if q := f.in.Requires; q != nil {
		x.reqs = append(x.reqs, q)
		if pk.n.io && pk.family == "" {
			x.family = q.Text + ";"
		}
	}
	if len(f.in.Contexts) == 0 {
		return b.enter(x)
	}
	x.contextual = true
	x.round = max(x.round, b.contextRound(p, f))
	v, err := b.enter(x)
	if err != nil {
		return nil, err
	}
	return v, b.provideContexts(p, v, f, pk.it.guard)
}

// startNode is the node objects of type t have in sv, nil for the operation's
// root, where nothing is fetched yet.
func (b *builder) startNode(sv *visit, t schema.TypeID) *node {
	if sv.st.top {
		return nil
	}
	return b.r.node(t, sv.st)
}

// rootVisit returns the request for root fields to one subgraph.
func (b *builder) rootVisit(p *place, sv *visit, sub int) *visit {
	round := b.fg.rounds
	if !sv.st.top {
		round = sv.round + 1
	}
	for _, v := range p.all() {
		if v.kind == rootVisit && v.sub == sub && v.group == b.fg.group && v.round == round {
			return v
		}
	}
	v := &visit{kind: rootVisit, sub: sub, round: round, group: b.fg.group, types: sv.st.types, st: sv.st}
	v.serial = sv.st.top && sv.st.typ == b.r.s.Mutation
	if sub >= 0 {
		v.st = b.r.start(sub, sv.st.typ, nil, sv.st.many)
	}
	p.attach(v)
	b.fg.visits = append(b.fg.visits, v)
	return v
}

// widenVisit makes a visit, and what its representations and contexts are made
// of, happen under guard as well.
func (b *builder) widenVisit(v *visit, guard plan.Guard) {
	for _, r := range v.reps {
		b.widenRep(r, guard)
	}
	b.widenGuard(v, guard)
}

// widenRep makes the members of one type's representation known under guard as
// well. Each type has a guard of its own: one that happens always says nothing
// of the others.
func (b *builder) widenRep(r *rep, guard plan.Guard) {
	if implies(guard, r.guard) {
		return
	}
	r.guard = orGuard(r.guard, guard)
	b.widenFacts(r.members, r.guard)
}

// widenGuard lets a visit happen under guard as well, for some type.
func (b *builder) widenGuard(v *visit, guard plan.Guard) {
	if implies(guard, v.guard) {
		return
	}
	v.guard = orGuard(v.guard, guard)
	for _, c := range v.contexts {
		for k := range c.sources {
			b.widenFacts(c.sources[k].facts(), v.guard)
		}
	}
}

func (b *builder) widenFacts(facts []*fact, guard plan.Guard) {
	for _, f := range facts {
		f.e.guard = orGuard(f.e.guard, guard)
		b.widenVisit(f.e.v.top(), guard)
		if f.child != nil && f.child.typeAt != nil && f.differs() {
			b.widenVisit(f.child.typeAt.v.top(), guard)
		}
		for _, s := range f.subs {
			b.widenFacts(s.facts, guard)
		}
	}
}
