package weft

import (
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// Compose merges subgraphs as a gateway does that is given their schemas: the
// connectors in them are checked, and the resulting graph knows what they can
// answer.
func Compose(inputs []compose.Input) *compose.Result {
	return compose.Compose(inputs, compose.Options{Check: checkConnectors, Extend: extendConnectors})
}

// checkConnectors says what is wrong with the connectors of a subgraph.
func checkConnectors(in compose.Input) []compose.Diagnostic {
	_, problems := spec.Parse(in.Name, in.SDL)
	found := make([]compose.Diagnostic, len(problems))
	for i, p := range problems {
		found[i] = compose.Diagnostic{
			Code: p.Code, Message: p.Message, Coordinate: p.Coordinate, Severity: compose.SeverityError,
			Locations: []compose.Location{{Subgraph: in.Name, File: in.File, Line: p.Line, Column: p.Column}},
		}
		if p.Hint {
			found[i].Severity = compose.SeverityWarn
		}
	}
	return found
}

// extendConnectors puts connectors into a composed graph. They were checked one
// subgraph at a time, so an error means that they do not fit what others declare.
func extendConnectors(g *schema.Supergraph) (*schema.Supergraph, []compose.Diagnostic) {
	extended, _, err := spec.Extend(g)
	var found []compose.Diagnostic
	for _, f := range fault.Of(err) {
		found = append(found, compose.Diagnostic{Code: f.Code, Message: f.Message, Severity: compose.SeverityError})
	}
	return extended, found
}
