package compose

import "github.com/vektah/gqlparser/v2/ast"

// implementations checks that types have what their interfaces promise
// (GraphQL specification, section 3.6.1).
func (g *graphqlCheck) implementations() {
	for _, t := range g.s.types {
		for _, r := range t.interfaces {
			switch kind := g.s.kindOf(r.name); {
			case kind == "":
				g.unknown(r.name, t.name, r.pos)
			case kind != ast.Interface:
				g.fail(r.pos, t.name, "%s implements %s, which is %s. Only interfaces can be implemented.", quote(t.name), quote(r.name), kindWord(kind))
			case r.name == t.name:
				g.fail(r.pos, t.name, "The interface %s cannot implement itself.", quote(t.name))
			default:
				g.implementation(t, g.s.typeByName[r.name], r)
			}
		}
	}
}

func (g *graphqlCheck) implementation(t, iface *typeDecl, r *reference) {
	if iface == nil {
		return // an interface of a known feature; there is none
	}
	for _, promised := range iface.fields {
		f := t.fieldByName[promised.name]
		if f == nil {
			g.fail(t.pos, t.name, "%s implements %s, but lacks its field %s: %s. Add the field.", quote(t.name), quote(iface.name), quote(promised.name), promised.typ)
			continue
		}
		if !g.s.subtype(f.typ, promised.typ) {
			g.fail(f.pos, f.coordinate(), "%s has the type %s, but the interface field %s has %s. Use that type or a narrower one.",
				quote(f.coordinate()), f.typ, quote(promised.coordinate()), promised.typ)
		}
		g.implementationArguments(f, promised)
	}
	for _, higher := range iface.interfaces {
		if higher.name != t.name && !t.refers[higher.name] {
			g.fail(r.pos, t.name, "%s implements %s and must also say implements %s, which %s implements.",
				quote(t.name), quote(iface.name), quote(higher.name), quote(iface.name))
		}
		if higher.name == t.name {
			g.fail(r.pos, t.name, "%s and %s implement each other.", quote(t.name), quote(iface.name))
		}
	}
}

func (g *graphqlCheck) implementationArguments(f, promised *fieldDecl) {
	for _, expected := range promised.args {
		a := f.arg(expected.name)
		if a == nil {
			g.fail(f.pos, f.coordinate(), "%s lacks the argument %s: %s of the interface field %s. Add it.",
				quote(f.coordinate()), quote(expected.name), expected.typ, quote(promised.coordinate()))
		} else if !sameType(a.typ, expected.typ) {
			g.fail(a.pos, f.coordinate(), "The argument %s of %s has the type %s, but %s in the interface field %s. They must be equal.",
				quote(a.name), quote(f.coordinate()), a.typ, expected.typ, quote(promised.coordinate()))
		}
	}
	for _, a := range f.args {
		if a.required() && promised.arg(a.name) == nil {
			g.fail(a.pos, f.coordinate(), "The argument %s of %s is required, but the interface field %s does not have it. Make it optional.",
				quote(a.name), quote(f.coordinate()), quote(promised.coordinate()))
		}
	}
}

// arg returns an argument of the field, nil if it has none of that name.
func (f *fieldDecl) arg(name string) *argDecl {
	for _, a := range f.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// subtype reports whether every value of a is one of b, as far as this
// subgraph knows.
func (s *subgraph) subtype(a, b *ast.Type) bool {
	for a.Elem != nil && b.Elem != nil {
		if b.NonNull && !a.NonNull {
			return false
		}
		a, b = a.Elem, b.Elem
	}
	if a.Elem != nil || b.Elem != nil || b.NonNull && !a.NonNull {
		return false
	}
	if a.NamedType == b.NamedType {
		return true
	}
	narrow, wide := s.typeByName[a.NamedType], s.typeByName[b.NamedType]
	if narrow == nil || wide == nil {
		return false
	}
	switch wide.kind {
	case ast.Interface:
		return narrow.refers[wide.name]
	case ast.Union:
		return wide.refers[narrow.name]
	}
	return false
}
