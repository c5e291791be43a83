package schema_test

import (
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
)

// TestWithConnectors shows what WithConnectors makes of a supergraph, or what it
// has against the connectors, and that the supergraph itself stays as it was.
func TestWithConnectors(t *testing.T) {
	golden.Run(t, "testdata/rows", []string{"model.txt", "errors.txt"}, func(t *testing.T, c *golden.Case) {
		g, err := schema.Load(skeletonThree + c.Must(t, "types.graphql"))
		if err != nil {
			t.Fatal(err)
		}
		before := modelText(g)
		list, err := testkit.ParseConnectors(g, c.Must(t, "connectors"))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := g.WithConnectors(list)
		if modelText(g) != before {
			t.Error("the supergraph changed")
		}
		var text strings.Builder
		for _, e := range fault.Of(err) {
			text.WriteString(string(e.Code) + ": " + e.Message + "\n")
		}
		c.Output(t, "errors.txt", text.String())
		if err == nil {
			c.Output(t, "model.txt", modelText(rows))
			if rows.API.Supergraph != rows {
				t.Error("the API view is of another supergraph")
			}
		}
	})
}

// TestWithoutConnectors wants the supergraph itself where there are none.
func TestWithoutConnectors(t *testing.T) {
	g, err := schema.Load(skeletonThree + "type Query @join__type(graph: A) { a: Int }")
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := g.WithConnectors(nil); rows != g || err != nil {
		t.Errorf("got %p, %v", rows, err)
	}
}

// TestConnectorsOfNothing wants an error for ids that are none.
func TestConnectorsOfNothing(t *testing.T) {
	g, err := schema.Load(skeletonThree + "type Query @join__type(graph: A) { a: Int } type T @join__type(graph: A) { b: Int }")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []schema.Connector{
		{ID: "x", Subgraph: -1, Type: g.Query, Field: 1},
		{ID: "x", Subgraph: len(g.Subgraphs), Type: g.Query, Field: 1},
		{ID: "x", Subgraph: 2},
		{ID: "x", Subgraph: 2, Type: 1000},
		{ID: "x", Subgraph: 2, Type: g.TypeNamed("Int")},
		{ID: "x", Subgraph: 2, Type: g.Query, Field: 1000},
		{ID: "x", Subgraph: 2, Type: g.Query, Field: g.FieldNamed(g.TypeNamed("T"), "b")},
		{ID: "x", Subgraph: 2, Type: g.Query},
	} {
		if _, err := g.WithConnectors([]schema.Connector{c}); fault.CodeOf(err) != schema.InvalidSupergraph {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}
