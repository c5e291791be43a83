package compose

import "fmt"

// supergraphContext is what the supergraph calls a context of a subgraph.
func supergraphContext(s *subgraph, name string) string { return s.name + "__" + name }

// contextual reports whether some declaration has the gateway fill the
// argument. It then leaves the supergraph.
func contextual(declared []declaredArg) bool {
	for _, d := range declared {
		if isContextual(d.argDecl) {
			return true
		}
	}
	return false
}

func isContextual(a *argDecl) bool { return a.directives.has(idFromContext) }

// checkContextual reports subgraphs in which the argument is an ordinary one:
// nobody will pass it there, so it must not be required.
func (m *merger) checkContextual(coordinate string, declared []declaredArg) {
	for _, d := range declared {
		switch {
		case isContextual(d.argDecl):
		case d.required():
			m.fail(ContextualArgumentNotEverywhere, coordinate, fmt.Sprintf(
				"Argument %q is filled from a context in another subgraph but is required in subgraph %q, where nobody would pass it. Add @fromContext there, or make it optional.",
				coordinate, d.in.name), d.place())
		default:
			m.hint(HintContextualArgument, coordinate, fmt.Sprintf(
				"Argument %q of subgraph %q is not in the supergraph, because another subgraph has it filled from a context.", coordinate, d.in.name), d.place())
		}
	}
}
