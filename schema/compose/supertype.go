package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// typed is the type one declaration gives an element.
type typed struct {
	typ *ast.Type
	at  place
}

// position says which way types may differ: the supergraph takes the widest of
// what subgraphs return and the narrowest of what they accept.
type position bool

const (
	output position = false
	input  position = true
)

// typeOutcome is what a comparison of declared types found.
type typeOutcome uint8

const (
	typesSame typeOutcome = iota
	typesDiffer
	typesIncompatible
)

// mergeTypes returns the declared type that is a supertype (output) or subtype
// (input) of all others. Unlike a fold of neighbours it does not depend on the
// order of subgraphs: Dog, Cat, Pet gives Pet. Without such a type the result
// is the candidate that came nearest, for the rest of the merge to go on with.
func (m *merger) mergeTypes(declared []typed, p position) (*ast.Type, typeOutcome) {
	best, outcome := declared[0].typ, typesSame
	for _, d := range declared[1:] {
		if !sameType(best, d.typ) {
			outcome = typesDiffer
			if m.wins(d.typ, best, p) {
				best = d.typ
			}
		}
	}
	if outcome == typesSame {
		return best, typesSame
	}
	for _, d := range declared {
		if !m.wins(best, d.typ, p) {
			return best, typesIncompatible
		}
	}
	return best, typesDiffer
}

// wins reports whether a may stand for b.
func (m *merger) wins(a, b *ast.Type, p position) bool {
	if p == input {
		return m.graph.isSubtype(b, a)
	}
	return m.graph.isSubtype(a, b)
}

// isSubtype reports whether sub is super or a subtype of it, by the implements
// and unions of the supergraph.
func (g *supergraph) isSubtype(super, sub *ast.Type) bool {
	for {
		if super.NonNull && !sub.NonNull {
			return false
		}
		if super.Elem == nil || sub.Elem == nil {
			return super.Elem == nil && sub.Elem == nil && g.isNamedSubtype(super.NamedType, sub.NamedType)
		}
		super, sub = super.Elem, sub.Elem
	}
}

func (g *supergraph) isNamedSubtype(super, sub string) bool {
	if super == sub {
		return true
	}
	t := g.byName[super]
	switch {
	case t == nil:
		return false
	case t.kind == ast.Union:
		return t.memberOf[sub]
	case t.kind == ast.Interface:
		s := g.byName[sub]
		return s != nil && s.implements[super]
	}
	return false
}

func typeSayings(types []typed) []saying {
	said := make([]saying, len(types))
	for i, t := range types {
		said[i] = saying{`"` + t.typ.String() + `"`, t.at}
	}
	return said
}

func typePlaces(types []typed) []place {
	places := make([]place, len(types))
	for i, t := range types {
		places[i] = t.at
	}
	return places
}
