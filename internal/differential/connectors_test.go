package main

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// Graphs some of whose subgraphs are random connectors answer like a monolith,
// and ask no connector for what it does not yield. Of most, package connectors
// is the source.
func TestConnectors(t *testing.T) {
	seed := uint64(fixedSeed)
	if !testing.Short() && rand.IntN(2) == 0 { // every other run looks somewhere new
		seed = rand.Uint64N(1 << 32)
	}
	t.Logf("seed %d", seed)
	c := &campaign{n: perRun, seed: seed, show: 3, workers: 2, rows: 100}
	report(t, c, " -rows 100")
	if 3*c.connected < c.graphs {
		t.Errorf("%d of %d graphs have connectors: the generator has lost touch with the rules", c.connected, c.graphs)
	}
	if 3*c.engines < c.graphs {
		t.Errorf("package connectors answered for %d of %d graphs", c.engines, c.graphs)
	}
}

// An edit takes away one thing: a subgraph's connectors, one of them, or a part
// of its selection.
func TestEditConnectors(t *testing.T) {
	text := "a: s Query.x { id y { z } }\nb: s T(id sub { k }) { id }\nc: t T.f[id]5\n"
	seen := map[string]bool{}
	for n := 0; ; n++ {
		got, ok := editConnectors(text, n)
		if !ok {
			break
		}
		if len(got) >= len(text) {
			t.Errorf("edit %d: %s", n, got)
		}
		seen[got] = true
	}
	for _, want := range []string{"c: t T.f[id]5\n", strings.Replace(text, "{ id y { z } }", "{ id y }", 1)} {
		if !seen[want] {
			t.Errorf("no edit gives %s", want)
		}
	}
}
