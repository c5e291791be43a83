package testkit_test

import (
	"context"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
)

// Execution to the letter of the specification, over fixtures.
func TestExecute(t *testing.T) {
	golden.Run(t, "testdata/execute", []string{"response.json"}, func(t *testing.T, c *golden.Case) {
		f, err := testkit.LoadFixture("test", []byte(c.Must(t, "schema.graphql")), []byte(c.Must(t, "data.json")))
		if err != nil {
			t.Fatal(err)
		}
		document, err := testkit.ParseDocument(f.Schema().AST, c.Must(t, "query.graphql"), "")
		if err != nil {
			t.Fatal(err)
		}
		variables := &testkit.Object{}
		if text, ok := c.Input("variables.json"); ok {
			if variables, err = testkit.ParseObject([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		c.Output(t, "response.json", string(f.Serve(context.Background(), document, variables).Body)+"\n")
	})
}
