package planner

import (
	"strconv"
	"strings"

	"github.com/weftql/weft/planner/plan"
)

// text writes one subgraph request: only what it uses is declared.
type text struct {
	e        *emitter
	b        strings.Builder
	vars     []bool // client variables that are used
	declared []string
	// assumed is what the fields around the current one are conditional on, and
	// copies how often these are written.
	assumed plan.Literals
	copies  int
}

// fetch writes one fetch of the plan.
func (e *emitter) fetch(f *fetch) error {
	w := &text{e: e, vars: make([]bool, len(e.op.Variables)), copies: 1}
	out := plan.Fetch{
		Subgraph: e.subgraph(f.key.sub), Kind: plan.Query, Name: e.name(f),
		After: f.after, Round: f.key.round, Guard: guardOf(f.visits),
	}
	if f.key.kind == rootVisit && f.visits[0].place == e.b.fg.root {
		out.Kind = e.op.Kind
	}
	if f.key.kind == entryVisit {
		w.b.WriteByte('{')
		w.entitySets(f, &out)
		w.b.WriteByte('}')
	} else {
		w.rootSet(f.visits[0], &out)
	}
	w.declareClient(&out)
	w.declareContexts(f, &out)
	out.Operation = head(out.Kind, out.Name, w.declared) + w.b.String()
	if len(out.Operation) > e.r.limits.max.Text {
		e.r.limits.exceed("bytes in one request", e.r.limits.max.Text)
		return e.r.limits.err
	}
	e.out.Fetches = append(e.out.Fetches, out)
	return nil
}

// rootSet writes the selection of a request for root fields.
func (w *text) rootSet(v *visit, out *plan.Fetch) {
	w.b.WriteByte('{')
	w.selection(v)
	w.b.WriteByte('}')
	set := plan.Set{Lookup: w.e.connector(v.sub), Shape: v.shape, Targets: w.e.addTargets(nil, v, "")}
	if set.Lookup != "" {
		set.Type = w.e.s.Types[v.types[0]].Name
	}
	out.Sets = []plan.Set{set}
}

// entitySets writes one _entities field per question; visits that are like
// another one only add their targets.
func (w *text) entitySets(f *fetch, out *plan.Fetch) {
	asked := 0
	for _, v := range f.visits {
		if v.like == nil {
			asked++
		}
	}
	for _, v := range f.visits {
		if v.like != nil {
			continue
		}
		v.set = len(out.Sets)
		set := plan.Set{
			Alias: "_entities", Variable: w.e.r.free("representations"), Shape: v.shape,
			Type: w.e.s.Types[v.reps[0].typename].Name, Lookup: w.e.connector(v.sub), Apart: v.enclosed,
		}
		if asked > 1 {
			set.Alias = "_e" + strconv.Itoa(v.set)
			set.Variable = w.e.r.free(set.Alias)
			set.Guard = v.guard
		}
		w.declared = append(w.declared, "$"+set.Variable+": [_Any!]!")
		w.entities(v, set)
		set.Targets = w.e.addTargets(nil, v, set.Type)
		out.Sets = append(out.Sets, set)
	}
	for _, v := range f.visits {
		if v.like != nil {
			v.set = v.original().set
			set := &out.Sets[v.set]
			set.Targets = w.e.addTargets(set.Targets, v, set.Type)
		}
	}
	if asked > 1 {
		w.e.r.trace.fire("batch")
	}
}

// declareClient declares the client variables that were used.
func (w *text) declareClient(out *plan.Fetch) {
	for i, used := range w.vars {
		if used {
			v := &w.e.op.Variables[i]
			out.Variables = append(out.Variables, i)
			w.declared = append(w.declared, "$"+v.Name+": "+v.Type)
		}
	}
}

// declareContexts adds the variables that are taken out of the answer.
func (w *text) declareContexts(f *fetch, out *plan.Fetch) {
	for _, c := range f.visits[0].contexts {
		i := len(w.e.out.Variables)
		w.e.out.Variables = append(w.e.out.Variables, c.variable)
		out.Variables = append(out.Variables, i)
		for k := range c.sources {
			out.Context = append(out.Context, w.e.context(i, &c.sources[k], f.visits[0]))
		}
		w.declared = append(w.declared, "$"+c.variable+": "+c.arg.Type)
	}
}

// head writes what stands before the selection set.
func head(kind plan.Kind, name string, declared []string) string {
	word := "query"
	switch kind {
	case plan.Query:
	case plan.Mutation:
		word = "mutation"
	case plan.Subscription:
		word = "subscription"
	}
	if name != "" {
		word += " " + name
	}
	if len(declared) > 0 {
		word += "(" + strings.Join(declared, ", ") + ")"
	}
	return word + " "
}

// name is CLIENT__SUBGRAPH__N, so that tools at the subgraph can group.
func (e *emitter) name(f *fetch) string {
	if e.op.Name == "" || e.options.Anonymous || f.key.sub < 0 {
		return ""
	}
	sub := []byte(e.b.subgraphName(f.key.sub))
	for i, c := range sub {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') {
			sub[i] = '_'
		}
	}
	return e.op.Name + "__" + string(sub) + "__" + strconv.Itoa(f.index)
}

