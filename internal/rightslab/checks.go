package main

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// subset reports where got says anything that whole does not: null and absent
// members are allowed.
func subset(whole, got any, path string) string {
	switch got := got.(type) {
	case nil:
		return ""
	case []any:
		list, ok := whole.([]any)
		if !ok || len(list) != len(got) {
			return path + ": another list"
		}
		for i := range got {
			if d := subset(list[i], got[i], path+"/"+fmt.Sprint(i)); d != "" {
				return d
			}
		}
		return ""
	case *testkit.Object:
		object, ok := whole.(*testkit.Object)
		if !ok {
			return path + ": no object in the whole answer"
		}
		for _, name := range got.Names() {
			if d := subset(object.Value(name), got.Value(name), path+"/"+name); d != "" {
				return d
			}
		}
		return ""
	}
	if !testkit.Equal(whole, got) {
		return path + ": another value"
	}
	return ""
}

// leak looks for fields in an answer that the person may not see; the whole
// answer tells the types of objects. __typename is nobody's secret.
func (o *oracle) leak(whole, got any, parts []part, path string) string {
	switch got := got.(type) {
	case []any:
		list, _ := whole.([]any)
		for i := range got {
			if d := o.leak(list[i], got[i], parts, path+"/"+fmt.Sprint(i)); d != "" {
				return d
			}
		}
	case *testkit.Object:
		object, ok := whole.(*testkit.Object)
		if !ok || !object.Has(typeName) {
			return "" // a leaf
		}
		of := o.graph.Types[object.Text(typeName)]
		var list []*member
		for _, p := range parts {
			list = o.collect(of, list, p)
		}
		for _, m := range list {
			value := got.Value(m.name)
			if m.first.Name == "__typename" || value == nil {
				continue
			}
			here := path + "/" + m.name
			if o.forbidden(of.Name, m.first.Name, o.argument(m.first)) {
				return here + ": " + of.Name + "." + m.first.Name + " is not for the caller"
			}
			if d := o.leak(object.Value(m.name), value, m.below, here); d != "" {
				return d
			}
		}
	}
	return ""
}

// spy holds requests against the law: keys and what @requires reads may always
// be asked for, by coordinate.
type spy struct {
	law
	exempt map[string]bool
}

// newSpy reads what is exempt from the subgraphs' schemas.
func newSpy(l law, members []*testkit.Member) *spy {
	s := &spy{law: l, exempt: map[string]bool{}}
	for _, m := range members {
		for _, def := range m.Schema().Types {
			for _, d := range def.Directives {
				if d.Name == "key" {
					s.exempt[def.Name+"."+d.Arguments.ForName("fields").Value.Raw] = true
				}
			}
			for _, f := range def.Fields {
				if d := f.Directives.ForName("requires"); d != nil {
					s.exempt[def.Name+"."+d.Arguments.ForName("fields").Value.Raw] = true
				}
			}
		}
	}
	return s
}

// look returns the first field of a request that the person may not see.
func (s *spy) look(m *testkit.Member, r testkit.FetchRecord) string {
	schema := m.Schema().AST
	d, err := testkit.ParseDocument(schema, r.Operation, "")
	if err != nil {
		return "invalid: " + err.Error()
	}
	variables, err := testkit.ParseObject([]byte(r.Variables))
	if err != nil {
		return err.Error()
	}
	root := schema.Query
	if d.Operation.Operation == ast.Mutation {
		root = schema.Mutation
	}
	return s.set(schema, d.Operation.SelectionSet, []string{root.Name}, variables)
}

// set looks at a selection set on objects that are of one of types.
func (s *spy) set(schema *ast.Schema, set ast.SelectionSet, types []string, variables *testkit.Object) string {
	for _, sel := range set {
		var found string
		switch sel := sel.(type) {
		case *ast.Field:
			found = s.field(schema, sel, types, variables)
		case *ast.InlineFragment:
			found = s.set(schema, sel.SelectionSet, narrow(schema, types, sel.TypeCondition), variables)
		case *ast.FragmentSpread:
			found = s.set(schema, sel.Definition.SelectionSet, narrow(schema, types, sel.Definition.TypeCondition), variables)
		}
		if found != "" {
			return found
		}
	}
	return ""
}

func (s *spy) field(schema *ast.Schema, f *ast.Field, types []string, variables *testkit.Object) string {
	if f.Name == "__typename" {
		return ""
	}
	if f.Name == "_entities" {
		return s.set(schema, f.SelectionSet, represented(f, variables), variables)
	}
	for _, t := range types {
		if !s.exempt[t+"."+f.Name] && s.mayNotAsk(t, f, variables) {
			return t + "." + f.Name
		}
	}
	if len(f.SelectionSet) == 0 {
		return ""
	}
	return s.set(schema, f.SelectionSet, possible(schema, f.Definition.Type.Name()), variables)
}

// mayNotAsk is forbidden for a request. An interface object stands for objects
// whose types nobody knows there; only its field counts.
func (s *spy) mayNotAsk(typ string, f *ast.Field, variables *testkit.Object) bool {
	arg := s.argumentOf(f, variables)
	if s.graph.Types[typ].Kind == ast.Interface {
		return s.unmetField(typ, f.Name, arg) || s.unmetType(f.Definition.Type.Name())
	}
	return s.forbidden(typ, f.Name, arg)
}

// represented returns the types of the entities a request asks for.
func represented(f *ast.Field, variables *testkit.Object) []string {
	var types []string
	list, _ := variables.Value(f.Arguments.ForName("representations").Value.Raw).([]any)
	for _, item := range list {
		if rep, ok := item.(*testkit.Object); ok {
			types = append(types, rep.Text("__typename"))
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

func possible(schema *ast.Schema, name string) []string {
	def := schema.Types[name]
	if def.Kind == ast.Object {
		return []string{name}
	}
	var list []string
	for _, p := range schema.PossibleTypes[name] {
		if p.Kind == ast.Object {
			list = append(list, p.Name)
		}
	}
	slices.Sort(list)
	return list
}

func narrow(schema *ast.Schema, types []string, condition string) []string {
	if condition == "" {
		return types
	}
	under := possible(schema, condition)
	return slices.DeleteFunc(slices.Clone(types), func(t string) bool { return !slices.Contains(under, t) })
}
