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

// contextValue is one argument a visit takes out of the answer: from the
// nearest enclosing object that sets the context. Which one that is may depend
// on runtime types, so there are sources from the inside out.
type contextValue struct {
	arg      schema.ContextArgument
	sources  []contextSource
	variable string
}

// contextSource is an enclosing object of which some runtime types set the
// context, with what these types set it to.
type contextSource struct {
	holder *place
	up     int        // from the objects that need it
	chain  []*visit   // whose records need to know what encloses them
	values []typedSet // by type
	typed  bool       // whether and where it is set depends on the type
}

// typedSet is what objects of one type set a context to. Before the fact is
// known there is only the need for it.
type typedSet struct {
	t    schema.TypeID
	it   *item
	fact *fact // nil: the type's own name
}

// contextRound is the first round a visit with f's contexts can be sent in.
func (b *builder) contextRound(p *place, f *fieldAt) int {
	round := 0
	for i := range f.in.Contexts {
		for _, src := range b.contextSources(p, &f.in.Contexts[i]) {
			st := src.holder.hub.st
			for _, v := range src.values {
				if when := b.r.known(v.t, st, b.r.table(v.t, st), v.it); when < unreached {
					round = max(round, src.holder.hub.round+when+1)
				}
			}
		}
	}
	return round
}

// contextSources finds the enclosing objects that may set the context, from the
// inside out, up to one that does whatever its type is; nil if there is none
// such.
func (b *builder) contextSources(p *place, arg *schema.ContextArgument) []contextSource {
	var out []contextSource
	for below, a := p, p.parent; a != nil; below, a = a, a.parent {
		if a.hub == nil || a.hub.st == nil {
			continue
		}
		src := contextSource{holder: a}
		types := a.towards(b.r.s, below)
		for _, t := range types {
			if it := b.contextItem(t, arg); it != nil {
				src.values = append(src.values, typedSet{t: t, it: it})
			}
		}
		if len(src.values) == 0 {
			continue
		}
		src.typed = len(src.values) < len(types)
		out = append(out, src)
		if !src.typed {
			return out
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

// contextItem is what an object of type t sets the context to, nil if it does
// not: it may do so by its own type, an interface or a union.
func (b *builder) contextItem(t schema.TypeID, arg *schema.ContextArgument) *item {
	for _, setter := range b.contextSetters(arg.Context) {
		if !b.r.s.Types[setter].Possible.Has(int(t)) {
			continue
		}
		if set := b.contextSet(setter, arg.Selection); set != nil {
			if list := b.r.set(set).of(b.r.s, t).list; len(list) > 0 {
				return list[0]
			}
		}
	}
	return nil
}

// contextSetters lists the types that set a context, objects first.
func (b *builder) contextSetters(context string) []schema.TypeID {
	setters, ok := b.setters[context]
	if !ok {
		for i := range b.r.s.Types {
			if slices.Contains(b.r.s.Types[i].Contexts, context) {
				setters = append(setters, schema.TypeID(i))
			}
		}
		slices.SortStableFunc(setters, func(x, y schema.TypeID) int {
			return b.r.s.Types[x].Possible.Count() - b.r.s.Types[y].Possible.Count()
		})
		b.setters[context] = setters
	}
	return setters
}

// contextSet is a context's selection on a type that sets it, nil if the type
// has no such fields.
func (b *builder) contextSet(setter schema.TypeID, selection string) *schema.FieldSet {
	k := contextKey{setter, selection}
	set, ok := b.contextSets[k]
	if !ok {
		var err error
		if set, err = b.r.s.ParseFieldSet(setter, selection); err != nil {
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
		if known := v.context(arg); known != nil {
			for k := range known.sources {
				b.widenFacts(known.sources[k].facts(), guard)
			}
			continue
		}
		c := &contextValue{arg: *arg, sources: b.contextSources(p, arg), variable: b.r.free("_c" + strconv.Itoa(b.contextCount))}
		b.contextCount++
		if len(c.sources) == 0 {
			return unreachable("context " + arg.Context)
		}
		for k := range c.sources {
			if err := b.provide(&c.sources[k], p, v.round-1, guard); err != nil {
				return err
			}
		}
		v.contexts = append(v.contexts, c)
	}
	return nil
}

// provide makes the values of a source known by limit.
func (b *builder) provide(src *contextSource, p *place, limit int, guard plan.Guard) error {
	a := src.holder
	src.up, src.chain = climb(p, a)
	for k := range src.values {
		v := &src.values[k]
		facts, err := b.facts(gathering{p: a, sv: a.hub, t: v.t, limit: limit, guard: guard}, []*item{v.it})
		if err != nil {
			return err
		}
		if len(facts) > 0 {
			v.fact = facts[0]
		}
		src.typed = src.typed || k > 0 && !src.values[0].same(v)
	}
	if !src.typed {
		return nil
	}
	a.typed = true
	x := entrance{p: a, sv: a.hub, t: src.values[0].t, guard: guard}
	if a.hub.st.io {
		return b.fetchType(x, limit)
	}
	return nil
}

// same reports whether both are read in one place, whatever the type.
func (v *typedSet) same(w *typedSet) bool {
	if v.fact == nil || w.fact == nil {
		return false
	}
	return sameFacts([]*fact{v.fact}, []*fact{w.fact})
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

// facts lists what the values of a source are read from.
func (src *contextSource) facts() []*fact {
	var out []*fact
	for _, v := range src.values {
		if v.fact != nil {
			out = append(out, v.fact)
		}
	}
	return out
}

// context writes how a source fills a variable of visit to: as a leaf where that
// is all.
func (e *emitter) context(variable int, src *contextSource, to *visit) plan.Context {
	a := src.holder
	if f := src.values[0].fact; !src.typed && f != nil && f.child == nil {
		from := e.ref(a, f.e)
		from.Up = src.up
		return plan.Context{Variable: variable, From: from}
	}
	out := plan.Context{Variable: variable, From: plan.Ref{Up: src.up, Key: -1}}
	if src.typed {
		out.Type = e.ref(a, a.typeAt)
	}
	for _, v := range src.values {
		m := plan.RepField{Name: typename, Const: strconv.Quote(e.s.Types[v.t].Name)}
		if v.fact != nil {
			m = onlyValue(e.members(a, []*fact{v.fact}, to))[0]
		}
		if !src.typed {
			out.Value = append(out.Value, m)
			break
		}
		out.Value = addBranch(out.Value, m, e.s.Types[v.t].Name)
	}
	return out
}

// onlyValue takes the runtime types out of members that are no representation:
// what is in an object stands for it.
func onlyValue(members []plan.RepField) []plan.RepField {
	if len(members) > 1 && members[0].Name == typename {
		members = members[1:]
	}
	for i := range members {
		members[i].Sub = onlyValue(members[i].Sub)
	}
	return members
}
