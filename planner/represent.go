package planner

import (
	"strconv"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// ref is where an entry's value is found from a record of p's hub.
func (e *emitter) ref(p *place, en *entry) plan.Ref {
	en = en.resolve()
	v := en.v.resolve()
	if v == p.hub {
		return plan.Ref{Key: en.index}
	}
	return plan.Ref{Links: []int{v.link}, Key: en.index}
}

// addTargets adds where a visit's answers go, unless it is there already: of
// places that share their shape one target stands for all.
func (e *emitter) addTargets(out []plan.Target, v *visit, name string) []plan.Target {
	for _, t := range e.targets(v, name) {
		there := false
		for i := range out {
			there = there || out[i].Shape == t.Shape && out[i].Link == t.Link && equalNames(out[i].On, t.On) && sameRep(out[i].Rep, t.Rep)
		}
		if !there {
			out = append(out, t)
		}
	}
	return out
}

func equalNames(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// targets lists where a visit's answers go; name is what the set's
// representations are called unless they say otherwise.
func (e *emitter) targets(v *visit, name string) []plan.Target {
	p := v.place
	if v.kind == rootVisit {
		if v == e.b.fg.root.hub {
			return []plan.Target{{}}
		}
		return []plan.Target{{Shape: p.hub.shape, Link: v.link}}
	}
	known := e.typeKnown(p, v)
	var groups []*repGroup
	for _, r := range v.reps {
		fields := e.members(p, r.members, v)
		g := findGroup(groups, fields)
		if g == nil {
			g = &repGroup{fields: fields}
			groups = append(groups, g)
		}
		g.reps = append(g.reps, r)
		if !known {
			break // nobody can tell: all objects get the same
		}
	}
	var out []plan.Target
	for _, g := range groups {
		for _, part := range g.split(known) {
			out = append(out, e.target(p, v, part, g.fields, name, known))
		}
	}
	return out
}

// repGroup is the types whose representations have the same members.
type repGroup struct {
	fields []plan.RepField
	reps   []*rep
}

// split puts representations named after their own type together and those
// named after an interface by that name.
func (g *repGroup) split(known bool) [][]*rep {
	var out [][]*rep
	for _, r := range g.reps {
		placed := false
		for i, part := range out {
			q := part[0]
			if q.typename == r.typename || q.typename == q.t && r.typename == r.t && known {
				out[i] = append(part, r)
				placed = true
				break
			}
		}
		if !placed {
			out = append(out, []*rep{r})
		}
	}
	return out
}

func (e *emitter) target(p *place, v *visit, reps []*rep, fields []plan.RepField, name string, known bool) plan.Target {
	t := plan.Target{Shape: p.hub.shape, Link: v.link, Rep: fields}
	if known && len(reps) < len(p.types) {
		t.Type = e.ref(p, p.typeAt)
		for _, r := range reps {
			t.On = append(t.On, e.s.Types[r.t].Name)
		}
	}
	own := plan.RepField{Name: typename}
	switch typ := e.s.Types[reps[0].typename].Name; {
	case len(reps) > 1 && reps[0].typename != reps[1].typename:
		t.Type = e.ref(p, p.typeAt)
		own.From, own.Must = t.Type, true
	case typ != name:
		own.Const = strconv.Quote(typ)
	default:
		return t
	}
	t.Rep = append([]plan.RepField{own}, fields...)
	return t
}

// typeKnown reports whether the runtime type can be read before v is sent.
func (e *emitter) typeKnown(p *place, v *visit) bool {
	if p.static() != schema.NoType || p.typeAt == nil || !p.typed {
		return false
	}
	at := p.typeAt.resolve()
	if !at.used {
		return false
	}
	w := at.v.resolve()
	return w == p.hub || w.top().group < v.group || w.top().round < v.round
}

func findGroup(groups []*repGroup, fields []plan.RepField) *repGroup {
	for _, g := range groups {
		if sameRep(g.fields, fields) {
			return g
		}
	}
	return nil
}

func sameRep(a, b []plan.RepField) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameRepField(&a[i], &b[i]) {
			return false
		}
	}
	return true
}

func sameRepField(x, y *plan.RepField) bool {
	if x.Name != y.Name || x.Must != y.Must || x.Const != y.Const || !sameRef(x.From, y.From) || len(x.On) != len(y.On) {
		return false
	}
	for k := range x.On {
		if x.On[k] != y.On[k] {
			return false
		}
	}
	return sameRep(x.Sub, y.Sub)
}

func sameRef(a, b plan.Ref) bool {
	if a.Up != b.Up || a.Key != b.Key || len(a.Links) != len(b.Links) {
		return false
	}
	for i := range a.Links {
		if a.Links[i] != b.Links[i] {
			return false
		}
	}
	return true
}

// members writes facts known at p as members of a representation v is entered
// by.
func (e *emitter) members(p *place, facts []*fact, v *visit) []plan.RepField {
	out := make([]plan.RepField, 0, len(facts))
	for _, f := range facts {
		m := plan.RepField{Name: f.name, From: e.ref(p, f.e), Must: f.must}
		if f.child != nil {
			m.Sub, m.Type = e.nestedMembers(f, v)
		}
		out = append(out, m)
	}
	return out
}

// nestedMembers writes the members of an object inside a representation: one
// branch per runtime type where the object is abstract.
func (e *emitter) nestedMembers(f *fact, v *visit) ([]plan.RepField, plan.Ref) {
	q := f.child
	out := []plan.RepField{}
	if !e.typeKnown(q, v) {
		if one := q.static(); f.abstract && one != schema.NoType {
			out = append(out, plan.RepField{Name: typename, Const: strconv.Quote(e.s.Types[one].Name)})
		}
		if len(f.subs) > 0 {
			out = append(out, e.members(q, f.subs[0].facts, v)...)
		}
		if len(out) == 0 && len(q.types) > 0 {
			out = append(out, plan.RepField{Name: typename, Const: strconv.Quote(e.s.Types[q.types[0]].Name)})
		}
		return out, plan.Ref{}
	}
	typ := e.ref(q, q.typeAt)
	out = append(out, plan.RepField{Name: typename, From: typ})
	for _, s := range f.subs {
		for _, m := range e.members(q, s.facts, v) {
			out = addBranch(out, m, e.s.Types[s.t].Name)
		}
	}
	for i := range out {
		if len(out[i].On) == len(q.types) {
			out[i].On = nil
		}
	}
	return out, typ
}

// addBranch adds a member for objects of one type: to an equal one that other
// types have.
func addBranch(out []plan.RepField, m plan.RepField, typ string) []plan.RepField {
	for i := range out {
		m.On = out[i].On
		if len(m.On) > 0 && sameRepField(&out[i], &m) {
			out[i].On = append(out[i].On, typ)
			return out
		}
	}
	m.On = []string{typ}
	return append(out, m)
}
