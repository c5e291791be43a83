package compose

import (
	"fmt"
	"sort"
	"strings"

	"github.com/weftql/weft/fault"

	"github.com/vektah/gqlparser/v2/ast"
)

// sortBySource puts types in the order in which they first occur.
func sortBySource(types []*typeDecl) {
	sort.SliceStable(types, func(i, j int) bool { return types[i].pos.Start < types[j].pos.Start })
}

// root returns the slot of a root type.
func (s *subgraph) root(op ast.Operation) **typeDecl {
	switch op {
	case ast.Mutation:
		return &s.mutation
	case ast.Subscription:
		return &s.subscription
	default:
		return &s.query
	}
}

// roots finds the root types: those the schema definition names, or without
// one the types with the default names.
func (b *builder) roots() {
	s := b.s
	named := map[ast.Operation]bool{}
	for _, list := range []ast.SchemaDefinitionList{s.document.Schema, s.document.SchemaExtension} {
		for _, d := range list {
			for _, o := range d.OperationTypes {
				if named[o.Operation] {
					b.fail(o.Position, "", "The schema names two %s types. Keep one.", o.Operation)
					continue
				}
				named[o.Operation] = true
				b.root(o)
			}
		}
	}
	if len(s.document.Schema) > 0 {
		return
	}
	for _, k := range rootKinds {
		if t := s.typeByName[k.name]; t != nil && t.kind == ast.Object && !named[k.operation] {
			*s.root(k.operation) = t
		}
	}
}

func (b *builder) root(o *ast.OperationTypeDefinition) {
	t := b.s.typeByName[o.Type]
	switch {
	case t == nil:
		b.fail(o.Position, "", "The %s type %s does not exist.%s", o.Operation, quote(o.Type), didYouMean(o.Type, b.s.typeNames()))
	case t.kind != ast.Object:
		b.fail(o.Position, "", "The %s type %s is %s. It must be an object.", o.Operation, quote(o.Type), kindWord(t.kind))
	case t.isRoot():
		b.fail(o.Position, "", "The type %s is the root of two operations. Each needs a type of its own.", quote(o.Type))
	default:
		*b.s.root(o.Operation) = t
	}
}

// typeNames returns the names of all types the SDL defines.
func (s *subgraph) typeNames() []string {
	names := make([]string, 0, len(s.types))
	for _, t := range s.types {
		names = append(names, t.name)
	}
	return names
}

// renameRoots gives the root types their default names, in all references too.
func (c *composition) renameRoots(s *subgraph) {
	renamed := map[string]string{}
	for _, k := range rootKinds {
		t := *s.root(k.operation)
		if t == nil || t.name == k.name {
			continue
		}
		if other := s.typeByName[k.name]; other != nil {
			code := fault.Code("ROOT_" + strings.ToUpper(k.name) + "_USED")
			c.fail(code, k.name, fmt.Sprintf(
				"%s is the %s type, so no other type may be called %s. Rename the type %s.",
				quote(t.name), k.operation, quote(k.name), quote(k.name)), other.place(), t.place())
			continue
		}
		renamed[t.name] = k.name
		delete(s.typeByName, t.name)
		t.name = k.name
		s.typeByName[k.name] = t
	}
	if len(renamed) == 0 {
		return
	}
	for _, t := range s.types {
		for _, f := range t.fields {
			renameType(f.typ, renamed)
		}
		for _, m := range t.members {
			if name, ok := renamed[m.name]; ok {
				m.name = name
			}
		}
	}
}

// renameType replaces the named type within t.
func renameType(t *ast.Type, renamed map[string]string) {
	for t.Elem != nil {
		t = t.Elem
	}
	if name, ok := renamed[t.NamedType]; ok {
		t.NamedType = name
	}
}
