package schema

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// interfaces checks that a type keeps what the interfaces it names promise.
func (v *violationFinder) interfaces(d *ast.Definition) {
	named := make(map[string]bool, len(d.Interfaces))
	var once []string
	for _, name := range d.Interfaces {
		if named[name] {
			v.fail(d.Position, "%s implements %s twice", d.Name, name)
			continue
		}
		named[name] = true
		once = append(once, name)
	}
	for _, name := range once {
		i := v.types[name]
		switch {
		case i == nil:
			v.fail(d.Position, "the interface %s, which %s implements, does not exist", name, d.Name)
			continue
		case i.Kind != ast.Interface:
			v.fail(d.Position, "%s implements %s, which is no interface", d.Name, name)
			continue
		case i == d:
			v.fail(d.Position, "%s implements itself", d.Name)
			continue
		}
		for _, higher := range i.Interfaces {
			if !named[higher] && higher != d.Name {
				v.fail(d.Position, "%s implements %s and must implement %s with it", d.Name, name, higher)
			}
		}
		for _, promised := range i.Fields {
			v.keeps(d, i, promised)
		}
	}
}

func (v *violationFinder) keeps(d, i *ast.Definition, promised *ast.FieldDefinition) {
	f := d.Fields.ForName(promised.Name)
	if f == nil {
		v.fail(d.Position, "%s lacks the field %s of the interface %s", d.Name, promised.Name, i.Name)
		return
	}
	at := d.Name + "." + f.Name
	if !v.narrower(f.Type, promised.Type) {
		v.fail(f.Position, "%s has the type %s, which is not as narrow as %s in the interface %s", at, f.Type, promised.Type, i.Name)
	}
	for _, expected := range promised.Arguments {
		switch a := f.Arguments.ForName(expected.Name); {
		case a == nil:
			v.fail(f.Position, "%s lacks the argument %s, which it has in the interface %s", at, expected.Name, i.Name)
		case a.Type.String() != expected.Type.String():
			v.fail(a.Position, "%s has the type %s, but %s in the interface %s", argumentCoordinate(at, a.Name), a.Type, expected.Type, i.Name)
		}
	}
	for _, a := range f.Arguments {
		if a.Type.NonNull && a.DefaultValue == nil && promised.Arguments.ForName(a.Name) == nil {
			v.fail(a.Position, "%s is required, but the interface %s does not have it", argumentCoordinate(at, a.Name), i.Name)
		}
	}
}

// narrower reports whether every value of a is one of b.
func (v *violationFinder) narrower(a, b *ast.Type) bool {
	for {
		if b.NonNull && !a.NonNull || (a.Elem == nil) != (b.Elem == nil) {
			return false
		}
		if a.Elem == nil {
			break
		}
		a, b = a.Elem, b.Elem
	}
	if a.NamedType == b.NamedType {
		return true
	}
	narrow, wide := v.types[a.NamedType], v.types[b.NamedType]
	if narrow == nil || wide == nil {
		return true // one that does not exist is reported on its own
	}
	return slices.Contains(narrow.Interfaces, wide.Name) || wide.Kind == ast.Union && slices.Contains(wide.Types, narrow.Name)
}
