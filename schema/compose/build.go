package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// build makes the model of a subgraph. What occurs twice is reported and the
// first occurrence kept.
func (c *composition) build(s *subgraph) {
	s.ids = map[string]directiveID{}
	b := &builder{c: c, s: s}
	b.definitions()
	b.types()
	b.schema()
	b.roots()
	if s.fed1 && s.query != nil {
		// Federation 1 never looked at these two, so what they refer to may be
		// missing.
		s.query.removeFields(func(f *fieldDecl) bool { return machinery[f.name] })
	}
}

// identify returns what a directive is by the name it has in the schema.
func (s *subgraph) identify(name string) directiveID {
	if id, ok := s.ids[name]; ok {
		return id
	}
	id := s.identity(name)
	s.ids[name] = id
	return id
}

func (s *subgraph) identity(name string) directiveID {
	if s.fed1 && book().fed1.directive(name) != nil {
		return directiveID(name)
	}
	if f, element := s.links.resolveDirective(name); f != nil {
		if f.spec != nil && f.spec.directive(element) != nil {
			return directiveID(element)
		}
		return directiveID(f.identity + "@" + element)
	}
	if d := s.known[name]; d != nil && isKnown(d.id) {
		return d.id // built in, or a @link that links nothing we care for
	}
	return directiveID("@" + name)
}

type builder struct {
	c *composition
	s *subgraph
}

// fail reports a broken rule of GraphQL.
func (b *builder) fail(pos *ast.Position, coordinate, format string, args ...any) {
	b.c.fail(InvalidGraphQL, coordinate, fmt.Sprintf(format, args...), place{b.s, pos})
}

// definitions reads the directive definitions. Those of known directives are
// kept for checking applications only.
func (b *builder) definitions() {
	seen := map[string]bool{}
	for _, d := range b.s.document.Directives {
		if seen[d.Name] {
			b.fail(d.Position, "@"+d.Name, "The directive @%s is defined twice. Remove one definition.", d.Name)
			continue
		}
		seen[d.Name] = true
		if book().builtins.directive(d.Name) != nil {
			continue // a built-in directive is what the GraphQL specification says
		}
		decl := &directiveDecl{
			subgraph: b.s, id: b.s.identify(d.Name), name: d.Name, description: text(d.Description, d.Position),
			locations: d.Locations, repeatable: d.IsRepeatable, pos: d.Position,
		}
		decl.args = b.arguments("@"+d.Name, d.Arguments, nil)
		if b.s.known[d.Name] == nil {
			b.s.definitions = append(b.s.definitions, decl)
		}
		b.s.known[d.Name] = decl
	}
}

func text(s string, pos *ast.Position) *description {
	if s == "" {
		return nil
	}
	return &description{s, pos}
}

// types reads all blocks of all types: the definition first, then the
// extensions, each in source order.
func (b *builder) types() {
	s := b.s
	s.typeByName = make(map[string]*typeDecl, len(s.document.Definitions))
	for _, list := range []ast.DefinitionList{s.document.Definitions, s.document.Extensions} {
		for _, def := range list {
			b.declare(def)
		}
	}
	sortBySource(s.types)
	for _, def := range s.document.Definitions {
		b.block(def, false)
	}
	for _, def := range s.document.Extensions {
		b.block(def, true)
	}
	for _, t := range s.types {
		for _, i := range t.interfaces {
			if parent := s.typeByName[i.name]; parent != nil && parent.kind == ast.Interface {
				parent.implementations = append(parent.implementations, t)
			}
		}
	}
}

// introspection are the types that describe every schema; an SDL may print
// them, which says nothing.
var introspection = map[string]bool{
	"__Schema": true, "__Type": true, "__TypeKind": true, "__Field": true, "__InputValue": true,
	"__EnumValue": true, "__Directive": true, "__DirectiveLocation": true,
}

// declare makes sure there is a typeDecl for a block.
func (b *builder) declare(def *ast.Definition) {
	if introspection[def.Name] || builtinScalar(def.Name) {
		return
	}
	if t := b.s.typeByName[def.Name]; t != nil {
		if def.Position.Start < t.pos.Start {
			t.pos = def.Position
		}
		return
	}
	t := &typeDecl{subgraph: b.s, name: def.Name, kind: def.Kind, pos: def.Position}
	b.s.typeByName[def.Name] = t
	b.s.types = append(b.s.types, t)
}

// block adds one definition or extension to its type.
func (b *builder) block(def *ast.Definition, extension bool) {
	t := b.s.typeByName[def.Name]
	switch {
	case t == nil:
		if builtinScalar(def.Name) && (extension || def.Kind != ast.Scalar) {
			b.fail(def.Position, def.Name, "%s is a built-in scalar and cannot be extended or be anything else.", def.Name)
		}
		return
	case !extension && len(t.blocks) > 0:
		b.fail(def.Position, def.Name, "The type %s is defined twice. Remove one definition or make it an extension.", quote(def.Name))
		return
	case def.Kind != t.kind:
		b.fail(def.Position, def.Name, "%s is %s and cannot be extended as %s.", quote(def.Name), kindWord(t.kind), kindWord(def.Kind))
		return
	}
	blk := &block{extension: extension, pos: def.Position}
	t.blocks = append(t.blocks, blk)
	if t.description == nil {
		t.description = text(def.Description, def.Position)
	}
	t.directives = append(t.directives, b.applications(def.Directives, blk)...)
	if t.directives.has(idInterfaceObject) {
		t.interfaceObject = t.kind == ast.Object
	}
	t.extends = t.extends || t.directives.has(idExtends)
	b.references(t, def, blk)
	switch def.Kind {
	case ast.Object, ast.Interface:
		b.fields(t, def, blk)
	case ast.InputObject:
		b.inputs(t, def, blk)
	case ast.Enum:
		b.values(t, def, blk)
	}
}