// entities writes one _entities field.
func (w *text) entities(v *visit, set plan.Set) {
	if w.b.Len() > 1 {
		w.b.WriteByte(' ')
	}
	if set.Alias != "_entities" {
		w.b.WriteString(set.Alias + ": ")
	}
	w.b.WriteString("_entities(representations: $" + set.Variable + ")")
	if set.Guard != nil {
		w.directives(set.Guard)
	}
	w.b.WriteString(" {")
	w.selection(v)
	w.b.WriteByte('}')
}

// selection writes the used entries of v: on the declared type where that is
// possible, else in one fragment per type.
func (w *text) selection(v *visit) {
	entries := v.selection()
	if len(entries) == 0 {
		w.b.WriteString(typename)
		return
	}
	space := ""
	var inFragments []*entry
	for _, e := range entries {
		if e.name != typename && w.needsFragment(v, e) {
			inFragments = append(inFragments, e)
			continue
		}
		w.b.WriteString(space)
		w.entry(e)
		space = " "
	}
	if len(inFragments) > 0 {
		w.fragments(v, inFragments, space)
	}
}

// entry writes one field, once for each alternative of its guard. What the
// fields around it are conditional on already is not said again.
func (w *text) entry(e *entry) {
	guard := e.guard
	if v := e.v.resolve(); v.kind == entryVisit && equalGuard(guard, v.guard) {
		guard = nil // the whole list hangs on it
	}
	if g := assume(guard, w.assumed); g == nil || len(g) > 0 {
		guard = g
	}
	if len(guard) == 0 || e.child != nil && w.copies*len(guard) > maxCopies {
		w.field(e, nil)
		return
	}
	assumed, copies := w.assumed, w.copies
	w.copies *= len(guard)
	for i, l := range guard {
		if i > 0 {
			w.b.WriteByte(' ')
		}
		w.assumed = plan.Literals{Set: assumed.Set | l.Set, Clear: assumed.Clear | l.Clear}
		w.guarded(e, l)
	}
	w.assumed, w.copies = assumed, copies
}

// maxCopies is how often a selection may be written for alternatives of guards,
// one inside the other. Beyond that the field is asked for unconditionally: more
// than is used, and a null of it is felt. Chosen, not measured.
const maxCopies = 16

func simple(l plan.Literals) bool {
	return (l.Set == 0 || onlyOne(l.Set)) && (l.Clear == 0 || onlyOne(l.Clear))
}

// guarded writes a field under an and of several conditions: nested fragments.
func (w *text) guarded(e *entry, l plan.Literals) {
	depth := 0
	for !simple(l) {
		one := plan.Literals{}
		if l.Set != 0 {
			one.Set = l.Set & -l.Set
		} else {
			one.Clear = l.Clear & -l.Clear
		}
		l.Set &^= one.Set
		l.Clear &^= one.Clear
		w.b.WriteString("...")
		w.directives(plan.Guard{one})
		w.b.WriteString(" {")
		depth++
	}
	w.field(e, plan.Guard{l})
	w.b.WriteString(strings.Repeat("}", depth))
}

func (w *text) field(e *entry, guard plan.Guard) {
	if e.key != e.name {
		w.b.WriteString(e.key + ": ")
	}
	w.b.WriteString(e.name)
	for i, a := range e.args {
		if i == 0 {
			w.b.WriteByte('(')
		} else {
			w.b.WriteString(", ")
		}
		w.b.WriteString(a.Name + ": " + a.Value)
		w.uses(a.Value)
		if i == len(e.args)-1 {
			w.b.WriteByte(')')
		}
	}
	if guard != nil {
		w.directives(guard)
	}
	switch {
	case e.child != nil:
		w.b.WriteString(" {")
		w.selection(e.child)
		w.b.WriteByte('}')
	case e.text != "":
		w.b.WriteString(" " + e.text)
		w.uses(e.text)
	}
}

// directives writes @include and @skip for a guard of one simple alternative;
// another guard is written as true, which only asks for more than is used.
func (w *text) directives(g plan.Guard) {
	if len(g) != 1 || !simple(g[0]) {
		return
	}
	w.condition(" @include(if: $", g[0].Set)
	w.condition(" @skip(if: $", g[0].Clear)
}

func (w *text) condition(open string, bit uint64) {
	if bit == 0 {
		return
	}
	for i, v := range w.e.op.Conditions {
		if bit == 1<<i {
			w.vars[v] = true
			w.b.WriteString(open + w.e.op.Variables[v].Name + ")")
		}
	}
}

// uses marks the client variables named in GraphQL text, strings left out.
func (w *text) uses(s string) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i = skipString(s, i)
		case '$':
			j := i + 1
			for j < len(s) && (s[j] == '_' || s[j]|0x20 >= 'a' && s[j]|0x20 <= 'z' || s[j] >= '0' && s[j] <= '9') {
				j++
			}
			for k := range w.e.op.Variables {
				if w.e.op.Variables[k].Name == s[i+1:j] {
					w.vars[k] = true
				}
			}
			i = j - 1
		}
	}
}

// skipString returns the index of the quote that ends the string at i.
func skipString(s string, i int) int {
	if strings.HasPrefix(s[i:], `"""`) {
		for j := i + 3; j < len(s); j++ {
			if strings.HasPrefix(s[j:], `\"""`) {
				j += 3
			} else if strings.HasPrefix(s[j:], `"""`) {
				return j + 2
			}
		}
		return len(s)
	}
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '"':
			return j
		}
	}
	return len(s)
}
