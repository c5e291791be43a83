package compose

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
)

// TestSatisfiabilityOfRows shows what is said of graphs with connectors, places
// in the declaring subgraph included.
func TestSatisfiabilityOfRows(t *testing.T) {
	golden.Run(t, "testdata/satisfiability_rows", []string{"errors.txt"}, func(t *testing.T, c *golden.Case) {
		r := Compose(caseInputs(t, c), Options{SkipSatisfiability: true})
		if !r.OK() {
			t.Fatal(explainedText(r.Errors))
		}
		g, err := testkit.WithConnectors(r.Graph, c.Must(t, "connectors"))
		if err != nil {
			t.Fatal(err)
		}
		errs, _ := checkSatisfiability(g)
		var list []Diagnostic
		for _, d := range errs {
			list = append(list, d.Diagnostic)
			for _, at := range d.at {
				if g.Subgraphs[at.sub].Connector != "" {
					t.Errorf("%s is said to be in the row %s", at.typ, g.Subgraphs[at.sub].Connector)
				}
			}
		}
		c.Output(t, "errors.txt", explainedText(list))
	})
}

// The walk and the brute force agree on random graphs some of whose subgraphs
// are random connectors.
func TestRowsAgainstBruteForce(t *testing.T) {
	satisfiable, compared := 0, 0
	for seed := range uint64(250) {
		inputs := randomSubgraphs(seed)
		res := Compose(inputs, Options{SkipSatisfiability: true})
		if !res.OK() {
			continue
		}
		rng := rand.New(rand.NewPCG(seed, 2))
		var list []string
		g := res.Graph
		for s := range res.Graph.Subgraphs {
			if rng.IntN(2) > 0 && s > 0 {
				continue
			}
			connectors := testkit.DrawConnectors(res.Graph, s, rng, 95, false)
			for _, c := range connectors {
				list = append(list, c.ID+" key "+c.Key+" selects "+c.Select)
			}
			var err error
			if g, err = g.WithConnectors(connectors); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		errs, _ := checkSatisfiability(g)
		if slices.ContainsFunc(errs, func(d routeDiagnostic) bool { return d.Code == ShareableMismatchedRuntimeTypes }) {
			continue // nothing is followed below such a field
		}
		compared++
		want := bruteSatisfiable(g, bruteDepth+2) // selections are as deep as the others need
		if want {
			satisfiable++
		}
		if got := len(errs) == 0; got != want {
			t.Errorf("seed %d: satisfiable = %v, brute force says %v", seed, got, want)
			for _, d := range errs {
				t.Log(d.Message, d.Example)
			}
			for _, in := range inputs {
				t.Logf("-- %s\n%s", in.Name, in.SDL)
			}
			for _, c := range list {
				t.Log(c)
			}
		}
	}
	t.Logf("%d of %d graphs are satisfiable", satisfiable, compared)
	if satisfiable < compared/20 {
		t.Errorf("%d of %d graphs are satisfiable: the generator is lopsided", satisfiable, compared)
	}
}
