package main

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// perRun is how many operations each of the two runs below compares.
const perRun = 2000

// fixedSeed is any number; a run with it tells a change of weft from luck.
const fixedSeed = 20261120

func TestFixedSeed(t *testing.T) { compare(t, fixedSeed) }

// TestFreshSeed looks somewhere new each time. A failure prints the seed and
// minimised specimens: fix the cause, keep the specimen in testdata/seeds.
func TestFreshSeed(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: random graphs are for whole runs")
	}
	compare(t, rand.Uint64N(1<<32))
}

func compare(t *testing.T, seed uint64) {
	t.Helper()
	t.Logf("seed %d", seed)
	c := &campaign{n: perRun, seed: seed, show: 3, workers: 2}
	report(t, c, "")
}

// report runs a campaign, which may not find differences.
func report(t *testing.T, c *campaign, flags string) {
	t.Helper()
	c.run()
	var out bytes.Buffer
	c.print(&out, false)
	if c.differences > 0 {
		t.Errorf("%s\nrepeat with: go run ./internal/differential -n %d -seed %d%s", out.String(), c.n, c.seed, flags)
	}
	if 10*c.notComposing > c.graphs {
		t.Errorf("%d of %d graphs do not compose: the generator has lost touch with the rules", c.notComposing, c.graphs)
	}
}

// Every difference that was ever fixed stays fixed, on both ways to fetch.
func TestSeeds(t *testing.T) {
	files, err := filepath.Glob("testdata/seeds/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no seeds")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			for _, starts := range []bool{false, true} {
				s, err := readSpecimen(file)
				if err != nil {
					t.Fatal(err)
				}
				s.starts = starts
				if err := s.replay(); err != nil {
					t.Errorf("starts %v: %v\n%s", starts, err, s)
				}
			}
		})
	}
}

// The same seed gives the same graph, operations and values.
func TestDeterministic(t *testing.T) {
	text := func() string {
		c := &campaign{n: 1, seed: 7}
		rng := rand.New(rand.NewPCG(c.seed, 3))
		b := draw(rng, traits{})
		var out strings.Builder
		for _, p := range b.subs {
			out.WriteString(p.name + "\n" + b.subgraphs()[p.name])
		}
		out.WriteString(b.whole())
		return out.String()
	}
	first := text()
	for range 20 {
		if again := text(); again != first {
			t.Fatal("two draws from one seed differ")
		}
	}
}

// A specimen survives being written and read.
func TestSpecimenRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/seeds/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no seeds", err)
	}
	s, err := readSpecimen(files[0])
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := s.write(dir, "x"); err != nil {
		t.Fatal(err)
	}
	again, err := readSpecimen(filepath.Join(dir, "x.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if s.question.query != again.question.query || s.traits != again.traits || len(s.subgraphs) != len(again.subgraphs) {
		t.Errorf("read %+v, wrote %+v", again, s)
	}
}
