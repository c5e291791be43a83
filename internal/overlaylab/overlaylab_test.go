package main

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

// TestSeeded judges a few hundred operations; the command judges as many as one
// likes.
func TestSeeded(t *testing.T) {
	n := 450
	if testing.Short() {
		n = 150
	}
	c := &campaign{n: n, seed: 20, show: 1, workers: 2}
	c.run()
	var out strings.Builder
	c.print(&out)
	if c.failed > 0 || c.judged < n {
		t.Fatal(out.String())
	}
	t.Log(out.String())
	// A campaign that never meets a derived field or a failing expression says
	// nothing of them.
	if c.requests < n || c.expressions == 0 || c.denied < n/20 || c.invalid > n/20 || c.notComposing > c.graphs/10 {
		t.Error("the generators have lost touch: ", out.String())
	}
}

// TestDrawIsDeterministic: a seed says everything, and says something.
func TestDrawIsDeterministic(t *testing.T) {
	text := func() string {
		rng := rand.New(rand.NewPCG(3, 4))
		g := drawGraph(rng)
		g.drawOverlay()
		l, err := newLab(g, false)
		if err != nil {
			t.Fatal(err)
		}
		all := g.printed()
		for range operationsPerGraph {
			q := l.draw(rng)
			all += q.query + q.variables
		}
		return all
	}
	one := text()
	if one != text() {
		t.Error("the same seed draws two things")
	}
	for _, want := range []string{"@from", "@expr", "@rename", "@default", "@cap"} {
		if !strings.Contains(one, want) {
			t.Errorf("no %s", want)
		}
	}
	if n := len(regexp.MustCompile(`: d\d`).FindAllString(one, -1)); n < 10 {
		t.Errorf("%d derived fields are asked for", n)
	}
}
