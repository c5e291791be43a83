// Package selection says what an operation selects, as whoever reads the answer
// sees it: which members an object of each type has.
//
// It works on documents as parsed; fragments are followed where they stand. A
// document must be valid. Everything is read-only and safe for concurrent use.
package selection

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// Document is an operation's document over the schema it is valid for.
type Document struct {
	Schema *ast.Schema
	Query  *ast.QueryDocument
}

// Set is one selection set that applies to a value. A conditional one may be
// left out although the value is there.
type Set struct {
	Set         ast.SelectionSet
	Conditional bool
}

// Variant is what objects of some types have in common: exactly these members.
type Variant struct {
	// Types are the names of the object types, sorted.
	Types   []string
	Members []Member
}

// Member is one member of an object, which may be selected several times.
type Member struct {
	Name string
	// Definition of the field, of __typename too; nil of a field that the schema
	// does not have.
	Definition *ast.FieldDefinition
	// Conditional: @skip or @include may leave it out.
	Conditional bool
	// Sets select from its value; none for a leaf.
	Sets []Set
}

// field is a field as it was found in a selection.
type field struct {
	field       *ast.Field
	definition  *ast.FieldDefinition
	on          []string // the object types it applies to; nil is all
	conditional bool
}

// Root returns the name of the type an operation begins at, and what it selects
// there.
func (d Document) Root(op *ast.OperationDefinition) (string, []Set) {
	root := d.Schema.Query
	switch op.Operation {
	case ast.Mutation:
		root = d.Schema.Mutation
	case ast.Subscription:
		root = d.Schema.Subscription
	}
	if root == nil {
		return "", nil
	}
	return root.Name, []Set{{Set: op.SelectionSet}}
}

// Objects are the names of the object types that a value of a named type can
// have, sorted.
func (d Document) Objects(name string) []string {
	if def := d.Schema.Types[name]; def != nil && def.Kind == ast.Object {
		return []string{name}
	}
	var names []string
	for _, def := range d.Schema.PossibleTypes[name] {
		names = append(names, def.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Variants returns what sets select from objects of a named type: one variant
// for all types that have the same members, in the order of their first.
func (d Document) Variants(name string, sets []Set) []Variant {
	fields := d.fields(d.Schema.Types[name], sets)
	var variants []Variant
	var having [][]field
	for _, t := range d.Objects(name) {
		applying := slices.DeleteFunc(slices.Clone(fields), func(f field) bool {
			return f.on != nil && !slices.Contains(f.on, t)
		})
		same := slices.IndexFunc(having, func(other []field) bool {
			return slices.EqualFunc(applying, other, func(a, b field) bool { return a.field == b.field })
		})
		if same < 0 {
			same = len(variants)
			variants, having = append(variants, Variant{Members: members(applying)}), append(having, applying)
		}
		variants[same].Types = append(variants[same].Types, t)
	}
	return variants
}

// Member returns the member called response that sets select from a value of a
// named type, of any kind of object; nil if none has it. It is conditional too
// if a type condition may leave it out.
func (d Document) Member(name, response string, sets []Set) *Member {
	var same []field
	for _, f := range d.fields(d.Schema.Types[name], sets) {
		if f.field.Alias == response {
			f.conditional = f.conditional || f.on != nil && len(f.on) < len(d.Objects(name))
			same = append(same, f)
		}
	}
	if same == nil {
		return nil
	}
	return &members(same)[0]
}

// members groups fields by response name, in the order of the first of each.
func members(fields []field) []Member {
	var list []Member
	grouped := map[string][]field{}
	for _, f := range fields {
		if _, ok := grouped[f.field.Alias]; !ok {
			list = append(list, Member{Name: f.field.Alias, Definition: f.definition})
		}
		grouped[f.field.Alias] = append(grouped[f.field.Alias], f)
	}
	for i := range list {
		m := &list[i]
		same := grouped[m.Name]
		m.Conditional = !slices.ContainsFunc(same, func(f field) bool { return !f.conditional })
		for _, f := range same {
			if len(f.field.SelectionSet) > 0 {
				m.Sets = append(m.Sets, Set{Set: f.field.SelectionSet, Conditional: f.conditional && len(same) > 1})
			}
		}
	}
	return list
}

// fields returns all fields that sets select, through fragments, in the order
// of the document.
func (d Document) fields(parent *ast.Definition, sets []Set) []field {
	var found []field
	for _, set := range sets {
		d.walk(parent, set.Set, around{conditional: set.Conditional}, func(f field) { found = append(found, f) })
	}
	return found
}

// around is what the fragments around a selection add to it.
type around struct {
	on          []string
	conditional bool
	open        []string // fragments, against cycles
}

// walk calls do with each field of a selection set. Its depth is that of the
// fragments in the text, of which a named one is not entered within itself.
func (d Document) walk(parent *ast.Definition, set ast.SelectionSet, a around, do func(field)) {
	for _, selected := range set {
		switch s := selected.(type) {
		case *ast.Field:
			do(field{field: s, definition: definition(parent, s.Name), on: a.on,
				conditional: a.conditional || conditional(s.Directives)})
		case *ast.InlineFragment:
			d.walk(d.narrowed(parent, s.TypeCondition), s.SelectionSet, d.enter(a, s.TypeCondition, s.Directives), do)
		case *ast.FragmentSpread:
			fragment := d.Query.Fragments.ForName(s.Name)
			if fragment == nil || slices.Contains(a.open, s.Name) {
				continue
			}
			within := d.enter(a, fragment.TypeCondition, s.Directives)
			within.open = append(slices.Clone(a.open), s.Name)
			d.walk(d.narrowed(parent, fragment.TypeCondition), fragment.SelectionSet, within, do)
		}
	}
}

// enter returns what is around the selections of a fragment.
func (d Document) enter(a around, condition string, directives ast.DirectiveList) around {
	a.conditional = a.conditional || conditional(directives)
	if condition == "" {
		return a
	}
	both := []string{}
	for _, object := range d.Objects(condition) {
		if a.on == nil || slices.Contains(a.on, object) {
			both = append(both, object)
		}
	}
	a.on = both
	return a
}

func conditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// narrowed is the type within a fragment.
func (d Document) narrowed(parent *ast.Definition, condition string) *ast.Definition {
	if condition == "" {
		return parent
	}
	return d.Schema.Types[condition]
}

// definition of a field, __typename too.
func definition(parent *ast.Definition, name string) *ast.FieldDefinition {
	if name == "__typename" {
		return &ast.FieldDefinition{Name: name, Type: ast.NonNullNamedType("String", nil)}
	}
	if parent == nil {
		return nil
	}
	return parent.Fields.ForName(name)
}
