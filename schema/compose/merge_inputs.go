package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// mergeInputs merges input objects: a field stays if every subgraph that has
// the type has it, or if it is hidden.
func (m *merger) mergeInputs() {
	for _, t := range m.graph.types {
		if t.kind != ast.InputObject {
			continue
		}
		m.mergeType(t)
		m.mergeOneOf(t)
		for _, f := range declaredInputs(t) {
			if m.mergeInputField(f) {
				t.inputs = append(t.inputs, f)
			}
		}
		if len(t.inputs) == 0 {
			m.fail(EmptyMergedInputType, t.name, fmt.Sprintf(
				"No field of input object %q is in all of %s, and only such fields are kept. Add a common field.", t.name, subgraphNames(t.places())), t.places()...)
		}
	}
}

// declaredInputs returns all fields with their declarations.
func declaredInputs(t *mergedType) []*mergedInput {
	var fields []*mergedInput
	byName := map[string]*mergedInput{}
	for _, s := range t.sources {
		for _, d := range s.inputs {
			f := byName[d.name]
			if f == nil {
				f = &mergedInput{owner: t, name: d.name}
				byName[d.name] = f
				fields = append(fields, f)
			}
			f.sources = append(f.sources, d)
		}
	}
	return fields
}

// mergeInputField reports whether the field stays. Its type and default are
// checked in any case.
func (m *merger) mergeInputField(f *mergedInput) bool {
	coordinate := f.coordinate()
	types := make([]typed, len(f.sources))
	defaults := make([]defaulted, len(f.sources))
	for i, d := range f.sources {
		types[i] = typed{d.typ, d.place()}
		defaults[i] = defaulted{d.value, d.place()}
	}
	parts := m.inputParts(f.sources)
	hidden := m.inaccessible(parts)
	f.description = m.mergeDescription(coordinate, parts)
	same := m.mergeInputType(f, types)
	f.value = m.mergeDefaults(coordinate, "Input field", InputFieldDefaultMismatch, defaults)
	everywhere := len(f.sources) == len(f.owner.sources)
	if !everywhere && !hidden {
		m.dropInputField(f, without(f.owner.places(), f.places()))
		return false
	}
	f.applied = m.mergeApplied(coordinate, m.inputParts(f.sources), nil)
	if !same || !everywhere {
		f.joins = joinInputs(f, same)
	}
	return true
}

func (m *merger) mergeInputType(f *mergedInput, types []typed) bool {
	var outcome typeOutcome
	f.typ, outcome = m.mergeTypes(types, input)
	m.noteEnum(f.typ, input, f.coordinate(), types[0].at)
	switch outcome {
	case typesSame:
	case typesIncompatible:
		m.fail(FieldTypeMismatch, f.coordinate(), fmt.Sprintf(
			"Input field %q has types that do not fit together: %s. Declare the same type everywhere.",
			f.coordinate(), tell(typeSayings(types))), typePlaces(types)...)
	case typesDiffer:
		m.hint(HintFieldType, f.coordinate(), fmt.Sprintf(
			"Input field %q has different types: %s. Clients must send %q.", f.coordinate(), tell(typeSayings(types)), f.typ.String()), typePlaces(types)...)
	}
	return outcome == typesSame
}

func (m *merger) dropInputField(f *mergedInput, missing []place) {
	var required []place
	for _, d := range f.sources {
		if d.required() {
			required = append(required, d.place())
		}
	}
	if len(required) > 0 {
		m.fail(RequiredInputFieldMissing, f.coordinate(), fmt.Sprintf(
			"Input field %q is required in %s but does not exist in %s. Add it there, or make it optional.",
			f.coordinate(), subgraphNames(required), subgraphNames(missing)), append(required, missing...)...)
		return
	}
	m.hint(HintInputObjectField, f.coordinate(), fmt.Sprintf(
		"Input field %q is not in the supergraph: it is in %s but not in %s. Add it everywhere or remove it.",
		f.coordinate(), subgraphNames(f.places()), subgraphNames(missing)), append(f.places(), missing...)...)
}

// mergeOneOf keeps @oneOf. All subgraphs must agree on it: one of them would
// otherwise get values it rejects.
func (m *merger) mergeOneOf(t *mergedType) {
	var said []saying
	with := 0
	for _, s := range t.sources {
		text := "not @oneOf"
		if s.directives.has(idOneOf) {
			text = "@oneOf"
			with++
		}
		said = append(said, saying{text, s.place()})
	}
	t.oneOf = with > 0
	if with > 0 && with < len(said) {
		m.fail(InvalidGraphQL, t.name, fmt.Sprintf("Input object %q is %s. Mark it @oneOf everywhere or nowhere.", t.name, tell(said)), at(said)...)
	}
}
