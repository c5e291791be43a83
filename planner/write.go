package planner

import (
	"slices"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// What a client profile or its rights make of a field is in operation.Out. Two
// kinds of fields are made by the gateway: denied ones are null, virtual ones
// are computed from hidden fields of the object they stand in. Nothing is
// fetched for them as such, so they are no items of the search; they appear when
// the client's answer is written.

// passed reports whether a field of the value's object stands in its place.
func (o *own) passed() bool { return o != nil && o.Write != nil && o.Write.Flat }

// hide adds the hidden fields of a virtual one and returns where they are: they
// are wanted of the same objects, under the same guard.
func (n *need) hide(s *schema.Supergraph, f *operation.Field, guard plan.Guard, conditions uint64) []int {
	out := make([]int, 0, len(f.Select))
	for i := range f.Select {
		c := f.Select[i]
		own, ok := specialise(c.Guard, conditions)
		if own = andGuard(guard, own); !ok || own != nil && len(own) == 0 {
			continue
		}
		switch {
		case c.On == nil:
			c.On = f.On
		case f.On != nil:
			c.On = c.On.And(f.On)
		}
		n.choose(s, &c, own, conditions)
		last := len(n.fields) - 1
		if at := n.shared(last, out); at < last {
			n.fields = n.fields[:last]
			last = at
		}
		out = append(out, last)
	}
	return out
}

// shared finds a hidden field that asks the same as the last one, of the same
// objects under the same guard, and gives it what the other selects: whoever
// reads it ignores what he did not ask for. Those in own are the reader's others.
// It returns last if there is none.
func (n *need) shared(last int, own []int) int {
	f := &n.fields[last]
	for i := range n.fields[:last] {
		h := &n.fields[i]
		if slices.Contains(own, i) || !h.own.hidden() || h.identity != f.identity || !equalBits(h.on, f.on) || !equalGuard(h.guard, f.guard) {
			continue
		}
		if f.sub == nil || h.sub.agrees(f.sub) {
			if f.sub != nil {
				h.sub.include(f.sub)
			}
			return i
		}
	}
	return last
}

func equalBits(a, b schema.Bits) bool { return (a == nil) == (b == nil) && a.Equal(b) }

// agrees reports whether the fields of o and n of one response name ask the same.
func (n *need) agrees(o *need) bool {
	for i := range o.fields {
		f := &o.fields[i]
		for k := range n.fields {
			h := &n.fields[k]
			if h.response == f.response && (h.identity != f.identity || f.sub != nil && !h.sub.agrees(f.sub)) {
				return false
			}
		}
	}
	return true
}

// include adds the fields of o that n lacks.
func (n *need) include(o *need) {
next:
	for i := range o.fields {
		f := o.fields[i]
		for k := range n.fields {
			if h := &n.fields[k]; h.response == f.response {
				if f.sub != nil {
					h.sub.include(f.sub)
				}
				continue next
			}
		}
		n.add(f)
	}
}

// apart gives each made item the places where no other field of its response
// name stands: neither what is fetched under that name, whose uses are given,
// nor an earlier made one.
func (n *need) apart(made []*item, uses map[string][]int) []*item {
	kept := made[:0]
	for _, it := range made {
		var earlier plan.Guard
		some := false
		or := func(g plan.Guard) {
			if some {
				g = orGuard(earlier, g)
			}
			earlier, some = g, true
		}
		for _, u := range uses[it.response] {
			or(n.fields[u].guard)
		}
		for _, other := range kept {
			if other.response == it.response {
				or(other.guard)
			}
		}
		if some {
			if implies(it.guard, earlier) {
				continue
			}
			it.uses = []use{{at: it.at, guard: it.guard, unless: earlier}}
		}
		kept = append(kept, it)
	}
	return kept
}

// nullability returns the bits of plan.Field.Nullable and the list levels of an
// item for a runtime type: by the client's type where it has one of its own.
func (e *emitter) nullability(it *item, t schema.TypeID) (uint32, uint8) {
	if it.own == nil {
		return nullable(e.s, t, it.name)
	}
	bits, lists := ^uint32(0), uint8(0)
	if it.def != schema.NoField || !it.own.made() {
		bits, lists = nullable(e.s, t, it.name)
	}
	if it.own.Type != nil {
		own, _ := nullableType(it.own.Type)
		if w := it.own.Write; w != nil {
			if w.Default != "" {
				own |= 1 // it becomes something else
			}
			if w.Item > 0 || it.own.Where != "" {
				own = own<<1 | own&1 // the list and the item taken of it
			}
		}
		bits = own
	}
	if it.own.made() {
		lists = 0
	}
	return bits & (1<<(lists+1) - 1), lists
}

// rewrite says how a member is written that is not fetched or not written as it
// stands. typed says that the object's runtime type is known.
func (e *emitter) rewrite(f *plan.Field, g *fieldGroup, p *place, records map[*visit]int, typed bool) {
	out := g.it.own.Out
	if out.Write == nil && !out.Denied && out.Where == "" {
		return
	}
	w := plan.Write{}
	if out.Write != nil {
		w = *out.Write
	}
	if f.Write != nil {
		w.Enum = f.Write.Enum
	}
	w.Null = w.Null || out.Denied
	f.Write = &w
	if out.Denied {
		f.From = plan.Loc{Record: -1}
		w.Expr, w.Item, w.Cap, w.Flat = 0, 0, 0, false
		return
	}
	for _, at := range g.it.own.uses {
		w.Uses = append(w.Uses, e.hiddenMembers(p, records, typed, func(it *item) bool { return it.at == at })...)
	}
	if out.Where != "" && g.child != nil {
		_, below := e.records(g.child)
		w.Where = e.hiddenMembers(g.child, below, e.tells(g.child) || g.child.static() != schema.NoType, func(it *item) bool { return it.own.hidden() && it.response == out.Where })
	}
}

// hiddenMembers writes hidden fields of the objects at p.
func (e *emitter) hiddenMembers(p *place, records map[*visit]int, typed bool, wanted func(*item) bool) []plan.Field {
	var out []plan.Field
	shown, guard := -1, plan.Guard(nil)
	for _, g := range e.groups[p] {
		if !wanted(g.it) || !typed && g.it.at == shown && equalGuard(guard, g.guard) {
			continue // where nobody can tell the types apart, the first stands for all
		}
		shown, guard = g.it.at, g.guard
		f := e.member(&g, records, typed)
		if g.it.own != nil {
			e.rewrite(&f, &g, p, records, typed)
		}
		out = append(out, f)
	}
	return out
}

// typeNames says what __typename of objects of the given types is for a client
// that calls some of them otherwise, nil for any other.
func (e *emitter) typeNames(types []schema.TypeID) *plan.Write {
	if e.op.View == nil || e.op.View.Names == nil {
		return nil
	}
	var pairs []string
	for _, t := range types {
		name := e.s.Types[t].Name
		if client, ok := e.op.View.Names.Types[name]; ok && client != name {
			pairs = append(pairs, name, client)
		}
	}
	return enumWrite(pairs)
}

// valueNames is typeNames for the values of an enum.
func (e *emitter) valueNames(t schema.TypeID) *plan.Write {
	if e.op.View == nil || e.op.View.Names == nil {
		return nil
	}
	var pairs []string
	all := e.op.View.Names.Values[e.s.Types[t].Name]
	for i := 0; i+1 < len(all); i += 2 {
		if all[i] != all[i+1] {
			pairs = append(pairs, all[i], all[i+1])
		}
	}
	return enumWrite(pairs)
}

func enumWrite(pairs []string) *plan.Write {
	if pairs == nil {
		return nil
	}
	return &plan.Write{Enum: pairs}
}
