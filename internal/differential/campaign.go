package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/weftql/weft/internal/testkit"
)

// operationsPerGraph is how many operations share one graph: composing and
// planning tables cost more than an operation; chosen.
const operationsPerGraph = 20

// campaign is one run of many graphs.
type campaign struct {
	n, show, workers int
	// rows is how many graphs in a hundred have subgraphs made of connectors.
	rows int
	seed uint64

	asked, differences   int
	graphs, notComposing int
	connected            int // graphs with connectors
	engines              int // graphs with connectors that package connectors answers
	unwritten            int // operations the author gave up on
	reasons              map[string]int
	shown                []*specimen
	weight               weight
}

// outcome is what one graph gave.
type outcome struct {
	asked, unwritten int
	connected        bool
	engines          int    // sources of package connectors
	skipped          string // why the graph does not compose
	found            []*specimen
	weight           weight
}

// weight says how much work the operations were, so that a campaign of trifles
// shows.
type weight struct {
	operations, requests, rounds, deep int
}

func (w *weight) add(requests, rounds int) {
	w.operations++
	w.requests += requests
	w.rounds += rounds
	if rounds >= 3 {
		w.deep++
	}
}

func (w *weight) merge(o weight) {
	w.operations += o.operations
	w.requests += o.requests
	w.rounds += o.rounds
	w.deep += o.deep
}

// String gives the averages.
func (w *weight) String() string {
	n := float64(max(1, w.operations))
	return fmt.Sprintf("%.1f requests and %.1f rounds an operation, %.0f %% in 3 rounds or more", float64(w.requests)/n, float64(w.rounds)/n, 100*float64(w.deep)/n)
}

// run works on the graphs in parallel and adds the outcomes in order.
func (c *campaign) run() {
	c.reasons = map[string]int{}
	count := (c.n + operationsPerGraph - 1) / operationsPerGraph
	for first := 0; c.asked < c.n; first += count {
		for _, o := range testkit.Parallel(c.workers, first, count, c.graph) {
			c.add(o)
			if c.asked >= c.n {
				break
			}
		}
		if c.graphs > 0 && c.asked == 0 && c.notComposing == c.graphs {
			return // nothing composes: no point in going on
		}
		count = max(c.workers, (c.n-c.asked)/operationsPerGraph)
	}
}

func (c *campaign) add(o *outcome) {
	c.graphs++
	if o.skipped != "" {
		c.notComposing++
		c.reasons[o.skipped]++
		return
	}
	if o.connected {
		c.connected++
	}
	if o.engines > 0 {
		c.engines++
	}
	asked := min(o.asked, c.n-c.asked)
	c.asked += asked
	c.unwritten += o.unwritten
	c.weight.merge(o.weight)
	for _, s := range o.found {
		c.differences++
		if len(c.shown) < c.show {
			c.shown = append(c.shown, shrink(s))
		}
	}
	c.differences = min(c.differences, c.asked)
}

// graph draws one graph and asks its operations.
func (c *campaign) graph(number uint64) *outcome {
	rng := rand.New(rand.NewPCG(c.seed, number))
	t := traits{Seed: rng.Uint64(), Errors: rng.IntN(100) < 35, Absent: rng.IntN(100) < 30}
	if rng.IntN(100) < 30 {
		t.Batching = rng.IntN(3)
	}
	b := draw(rng, t)
	s := specimen{subgraphs: b.subgraphs(), whole: b.whole(), traits: t, starts: rng.IntN(2) == 0}
	if c.rows > 0 && rng.IntN(100) < c.rows {
		s.traits.Engine = rng.IntN(4) > 0
		s.connectors = drawConnectors(rng, s.subgraphs, s.traits.Engine)
	}
	l, err := build(s.subgraphs, s.connectors, s.whole, s.traits, s.starts)
	if errors.Is(err, errCompose) {
		return &outcome{skipped: err.Error()}
	}
	o := &outcome{connected: s.connectors != ""}
	if err != nil {
		s.verdict = verdict{kind: "api", difference: err.Error()}
		o.asked, o.found = 1, []*specimen{&s}
		return o
	}
	o.engines = len(l.rows)
	for range operationsPerGraph {
		query, variables := writeOperation(rng, l.whole)
		if query == "" {
			o.unwritten++
			continue
		}
		q := question{query: query, variables: variables}
		for _, label := range l.labels {
			if rng.IntN(2) == 0 {
				q.labels = append(q.labels, label)
			}
		}
		q.broken = drawBreakdown(rng, l, query)
		o.asked++
		v := l.ask(&q)
		o.weight.add(v.requests, v.rounds)
		if v.difference != "" {
			found := s
			found.question, found.verdict = q, v
			o.found = append(o.found, &found)
		}
	}
	return o
}

func (c *campaign) print(out io.Writer, verbose bool) {
	fmt.Fprintf(out, "differential %d/%d (seed %d, %d graphs, %d do not compose, %d operations not written)\n",
		c.asked-c.differences, c.asked, c.seed, c.graphs, c.notComposing, c.unwritten)
	fmt.Fprintf(out, "  %s\n", &c.weight)
	if c.rows > 0 {
		fmt.Fprintf(out, "  %d graphs have connectors, %d of them answered by package connectors\n", c.connected, c.engines)
	}
	if verbose {
		for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
			fmt.Fprintf(out, "%d graphs: %s\n", c.reasons[reason], reason)
		}
	}
	for _, s := range c.shown {
		fmt.Fprintf(out, "\n%s", s)
	}
}
