package testkit

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkRequired compares the inputs in a representation with the truth.
func (m *Member) checkRequired(set ast.SelectionSet, of *ast.Definition, node any, rep *Object) error {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.InlineFragment:
			name := m.World.TypeName(node)
			if s.TypeCondition != "" && !isPossible(m.schema.AST, s.TypeCondition, name) && s.TypeCondition != of.Name {
				continue
			}
			inner := of
			if t := m.schema.AST.Types[name]; t != nil {
				inner = t
			}
			if err := m.checkRequired(s.SelectionSet, inner, node, rep); err != nil {
				return err
			}
		case *ast.Field:
			if err := m.checkRequiredField(s, of, node, rep); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *Member) checkRequiredField(f *ast.Field, of *ast.Definition, node any, rep *Object) error {
	got, present := rep.Get(f.Name)
	if f.Name == "__typename" {
		if name := m.World.TypeName(node); present && got != name && !m.rules.interfaceObjects[fmt.Sprint(got)] {
			return fmt.Errorf("required __typename is %s, not %s", short(got), name)
		}
		return nil
	}
	def := of.Fields.ForName(f.Name)
	if def == nil {
		return fmt.Errorf("%s has no field %q", of.Name, f.Name)
	}
	args, err := coerceArguments(m.schema.AST, def.Arguments, f.Arguments, nil)
	if err != nil {
		return err
	}
	truth, err := m.World.Field(node, f.Name, args)
	if err != nil {
		truth = nil
	}
	if err := m.sameRequired(f.SelectionSet, def.Type, truth, got); err != nil {
		return fmt.Errorf("required %q: %w", f.Name, err)
	}
	return nil
}

// sameRequired compares one required value with the truth. Null may be left
// out.
func (m *Member) sameRequired(set ast.SelectionSet, t *ast.Type, truth, got any) error {
	if _, failed := truth.(error); failed {
		truth = nil
	}
	switch {
	case truth == nil && got == nil:
		return nil
	case truth == nil:
		return fmt.Errorf("is %s, not null", short(got))
	case got == nil && m.Lenient:
		return nil
	case got == nil:
		return fmt.Errorf("is missing or null")
	}
	if t.Elem != nil {
		a, ok1 := truth.([]any)
		b, ok2 := got.([]any)
		if !ok1 || !ok2 || len(a) != len(b) {
			return fmt.Errorf("is %s, not a list of %d", short(got), len(a))
		}
		for i := range a {
			if err := m.sameRequired(set, t.Elem, a[i], b[i]); err != nil {
				return fmt.Errorf("item %d %w", i, err)
			}
		}
		return nil
	}
	def := m.schema.AST.Types[t.NamedType]
	if def.IsLeafType() {
		if !Equal(truth, got) {
			return fmt.Errorf("is %s, not %s", short(got), short(truth))
		}
		return nil
	}
	inner, ok := got.(*Object)
	if !ok {
		return fmt.Errorf("is %s, not an object", short(got))
	}
	if def.IsAbstractType() && !inner.Has("__typename") && dependsOnType(set) {
		return fmt.Errorf("is %s, which does not say what it is", short(got))
	}
	return m.checkRequired(set, m.typeHere(def, truth), truth, inner)
}

// dependsOnType reports whether a selection asks for the type, or for more of
// some types than of others.
func dependsOnType(set ast.SelectionSet) bool {
	return slices.ContainsFunc(set, func(s ast.Selection) bool {
		f, ok := s.(*ast.Field)
		return !ok || f.Name == "__typename"
	})
}

// typeHere is the subgraph's type of a node found at a place of type def: def
// itself where the subgraph does not know that such a node can be there.
func (m *Member) typeHere(def *ast.Definition, node any) *ast.Definition {
	of := m.schema.AST.Types[m.World.TypeName(node)]
	if of != nil && isPossible(m.schema.AST, def.Name, of.Name) {
		return of
	}
	return def
}
