package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// argumentSource is the argument list of one declaration of a field or of a
// directive.
type argumentSource struct {
	subgraph *subgraph
	args     []*argDecl
	pos      *ast.Position
}

func (s argumentSource) place() place { return place{s.subgraph, s.pos} }

func (s argumentSource) arg(name string) *argDecl {
	for _, a := range s.args {
		if a.name == name {
			return a
		}
	}
	return nil
}

// declaredArg is one declaration of an argument.
type declaredArg struct {
	*argDecl
	in *subgraph
}

func (d declaredArg) place() place { return place{d.in, d.pos} }

// mergeArguments merges the arguments that all sources declare. One that some
// source lacks leaves the supergraph, because no client could use it safely;
// if it is required somewhere nobody could call the field, which is an error.
func (m *merger) mergeArguments(element string, sources []argumentSource) []*mergedArg {
	var names []string
	seen := map[string]bool{}
	for _, s := range sources {
		for _, a := range s.args {
			if !seen[a.name] {
				seen[a.name] = true
				names = append(names, a.name)
			}
		}
	}
	var merged []*mergedArg
	for _, name := range names {
		coordinate := argumentCoordinate(element, name)
		declared, missing := gather(sources, name)
		switch {
		case contextual(declared):
			m.checkContextual(coordinate, declared)
		case len(missing) > 0:
			m.dropArgument(coordinate, declared, missing)
		default:
			merged = append(merged, m.mergeArgument(coordinate, name, declared))
		}
	}
	return merged
}

// argumentCoordinate returns Type.field(arg:) or @directive(arg:).
func argumentCoordinate(element, name string) string { return element + "(" + name + ":)" }

func gather(sources []argumentSource, name string) (declared []declaredArg, missing []place) {
	for _, s := range sources {
		if a := s.arg(name); a != nil {
			declared = append(declared, declaredArg{a, s.subgraph})
		} else {
			missing = append(missing, s.place())
		}
	}
	return declared, missing
}

func (m *merger) dropArgument(coordinate string, declared []declaredArg, missing []place) {
	var all, required []place
	for _, d := range declared {
		all = append(all, d.place())
		if d.required() {
			required = append(required, d.place())
		}
	}
	if len(required) > 0 {
		m.fail(RequiredArgumentMissing, coordinate, fmt.Sprintf(
			"Argument %q is required in %s but does not exist in %s. Add it there, or make it optional.",
			coordinate, subgraphNames(required), subgraphNames(missing)), append(required, missing...)...)
		return
	}
	m.hint(HintArgumentPresence, coordinate, fmt.Sprintf(
		"Argument %q is not in the supergraph: it is in %s but not in %s. Add it everywhere or remove it.",
		coordinate, subgraphNames(all), subgraphNames(missing)), append(all, missing...)...)
}

func (m *merger) mergeArgument(coordinate, name string, declared []declaredArg) *mergedArg {
	m.parts = m.parts[:0]
	types := make([]typed, len(declared))
	defaults := make([]defaulted, len(declared))
	a := &mergedArg{name: name}
	for i, d := range declared {
		m.parts = append(m.parts, part{d.in, d.description, d.directives, d.pos})
		types[i] = typed{d.typ, d.place()}
		defaults[i] = defaulted{d.value, d.place()}
		a.at = append(a.at, d.place())
	}
	a.description = m.mergeDescription(coordinate, m.parts)
	a.applied = m.mergeApplied(coordinate, m.parts, nil)
	a.typ = m.mergeArgumentType(coordinate, types)
	a.value = m.mergeDefaults(coordinate, "Argument", FieldArgumentDefaultMismatch, defaults)
	return a
}

func (m *merger) mergeArgumentType(coordinate string, types []typed) *ast.Type {
	typ, outcome := m.mergeTypes(types, input)
	m.noteEnum(typ, input, coordinate, types[0].at)
	switch outcome {
	case typesSame:
	case typesIncompatible:
		m.fail(FieldArgumentTypeMismatch, coordinate, fmt.Sprintf(
			"Argument %q has types that do not fit together: %s. Declare the same type everywhere.",
			coordinate, tell(typeSayings(types))), typePlaces(types)...)
	case typesDiffer:
		m.hint(HintArgumentType, coordinate, fmt.Sprintf(
			"Argument %q has different types: %s. Clients must pass %q.", coordinate, tell(typeSayings(types)), typ.String()), typePlaces(types)...)
	}
	return typ
}
