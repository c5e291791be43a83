package planner

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// Keys of a visit are named after the subgraph's field, never after a client's
// alias, so no alias can shadow a key. Two uses share a key if field, arguments
// and type in the subgraph agree; else the later one is _wN_field. GraphQL's
// rule on field merging is kept because types that differ are told apart.

// leaf returns the visit's entry for a leaf item, for runtime type t.
func (b *builder) leaf(v *visit, t schema.TypeID, it *item, guard plan.Guard) *entry {
	typ, hoist, f := b.typeIn(v, t, it.name)
	for _, e := range v.entries {
		if e.child == nil && e.identity == it.identity && e.typ == typ && !v.serial && e.serves(t, guard) {
			e.widen(t, guard, !it.internal)
			if !it.internal {
				e.order = min(e.order, it.at)
			}
			return e
		}
	}
	e := b.newEntry(v, t, it, guard)
	e.typ, e.hoist, e.field = typ, hoist, f
	return e
}

// internalOrder is behind everything a client selects.
const internalOrder = 1 << 30

// composite adds an entry for a composite item; it is never shared, since each
// use has a place of its own.
func (b *builder) composite(v *visit, t schema.TypeID, it *item, guard plan.Guard) *entry {
	e := b.newEntry(v, t, it, guard)
	e.typ, e.hoist, e.field = b.typeIn(v, t, it.name)
	return e
}

func (b *builder) newEntry(v *visit, t schema.TypeID, it *item, guard plan.Guard) *entry {
	e := &entry{v: v, name: it.name, args: it.args, identity: it.identity, guard: guard, client: !it.internal, text: it.text}
	e.types.Add(int(t))
	e.order = it.at
	if it.internal {
		e.order = internalOrder
	}
	if v.contextual && it.name != typename {
		if f := b.nodeOf(v, t).fields[it.name]; f != nil {
			e.args = append(e.args[:len(e.args):len(e.args)], v.contextArguments(f)...)
		}
	}
	e.key = it.name
	if v.taken(e.key) {
		e.key = v.alias(it.name)
	}
	v.entries = append(v.entries, e)
	return e
}

func (v *visit) taken(key string) bool {
	for _, e := range v.entries {
		if e.key == key {
			return true
		}
	}
	return false
}

func (v *visit) alias(name string) string {
	for {
		key := "_w" + strconv.Itoa(v.names) + "_" + name
		v.names++
		if !v.taken(key) {
			return key
		}
	}
}

// serves reports whether the entry can be used for type t under guard without
// being asked of objects of other types, or of these, when nobody wants it.
// Where nobody can tell the types apart, one entry has to do for all.
func (e *entry) serves(t schema.TypeID, guard plan.Guard) bool {
	if e.v.place.untyped() {
		return true
	}
	if !e.types.Has(int(t)) {
		return equalGuard(guard, e.guard)
	}
	return e.types.Count() == 1 || implies(guard, e.guard)
}

// widen lets the entry serve type t under guard as well.
func (e *entry) widen(t schema.TypeID, guard plan.Guard, client bool) {
	e.types.Add(int(t))
	e.guard = orGuard(e.guard, guard)
	e.client = e.client || client
}

// typename returns the visit's __typename entry.
func (b *builder) typename(v *visit) *entry {
	for _, e := range v.entries {
		if e.name == typename {
			return e
		}
	}
	e := b.newEntry(v, schema.NoType, typeItem(), nil)
	e.typ = "String!"
	return e
}

// typeIn returns the field's type in the visit's subgraph for objects of type
// t, and whether it may be selected on the abstract type declared there.
func (b *builder) typeIn(v *visit, t schema.TypeID, name string) (string, bool, *schema.Field) {
	if v.sub < 0 {
		return "", false, nil
	}
	n := b.nodeOf(v, t)
	f := n.fields[name]
	if v.kind == fieldVisit && !v.st.io && !v.st.static() {
		// The child selection is made for the named type the object declares.
		if h := b.hoisted(v.st, name); h != nil && h.Type.Name() == f.in.Type.Name() {
			return "^" + h.Type.String(), true, f.field
		}
	}
	return f.in.Type.String(), false, f.field
}

// hoisted returns the interface's field if the subgraph resolves it for every
// object that can occur there; then no fragments are needed.
func (b *builder) hoisted(st *start, name string) *schema.FieldIn {
	k := hoistKey{st, name}
	if in, ok := b.hoists[k]; ok {
		return in
	}
	b.hoists[k] = nil
	declared := &b.r.s.Types[st.typ]
	if declared.Kind != ast.Interface {
		return nil
	}
	id := b.r.s.FieldNamed(st.typ, name)
	if id == schema.NoField {
		return nil
	}
	in := b.r.s.Fields[id].InSubgraph(st.sub)
	if in == nil || in.External {
		return nil
	}
	for t := range declared.InSubgraph(st.sub).Possible.All() {
		n := b.r.g.nodeIn(schema.TypeID(t), st.sub, schema.TypeID(t))
		if n == nil || n.fields[name] == nil || !b.r.readable(schema.TypeID(t), n.fields[name], nil, false) {
			return nil
		}
	}
	b.hoists[k] = in
	return in
}

type hoistKey struct {
	st   *start
	name string
}

// nodeOf is the node objects of type t have in visit v.
func (b *builder) nodeOf(v *visit, t schema.TypeID) *node {
	if v.kind == entryVisit {
		return v.rep(t).n
	}
	if v.st != nil {
		return b.r.node(t, v.st)
	}
	return b.r.g.nodeIn(t, v.sub, t)
}
