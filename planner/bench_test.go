package planner_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// BenchmarkPlan plans a small, a middling and a large operation over four
// subgraphs, with warm routing tables as on a running gateway.
func BenchmarkPlan(b *testing.B) {
	graph := benchGraph(b)
	for _, name := range []string{"tiny", "medium", "heavy"} {
		text, err := os.ReadFile("testdata/bench/queries/" + name + ".graphql")
		if err != nil {
			b.Fatal(err)
		}
		op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: text})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) { benchmarkPlan(b, graph, op) })
	}
}

// BenchmarkPlanVectors plans every plan vector.
func BenchmarkPlanVectors(b *testing.B) {
	for _, v := range vectors(b, "*") {
		b.Run(v.name, func(b *testing.B) { benchmarkPlan(b, v.graph, v.op) })
	}
}

func benchmarkPlan(b *testing.B, graph *schema.Supergraph, op *operation.Operation) {
	p := newPlanner(b, graph, planner.Options{})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Plan(context.Background(), op, operation.Choice{}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchGraph(b *testing.B) *schema.Supergraph {
	b.Helper()
	files, err := filepath.Glob("testdata/bench/subgraphs/*.graphql")
	if err != nil {
		b.Fatal(err)
	}
	var inputs []compose.Input
	for _, file := range files {
		sdl, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".graphql")
		inputs = append(inputs, compose.Input{Name: name, SDL: federation2 + string(sdl)})
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		b.Fatal(result.Errors[0])
	}
	return result.Graph
}

// BenchmarkNew builds the planner of the largest vector, 40 subgraphs.
func BenchmarkNew(b *testing.B) {
	g := vectors(b, "lattice")[0].graph
	b.ReportAllocs()
	for b.Loop() {
		newPlanner(b, g, planner.Options{})
	}
}
