package main

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// person is who asks.
type person struct {
	authenticated    bool
	scopes, policies []string
}

// law reads directives where they stand in a supergraph. It shares nothing with
// the gateway.
type law struct {
	graph  *ast.Schema // of the supergraph, directives included
	person person
}

// unmet reports whether the directives of an element ask for what the person
// lacks. arg is the argument n of the field that has them.
func (l *law) unmet(list ast.DirectiveList, arg any) bool {
	for _, d := range list {
		switch d.Name {
		case "authenticated":
			if !l.person.authenticated {
				return true
			}
		case "requiresScopes":
			if !anyOf(d.Arguments.ForName("scopes").Value, func(name string) bool { return slices.Contains(l.person.scopes, name) }) {
				return true
			}
		case "policy":
			if !anyOf(d.Arguments.ForName("policies").Value, func(name string) bool { return l.passes(name, arg) }) {
				return true
			}
		}
	}
	return false
}

// passes is what the policies of the lab say.
func (l *law) passes(policy string, arg any) bool {
	if policy != "small" {
		return slices.Contains(l.person.policies, policy)
	}
	n, ok := arg.(json.Number)
	if !ok {
		return false
	}
	number, err := n.Int64()
	return err == nil && number < 5
}

func anyOf(terms *ast.Value, has func(name string) bool) bool {
	for _, term := range terms.Children {
		all := true
		for _, name := range term.Value.Children {
			all = all && has(name.Value.Raw)
		}
		if all {
			return true
		}
	}
	return false
}

func (l *law) unmetType(name string) bool { return l.unmet(l.graph.Types[name].Directives, nil) }

func (l *law) unmetField(typ, name string, arg any) bool {
	def := l.graph.Types[typ]
	if def == nil {
		return false
	}
	f := def.Fields.ForName(name)
	return f != nil && l.unmet(f.Directives, arg)
}

// forbidden reports whether the person may not see a field of an object type,
// whatever way leads to it.
func (l *law) forbidden(object, name string, arg any) bool {
	f := l.graph.Types[object].Fields.ForName(name)
	return l.unmetType(object) || l.unmet(f.Directives, arg) || l.unmetType(f.Type.Name())
}

// implementing returns the types that implement an interface.
func (l *law) implementing(name string) []string {
	var list []string
	if l.graph.Types[name].Kind != ast.Interface {
		return nil
	}
	for other, def := range l.graph.Types {
		if slices.Contains(def.Interfaces, name) {
			list = append(list, other)
		}
	}
	return list
}

// oracle judges one operation: which selections go, and what is left of the
// whole answer.
type oracle struct {
	law
	variables *testkit.Object
	gone      map[any]bool    // *ast.Field, *ast.InlineFragment, *ast.FragmentSpread
	places    map[string]bool // paths of removed places
	whole     bool            // the root type's requirement is not met
}

// judge walks the client's document.
func judge(l law, d *testkit.Document, root *ast.Definition, variables *testkit.Object) *oracle {
	o := &oracle{law: l, variables: variables, gone: map[any]bool{}, places: map[string]bool{}}
	if o.unmetType(root.Name) {
		o.whole = true
		o.places[""] = true
		return o
	}
	o.set(d.Operation.SelectionSet, scope{root.Name, []string{root.Name}, nil})
	return o
}

// scope is where a selection set stands: the type it is on, the objects that can
// be there, and the path.
type scope struct {
	on    string
	types []string
	path  []string
}

func (s *scope) step(name string) []string { return append(slices.Clone(s.path), name) }

func (o *oracle) set(set ast.SelectionSet, at scope) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if sel.Name == "__typename" || !o.included(sel.Directives) {
				continue
			}
			here := at.step(sel.Alias)
			result := o.graph.Types[sel.Definition.Type.Name()]
			if o.fieldGoes(sel, at.on, result) {
				o.gone[sel] = true
				o.places[strings.Join(here, "/")] = true
			} else if len(sel.SelectionSet) > 0 {
				o.set(sel.SelectionSet, scope{result.Name, possible(o.graph, result.Name), here})
			}
		case *ast.InlineFragment:
			if o.included(sel.Directives) {
				o.fragment(sel, sel.TypeCondition, sel.SelectionSet, at)
			}
		case *ast.FragmentSpread:
			if o.included(sel.Directives) {
				o.fragment(sel, sel.Definition.TypeCondition, sel.Definition.SelectionSet, at)
			}
		}
	}
}

// fieldGoes is the table's rows on fields.
func (o *oracle) fieldGoes(f *ast.Field, on string, result *ast.Definition) bool {
	arg := o.argument(f)
	if o.unmetField(on, f.Name, arg) || o.unmetType(result.Name) {
		return true
	}
	for _, t := range o.implementing(on) {
		if o.unmetField(t, f.Name, arg) {
			return true
		}
	}
	return o.direct(f.SelectionSet) && o.anyImplementing(result.Name)
}

func (o *oracle) anyImplementing(name string) bool {
	return slices.ContainsFunc(o.implementing(name), o.unmetType)
}

// fragment is the table's row on fragments. One that can never apply here is
// nobody's loss.
func (o *oracle) fragment(node any, condition string, set ast.SelectionSet, at scope) {
	if condition == "" {
		o.set(set, at)
		return
	}
	inside := scope{condition, narrow(o.graph, at.types, condition), at.step("... on " + condition)}
	switch {
	case len(inside.types) == 0:
	case o.unmetType(condition) || o.direct(set) && o.anyImplementing(condition):
		o.gone[node] = true
		o.places[strings.Join(inside.path, "/")] = true
	default:
		o.set(set, inside)
	}
}

