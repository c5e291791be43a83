package weft

import (
	"fmt"
	"strings"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// Compose merges subgraphs as a gateway does that is given their schemas: the
// connectors in them are checked, and the resulting graph knows what they can
// answer.
func Compose(inputs []compose.Input) *compose.Result {
	c := &connectorCheck{places: map[string]compose.Location{}}
	return compose.Compose(inputs, compose.Options{Check: c.check, Extend: c.extend})
}

// connectorCheck checks the connectors of one composition. It remembers where
// they stand.
type connectorCheck struct {
	places map[string]compose.Location // by connector ID
}

// check says what is wrong with the connectors of a subgraph.
func (c *connectorCheck) check(in compose.Input) []compose.Diagnostic {
	s, problems := spec.Parse(in.Name, in.SDL)
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
	if s != nil {
		for _, connector := range s.Connectors {
			c.places[connector.ID] = compose.Location{Subgraph: in.Name, File: in.File, Line: connector.Line, Column: connector.Column}
		}
	}
	return found
}

// extend puts connectors into a composed graph. They were checked one subgraph
// at a time, so an error means that they do not fit what others declare.
func (c *connectorCheck) extend(g *schema.Supergraph) (*schema.Supergraph, []compose.Diagnostic) {
	extended, list, err := spec.Extend(g)
	var found []compose.Diagnostic
	for _, f := range fault.Of(err) {
		found = append(found, compose.Diagnostic{Code: f.Code, Message: f.Message, Severity: compose.SeverityError})
	}
	if err != nil {
		return g, found
	}
	for _, f := range spec.FanOuts(extended, list) {
		found = append(found, compose.Diagnostic{
			Code: spec.UnboundedFanOut, Severity: compose.SeverityWarn, Coordinate: f.Connector.Coordinate,
			Locations: []compose.Location{c.places[f.Connector.ID]},
			Message: fmt.Sprintf("Asking for %s below %s costs one request of this connector per element. A connector on %s that reads $batch would ask for many at once.",
				f.Field, strings.Join(f.Lists[:min(len(f.Lists), 3)], ", "), f.Connector.Type),
		})
	}
	return extended, found
}
