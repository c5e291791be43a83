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

// operationsPerGraph is how many operations share a graph; chosen.
const operationsPerGraph = 20

// campaign is one run of many graphs.
type campaign struct {
	n, show, workers int
	seed             uint64

	judged, failed       int
	graphs, notComposing int
	invalid, public      int
	touched, nothing     int // operations that lost something, and everything
	reasons              map[string]int
	shown                []string
}

// batch is what one graph gave.
type batch struct {
	skipped          string
	public           bool
	invalid          int
	judged           int
	touched, nothing int
	failures         []string
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
	switch {
	case b.skipped != "":
		c.notComposing++
		c.reasons[b.skipped]++
		return
	case b.public:
		c.public++
		return
	}
	c.judged += b.judged
	c.invalid += b.invalid
	c.touched += b.touched
	c.nothing += b.nothing
	c.failed += len(b.failures)
	for _, f := range b.failures {
		if len(c.shown) < c.show {
			c.shown = append(c.shown, f)
		}
	}
}

// graph draws a graph and asks its operations.
func (c *campaign) graph(number uint64) *batch {
	rng := rand.New(rand.NewPCG(c.seed, number))
	sdls := drawGraph(rng)
	old := rng.IntN(2) == 0
	l, err := newLab(sdls, old, rng.IntN(2) == 0)
	switch {
	case errors.Is(err, errCompose):
		code, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), errCompose.Error()+": "), ":")
		return &batch{skipped: code}
	case err != nil:
		return &batch{judged: 1, failures: []string{fmt.Sprintf("graph %d: %v\n%s", number, err, printed(sdls))}}
	case l.rights == nil:
		return &batch{public: true}
	}
	b := &batch{}
	for range operationsPerGraph {
		q := question{person: drawPerson(rng)}
		q.query, q.variables = write(rng, l.graph.API.AST)
		out := l.judge(&q)
		if out.invalid {
			b.invalid++
			continue
		}
		b.judged++
		if out.removed > 0 {
			b.touched++
		}
		if out.nothing {
			b.nothing++
		}
		if out.problem != "" {
			b.failures = append(b.failures, fmt.Sprintf("graph %d (old %v): %s\n%s\ncaller %+v, variables %s\n%s\nwant %s\ngot  %s\n%s",
				number, old, out.problem, printed(sdls), q.person, q.variables, q.query, out.want, out.got, out.log))
			for _, m := range l.members {
				m.Reset()
			}
		}
	}
	return b
}

func printed(sdls map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sdls)) {
		fmt.Fprintf(&b, "--- %s\n%s", name, strings.TrimPrefix(sdls[name], imports))
	}
	return b.String()
}

func (c *campaign) print(out io.Writer) {
	fmt.Fprintf(out, "rightslab %d/%d (seed %d, %d graphs, %d do not compose, %d ask for nothing, %d operations not valid)\n",
		c.judged-c.failed, c.judged, c.seed, c.graphs, c.notComposing, c.public, c.invalid)
	fmt.Fprintf(out, "  %d operations lost something, of %d nothing was left\n", c.touched, c.nothing)
	for _, reason := range slices.Sorted(maps.Keys(c.reasons)) {
		fmt.Fprintf(out, "  %d graphs: %s\n", c.reasons[reason], reason)
	}
	for _, text := range c.shown {
		fmt.Fprintf(out, "\n%s\n", text)
	}
}
