package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// naming says what the elements of a spec are called in a schema.
type naming struct {
	directive, typ func(element string) string
}

// naming1 is that of a federation 1 schema.
var naming1 = naming{
	directive: func(element string) string { return element },
	typ:       func(element string) string { return "_" + element },
}

// declareKnown makes the directives and types of known features available in
// the schema, and checks those that the SDL defines itself.
func (c *composition) declareKnown(s *subgraph) {
	s.known, s.implied = map[string]*directiveDecl{}, map[string]*typeDecl{}
	plain := func(element string) string { return element }
	s.addSpec(book().builtins, naming{plain, plain})
	declare := c.declareSpec
	if !c.checkDefinitionTypes(s) {
		declare = func(s *subgraph, spec *spec, n naming) { s.addSpec(spec, n) }
	}
	if s.fed1 {
		dropWrongDefinitions(s.document)
		declare(s, book().fed1, naming1)
	}
	if s.links.directive == "" && s.document.Directives.ForName("link") == nil {
		// Without a link to the link spec or federation @link means nothing, but
		// it may be there.
		link := &feature{featureURL: featureURL{name: "link"}, alias: "link"}
		s.addSpec(book().find(linkIdentity, version{1, 0}), naming{link.directiveName, link.typeName})
	}
	for _, f := range s.links.features {
		if f.spec == nil || f.identity == joinIdentity {
			continue
		}
		n := naming{f.directiveName, f.typeName}
		if (f.identity == linkIdentity || f.identity == coreIdentity) && f.pos != nil {
			// A schema that links the link spec itself may define it as it was in
			// some preview; readLinks has seen that it can be understood.
			s.addSpec(f.spec, n)
			continue
		}
		declare(s, f.spec, n)
		if carriedFeature(f.identity) {
			s.knowPrefixed(f)
		}
	}
}

// knowPrefixed makes @connect__connect another name of @connect, which is
// called like its feature, unless it is imported. Other directives have one name
// only; routers that read connectors take both for this one.
func (s *subgraph) knowPrefixed(f *feature) {
	if d := s.known[f.alias]; d != nil && f.importOf("@"+f.name) == nil {
		prefixed := *d
		prefixed.name = f.alias + "__" + f.name
		s.known[prefixed.name] = &prefixed
	}
}

// checkDefinitionTypes reports directive definitions that name a type the SDL
// does not define. A definition stands for itself: what a known feature would
// add is not there for it.
func (c *composition) checkDefinitionTypes(s *subgraph) bool {
	if len(s.document.Directives) == 0 {
		return true
	}
	sound := true
	known := make(map[string]bool, len(s.document.Definitions))
	for _, list := range []ast.DefinitionList{s.document.Definitions, s.document.Extensions} {
		for _, def := range list {
			known[def.Name] = true
		}
	}
	for _, d := range s.document.Directives {
		for _, a := range d.Arguments {
			if name := a.Type.Name(); !known[name] && !builtinScalar(name) {
				sound = false
				coordinate := "@" + d.Name + "(" + a.Name + ":)"
				c.fail(InvalidGraphQL, coordinate, fmt.Sprintf("%s refers to the type %s, which does not exist in this subgraph. Define it, or remove the definition of @%s if it is that of a linked feature.",
					quote(coordinate), quote(name), d.Name), place{s, a.Position})
			}
		}
	}
	return sound
}

// dropWrongDefinitions removes the definitions of @key, @requires and @provides
// that federation 1 servers print although they never were right.
func dropWrongDefinitions(doc *ast.SchemaDocument) {
	doc.Directives = slices.DeleteFunc(doc.Directives, func(d *ast.DirectiveDefinition) bool {
		if d.Name != "key" && d.Name != "requires" && d.Name != "provides" {
			return false
		}
		if len(d.Arguments) == 0 {
			return true
		}
		fields := d.Arguments.ForName("fields")
		if fields == nil || len(d.Arguments) > 1 {
			return false
		}
		switch fields.Type.String() {
		case "String", "_FieldSet", "FieldSet":
			return true
		}
		return false
	})
}

// declareSpec adds what the SDL lacks of a spec and checks what it has.
func (c *composition) declareSpec(s *subgraph, spec *spec, n naming) {
	s.addSpec(spec, n)
	for _, t := range spec.types {
		if actual := s.document.Definitions.ForName(n.typ(t.Name)); actual != nil {
			c.checkSpecType(s, t, actual)
		}
	}
	for _, d := range spec.directives {
		if actual := s.document.Directives.ForName(n.directive(d.Name)); actual != nil {
			check := definitionCheck{c, s, n, d, actual}
			check.run()
		}
	}
}

// addSpec makes the elements of a spec known.
func (s *subgraph) addSpec(spec *spec, n naming) {
	for _, t := range spec.types {
		name := t.Name
		if spec != book().builtins {
			name = n.typ(t.Name)
		}
		s.implied[name] = s.impliedType(t, name, n)
	}
	for _, d := range spec.directives {
		name := n.directive(d.Name)
		decl := &directiveDecl{subgraph: s, id: directiveID(d.Name), name: name, locations: d.Locations, repeatable: d.IsRepeatable}
		for _, a := range d.Arguments {
			decl.args = append(decl.args, &argDecl{name: a.Name, typ: n.rename(a.Type), value: a.DefaultValue})
		}
		s.known[name] = decl
	}
}

