package planner

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// fieldGroup is one member of a client object: an item that comes from one
// place for a set of runtime types.
type fieldGroup struct {
	it       *item
	guard    plan.Guard
	unless   plan.Guard
	e        *entry // nil: __typename
	child    *place
	types    []schema.TypeID
	nullable uint32
	lists    uint8
	all      bool // of the object's types
}

// groupPlaces groups the fields of every client place and finds out where the
// runtime type matters.
func (e *emitter) groupPlaces() {
	for _, p := range e.b.fg.places {
		if p.need != nil {
			e.groups[p] = e.groupFields(p)
		}
		e.needType(p)
	}
}

func (e *emitter) groupFields(p *place) []fieldGroup {
	var out []fieldGroup
	for at := range p.need.fields {
		first := len(out)
		for _, t := range p.types {
			it, use := itemAt(p.need.of(e.s, t), at)
			if it == nil {
				continue
			}
			g := fieldGroup{it: it, guard: use.guard, unless: use.unless}
			switch {
			case it.own.made():
				g.nullable, g.lists = e.nullability(it, t)
			case it.name == typename:
				p.typed = true
			default:
				a, ok := p.assign[assignKey{it.at, t}]
				if !ok {
					continue
				}
				g.e, g.child = a.e.resolve(), a.child
				g.nullable, g.lists = e.nullability(it, t)
			}
			out = addGroup(out, first, g, t)
		}
		for i := first; i < len(out); i++ {
			out[i].all = len(out[i].types) == len(p.types)
		}
	}
	return out
}

// itemAt returns the item that stands at a place of the selection, and when. An
// item of several uses stands where the first of them that applies does.
func itemAt(l *items, at int) (*item, use) {
	it, u := findAt(l.list, at)
	if it == nil && l.made != nil {
		return findAt(l.made, at)
	}
	return it, u
}

func findAt(list []*item, at int) (*item, use) {
	for _, it := range list {
		if it.uses == nil && it.at == at {
			return it, use{at: at, guard: it.guard}
		}
		for _, u := range it.uses {
			if u.at == at {
				return it, u
			}
		}
	}
	return nil, use{}
}

func addGroup(out []fieldGroup, first int, g fieldGroup, t schema.TypeID) []fieldGroup {
	for i := first; i < len(out); i++ {
		o := &out[i]
		if o.e == g.e && o.child == g.child && o.nullable == g.nullable && equalGuard(o.guard, g.guard) && equalGuard(o.unless, g.unless) {
			o.types = append(o.types, t)
			return out
		}
	}
	g.types = []schema.TypeID{t}
	return append(out, g)
}

// nullable returns the bits of plan.Field.Nullable and the list levels.
func nullable(s *schema.Supergraph, t schema.TypeID, name string) (uint32, uint8) {
	id := s.FieldNamed(t, name)
	if id == schema.NoField {
		return ^uint32(0), 0
	}
	return nullableType(s.Fields[id].Type)
}

func nullableType(typ *ast.Type) (uint32, uint8) {
	var bits uint32
	var level uint8
	for ; ; typ = typ.Elem {
		if !typ.NonNull && level < 32 {
			bits |= 1 << level
		}
		if typ.Elem == nil {
			return bits, level
		}
		level++
	}
}

// needType decides whether the runtime type of a place's objects has to be
// read, and from where.
func (e *emitter) needType(p *place) {
	if p.hub == nil || p.static() != schema.NoType {
		return
	}
	for _, g := range e.groups[p] {
		p.typed = p.typed || !g.all
	}
	for _, v := range p.others {
		if v.kind == entryVisit && v.merged == nil {
			p.typed = p.typed || !v.typeless(p)
		}
	}
	if p.need != nil && !p.hub.st.io {
		p.typed = p.typed || e.mayHide(p)
	}
	if p.typed && p.typeAt == nil && !p.hub.st.io {
		p.typeAt = e.b.typename(p.hub)
	}
}

