package schema

import (
	"cmp"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/weftql/weft/fault"
)

// violations lists the rules of GraphQL that an SDL breaks, all of them and in
// source order. gqlparser decides whether there are any, but stops at the first
// one; this is asked only then. What it does not know to look for is still told
// by first, gqlparser's finding.
func violations(sdl string, first fault.List) fault.List {
	doc, err := parser.ParseSchema(&ast.Source{Name: supergraphFile, Input: sdl})
	if err != nil {
		return first
	}
	prelude := validator.PreludeDocument()
	dropBuiltIns(doc, prelude)
	v := &violationFinder{
		problems: &problems{},
		types:    map[string]*ast.Definition{}, directives: map[string]*ast.DirectiveDefinition{},
	}
	for _, d := range prelude.Definitions {
		v.types[d.Name] = d
	}
	for _, d := range prelude.Directives {
		v.directives[d.Name] = d
	}
	v.declare(doc)
	v.schema(doc)
	for _, d := range v.defined {
		v.definition(d)
	}
	for _, d := range doc.Directives {
		v.directive(d)
	}
	found := v.problems.list
	if !slices.ContainsFunc(found, func(e *fault.Error) bool { return samePlace(e, first[0]) }) {
		found = append(found, first...)
	}
	slices.SortStableFunc(found, func(a, b *fault.Error) int {
		x, y := placeOf(a), placeOf(b)
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return found
}

func placeOf(e *fault.Error) fault.Position {
	if len(e.Locations) == 0 {
		return fault.Position{}
	}
	return e.Locations[0]
}

// samePlace reports whether two findings are about one line: a type and its
// name are different places for the same mistake.
func samePlace(a, b *fault.Error) bool { return placeOf(a).Line == placeOf(b).Line }

// violationFinder checks one document.
type violationFinder struct {
	problems   *problems
	types      map[string]*ast.Definition // extensions put in
	defined    []*ast.Definition          // those of the document, in its order
	directives map[string]*ast.DirectiveDefinition
}

func (v *violationFinder) fail(pos *ast.Position, format string, args ...any) {
	v.problems.add(InvalidGraphQL, pos, format, args...)
}

// declare collects types and directives, and puts extensions into their types.
func (v *violationFinder) declare(doc *ast.SchemaDocument) {
	for _, d := range doc.Definitions {
		if v.types[d.Name] != nil {
			v.fail(d.Position, "type %s is defined twice", d.Name)
			continue
		}
		v.types[d.Name] = d
		v.defined = append(v.defined, d)
	}
	for _, ext := range doc.Extensions {
		d := v.types[ext.Name]
		switch {
		case d == nil:
			v.types[ext.Name] = ext
			v.defined = append(v.defined, ext)
			continue
		case d.Kind != ext.Kind:
			v.fail(ext.Position, "%s is extended as %s, but it is %s", ext.Name, ext.Kind, d.Kind)
			continue
		}
		d.Directives = append(d.Directives, ext.Directives...)
		d.Interfaces = append(d.Interfaces, ext.Interfaces...)
		d.Fields = append(d.Fields, ext.Fields...)
		d.Types = append(d.Types, ext.Types...)
		d.EnumValues = append(d.EnumValues, ext.EnumValues...)
	}
	for _, d := range doc.Directives {
		if v.directives[d.Name] != nil {
			v.fail(d.Position, "directive @%s is defined twice", d.Name)
			continue
		}
		v.directives[d.Name] = d
	}
}

// schema checks the schema definition and its extensions.
func (v *violationFinder) schema(doc *ast.SchemaDocument) {
	for i, d := range doc.Schema {
		if i > 0 {
			v.fail(d.Position, "the schema is defined twice")
		}
	}
	roots := map[ast.Operation]bool{}
	for _, d := range append(slices.Clip(doc.Schema), doc.SchemaExtension...) {
		v.applied("the schema", ast.LocationSchema, d.Directives)
		for _, o := range d.OperationTypes {
			if roots[o.Operation] {
				v.fail(o.Position, "the schema names two types for %s", o.Operation)
			}
			roots[o.Operation] = true
			switch t := v.types[o.Type]; {
			case t == nil:
				v.fail(o.Position, "the type %s of %s does not exist", o.Type, o.Operation)
			case t.Kind != ast.Object:
				v.fail(o.Position, "the type %s of %s must be an object type", o.Type, o.Operation)
			}
		}
	}
}
