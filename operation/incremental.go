package operation

import (
	"maps"

	"github.com/vektah/gqlparser/v2/ast"
)

// withIncremental returns s with the directives of incremental delivery, which
// a gateway offers whether or not its schema declares them.
func withIncremental(s *ast.Schema) *ast.Schema {
	position := &ast.Position{Src: &ast.Source{Name: "incremental.graphql", BuiltIn: true}}
	declare := func(name string, args ast.ArgumentDefinitionList, at ...ast.DirectiveLocation) *ast.DirectiveDefinition {
		args = append(ast.ArgumentDefinitionList{
			{
				Name: "if", Type: ast.NonNullNamedType("Boolean", position), Position: position,
				DefaultValue: &ast.Value{Kind: ast.BooleanValue, Raw: "true", Position: position},
			},
			{Name: "label", Type: ast.NamedType("String", position), Position: position},
		}, args...)
		return &ast.DirectiveDefinition{Name: name, Arguments: args, Locations: at, Position: position}
	}
	out := *s
	out.Directives = maps.Clone(s.Directives)
	if out.Directives == nil {
		out.Directives = map[string]*ast.DirectiveDefinition{}
	}
	out.Directives["defer"] = declare("defer", nil, ast.LocationFragmentSpread, ast.LocationInlineFragment)
	out.Directives["stream"] = declare("stream", ast.ArgumentDefinitionList{{
		Name: "initialCount", Type: ast.NonNullNamedType("Int", position), Position: position,
		DefaultValue: &ast.Value{Kind: ast.IntValue, Raw: "0", Position: position},
	}}, ast.LocationField)
	return &out
}
