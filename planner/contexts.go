package planner

import (
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

// contextRound is the first round a visit with f's contexts can be sent in.
func (b *builder) contextRound(p *place, f *fieldAt) int {
	round := 0
	for i := range f.in.Contexts {
		a, set := b.contextHolder(p, &f.in.Contexts[i])
		if a == nil {
			continue
		}
		for _, t := range a.types {
			for _, it := range b.r.set(set).of(b.r.s, t).list {
				st := a.hub.st
				if when := b.r.known(t, st, b.r.table(t, st), it, unreached); when < unreached {
					round = max(round, a.hub.round+when+1)
				}
			}
		}
	}
	return round
}

// contextHolder finds the nearest enclosing object that sets the context, and
// the selection on it.
func (b *builder) contextHolder(p *place, arg *schema.ContextArgument) (*place, *schema.FieldSet) {
	for a := p.parent; a != nil; a = a.parent {
		if a.hub == nil || a.hub.st == nil || len(a.types) == 0 || !b.sets(a, arg.Context) {
			continue
		}
		if set := b.contextSet(a, arg); set != nil {
			return a, set
		}
	}
	return nil, nil
}

// sets reports whether every object at a sets the context, by its own type or
// the abstract one it is declared as.
func (b *builder) sets(a *place, context string) bool {
	has := func(t schema.TypeID) bool {
		for _, c := range b.r.s.Types[t].Contexts {
			if c == context {
				return true
			}
		}
		return false
	}
	for _, t := range a.types {
		ok := has(t) || has(a.hub.st.typ)
		for _, i := range b.r.s.Types[t].Interfaces {
			ok = ok || has(i)
		}
		if !ok {
			return false
		}
	}
	return true
}

type contextKey struct {
	typ       schema.TypeID
	selection string
}

func (b *builder) contextSet(a *place, arg *schema.ContextArgument) *schema.FieldSet {
	k := contextKey{a.hub.st.typ, arg.Selection}
	if set, ok := b.contextSets[k]; ok {
		return set
	}
	set, err := b.r.s.ParseFieldSet(k.typ, k.selection)
	if err != nil {
		set = nil
	}
	b.contextSets[k] = set
	return set
}

// provideContexts makes the contexts of f known and gives them to v.
func (b *builder) provideContexts(p *place, v *visit, f *fieldAt, guard plan.Guard) error {
	for i := range f.in.Contexts {
		arg := &f.in.Contexts[i]
		if v.context(arg) != nil {
			continue
		}
		a, set := b.contextHolder(p, arg)
		if a == nil {
			return unreachable("context " + arg.Context)
		}
		c := &contextValue{arg: *arg, holder: a, variable: b.r.free("_c" + strconv.Itoa(b.contextCount))}
		b.contextCount++
		c.up, c.chain = climb(p, a)
		for _, t := range a.types {
			facts, err := b.facts(gathering{p: a, sv: a.hub, t: t, limit: v.round - 1, guard: guard}, b.r.set(set).of(b.r.s, t).list)
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
