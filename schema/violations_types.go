package schema

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// definition checks one type with all that is in it.
func (v *violationFinder) definition(d *ast.Definition) {
	v.name(d.Position, d.Name)
	switch d.Kind {
	case ast.Object, ast.Interface, ast.InputObject:
		v.fields(d)
		v.interfaces(d)
	case ast.Union:
		v.members(d)
	case ast.Enum:
		v.values(d)
	case ast.Scalar:
	}
	v.applied(d.Name, typeLocation(d.Kind), d.Directives)
}

// typeLocation is where a directive on a type of that kind stands.
func typeLocation(kind ast.DefinitionKind) ast.DirectiveLocation {
	switch kind {
	case ast.Object:
		return ast.LocationObject
	case ast.Interface:
		return ast.LocationInterface
	case ast.InputObject:
		return ast.LocationInputObject
	case ast.Union:
		return ast.LocationUnion
	case ast.Enum:
		return ast.LocationEnum
	case ast.Scalar:
	}
	return ast.LocationScalar
}

// name refuses what is reserved for introspection.
func (v *violationFinder) name(pos *ast.Position, name string) {
	if strings.HasPrefix(name, "__") {
		v.fail(pos, "the name %s is reserved: it begins with two underscores", name)
	}
}

func (v *violationFinder) fields(d *ast.Definition) {
	if len(d.Fields) == 0 {
		v.fail(d.Position, "%s has no fields", d.Name)
	}
	seen := make(map[string]bool, len(d.Fields))
	for _, f := range d.Fields {
		at := d.Name + "." + f.Name
		v.name(f.Position, f.Name)
		if seen[f.Name] {
			v.fail(f.Position, "%s is defined twice", at)
		}
		seen[f.Name] = true
		v.typeOf(at, f.Type, d.Kind == ast.InputObject)
		location := ast.LocationFieldDefinition
		if d.Kind == ast.InputObject {
			location = ast.LocationInputFieldDefinition
		}
		v.applied(at, location, f.Directives)
		v.arguments(at, f.Arguments)
	}
}

func (v *violationFinder) arguments(owner string, list ast.ArgumentDefinitionList) {
	seen := make(map[string]bool, len(list))
	for _, a := range list {
		at := argumentCoordinate(owner, a.Name)
		v.name(a.Position, a.Name)
		if seen[a.Name] {
			v.fail(a.Position, "%s is defined twice", at)
		}
		seen[a.Name] = true
		v.typeOf(at, a.Type, true)
		v.applied(at, ast.LocationArgumentDefinition, a.Directives)
	}
}

// typeOf checks that a type exists and may stand where it does.
func (v *violationFinder) typeOf(at string, t *ast.Type, input bool) {
	pos := t.Position
	switch d := v.types[t.Name()]; {
	case d == nil:
		v.fail(pos, "the type %s of %s does not exist", t.Name(), at)
	case input && !d.IsInputType():
		v.fail(pos, "the type %s of %s is no input type", t.Name(), at)
	case !input && d.Kind == ast.InputObject:
		v.fail(pos, "the type %s of %s is an input type", t.Name(), at)
	}
}

func (v *violationFinder) members(d *ast.Definition) {
	if len(d.Types) == 0 {
		v.fail(d.Position, "the union %s has no members", d.Name)
	}
	seen := make(map[string]bool, len(d.Types))
	for _, name := range d.Types {
		switch t := v.types[name]; {
		case seen[name]:
			v.fail(d.Position, "the union %s has the member %s twice", d.Name, name)
		case t == nil:
			v.fail(d.Position, "the member %s of the union %s does not exist", name, d.Name)
		case t.Kind != ast.Object:
			v.fail(d.Position, "the member %s of the union %s is no object type", name, d.Name)
		}
		seen[name] = true
	}
}

func (v *violationFinder) values(d *ast.Definition) {
	if len(d.EnumValues) == 0 {
		v.fail(d.Position, "the enum %s has no values", d.Name)
	}
	seen := make(map[string]bool, len(d.EnumValues))
	for _, value := range d.EnumValues {
		at := d.Name + "." + value.Name
		v.name(value.Position, value.Name)
		if seen[value.Name] {
			v.fail(value.Position, "%s is defined twice", at)
		}
		seen[value.Name] = true
		v.applied(at, ast.LocationEnumValue, value.Directives)
	}
}
