package compose

import "github.com/vektah/gqlparser/v2/ast"

// typeLocations are the places of directives on a type, by its kind.
var typeLocations = map[ast.DefinitionKind]ast.DirectiveLocation{
	ast.Scalar:      ast.LocationScalar,
	ast.Object:      ast.LocationObject,
	ast.Interface:   ast.LocationInterface,
	ast.Union:       ast.LocationUnion,
	ast.Enum:        ast.LocationEnum,
	ast.InputObject: ast.LocationInputObject,
}

// elementVisitor is called with the applications on one element, and how to
// name it.
type elementVisitor func(l ast.DirectiveLocation, list applications, coordinate func() string)

// eachElement visits every element that has directives, in source order.
func (s *subgraph) eachElement(visit elementVisitor) {
	if len(s.directives) > 0 {
		visit(ast.LocationSchema, s.directives, func() string { return "schema" })
	}
	for _, def := range s.document.Directives {
		if d := s.known[def.Name]; d != nil && d.pos != nil {
			eachArgument(func() string { return "@" + d.name }, d.args, visit)
		}
	}
	for _, t := range s.types {
		if len(t.directives) > 0 {
			visit(typeLocations[t.kind], t.directives, func() string { return t.name })
		}
		for _, f := range t.fields {
			if len(f.directives) > 0 {
				visit(ast.LocationFieldDefinition, f.directives, f.coordinate)
			}
			eachArgument(f.coordinate, f.args, visit)
		}
		for _, f := range t.inputs {
			if len(f.directives) > 0 {
				visit(ast.LocationInputFieldDefinition, f.directives, func() string { return t.name + "." + f.name })
			}
		}
		for _, v := range t.values {
			if len(v.directives) > 0 {
				visit(ast.LocationEnumValue, v.directives, func() string { return t.name + "." + v.name })
			}
		}
	}
}

func eachArgument(owner func() string, args []*argDecl, visit elementVisitor) {
	for _, a := range args {
		if len(a.directives) > 0 {
			visit(ast.LocationArgumentDefinition, a.directives, func() string { return owner() + "(" + a.name + ":)" })
		}
	}
}

// eachType visits every type written in the SDL: of fields, arguments and input
// fields, and the names of members and interfaces.
func (s *subgraph) eachType(visit func(*ast.Type)) {
	for _, d := range s.definitions {
		for _, a := range d.args {
			visit(a.typ)
		}
	}
	for _, t := range s.types {
		for _, f := range t.fields {
			visit(f.typ)
			for _, a := range f.args {
				visit(a.typ)
			}
		}
		for _, f := range t.inputs {
			visit(f.typ)
		}
		for _, r := range t.interfaces {
			visit(&ast.Type{NamedType: r.name})
		}
		for _, r := range t.members {
			visit(&ast.Type{NamedType: r.name})
		}
	}
}

// executableLocation reports whether a directive there is one of clients.
func executableLocation(l ast.DirectiveLocation) bool {
	switch l {
	case ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField,
		ast.LocationFragmentDefinition, ast.LocationFragmentSpread, ast.LocationInlineFragment,
		ast.LocationVariableDefinition:
		return true
	}
	return false
}
