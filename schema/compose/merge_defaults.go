package compose

import (
	"fmt"

	"github.com/weftql/weft/fault"

	"github.com/vektah/gqlparser/v2/ast"
)

// defaulted is the default one declaration gives; nil for none.
type defaulted struct {
	value *ast.Value
	at    place
}

// mergeDefaults keeps a default only if every declaration has it: a subgraph
// without one would get no value where the API promises one. Two different
// defaults are an error, whatever the others say.
func (m *merger) mergeDefaults(coordinate, kind string, code fault.Code, declared []defaulted) *ast.Value {
	var first *ast.Value
	missing, differ := false, false
	for _, d := range declared {
		switch {
		case d.value == nil:
			missing = true
		case first == nil:
			first = d.value
		case !sameValue(first, d.value):
			differ = true
		}
	}
	switch {
	case differ:
		m.fail(code, coordinate, fmt.Sprintf("%s %q has different defaults: %s. Use the same default everywhere.",
			kind, coordinate, tell(defaultSayings(declared))), at(defaultSayings(declared))...)
	case first != nil && missing:
		m.hint(HintDefaultValuePresence, coordinate, fmt.Sprintf("%s %q has no default in the supergraph: %s. Add the default everywhere.",
			kind, coordinate, tell(defaultSayings(declared))), at(defaultSayings(declared))...)
		return nil
	}
	return first
}

func defaultSayings(declared []defaulted) []saying {
	said := make([]saying, len(declared))
	for i, d := range declared {
		text := "no default"
		if d.value != nil {
			text = valueText(d.value)
		}
		said[i] = saying{text, d.at}
	}
	return said
}
