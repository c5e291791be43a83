package schema

import "github.com/vektah/gqlparser/v2/ast"

// marks says which elements of a schema are hidden: by @inaccessible, and, for
// contracts and client views, by coordinate.
type marks struct {
	// directive is the local name of @inaccessible, "" if it is not linked.
	directive string
	// extra are hidden coordinates: Type, Type.member, Type.field(arg:).
	extra map[string]bool
}

func (m *marks) typ(d *ast.Definition) bool {
	return marked(d.Directives, m.directive) || m.extra[d.Name]
}

func (m *marks) field(d *ast.Definition, f *ast.FieldDefinition) bool {
	return marked(f.Directives, m.directive) || m.extra != nil && m.extra[d.Name+"."+f.Name]
}

// argument takes the coordinate of the field, or the directive with its @.
func (m *marks) argument(owner string, a *ast.ArgumentDefinition) bool {
	return marked(a.Directives, m.directive) || m.extra != nil && m.extra[argumentCoordinate(owner, a.Name)]
}

func (m *marks) value(d *ast.Definition, v *ast.EnumValueDefinition) bool {
	return marked(v.Directives, m.directive) || m.extra != nil && m.extra[d.Name+"."+v.Name]
}

func marked(list ast.DirectiveList, name string) bool {
	return name != "" && list.ForName(name) != nil
}

func argumentCoordinate(owner, name string) string { return owner + "(" + name + ":)" }
