package planner

import (
	"strconv"
	"strings"

	"github.com/weftql/weft/planner/plan"
)

// shareSets lets visits of one request that ask the same, at different places,
// be one list of representations with several targets (M2): an entity met at
// both places is then asked for once.
//
//	_e0: a{x}  from p      _entities: a{x}  from p, q
//	_e1: a{x}  from q  ⇒
//
// What hangs below must be the same too, because both places' records then
// have one shape, links included.
func (e *emitter) shareSets() {
	s := &sharer{e: e, memo: map[*visit]string{}}
	for _, f := range e.fetches {
		if f.key.kind != entryVisit || len(f.visits) < 2 {
			continue
		}
		first := map[string]*visit{}
		for _, v := range f.visits {
			if v.like != nil {
				continue
			}
			sig := s.visit(v)
			if sig == "" {
				continue
			}
			if w := first[sig]; w != nil {
				e.r.trace.fire("share-sets")
				e.mirror(v, w)
			} else {
				first[sig] = v
			}
		}
	}
}

// mirror makes v look like w, with all that hangs below.
func (e *emitter) mirror(v, w *visit) {
	v.like = w
	a, b := v.selection(), w.selection()
	for i := range a {
		if a[i].child == nil {
			continue
		}
		x, y := a[i].child, b[i].child
		e.mirror(x, y)
		p, q := x.place.live(), y.place.live()
		for k := range p {
			e.mirror(p[k], q[k])
		}
	}
}

// original is the visit whose shape and set v has: its own where it is like no
// other.
func (v *visit) original() *visit {
	for v.like != nil {
		v = v.like
	}
	return v
}

// live lists the visits hanging on the hub that are part of the plan.
func (p *place) live() []*visit {
	var out []*visit
	for _, v := range p.others {
		if v.live && v.merged == nil {
			out = append(out, v)
		}
	}
	return out
}

// sharer writes what a visit asks and what hangs below as text; visits with
// one text may share a set. "" may not be shared.
type sharer struct {
	e    *emitter
	memo map[*visit]string
}

func (s *sharer) visit(v *visit) string {
	if sig, ok := s.memo[v]; ok {
		return sig
	}
	s.memo[v] = ""
	var b strings.Builder
	if v.contextual || v.enclosed || v.kind == rootVisit || !s.write(&b, v) {
		return ""
	}
	writeGuard(&b, v.guard)
	s.memo[v] = b.String()
	return s.memo[v]
}

func (s *sharer) write(b *strings.Builder, v *visit) bool {
	for _, en := range v.selection() {
		b.WriteString(en.key + ":" + en.identity + ":" + en.typ)
		if en.client {
			b.WriteByte('!')
		}
		for _, t := range v.types {
			if en.types.Has(int(t)) {
				b.WriteString(" " + strconv.Itoa(int(t)))
			}
		}
		writeGuard(b, en.guard)
		if en.child == nil {
			b.WriteByte(';')
			continue
		}
		if en.child.enclosed || en.child.place.hub != en.child {
			return false
		}
		b.WriteByte('{')
		if !s.write(b, en.child) || !s.below(b, en.child.place) {
			return false
		}
		b.WriteByte('}')
	}
	return true
}

// below writes the visits that hang on a place's records, with what they are
// entered by: shared records are sent the same way wherever they came from.
func (s *sharer) below(b *strings.Builder, p *place) bool {
	for _, v := range p.live() {
		sig := ""
		if v.kind == entryVisit {
			sig = s.visit(v)
		}
		if sig == "" {
			return false
		}
		b.WriteString("<" + strconv.Itoa(v.fetch) + sig)
		for _, r := range v.reps {
			b.WriteString("|" + strconv.Itoa(int(r.t)) + "," + strconv.Itoa(int(r.typename)))
			s.facts(b, p, r.members)
		}
		b.WriteByte('>')
	}
	return true
}

func (s *sharer) facts(b *strings.Builder, p *place, facts []*fact) {
	for _, f := range facts {
		en := f.e.resolve()
		b.WriteString(" " + f.name + "=")
		for i, v := range p.all() {
			if v == en.v.resolve() {
				b.WriteString(strconv.Itoa(i))
			}
		}
		b.WriteString("." + en.key)
		if f.must {
			b.WriteByte('!')
		}
		for _, sub := range f.subs {
			b.WriteString("(" + strconv.Itoa(int(sub.t)))
			s.facts(b, f.child, sub.facts)
			b.WriteByte(')')
		}
	}
}

func writeGuard(b *strings.Builder, g plan.Guard) {
	for _, l := range g {
		b.WriteString("@" + strconv.FormatUint(l.Set, 16) + "-" + strconv.FormatUint(l.Clear, 16))
	}
}
