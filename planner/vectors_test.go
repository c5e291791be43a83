package planner_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// vector is one operation of the plan vectors.
type vector struct {
	name  string
	graph *schema.Supergraph
	op    *operation.Operation
}

// vectors loads the plan vectors of a directory that is not part of the
// repository; without it the tests that need many plans have nothing to do.
func vectors(tb testing.TB, pattern string) []vector {
	tb.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = "../../shared/conformance"
	}
	files, err := filepath.Glob(filepath.Join(dir, "plans", pattern, "supergraph.graphql"))
	if err != nil || len(files) == 0 {
		tb.Skip("no plan vectors: set WEFT_CONFORMANCE")
	}
	var out []vector
	for _, file := range files {
		graph := loadGraph(tb, file)
		queries, err := filepath.Glob(filepath.Join(filepath.Dir(file), "operations", "*.graphql"))
		if err != nil {
			tb.Fatal(err)
		}
		for _, query := range queries {
			text, err := os.ReadFile(query)
			if err != nil {
				tb.Fatal(err)
			}
			op, err := operation.Prepare(context.Background(), graph.API, &operation.Request{Document: text})
			if err != nil {
				tb.Fatal(query, err)
			}
			name := filepath.Base(filepath.Dir(file)) + "/" + strings.TrimSuffix(filepath.Base(query), ".graphql")
			out = append(out, vector{name, graph, op})
		}
	}
	return out
}

func loadGraph(tb testing.TB, file string) *schema.Supergraph {
	tb.Helper()
	sdl, err := os.ReadFile(file)
	if err != nil {
		tb.Fatal(err)
	}
	graph, err := schema.Load(string(sdl))
	if err != nil {
		tb.Fatal(err)
	}
	return graph
}

func newPlanner(tb testing.TB, g *schema.Supergraph, o planner.Options) *planner.Planner {
	tb.Helper()
	p, err := planner.New(g, o)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

// TestDeterministic plans every vector again and again, with new and with warm
// routing tables, and wants the same plan.
func TestDeterministic(t *testing.T) {
	for _, v := range vectors(t, "*") {
		var want *plan.Plan
		warm := newPlanner(t, v.graph, planner.Options{})
		runs := 20
		if strings.HasPrefix(v.name, "lattice") {
			runs = 6 // ten times the work of the others, which matters under -race
		}
		for i := range runs {
			p := warm
			if i%5 == 0 {
				p = newPlanner(t, v.graph, planner.Options{})
			}
			got, err := p.Plan(context.Background(), v.op, operation.Choice{})
			if err != nil {
				t.Fatal(v.name, err)
			}
			got.Metrics.Work = 0 // less with warm tables
			if want == nil {
				want = got
			} else if !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: run %d differs", v.name, i)
			}
		}
	}
}

// TestInvariants checks the plans of every vector under each truth assignment
// of their conditions, and that plans differ no more than their keys.
func TestInvariants(t *testing.T) {
	for _, v := range vectors(t, "*") {
		p := newPlanner(t, v.graph, planner.Options{})
		for bits := range uint64(1) << min(len(v.op.Conditions), 4) {
			c := operation.Choice{Conditions: bits}
			got, err := p.Plan(context.Background(), v.op, c)
			if err != nil {
				t.Fatal(v.name, err)
			}
			if err := plan.Check(got); err != nil {
				t.Errorf("%s: %v", v.name, err)
			}
			c.Conditions |= 1 << 60
			if p.Key(v.op, c) != p.Key(v.op, operation.Choice{Conditions: bits}) {
				t.Errorf("%s: a condition that stays a guard changes the key", v.name)
			}
		}
	}
}

// TestBatching plans with less sharing: more requests, as valid.
func TestBatching(t *testing.T) {
	for _, v := range vectors(t, "b*") {
		last := 0
		for _, mode := range []planner.Batching{planner.BatchAll, planner.BatchPaths, planner.BatchOff} {
			got, err := newPlanner(t, v.graph, planner.Options{Batching: mode}).Plan(context.Background(), v.op, operation.Choice{})
			if err != nil {
				t.Fatal(v.name, err)
			}
			if err := plan.Check(got); err != nil {
				t.Errorf("%s: %v", v.name, err)
			}
			for i := range got.Fetches {
				if n := len(got.Fetches[i].Sets); n > 1 && mode != planner.BatchAll {
					t.Errorf("%s: fetch %d has %d sets", v.name, i, n)
				}
			}
			if got.Metrics.Requests < last {
				t.Errorf("%s: %d requests in mode %d, %d with more sharing", v.name, got.Metrics.Requests, mode, last)
			}
			last = got.Metrics.Requests
		}
	}
}

// TestLimits passes each limit in turn.
func TestLimits(t *testing.T) {
	big := vectors(t, "lattice")
	for name, l := range map[string]planner.Limits{
		"work": {Work: 10}, "places": {Places: 1}, "branches": {Branches: 1},
		"requests": {Requests: 1}, "text": {Text: 10}, "time": {Time: 1},
	} {
		failed := 0
		for _, v := range big {
			_, err := newPlanner(t, v.graph, planner.Options{Limits: l}).Plan(context.Background(), v.op, operation.Choice{})
			if err == nil {
				continue
			}
			failed++
			if code := fault.CodeOf(err); code != fault.PlanLimitExceeded {
				t.Errorf("%s: %s: code %q: %v", name, v.name, code, err)
			}
		}
		if failed == 0 && name != "time" { // the clock is only read now and then
			t.Errorf("%s: nothing failed", name)
		}
	}
}

// TestCancelled stops planning when the context ends.
func TestCancelled(t *testing.T) {
	v := vectors(t, "lattice")[0]
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newPlanner(t, v.graph, planner.Options{}).Plan(ctx, v.op, operation.Choice{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestConcurrent plans with one planner from several goroutines: they share the
// routing tables and nothing else.
func TestConcurrent(t *testing.T) {
	all := vectors(t, "lattice-s")
	p := newPlanner(t, all[0].graph, planner.Options{Parallel: 4, Queue: 100})
	want := make([]*plan.Plan, len(all))
	for i, v := range all {
		var err error
		if want[i], err = newPlanner(t, v.graph, planner.Options{}).Plan(context.Background(), v.op, operation.Choice{}); err != nil {
			t.Fatal(err)
		}
		want[i].Metrics.Work = 0
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i, v := range all {
				got, err := p.Plan(context.Background(), v.op, operation.Choice{})
				if err != nil {
					t.Error(err)
					continue
				}
				got.Metrics.Work = 0
				if !reflect.DeepEqual(got, want[i]) {
					t.Errorf("%s: differs", v.name)
				}
			}
		})
	}
	wg.Wait()
}