// impliedType makes the model of a spec's type.
func (s *subgraph) impliedType(def *ast.Definition, name string, n naming) *typeDecl {
	t := &typeDecl{subgraph: s, name: name, kind: def.Kind, pos: def.Position}
	for _, v := range def.EnumValues {
		t.values = append(t.values, &valueDecl{owner: t, name: v.Name})
	}
	if def.Kind == ast.InputObject {
		for _, f := range def.Fields {
			t.inputs = append(t.inputs, &inputDecl{owner: t, name: f.Name, typ: n.rename(f.Type)})
		}
	}
	return t
}

// rename returns a spec's type as written in the schema.
func (n naming) rename(t *ast.Type) *ast.Type {
	if t.Elem != nil {
		return &ast.Type{Elem: n.rename(t.Elem), NonNull: t.NonNull, Position: t.Position}
	}
	if builtinScalar(t.NamedType) {
		return t
	}
	return &ast.Type{NamedType: n.typ(t.NamedType), NonNull: t.NonNull, Position: t.Position}
}

func builtinScalar(name string) bool {
	switch name {
	case "Int", "Float", "String", "Boolean", "ID":
		return true
	}
	return false
}

// checkSpecType reports a type the SDL defines otherwise than the spec.
func (c *composition) checkSpecType(s *subgraph, expected, actual *ast.Definition) {
	at := place{s, actual.Position}
	if actual.Kind != expected.Kind {
		c.fail(TypeDefinitionInvalid, actual.Name, fmt.Sprintf(
			"%s must be %s, but is defined as %s. Remove the definition: it is known.",
			quote(actual.Name), kindWord(expected.Kind), kindWord(actual.Kind)), at)
		return
	}
	if expected.Kind != ast.Enum {
		return
	}
	same := len(actual.EnumValues) == len(expected.EnumValues)
	for _, v := range expected.EnumValues {
		same = same && actual.EnumValues.ForName(v.Name) != nil
	}
	if !same {
		c.fail(TypeDefinitionInvalid, actual.Name, fmt.Sprintf(
			"The enum %s has other values than its spec. Remove the definition: it is known.", quote(actual.Name)), at)
	}
}

// kindWord names a kind in a sentence.
func kindWord(kind ast.DefinitionKind) string {
	switch kind {
	case ast.Scalar:
		return "a scalar"
	case ast.Object:
		return "an object"
	case ast.Interface:
		return "an interface"
	case ast.Union:
		return "a union"
	case ast.Enum:
		return "an enum"
	case ast.InputObject:
		return "an input object"
	}
	return "unknown"
}

// definitionCheck compares a directive the SDL defines with the one it must be.
type definitionCheck struct {
	c        *composition
	s        *subgraph
	naming   naming
	expected *ast.DirectiveDefinition
	actual   *ast.DirectiveDefinition
}

func (d *definitionCheck) fail(pos *ast.Position, format string, args ...any) {
	name := "@" + d.actual.Name
	d.c.fail(DirectiveDefinitionInvalid, name, fmt.Sprintf("The definition of %s is not that of its spec: ", name)+
		fmt.Sprintf(format, args...)+". Remove the definition: the directive is known.", place{d.s, pos})
}

func (d *definitionCheck) run() {
	for _, a := range d.expected.Arguments {
		d.argument(a, d.actual.Arguments.ForName(a.Name))
	}
	for _, a := range d.actual.Arguments {
		if d.expected.Arguments.ForName(a.Name) == nil {
			d.fail(a.Position, "it has no argument %s", quote(a.Name))
		}
	}
	if d.actual.IsRepeatable && !d.expected.IsRepeatable {
		d.fail(d.actual.Position, "it is not repeatable")
	}
	for _, l := range d.actual.Locations {
		if !slices.Contains(d.expected.Locations, l) {
			d.fail(d.actual.Position, "it cannot be used on %s", l)
			break
		}
	}
}

func (d *definitionCheck) argument(expected, actual *ast.ArgumentDefinition) {
	typ := d.naming.rename(expected.Type)
	if actual == nil {
		if typ.NonNull && expected.DefaultValue == nil {
			d.fail(d.actual.Position, "the argument %s is missing", quote(expected.Name))
		}
		return
	}
	given := actual.Type
	if given.NonNull && !typ.NonNull {
		given = &ast.Type{NamedType: given.NamedType, Elem: given.Elem}
	}
	switch {
	case !sameType(typ, given) && !d.refines(typ, given):
		d.fail(actual.Position, "the argument %s has the type %s, not %s", quote(expected.Name), typ, actual.Type)
	case !actual.Type.NonNull && !sameValue(expected.DefaultValue, actual.DefaultValue):
		d.fail(actual.Position, "the default of the argument %s is %s", quote(expected.Name), expected.DefaultValue)
	}
}

// refines reports whether given says more than typ: something other than a
// custom scalar where the spec has a scalar of its own.
func (d *definitionCheck) refines(typ, given *ast.Type) bool {
	for typ.Elem != nil {
		if given.Elem == nil || typ.NonNull && !given.NonNull {
			return false
		}
		typ, given = typ.Elem, given.Elem
	}
	own := d.s.implied[typ.NamedType]
	if typ.NonNull && !given.NonNull || own == nil || own.kind != ast.Scalar || builtinScalar(typ.NamedType) {
		return false
	}
	if given.Elem != nil || builtinScalar(given.NamedType) {
		return true
	}
	def := d.s.document.Definitions.ForName(given.NamedType)
	return def != nil && def.Kind != ast.Scalar
}
