package planner_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
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

// connected is a graph of n entities in a ring, each with a list, a single and a
// batch connector and one for a field, over one subgraph.
func connected(tb testing.TB, n int) *schema.Supergraph {
	tb.Helper()
	var sdl, connectors strings.Builder
	sdl.WriteString(federation2 + "type Query {")
	for i := range n {
		fmt.Fprintf(&sdl, " t%ds: [T%d]", i, i)
	}
	sdl.WriteString(" }\n")
	for i := range n {
		next := (i + 1) % n
		fmt.Fprintf(&sdl, "type T%d @key(fields: \"id\") { id: ID! a: Int b: String c: Int next: T%d more: [T%d] same: T%d }\n", i, next, next, i)
		fmt.Fprintf(&connectors, "list%d: s Query.t%ds { id a next { id } same { id } }\n", i, i)
		fmt.Fprintf(&connectors, "one%d: s T%d(id) { id a b next { id a } }\n", i, i)
		fmt.Fprintf(&connectors, "many%d: s T%d[id]50 { id a b c same { id b } }\n", i, i)
		fmt.Fprintf(&connectors, "more%d: s T%d.more(id) { id a }\n", i, i)
	}
	result := compose.Compose([]compose.Input{{Name: "s", SDL: sdl.String()}}, compose.Options{SkipSatisfiability: true})
	if !result.OK() {
		tb.Fatal(result.Errors[0].Message)
	}
	graph, err := testkit.WithConnectors(result.Graph, connectors.String())
	if err != nil {
		tb.Fatal(err)
	}
	return graph
}

// BenchmarkPlanRows plans over 200 connectors.
func BenchmarkPlanRows(b *testing.B) {
	graph := connected(b, 50)
	p := newPlanner(b, graph, planner.Options{})
	op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: []byte(
		`{ t0s { a b c next { a b next { c same { b more { a b next { c } } } } } more { a b c } } t7s { b more { c more { b } } } }`)})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Plan(context.Background(), op, operation.Choice{}); err != nil {
			b.Fatal(err)
		}
	}
}
