package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// operationsPerGraph is how many operations share an overlay; chosen.
const operationsPerGraph = 15

// campaign is one run of many overlays.
type campaign struct {
	n, show, workers int
	seed             uint64

	judged, failed       int
	graphs, notComposing int
	invalid, expressions int
	denied, requests     int
	reasons              map[string]int
	shown                []string
}

// batch is what one graph gave.
type batch struct {
	skipped               string
	judged, invalid       int
	expressions, requests int
	denied                int
	failures              []string
}

// run works on graphs in parallel and adds what they gave in order.
func (c *campaign) run() {
	c.reasons = map[string]int{}
	count := (c.n + operationsPerGraph - 1) / operationsPerGraph
	for first := 0; c.judged < c.n && first < 10*c.n; first += count {
		for _, b := range testkit.Parallel(c.workers, first, count, c.graph) {
			if c.judged < c.n {
				c.add(b)
			}
		}
		count = max(c.workers, (c.n-c.judged)/operationsPerGraph)
	}
}

func (c *campaign) add(b *batch) {
	c.graphs++
	if b.skipped != "" {
		c.notComposing++
		c.reasons[b.skipped]++
		return
	}
	c.judged += b.judged
	c.invalid += b.invalid
	c.expressions += b.expressions
	c.requests += b.requests
	c.denied += b.denied
	c.failed += len(b.failures)
	for _, f := range b.failures {
		if len(c.shown) < c.show {
			c.shown = append(c.shown, f)
		}
	}
}

// graph draws a graph and an overlay and asks operations.
func (c *campaign) graph(seed uint64) *batch {
	rng := rand.New(rand.NewPCG(c.seed, seed))
	g := drawGraph(rng)
	g.drawOverlay()
	l, err := newLab(g, rng.IntN(2) == 0)
	switch {
	case errors.Is(err, errCompose):
		reason, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), errCompose.Error()+": "), ":")
		return &batch{skipped: reason}
	case err != nil:
		return &batch{judged: 1, failures: []string{fmt.Sprintf("graph %d: %v\n%s", seed, err, g.printed())}}
	}
	b := &batch{}
	for range operationsPerGraph {
		q := l.draw(rng)
		out := l.judge(q)
		if out.invalid {
			b.invalid++
			continue
		}
		b.judged++
		b.requests += out.asked
		if out.failed {
			b.expressions++
		}
		if len(q.denied) > 0 {
			b.denied++
		}
		if out.problem != "" {
			b.failures = append(b.failures, fmt.Sprintf("graph %d: %s\n%s\nvariables %s, denied %v\n%s\nwant %s\ngot  %s\n%s",
				seed, out.problem, g.printed(), q.variables, slices.Sorted(maps.Keys(q.denied)), q.query, out.want, out.got, out.log))
			for _, m := range l.members {
				m.Reset()
			}
		}
	}
	return b
}

func (g *sketch) printed() string {
	var b strings.Builder
	sdls := g.subgraphs()
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		fmt.Fprintf(&b, "--- %s\n%s", name, strings.TrimPrefix(sdls[name], imports))
	}
	return b.String() + "--- overlay\n" + g.overlay()
}

func (c *campaign) print(out io.Writer) {
	fmt.Fprintf(out, "overlaylab %d/%d (seed %d, %d graphs, %d do not compose, %d operations not valid)\n",
		c.judged-c.failed, c.judged, c.seed, c.graphs, c.notComposing, c.invalid)
	fmt.Fprintf(out, "  %d requests, %d operations with an expression that fails, %d without some field\n", c.requests, c.expressions, c.denied)
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		fmt.Fprintf(out, "  %d graphs: %s\n", c.reasons[reason], reason)
	}
	for _, text := range c.shown {
		fmt.Fprintf(out, "\n%s\n", text)
	}
}
