package planner_test

import (
	"context"
	"os"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema/compose"
)

// FuzzPlan plans whatever validates: no panic, no unreachable field, and every
// plan keeps the invariants.
func FuzzPlan(f *testing.F) {
	var inputs []compose.Input
	for _, name := range []string{"ratings", "titles", "people"} {
		sdl, err := os.ReadFile("testdata/titles/" + name + ".graphql")
		if err != nil {
			f.Fatal(err)
		}
		inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: federation2 + string(sdl)})
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		f.Fatal(result.Errors)
	}
	p, err := planner.New(result.Graph, planner.Options{})
	if err != nil {
		f.Fatal(err)
	}
	for _, q := range []string{
		`{ titles { name score ... on Film { director { name credits { title { score } } } } } }`,
		`{ top { __typename score ... on Show { seasons rank(by: "x") } } }`,
		`query($a: Boolean!, $b: Boolean!, $c: Boolean!, $d: Boolean!, $e: Boolean!) { top @include(if: $a) { id ... @skip(if: $b) { score } } t: top @skip(if: $c) { name @include(if: $d) } titles @include(if: $e) { name } titles { id } }`,
		`mutation { a: rate(id: 1, score: 2) { score name } b: rate(id: 1, score: 3) { name } }`,
		`{ any { ... on Person { name } ... on Film { weight cost } } __schema { types { name } } }`,
	} {
		f.Add(q, uint64(5))
	}
	f.Fuzz(func(t *testing.T, query string, conditions uint64) {
		op, err := operation.Prepare(context.Background(), result.Graph.API, &operation.Request{Document: []byte(query)})
		if err != nil {
			return
		}
		got, err := p.Plan(context.Background(), op, operation.Choice{Conditions: conditions})
		if err != nil {
			if fault.CodeOf(err) != fault.PlanLimitExceeded {
				t.Fatalf("%v\n%s", err, query)
			}
			return
		}
		if err := plan.Check(got); err != nil {
			t.Fatalf("%v\n%s", err, query)
		}
	})
}
