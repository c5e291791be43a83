package weft_test

import (
	"fmt"
	"path"
	"strings"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema/compose"
)

// TestComposeConnectors composes subgraphs of which some are made of
// connectors: errors and hints have their places in the subgraphs' files, and
// the graph has a row per connector.
func TestComposeConnectors(t *testing.T) {
	golden.Run(t, "testdata/connectors_compose", []string{"diagnostics.txt", "rows.txt"}, func(t *testing.T, c *golden.Case) {
		var inputs []compose.Input
		for _, section := range c.Inputs("subgraphs/") {
			name := strings.TrimSuffix(path.Base(section), ".graphql")
			inputs = append(inputs, compose.Input{Name: name, SDL: c.Must(t, section)})
		}
		result := weft.Compose(inputs)
		var b strings.Builder
		for _, d := range append(result.Errors, result.Hints...) {
			fmt.Fprintf(&b, "%s %s %s\n", d.Severity, d.Code, weft.Describe(&d))
		}
		c.Output(t, "diagnostics.txt", b.String())
		if !result.OK() {
			return
		}
		b.Reset()
		for _, s := range result.Graph.Subgraphs {
			if s.Connector != "" {
				fmt.Fprintf(&b, "%s: %s, batch %d\n", s.Connector, s.Name, s.Batch)
			}
		}
		c.Output(t, "rows.txt", b.String())
	})
}
