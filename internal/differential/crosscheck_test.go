package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"github.com/weftql/weft/internal/testkit"
)

// crosschecked is how many operations a test compares, each with its answers as
// they are and damaged.
const crosschecked = 600

// The executor agrees with the interpreter of plans, whatever subgraphs answer.
func TestCrosscheck(t *testing.T) { crosscheck(t, fixedSeed, crosschecked, false) }

// TestCrosscheckConnectors does the same over random connectors.
func TestCrosscheckConnectors(t *testing.T) { crosscheck(t, fixedSeed, crosschecked/3, true) }

// TestCrosscheckFresh looks somewhere new each time.
func TestCrosscheckFresh(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: random graphs are for whole runs")
	}
	crosscheck(t, rand.Uint64N(1<<32), crosschecked, rand.IntN(3) == 0)
}

func crosscheck(t *testing.T, seed uint64, n int, rows bool) {
	t.Helper()
	t.Logf("seed %d, rows %v", seed, rows)
	failures := 0
	for number := uint64(0); n > 0; number++ {
		rng := rand.New(rand.NewPCG(seed, number))
		traits := traits{Seed: rng.Uint64(), Errors: rng.IntN(100) < 35, Absent: rng.IntN(100) < 30}
		b := draw(rng, traits)
		connectors := ""
		if rows {
			connectors = drawConnectors(rng, b.subgraphs(), false)
		}
		l, err := build(b.subgraphs(), connectors, b.whole(), traits, false)
		if errors.Is(err, errCompose) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for range operationsPerGraph {
			query, variables := writeOperation(rng, l.whole)
			if query == "" {
				continue
			}
			q := question{query: query, variables: variables}
			for _, label := range l.labels {
				if rng.IntN(2) == 0 {
					q.labels = append(q.labels, label)
				}
			}
			for _, damage := range []uint64{0, 1 + rng.Uint64N(1<<40), 1 + rng.Uint64N(1<<40)} {
				l.reset(q.labels)
				a := &testkit.Ask{Query: q.query, Labels: q.labels}
				if q.variables.Len() > 0 {
					a.Variables = []byte(testkit.FormatJSON(q.variables))
				}
				if d := l.gateway.Crosscheck(context.Background(), a, damage); d != "" {
					t.Errorf("seed %d graph %d damage %d\n%s\n%s", seed, number, damage, q.query, d)
					if failures++; failures == 3 {
						t.FailNow()
					}
				}
			}
			n--
		}
	}
}

// TestCrosscheckSeed repeats what a failure printed.
func TestCrosscheckSeed(t *testing.T) {
	if seed, err := strconv.ParseUint(os.Getenv("WEFT_SEED"), 10, 64); err == nil {
		crosscheck(t, seed, 6*crosschecked, os.Getenv("WEFT_ROWS") != "")
	}
}
