package introspect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// index is a view's schema in the order it is described.
type index struct {
	schema     *ast.Schema
	types      []*ast.Definition
	directives []*ast.DirectiveDefinition
	shown      map[string]*ast.Definition // of types, by name
}

func newIndex(s *ast.Schema) *index {
	x := &index{schema: s, shown: map[string]*ast.Definition{}}
	used := usedTypes(s)
	for name, def := range s.Types {
		if def.BuiltIn && !used[name] {
			continue // a built-in scalar nothing refers to is not part of the schema
		}
		x.types = append(x.types, def)
		x.shown[name] = def
	}
	slices.SortFunc(x.types, func(a, b *ast.Definition) int {
		return cmp.Or(
			builtIn(a.BuiltIn)-builtIn(b.BuiltIn),
			cmp.Compare(start(a.Position), start(b.Position)),
			cmp.Compare(a.Name, b.Name),
		)
	})
	for _, d := range s.Directives {
		x.directives = append(x.directives, d)
	}
	slices.SortFunc(x.directives, func(a, b *ast.DirectiveDefinition) int {
		return cmp.Or(
			builtIn(ofSpecification(a.Position))-builtIn(ofSpecification(b.Position)),
			cmp.Compare(start(a.Position), start(b.Position)),
			cmp.Compare(a.Name, b.Name),
		)
	})
	return x
}

// builtIn puts what the specification declares after what the schema does.
func builtIn(b bool) int {
	if b {
		return 1
	}
	return 0
}

func ofSpecification(p *ast.Position) bool { return p == nil || p.Src == nil || p.Src.BuiltIn }

func start(p *ast.Position) int {
	if p == nil {
		return 0
	}
	return p.Start
}

// usedTypes returns the names of all types something refers to, the
// introspection types among them.
func usedTypes(s *ast.Schema) map[string]bool {
	used := map[string]bool{}
	for name, def := range s.Types {
		if strings.HasPrefix(name, "__") {
			used[name] = true
		}
		for _, f := range def.Fields {
			used[f.Type.Name()] = true
			for _, a := range f.Arguments {
				used[a.Type.Name()] = true
			}
		}
	}
	for _, d := range s.Directives {
		for _, a := range d.Arguments {
			used[a.Type.Name()] = true
		}
	}
	return used
}

// fieldOf returns the definition of an introspection field, nil for
// __typename.
func (x *index) fieldOf(on, name string) *ast.FieldDefinition {
	if def := x.schema.Types[on]; def != nil {
		return def.Fields.ForName(name)
	}
	return nil
}
