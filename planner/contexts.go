package planner

import (
	"slices"
	"strconv"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// A field with contextual arguments (@fromContext) is resolved by an entry of
// its own: the gateway fills the arguments from an enclosing object, and the
// executor sends objects that differ in them in separate requests. Without that
// the same entity below two values would be evaluated once.

// contextValue is one argument a visit takes out of the answer.
type contextValue struct {
	arg      schema.ContextArgument
	holder   *place // the enclosing object
	fact     *fact
	up       int
	chain    []*visit // whose records need to know what encloses them
	variable string
}

// holding is the nearest enclosing object that sets a context: its place, and
// the runtime types through which one comes down from there.
type holding struct {
	place *place
	types []schema.TypeID
	sets  []*schema.FieldSet // the selection, by type
}

// contextRound is the first round a visit with f's contexts can be sent in.
func (b *builder) contextRound(p *place, f *fieldAt) int {
	round := 0
	for i := range f.in.Contexts {
		h := b.contextHolder(p, &f.in.Contexts[i])
		if h == nil {
			continue
		}
		st := h.place.hub.st
		for k, t := range h.types {
			for _, it := range b.r.set(h.sets[k]).of(b.r.s, t).list {
				if when := b.r.known(t, st, b.r.table(t, st), it); when < unreached {
					round = max(round, h.place.hub.round+when+1)
				}
			}
		}
	}
	return round
}

// contextHolder finds the nearest enclosing object that sets the context.
func (b *builder) contextHolder(p *place, arg *schema.ContextArgument) *holding {
	for below, a := p, p.parent; a != nil; below, a = a, a.parent {
		if a.hub == nil || a.hub.st == nil {
			continue
		}
		h := &holding{place: a, types: a.towards(b.r.s, below)}
		for _, t := range h.types {
			if set := b.contextSet(a, t, arg); set != nil {
				h.sets = append(h.sets, set)
			}
		}
		if len(h.types) > 0 && len(h.sets) == len(h.types) {
			return h
		}
	}
	return nil
}

// towards lists the runtime types at p that have the field leading to below.
func (p *place) towards(s *schema.Supergraph, below *place) []schema.TypeID {
	for _, c := range p.children {
		if c.place != below || p.need == nil {
			continue
		}
		var out []schema.TypeID
		for _, t := range p.types {
			for _, it := range p.need.of(s, t).list {
				if it.at == c.at && it.sub == c.need {
					out = append(out, t)
				}
			}
		}
		return out
	}
	return p.types
}

// contextSet is the context's selection on objects of type t at a; nil if they
// do not set it, by their own type or by one they are seen as.
func (b *builder) contextSet(a *place, t schema.TypeID, arg *schema.ContextArgument) *schema.FieldSet {
	if !slices.Contains(b.r.s.Types[t].Contexts, arg.Context) && !slices.Contains(b.r.s.Types[a.hub.st.typ].Contexts, arg.Context) &&
		!slices.ContainsFunc(b.r.s.Types[t].Interfaces, func(i schema.TypeID) bool {
			return slices.Contains(b.r.s.Types[i].Contexts, arg.Context)
		}) {
		return nil
	}
	k := contextKey{t, arg.Selection}
	set, ok := b.contextSets[k]
	if !ok {
		var err error
		if set, err = b.r.s.ParseFieldSet(k.typ, k.selection); err != nil {
			set = nil
		}
		b.contextSets[k] = set
	}
	return set
}

type contextKey struct {
	typ       schema.TypeID
	selection string
}

// provideContexts makes the contexts of f known and gives them to v.
func (b *builder) provideContexts(p *place, v *visit, f *fieldAt, guard plan.Guard) error {
	for i := range f.in.Contexts {
		arg := &f.in.Contexts[i]
		if v.context(arg) != nil {
			continue
		}
		h := b.contextHolder(p, arg)
		if h == nil {
			return unreachable("context " + arg.Context)
		}
		a := h.place
		c := &contextValue{arg: *arg, holder: a, variable: b.r.free("_c" + strconv.Itoa(b.contextCount))}
		b.contextCount++
		c.up, c.chain = climb(p, a)
		for k, t := range h.types {
			facts, err := b.facts(gathering{p: a, sv: a.hub, t: t, limit: v.round - 1, guard: guard}, b.r.set(h.sets[k]).of(b.r.s, t).list)
			if err != nil {
				return err
			}
			if len(facts) != 1 || facts[0].child != nil || c.fact != nil && c.fact.e != facts[0].e {
				return unreachable("context " + arg.Context + " as one value")
			}
			c.fact = facts[0]
		}
		v.contexts = append(v.contexts, c)
	}
	return nil
}

func (v *visit) context(arg *schema.ContextArgument) *contextValue {
	for _, c := range v.contexts {
		if c.arg.Context == arg.Context && c.arg.Selection == arg.Selection && c.arg.Type == arg.Type {
			return c
		}
	}
	return nil
}

// climb counts the enclosing records from p's objects up to those of a.
func climb(p, a *place) (int, []*visit) {
	up := 0
	v := p.hub
	var chain []*visit
	for v != a.hub {
		chain = append(chain, v)
		up++
		if v.kind == fieldVisit {
			v = v.via.v
		} else {
			v = v.place.hub
		}
	}
	return up, chain
}

// contextArguments are f's contextual arguments as the visit's request fills
// them.
func (v *visit) contextArguments(f *fieldAt) []operation.Argument {
	var out []operation.Argument
	for i := range f.in.Contexts {
		if c := v.context(&f.in.Contexts[i]); c != nil {
			out = append(out, operation.Argument{Name: c.arg.Name, Value: "$" + c.variable})
		}
	}
	return out
}
