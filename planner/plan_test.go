package planner_test

import (
	"context"
	"slices"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// TestPlans plans one case per rewrite: where it fires (expect), and near misses
// where it must not (expect-not).
func TestPlans(t *testing.T) {
	golden.Run(t, "testdata/plan", []string{"plan.txt"}, func(t *testing.T, c *golden.Case) {
		graph := composeCase(t, c)
		op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: []byte(c.Must(t, "query.graphql"))})
		if err != nil {
			t.Fatal(err)
		}
		trace := &planner.Trace{}
		p, err := planner.New(graph, planner.Options{Trace: trace})
		if err != nil {
			t.Fatal(err)
		}
		variables, _ := c.Input("variables.json")
		_, conditions, err := op.Coerce([]byte(variables), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Plan(context.Background(), op, operation.Choice{Conditions: conditions})
		if err != nil {
			t.Fatal(err)
		}
		if err := plan.Check(got); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		fired := trace.Passes()
		for _, name := range c.Headers("expect") {
			if !slices.Contains(fired, name) {
				t.Errorf("%s did not fire; fired: %v", name, fired)
			}
		}
		for _, name := range c.Headers("expect-not") {
			if slices.Contains(fired, name) {
				t.Errorf("%s fired", name)
			}
		}
		if want := c.Header("calls"); want != "" {
			if got := calls(got); got != want {
				t.Errorf("calls\n got %s\nwant %s", got, want)
			}
		}
		c.Output(t, "plan.txt", plan.Text(got))
	})
}
