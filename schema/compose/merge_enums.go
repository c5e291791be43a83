package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// enumUse tells where a merged element has an enum as its type: the first
// output and the first input element. An empty coordinate is no such element.
type enumUse struct {
	output, input     string
	outputAt, inputAt place
}

// noteEnum notes that an element has the type.
func (m *merger) noteEnum(typ *ast.Type, p position, coordinate string, at place) {
	t := m.graph.byName[typ.Name()]
	if t == nil || t.kind != ast.Enum {
		return
	}
	use := m.enums[t.name]
	if use == nil {
		use = &enumUse{}
		m.enums[t.name] = use
	}
	switch {
	case p == input && use.input == "":
		use.input, use.inputAt = coordinate, at
	case p == output && use.output == "":
		use.output, use.outputAt = coordinate, at
	}
}

// mergeEnums merges enums. Values that subgraphs return unite, values they
// accept intersect; an enum for both must be equal everywhere. A hidden value
// may be missing anywhere, because no client sees it.
func (m *merger) mergeEnums() {
	for _, t := range m.graph.types {
		if t.kind != ast.Enum {
			continue
		}
		m.mergeType(t)
		use := m.enums[t.name]
		if use == nil {
			use = &enumUse{output: t.name}
			m.hint(HintUnusedEnum, t.name, fmt.Sprintf("Enum %q is not used. The supergraph has all values of all subgraphs.", t.name), t.places()...)
		}
		for _, v := range declaredValues(t) {
			if m.mergeEnumValue(t, v, use) {
				t.values = append(t.values, v)
			}
		}
		if len(t.values) == 0 {
			m.fail(EmptyMergedEnumType, t.name, fmt.Sprintf(
				"No value of enum %q is in all of %s, and an enum for input keeps only such values. Add a common value.", t.name, subgraphNames(t.places())), t.places()...)
		}
	}
}

// declaredValues returns all values with their declarations.
func declaredValues(t *mergedType) []*mergedValue {
	var values []*mergedValue
	byName := map[string]*mergedValue{}
	for _, s := range t.sources {
		for _, d := range s.values {
			v := byName[d.name]
			if v == nil {
				v = &mergedValue{name: d.name}
				byName[d.name] = v
				values = append(values, v)
			}
			v.sources = append(v.sources, d)
		}
	}
	return values
}

// mergeEnumValue reports whether the value stays.
func (m *merger) mergeEnumValue(t *mergedType, v *mergedValue, use *enumUse) bool {
	coordinate := t.name + "." + v.name
	parts := m.valueParts(v.sources)
	v.description = m.mergeDescription(coordinate, parts)
	stays := m.checkEnumValue(t, v, use, coordinate, m.inaccessible(parts))
	if stays {
		v.applied = m.mergeApplied(coordinate, m.valueParts(v.sources), nil)
	}
	return stays
}

func (m *merger) checkEnumValue(t *mergedType, v *mergedValue, use *enumUse, coordinate string, hidden bool) bool {
	if len(v.sources) == len(t.sources) {
		return true
	}
	with, lack := v.places(), without(t.places(), v.places())
	switch {
	case use.input == "":
		m.hint(HintEnumValueForOutput, coordinate, fmt.Sprintf("Value %q is in %s but not in %s. Clients see it.",
			coordinate, subgraphNames(with), subgraphNames(lack)), append(with, lack...)...)
	case hidden:
	case use.output == "":
		m.hint(HintEnumValueForInput, coordinate, fmt.Sprintf("Value %q is not in the supergraph: clients may send only what all subgraphs know, and it is in %s but not in %s. Add it there.",
			coordinate, subgraphNames(with), subgraphNames(lack)), append(with, lack...)...)
		return false
	default:
		m.fail(EnumValueMismatch, coordinate, fmt.Sprintf(
			"Enum %q is an input (%s) and an output (%s), so it must have the same values everywhere; %q is in %s but not in %s. Add it there, or mark it @inaccessible.",
			t.name, use.input, use.output, v.name, subgraphNames(with), subgraphNames(lack)), append(append(with, lack...), use.inputAt, use.outputAt)...)
	}
	return true
}

// inaccessible reports whether some declaration hides the element.
func (m *merger) inaccessible(parts []part) bool {
	for _, p := range parts {
		if p.directives.has(idInaccessible) {
			return true
		}
	}
	return false
}