// direct reports whether a set selects a field outside of fragments with type
// conditions.
func (o *oracle) direct(set ast.SelectionSet) bool {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if sel.Name != "__typename" && o.included(sel.Directives) {
				return true
			}
		case *ast.InlineFragment:
			if sel.TypeCondition == "" && o.included(sel.Directives) && o.direct(sel.SelectionSet) {
				return true
			}
		}
	}
	return false
}

func (o *oracle) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		v := d.Arguments.ForName("if").Value
		holds := v.Raw == "true"
		if v.Kind == ast.Variable {
			holds = o.variables.Value(v.Raw) == true
		}
		if holds == (d.Name == "skip") {
			return false
		}
	}
	return true
}

// argument returns the coerced argument n of a field.
func (l *law) argumentOf(f *ast.Field, variables *testkit.Object) any {
	def := f.Definition.Arguments.ForName("n")
	if def == nil {
		return nil
	}
	fallback := any(json.Number(def.DefaultValue.Raw))
	given := f.Arguments.ForName("n")
	switch {
	case given == nil:
		return fallback
	case given.Value.Kind == ast.Variable:
		if v, ok := variables.Get(given.Value.Raw); ok {
			return v
		}
		return fallback
	case given.Value.Kind == ast.NullValue:
		return nil
	}
	if _, err := strconv.Atoi(given.Value.Raw); err != nil {
		return nil
	}
	return json.Number(given.Value.Raw)
}

func (o *oracle) argument(f *ast.Field) any { return o.argumentOf(f, o.variables) }

// part is a selection set as it counts at one object: under something that was
// removed all of it is.
type part struct {
	set     ast.SelectionSet
	removed bool
}

// member is one response name of an object.
type member struct {
	name  string
	first *ast.Field
	kept  bool
	below []part
}

// collect is CollectFields of the specification, with what was removed.
func (o *oracle) collect(object *ast.Definition, list []*member, p part) []*member {
	for _, sel := range p.set {
		switch sel := sel.(type) {
		case *ast.Field:
			if !o.included(sel.Directives) {
				continue
			}
			removed := (p.removed || o.gone[sel]) && sel.Name != "__typename"
			i := slices.IndexFunc(list, func(m *member) bool { return m.name == sel.Alias })
			if i < 0 {
				i = len(list)
				list = append(list, &member{name: sel.Alias, first: sel})
			}
			list[i].kept = list[i].kept || !removed
			list[i].below = append(list[i].below, part{sel.SelectionSet, removed})
		case *ast.InlineFragment:
			if o.included(sel.Directives) && o.applies(object, sel.TypeCondition) {
				list = o.collect(object, list, part{sel.SelectionSet, p.removed || o.gone[sel]})
			}
		case *ast.FragmentSpread:
			if o.included(sel.Directives) && o.applies(object, sel.Definition.TypeCondition) {
				list = o.collect(object, list, part{sel.Definition.SelectionSet, p.removed || o.gone[sel]})
			}
		}
	}
	return list
}

func (o *oracle) applies(object *ast.Definition, condition string) bool {
	if condition == "" || condition == object.Name || slices.Contains(object.Interfaces, condition) {
		return true
	}
	return slices.Contains(o.graph.Types[condition].Types, object.Name)
}

// typeName is the response name that tells types in the whole answer.
const typeName = "zz_type"

// left returns what is left of the whole answer, false for null.
func (o *oracle) left(whole *testkit.Object, d *testkit.Document) (*testkit.Object, bool) {
	root := o.graph.Types[whole.Text(typeName)]
	if o.whole {
		return nil, false
	}
	list := o.collect(root, nil, part{set: d.Operation.SelectionSet})
	if len(list) > 0 && !slices.ContainsFunc(list, func(m *member) bool { return m.kept }) {
		return nil, false // nothing is left
	}
	return o.object(whole, root, list)
}

func (o *oracle) object(whole *testkit.Object, of *ast.Definition, list []*member) (*testkit.Object, bool) {
	out := &testkit.Object{}
	for _, m := range list {
		if m.name == "__typename" {
			out.Set(m.name, of.Name)
			continue
		}
		typ := of.Fields.ForName(m.first.Name).Type
		var value any
		var ok bool
		if m.kept {
			value, ok = o.value(whole.Value(m.name), typ, m.below)
		} else {
			ok = !typ.NonNull
		}
		if !ok {
			return nil, false
		}
		out.Set(m.name, value)
	}
	return out, true
}

// value completes a value without what was removed; false is a null that its
// place may not have.
func (o *oracle) value(v any, typ *ast.Type, below []part) (any, bool) {
	var out any
	switch v := v.(type) {
	case []any:
		items := make([]any, len(v))
		out = items
		for i, item := range v {
			var ok bool
			if items[i], ok = o.value(item, typ.Elem, below); !ok {
				out = nil
				break
			}
		}
	case *testkit.Object:
		if !o.graph.Types[typ.Name()].IsCompositeType() {
			out = v
			break
		}
		of := o.graph.Types[v.Text(typeName)]
		var list []*member
		for _, p := range below {
			list = o.collect(of, list, p)
		}
		if object, ok := o.object(v, of, list); ok {
			out = object
		}
	default:
		out = v
	}
	return out, out != nil || !typ.NonNull
}
