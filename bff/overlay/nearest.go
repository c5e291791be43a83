package overlay

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/nearest"
)

// suggest is the end of a message about a name that is not there; "" if nothing
// is like it.
func suggest(wanted string, names []string) string {
	if near := nearest.To(wanted, names); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// nearField suggests a field of the graph's type.
func (t *typ) nearField(wanted string) string {
	var names []string
	for _, f := range t.def.Fields {
		if !strings.HasPrefix(f.Name, "__") {
			names = append(names, f.Name)
		}
	}
	return suggest(wanted, names)
}

// nearType suggests a type of the graph.
func (m *model) nearType(wanted string) string {
	var names []string
	for name := range m.byBase {
		if !strings.HasPrefix(name, "__") {
			names = append(names, name)
		}
	}
	return suggest(wanted, names)
}

// nearArgument suggests an argument of a field.
func nearArgument(wanted string, f *ast.FieldDefinition) string {
	var names []string
	for _, a := range f.Arguments {
		names = append(names, a.Name)
	}
	return suggest(wanted, names)
}
