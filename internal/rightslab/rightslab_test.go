package main

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestSeeded judges a few hundred operations; the command judges as many as one
// likes.
func TestSeeded(t *testing.T) {
	n := 600
	if testing.Short() {
		n = 200
	}
	c := &campaign{n: n, seed: 20, show: 1, workers: 2}
	c.run()
	var out strings.Builder
	c.print(&out)
	if c.failed > 0 || c.judged < n {
		t.Fatal(out.String())
	}
	t.Log(out.String())
	// A campaign of which nothing is removed says nothing.
	if c.touched < n/4 || c.nothing > n/2 || c.invalid > n/10 || c.notComposing > c.graphs/10 {
		t.Error("the generators have lost touch: ", out.String())
	}
}

// TestDrawIsDeterministic: a seed says everything.
func TestDrawIsDeterministic(t *testing.T) {
	text := func() string {
		rng := rand.New(rand.NewPCG(3, 4))
		sdls := drawGraph(rng)
		l, err := newLab(sdls, false, false)
		if err != nil {
			t.Fatal(err)
		}
		query, variables := write(rng, l.graph.API.AST)
		return printed(sdls) + query + variables
	}
	first := text()
	for range 5 {
		if text() != first {
			t.Fatal("a seed gives different graphs or operations")
		}
	}
}

// TestOracleFindsLeaks: an answer in full has what the caller may not see.
func TestOracleFindsLeaks(t *testing.T) {
	found := 0
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(9, seed))
		l, err := newLab(drawGraph(rng), false, false)
		if err != nil {
			t.Fatal(err)
		}
		l.chain = nil // nobody is held to anything
		for range 10 {
			q := question{person: drawPerson(rng)}
			q.query, q.variables = write(rng, l.graph.API.AST)
			if out := l.judge(&q); strings.HasPrefix(out.problem, "leak: ") || strings.HasPrefix(out.problem, "an answer of") {
				found++
			} else if out.removed == 0 && out.problem != "" {
				t.Fatalf("nothing is removed: %s", out.problem)
			}
		}
	}
	if found < 50 {
		t.Errorf("%d leaks found", found)
	}
}