// references reads implements clauses and union members.
func (b *builder) references(t *typeDecl, def *ast.Definition, blk *block) {
	if t.refers == nil && len(def.Interfaces)+len(def.Types) > 0 {
		t.refers = make(map[string]bool, len(def.Interfaces)+len(def.Types))
	}
	for _, name := range def.Interfaces {
		if t.refers[name] {
			b.fail(def.Position, t.name, "%s implements %s twice. Remove one.", quote(t.name), quote(name))
			continue
		}
		t.refers[name] = true
		t.interfaces = append(t.interfaces, &reference{name, blk, def.Position})
	}
	for i, name := range def.Types {
		pos := def.Position
		if i < len(def.TypePositions) {
			pos = def.TypePositions[i]
		}
		if t.refers[name] {
			b.fail(pos, t.name, "The union %s has the member %s twice. Remove one.", quote(t.name), quote(name))
			continue
		}
		t.refers[name] = true
		t.members = append(t.members, &reference{name, blk, pos})
	}
}

func (b *builder) fields(t *typeDecl, def *ast.Definition, blk *block) {
	if t.fieldByName == nil {
		t.fieldByName = make(map[string]*fieldDecl, len(def.Fields))
	}
	for _, d := range def.Fields {
		coordinate := t.name + "." + d.Name
		if t.fieldByName[d.Name] != nil {
			b.fail(d.Position, coordinate, "The field %s is defined twice. Remove one definition.", quote(coordinate))
			continue
		}
		f := &fieldDecl{
			owner: t, name: d.Name, typ: d.Type, description: text(d.Description, d.Position),
			directives: b.applications(d.Directives, blk), block: blk, pos: d.Position,
			args: b.arguments(coordinate, d.Arguments, blk),
		}
		t.fieldByName[d.Name] = f
		t.fields = append(t.fields, f)
	}
}

func (b *builder) inputs(t *typeDecl, def *ast.Definition, blk *block) {
	seen := make(map[string]bool, len(t.inputs)+len(def.Fields))
	for _, f := range t.inputs {
		seen[f.name] = true
	}
	for _, d := range def.Fields {
		coordinate := t.name + "." + d.Name
		if seen[d.Name] {
			b.fail(d.Position, coordinate, "The input field %s is defined twice. Remove one definition.", quote(coordinate))
			continue
		}
		seen[d.Name] = true
		t.inputs = append(t.inputs, &inputDecl{
			owner: t, name: d.Name, typ: d.Type, value: d.DefaultValue, description: text(d.Description, d.Position),
			directives: b.applications(d.Directives, blk), block: blk, pos: d.Position,
		})
	}
}

func (b *builder) values(t *typeDecl, def *ast.Definition, blk *block) {
	seen := make(map[string]bool, len(t.values)+len(def.EnumValues))
	for _, v := range t.values {
		seen[v.name] = true
	}
	for _, d := range def.EnumValues {
		coordinate := t.name + "." + d.Name
		if seen[d.Name] {
			b.fail(d.Position, coordinate, "The enum value %s is defined twice. Remove one definition.", quote(coordinate))
			continue
		}
		seen[d.Name] = true
		t.values = append(t.values, &valueDecl{
			owner: t, name: d.Name, description: text(d.Description, d.Position),
			directives: b.applications(d.Directives, blk), block: blk, pos: d.Position,
		})
	}
}

func (b *builder) arguments(owner string, list ast.ArgumentDefinitionList, blk *block) []*argDecl {
	if len(list) == 0 {
		return nil
	}
	args := make([]*argDecl, 0, len(list))
	seen := make(map[string]bool, len(list))
	for _, d := range list {
		if seen[d.Name] {
			coordinate := owner + "(" + d.Name + ":)"
			b.fail(d.Position, coordinate, "The argument %s is defined twice. Remove one definition.", quote(coordinate))
			continue
		}
		seen[d.Name] = true
		args = append(args, &argDecl{
			name: d.Name, typ: d.Type, value: d.DefaultValue, description: text(d.Description, d.Position),
			directives: b.applications(d.Directives, blk), pos: d.Position,
		})
	}
	return args
}

func (b *builder) applications(list ast.DirectiveList, blk *block) applications {
	if len(list) == 0 {
		return nil
	}
	found := make(applications, len(list))
	for i, d := range list {
		found[i] = &application{id: b.s.identify(d.Name), name: d.Name, args: d.Arguments, block: blk, pos: d.Position}
		if def := b.s.known[d.Name]; def != nil && !isKnown(def.id) {
			found[i].definition = def
		}
	}
	return found
}

// isKnown reports whether a directive is one of a known spec or built in.
func isKnown(id directiveID) bool {
	for i := range len(id) {
		if id[i] == '@' {
			return false
		}
	}
	return true
}

// schema reads the schema definition and its extensions.
func (b *builder) schema() {
	for i, list := range []ast.SchemaDefinitionList{b.s.document.Schema, b.s.document.SchemaExtension} {
		for _, d := range list {
			b.s.directives = append(b.s.directives, b.applications(d.Directives, nil)...)
			if i == 0 && b.s.description == nil {
				b.s.description = text(d.Description, d.Position)
			}
		}
	}
	if n := len(b.s.document.Schema); n > 1 {
		b.fail(b.s.document.Schema[1].Position, "", "The schema is defined %d times. Keep one definition.", n)
	}
}
