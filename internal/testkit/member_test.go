package testkit_test

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
)

// A member answers what a real subgraph could have known and records the rest.
// The graph is testdata/plans/orchard: press has sort and kilos from outside.
func TestMemberRules(t *testing.T) {
	const root = "../../testdata/plans/orchard/"
	sdls := map[string]string{
		"press": string(read(t, root+"subgraphs/press.graphql")),
		"trees": string(read(t, root+"subgraphs/trees.graphql")),
	}
	graph, err := schema.Load(string(read(t, root+"supergraph.graphql")))
	if err != nil {
		t.Fatal(err)
	}
	members, err := testkit.Federate(nil, sdls, nil)
	if err != nil {
		t.Fatal(err)
	}
	mock, err := testkit.NewMock(graph.AST, []*testkit.SubgraphSchema{members[0].Schema(), members[1].Schema()})
	if err != nil {
		t.Fatal(err)
	}
	press := members[0]
	press.World = mock
	for _, c := range []struct{ name, query, reps, want string }{
		{"provided", `{ best { id sort } }`, ``, ""},
		{"external", `{ best { kilos } }`, ``, "external field Tree.kilos read"},
		{"not provided on this path", entities("sort"), `[{"__typename":"Tree","id":"id#4"}]`, "external field Tree.sort read"},
		{"required inputs", entities("litres"), `[{"__typename":"Tree","id":"id#4","kilos":4.5}]`, ""},
		{"no representation", `{ best { litres } }`, ``, "Tree.litres read without a representation"},
		{"missing input", entities("litres"), `[{"__typename":"Tree","id":"id#4"}]`, `required "kilos": is missing or null`},
		{"wrong input", entities("litres"), `[{"__typename":"Tree","id":"id#4","kilos":5.5}]`, `required "kilos": is 5.5, not 4.5`},
		{"no key", entities("id"), `[{"__typename":"Tree","kilos":1}]`, "representation without a complete key"},
		{"null key", entities("id"), `[{"__typename":"Tree","id":null}]`, "representation without a complete key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			press.Reset()
			document, err := testkit.ParseDocument(press.Schema().AST, c.query, "")
			if err != nil {
				t.Fatal(err)
			}
			variables := &testkit.Object{}
			if c.reps != "" {
				reps, err := testkit.ParseJSON([]byte(c.reps))
				if err != nil {
					t.Fatal(err)
				}
				variables.Set("r", reps)
			}
			press.Serve(context.Background(), document, variables)
			got := strings.Join(press.Violations(), "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("want %q, got %q", c.want, got)
			}
		})
	}
}

func entities(field string) string {
	return `query($r: [_Any!]!) { _entities(representations: $r) { ... on Tree { ` + field + ` } } }`
}