// mayHide reports whether an object at p can be of a type clients must not see.
func (e *emitter) mayHide(p *place) bool {
	for id := range e.s.Types[p.hub.st.typ].Possible.All() {
		if t := &e.s.Types[id]; t.InSubgraph(p.hub.sub) != nil && (t.Inaccessible || !e.shown(p, t.Name)) {
			return true
		}
	}
	return false
}

// typeless reports whether every object at p gets the same representation,
// named after an interface.
func (v *visit) typeless(p *place) bool {
	if len(v.reps) != len(p.types) {
		return false
	}
	for _, r := range v.reps {
		if r.concrete || r.typename != v.reps[0].typename || !sameFacts(r.members, v.reps[0].members) {
			return false
		}
	}
	return true
}

func sameFacts(a, b []*fact) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].name != b[i].name || a[i].e.resolve() != b[i].e.resolve() || len(a[i].subs) != len(b[i].subs) {
			return false
		}
		for k := range a[i].subs {
			if a[i].subs[k].t != b[i].subs[k].t || !sameFacts(a[i].subs[k].facts, b[i].subs[k].facts) {
				return false
			}
		}
	}
	return true
}

// mark finds what the client's answer needs: entries, and through the visits
// they stand in the facts of representations. The rest is left out.
func (e *emitter) mark() {
	e.markPlace(e.b.fg.root)
	for _, v := range e.b.fg.visits {
		if !v.live && v.merged == nil {
			e.r.trace.fire("drop-unused")
		}
	}
}

func (e *emitter) markPlace(p *place) {
	if p.hub == nil {
		return
	}
	e.markVisit(p.hub)
	if p.typed && p.typeAt != nil {
		e.markEntry(p.typeAt)
	}
	for _, g := range e.groups[p] {
		if g.e != nil {
			e.markEntry(g.e)
		}
		if g.child != nil {
			e.markPlace(g.child)
		}
	}
}

func (e *emitter) markEntry(en *entry) {
	en = en.resolve()
	if en.used {
		return
	}
	en.used = true
	e.markVisit(en.v)
	if en.child != nil {
		e.markVisit(en.child)
	}
}

// markVisit keeps a visit, what leads to it, and what enters it.
func (e *emitter) markVisit(v *visit) {
	v = v.resolve()
	if v.live {
		return
	}
	v.live = true
	if v.place != nil && v.place.hub != nil {
		e.markVisit(v.place.hub)
	}
	if v.via != nil {
		e.markEntry(v.via)
	}
	for _, a := range v.aligned {
		e.markEntry(a.left)
		e.markEntry(a.right)
	}
	for _, r := range v.reps {
		e.markFacts(r.members)
		e.markVisit(r.from)
	}
	for _, c := range v.contexts {
		for k := range c.sources {
			e.markSource(&c.sources[k])
		}
	}
	if v.kind == entryVisit && v.place.typed && v.place.typeAt != nil {
		e.markEntry(v.place.typeAt)
	}
}

func (e *emitter) markSource(src *contextSource) {
	e.markVisit(src.holder.hub)
	e.markFacts(src.facts())
	if src.typed {
		e.markEntry(src.holder.typeAt)
	}
	for _, w := range src.chain {
		w = w.resolve()
		w.enclosed = true
		e.markVisit(w)
	}
}

func (e *emitter) markFacts(facts []*fact) {
	for _, f := range facts {
		e.markEntry(f.e)
		if f.child != nil {
			e.markVisit(f.child.hub)
			if f.child.typed && f.child.typeAt != nil {
				e.markEntry(f.child.typeAt)
			}
		}
		for _, s := range f.subs {
			e.markFacts(s.facts)
		}
	}
}

// guardOf is the guard a fetch can be skipped by.
func guardOf(visits []*visit) plan.Guard {
	g := visits[0].guard
	for _, v := range visits[1:] {
		g = orGuard(g, v.guard)
	}
	return g
}
