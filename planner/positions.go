package planner

import (
	"strings"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// need is a selection set wanted of the objects at one place: the client's, or
// the flattened form of a @key or @requires. It says nothing of subgraphs.
// Needs are shared by pointer, which is their identity in memo tables.
type need struct {
	fields []field
	lists  map[schema.TypeID]*items
	bySig  map[string]*items
	merged map[string]*need
}

// field is one selected field before types are told apart. at is its place in
// the client's selection, kept when a part of a need becomes a need of its own.
type field struct {
	at             int
	response, name string
	args           []operation.Argument
	identity       string // name and arguments
	on             schema.Bits
	guard          plan.Guard
	sub            *need // nil for leaves
	def            schema.FieldID
	text           string // of introspection
	internal       bool   // only fills representations
	own            *own
}

// own is what a client profile or rights make of a field; most fields have none.
type own struct {
	*operation.Out
	uses []int // of a virtual field: its hidden fields, by at
}

// made reports whether a field is the gateway's own: nothing is fetched for it.
func (o *own) made() bool { return o != nil && (o.Denied || o.Virtual) }

// hidden reports whether a field is fetched for others alone.
func (o *own) hidden() bool { return o != nil && o.Hidden }

// item is what one response name means for one runtime type.
type item struct {
	at             int
	response, name string
	args           []operation.Argument
	identity       string
	guard          plan.Guard
	sub            *need
	def            schema.FieldID
	text           string
	internal       bool
	own            *own
	owner          *need
	// uses are where in the answer the item stands when, if it was merged from
	// selections with different guards; nil: at its place, under its guard.
	uses []use
}

// use is one of several places of a merged item: where it stands under guard,
// unless it stands at an earlier one.
type use struct {
	at            int
	guard, unless plan.Guard
}

// items is what a runtime type needs, in response order. Types that need the
// same share one value.
type items struct {
	list []*item
	// made are the items nothing is fetched for: denied and virtual fields.
	made []*item
}

const typename = "__typename"

// newNeed converts a client selection, settling specialised conditions.
func newNeed(s *schema.Supergraph, sel []operation.Field, conditions uint64) *need {
	n := &need{}
	for i := range sel {
		f := &sel[i]
		guard, ok := specialise(f.Guard, conditions)
		if !ok {
			continue
		}
		n.choose(s, f, guard, conditions)
	}
	return n
}

// choose adds one field of a client selection, under guard.
func (n *need) choose(s *schema.Supergraph, f *operation.Field, guard plan.Guard, conditions uint64) {
	out := field{
		response: f.Response, name: f.Name, args: f.Args, identity: identity(f.Name, f.Args),
		on: f.On, guard: guard, def: f.Def, text: f.Text,
	}
	if f.Out != nil {
		out.own = &own{Out: f.Out}
	}
	switch {
	case out.own.made():
		if !f.Out.Denied {
			out.own.uses = n.hide(s, f, guard, conditions)
		}
	case f.Text == "" && f.Def != schema.NoField && !s.Fields[f.Def].Leaf:
		out.sub = newNeed(s, f.Select, conditions)
	}
	n.add(out)
}

func (n *need) add(f field) {
	f.at = len(n.fields)
	n.fields = append(n.fields, f)
}

// identity is what makes two uses of a field the same value: name and
// arguments, whatever their order.
func identity(name string, args []operation.Argument) string {
	if len(args) == 0 {
		return name
	}
	sorted := make([]operation.Argument, len(args))
	copy(sorted, args)
	for i := range sorted { // insertion sort: a handful of arguments
		for j := i; j > 0 && sorted[j].Name < sorted[j-1].Name; j-- {
			sorted[j], sorted[j-1] = sorted[j-1], sorted[j]
		}
	}
	var b strings.Builder
	b.WriteString(name)
	b.WriteByte('(')
	for _, a := range sorted {
		b.WriteString(a.Name)
		b.WriteByte(':')
		b.WriteString(a.Value)
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

// of returns what runtime type t needs.
func (n *need) of(s *schema.Supergraph, t schema.TypeID) *items {
	if l, ok := n.lists[t]; ok {
		return l
	}
	var sig []byte
	for i := range n.fields {
		f := &n.fields[i]
		if f.on != nil && !f.on.Has(int(t)) {
			continue
		}
		if f.name != typename && f.text == "" && !f.own.made() && s.FieldNamed(t, f.name) == schema.NoField {
			continue
		}
		sig = append(sig, byte(i), byte(i>>8))
	}
	l := n.bySig[string(sig)]
	if l == nil {
		l = n.group(sig)
		if n.bySig == nil {
			n.bySig = map[string]*items{}
		}
		n.bySig[string(sig)] = l
	}
	if n.lists == nil {
		n.lists = map[schema.TypeID]*items{}
	}
	n.lists[t] = l
	return l
}

// group makes items of the fields named by sig: fields with one response name
// become one item.
func (n *need) group(sig []byte) *items {
	l := &items{}
	uses := map[string][]int{}
	for i := 0; i < len(sig); i += 2 {
		k := int(sig[i]) | int(sig[i+1])<<8
		if n.fields[k].own.made() {
			l.made = append(l.made, n.item(k))
			continue
		}
		r := n.fields[k].response
		uses[r] = append(uses[r], k)
		if len(uses[r]) > 1 {
			continue
		}
		l.list = append(l.list, n.item(k))
	}
	for _, it := range l.list {
		if u := uses[it.response]; len(u) > 1 {
			n.mergeUses(it, u)
		}
	}
	if l.made != nil {
		l.made = n.apart(l.made, uses)
	}
	return l
}

// item is the item of one field.
func (n *need) item(k int) *item {
	f := &n.fields[k]
	return &item{
		at: f.at, response: f.response, name: f.name, args: f.args, identity: f.identity,
		guard: f.guard, sub: f.sub, def: f.def, text: f.text, internal: f.internal, own: f.own, owner: n,
	}
}

// mergeUses makes one item of several uses: the value is wanted where any of
// them is, each sub-selection where its own use is.
func (n *need) mergeUses(it *item, uses []int) {
	same := true
	for _, u := range uses[1:] {
		f := &n.fields[u]
		same = same && equalGuard(f.guard, n.fields[uses[0]].guard)
		it.guard = orGuard(it.guard, f.guard)
	}
	if !same {
		it.uses = n.places(uses)
	}
	if it.sub == nil {
		return
	}
	var key []byte
	for _, u := range uses {
		key = append(key, byte(u), byte(u>>8))
	}
	if m := n.merged[string(key)]; m != nil {
		it.sub = m
		return
	}
	m := &need{}
	for _, u := range uses {
		m.absorb(&n.fields[u], !same)
	}
	if n.merged == nil {
		n.merged = map[string]*need{}
	}
	n.merged[string(key)] = m
	it.sub = m
}

// absorb adds the sub-selection of one use, where that is wanted if guarded.
func (n *need) absorb(f *field, guarded bool) {
	var moved map[int]int // fields others refer to, by at
	for _, c := range f.sub.fields {
		if guarded {
			if c.guard = andGuard(f.guard, c.guard); c.guard != nil && len(c.guard) == 0 {
				continue
			}
		}
		if c.own.hidden() {
			if moved == nil {
				moved = map[int]int{}
			}
			moved[c.at] = len(n.fields)
		}
		if c.own != nil && c.own.uses != nil {
			here := &own{Out: c.own.Out}
			for _, u := range c.own.uses {
				if at, ok := moved[u]; ok {
					here.uses = append(here.uses, at)
				}
			}
			c.own = here
		}
		n.add(c)
	}
}

// places says where a merged item stands: at the first of its uses that
// applies.
func (n *need) places(uses []int) []use {
	var out []use
	var earlier plan.Guard // one of the uses so far applies
	for _, u := range uses {
		f := &n.fields[u]
		if earlier == nil {
			out = append(out, use{at: f.at, guard: f.guard})
			earlier = f.guard
		} else if !implies(f.guard, earlier) {
			out = append(out, use{at: f.at, guard: f.guard, unless: earlier})
			earlier = orGuard(earlier, f.guard)
		}
		if earlier == nil {
			break // there is always one
		}
	}
	return out
}

// differs reports whether the types do not all need the same.
func (n *need) differs(s *schema.Supergraph, types []schema.TypeID) bool {
	for _, t := range types {
		if n.of(s, t) != n.of(s, types[0]) {
			return true
		}
	}
	return false
}

// asksType reports whether the client asked for __typename.
func (n *need) asksType() bool {
	for i := range n.fields {
		if n.fields[i].name == typename {
			return true
		}
	}
	return false
}

// size counts the leaves, to compare what is left over.
func (n *need) size() int {
	c := 0
	for i := range n.fields {
		c++
		if n.fields[i].sub != nil {
			c += n.fields[i].sub.size()
		}
	}
	return c
}
