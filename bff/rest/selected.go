package rest

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// selected walks the selections of one document.
type selected struct {
	schema *ast.Schema
	query  *ast.QueryDocument
}

// selectedField is a field as it was found in a selection.
type selectedField struct {
	field      *ast.Field
	definition *ast.FieldDefinition // nil of a field the schema lost
	// on are the types of the values it applies to; nil is all.
	on []string
	// conditional: @skip or @include may leave it out.
	conditional bool
}

// root returns the type an operation begins at.
func (s selected) root(kind ast.Operation) *ast.Definition {
	if kind == ast.Mutation {
		return s.schema.Mutation
	}
	return s.schema.Query
}

// fields returns what sets, selections on a value of type parent, select as the
// response name, or everything for "", in the order of the document.
func (s selected) fields(parent *ast.Definition, sets []ast.SelectionSet, name string) []selectedField {
	var found []selectedField
	for _, set := range sets {
		s.walk(parent, set, walkState{}, func(f selectedField) {
			if name == "" || f.field.Alias == name {
				found = append(found, f)
			}
		})
	}
	return found
}

// walkState is what the fragments around a selection add to it.
type walkState struct {
	on          []string
	conditional bool
	open        []string // fragments, against cycles
}

// walk calls do with each field of a selection set, through fragments. Its
// depth is that of the fragments in the text: a named one is entered once.
func (s selected) walk(parent *ast.Definition, set ast.SelectionSet, w walkState, do func(selectedField)) {
	for _, selection := range set {
		switch x := selection.(type) {
		case *ast.Field:
			do(selectedField{field: x, definition: s.definition(parent, x.Name), on: w.on,
				conditional: w.conditional || conditional(x.Directives)})
		case *ast.InlineFragment:
			s.walk(s.narrowed(parent, x.TypeCondition), x.SelectionSet, w.enter(s, x.TypeCondition, x.Directives, ""), do)
		case *ast.FragmentSpread:
			fragment := s.query.Fragments.ForName(x.Name)
			if fragment == nil || slices.Contains(w.open, x.Name) {
				continue
			}
			s.walk(s.narrowed(parent, fragment.TypeCondition), fragment.SelectionSet,
				w.enter(s, fragment.TypeCondition, x.Directives, x.Name), do)
		}
	}
}

// enter returns the state within a fragment.
func (w walkState) enter(s selected, condition string, directives ast.DirectiveList, name string) walkState {
	w.conditional = w.conditional || conditional(directives)
	if condition != "" {
		var both []string
		for _, object := range s.objects(condition) {
			if w.on == nil || slices.Contains(w.on, object) {
				both = append(both, object)
			}
		}
		w.on = append([]string{}, both...)
	}
	if name != "" {
		w.open = append(slices.Clone(w.open), name)
	}
	return w
}

func conditional(directives ast.DirectiveList) bool {
	return directives.ForName("skip") != nil || directives.ForName("include") != nil
}

// narrowed is the type within a fragment.
func (s selected) narrowed(parent *ast.Definition, condition string) *ast.Definition {
	if condition == "" {
		return parent
	}
	return s.schema.Types[condition]
}

// objects are the names of the object types a value of the type can have,
// sorted.
func (s selected) objects(name string) []string {
	var names []string
	if def := s.schema.Types[name]; def != nil && def.Kind == ast.Object {
		return []string{name}
	}
	for _, def := range s.schema.PossibleTypes[name] {
		names = append(names, def.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// definition of a field, __typename too.
func (s selected) definition(parent *ast.Definition, name string) *ast.FieldDefinition {
	if name == "__typename" {
		return &ast.FieldDefinition{Name: name, Type: ast.NonNullNamedType("String", nil),
			Description: "The name of the object's type."}
	}
	if parent == nil {
		return nil
	}
	return parent.Fields.ForName(name)
}
