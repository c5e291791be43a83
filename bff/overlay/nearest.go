package overlay

import (
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/vektah/gqlparser/v2/ast"
)

// nearest suggests what a name that is not there may have been meant for; ""
// if nothing is like it.
func nearest(wanted string, names []string) string {
	slices.Sort(names)
	best, distance := "", 3
	for _, name := range names {
		if d := levenshtein.ComputeDistance(strings.ToLower(wanted), strings.ToLower(name)); d < distance && d < len(name) {
			best, distance = name, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + best + "?"
}

// nearField suggests a field of the graph's type.
func (t *typ) nearField(wanted string) string {
	var names []string
	for _, f := range t.def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			names = append(names, f.Name)
		}
	}
	return nearest(wanted, names)
}

// nearType suggests a type of the graph.
func (m *model) nearType(wanted string) string {
	var names []string
	for name := range m.byBase {
		if !strings.HasPrefix(name, "__") {
			names = append(names, name)
		}
	}
	return nearest(wanted, names)
}

// nearArgument suggests an argument of a field.
func nearArgument(wanted string, f *ast.FieldDefinition) string {
	var names []string
	for _, a := range f.Arguments {
		names = append(names, a.Name)
	}
	return nearest(wanted, names)
}
