package testkit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/schema"
)

// The mock world and the executor must give the vectors' responses by
// themselves, without any plan.
func TestMockAnswersPlanVectors(t *testing.T) {
	graphs, err := filepath.Glob(filepath.Join(vectors(t, "plans"), "*", "supergraph.graphql"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range graphs {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			graph, err := schema.Load(string(read(t, file)))
			if err != nil {
				t.Fatal(err)
			}
			mock, err := testkit.NewMock(graph.AST, subgraphSchemas(t, dir))
			if err != nil {
				t.Fatal(err)
			}
			responses, err := testkit.ParseObject(read(t, filepath.Join(dir, "responses.json")))
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range responses.Names() {
				text := string(read(t, filepath.Join(dir, "operations", name+".graphql")))
				document, err := testkit.ParseDocument(graph.API.AST, text, "")
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				for _, c := range responses.Value(name).([]any) {
					c := c.(*testkit.Object)
					variables, _ := c.Value("variables").(*testkit.Object)
					got := testkit.Execute(context.Background(), document, testkit.WorldResolver{World: mock}, variables)
					if d := testkit.Diff(c.Value("data"), got.Data, true); d != "" || len(got.Errors) > 0 {
						t.Errorf("%s %s: %s %v", name, testkit.FormatJSON(variables), d, got.Errors)
					}
				}
			}
		})
	}
}

func subgraphSchemas(t *testing.T, dir string) []*testkit.SubgraphSchema {
	t.Helper()
	files, err := os.ReadDir(filepath.Join(dir, "subgraphs"))
	if err != nil {
		t.Fatal(err)
	}
	var list []*testkit.SubgraphSchema
	for _, f := range files {
		s, err := testkit.LoadSubgraph(strings.TrimSuffix(f.Name(), ".graphql"), string(read(t, filepath.Join(dir, "subgraphs", f.Name()))))
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}
