package planner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// TestRows plans over connectors. The headers are those of TestEdgeCases; calls
// names connectors by their ids. fails is what planning must say instead.
func TestRows(t *testing.T) {
	golden.Run(t, "testdata/rows", []string{"plan.txt"}, func(t *testing.T, c *golden.Case) {
		if want := c.Header("fails"); want != "" {
			planFails(t, c, want)
			return
		}
		p := planCase(t, c, planner.Options{})
		if err := plan.Check(p); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		if got, want := calls(p), c.Header("calls"); got != want {
			t.Errorf("calls\n got %s\nwant %s", got, want)
		}
		if want := c.Header("requests"); want != "" && fmt.Sprint(p.Metrics.Requests) != want {
			t.Errorf("%d requests, want %s", p.Metrics.Requests, want)
		}
		for _, rule := range c.Headers("without") {
			connector, word, _ := strings.Cut(rule, " ")
			for _, f := range p.Fetches {
				if f.Sets[0].Lookup == connector && strings.Contains(f.Operation, word) {
					t.Errorf("%q is asked of %s: %s", word, connector, f.Operation)
				}
			}
		}
		c.Output(t, "plan.txt", plan.Text(p))
	})
}

func planFails(t *testing.T, c *golden.Case, want string) {
	t.Helper()
	graph := composeCase(t, c)
	op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: []byte(c.Must(t, "query.graphql"))})
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPlanner(t, graph, planner.Options{}).Plan(context.Background(), op, operation.Choice{})
	if err == nil {
		t.Errorf("got %s, want an error with %q", calls(p), want)
	} else if text := fmt.Sprint(err, errors.Unwrap(err)); !strings.Contains(text, want) {
		t.Errorf("got %s, want an error with %q", text, want)
	}
}
