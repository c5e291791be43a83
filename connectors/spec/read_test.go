package spec_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// TestRead reads supergraphs, as other composers print them and broken ones.
func TestRead(t *testing.T) {
	golden.Run(t, "testdata/read", []string{"connectors.txt", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		g, err := schema.Load(c.Must(t, "supergraph.graphql"))
		if err != nil {
			t.Fatal(err)
		}
		list, err := spec.Read(g)
		c.Output(t, "errors.txt", printFaults(err))
		var b strings.Builder
		for _, s := range list {
			fmt.Fprintf(&b, "subgraph %s, %d\n%s", s.Name, s.Index, print(s))
		}
		c.Output(t, "connectors.txt", b.String())
	})
}

func printFaults(err error) string {
	var list fault.List
	if err != nil && !errors.As(err, &list) {
		return "no list: " + err.Error()
	}
	var b strings.Builder
	for _, e := range list {
		for _, at := range e.Locations {
			fmt.Fprintf(&b, "%d:%d ", at.Line, at.Column)
		}
		fmt.Fprintln(&b, e)
	}
	return b.String()
}
