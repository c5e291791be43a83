package spec_test

import (
	"slices"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// TestRoundTrip composes each subgraph that has no errors, with the one in
// other.graphql if there is one, and reads it back
// from the supergraph: its connectors are the same, and they have rows.
func TestRoundTrip(t *testing.T) {
	golden.Run(t, "testdata/parse", nil, func(t *testing.T, c *golden.Case) {
		sdl := c.Must(t, "schema.graphql")
		want, problems := spec.Parse("s", sdl)
		if want == nil || slices.ContainsFunc(problems, func(p spec.Problem) bool { return !p.Hint }) {
			return
		}
		inputs := []compose.Input{{Name: "s", SDL: sdl}}
		if other, ok := c.Input("other.graphql"); ok {
			inputs = append(inputs, compose.Input{Name: "o", URL: "http://o", SDL: other})
		}
		g := composed(t, inputs...)
		list, err := spec.Read(g)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d subgraphs, %v", len(list), err)
		}
		if got := print(list[0]); got != print(want) {
			t.Errorf("the supergraph says\n%s\nbut the subgraph\n%s", got, print(want))
		}
		extended, again, err := spec.Extend(g)
		if err != nil || len(again) != 1 {
			t.Fatal(err)
		}
		rows := 0
		for _, s := range extended.Subgraphs {
			if s.Connector != "" {
				rows++
			}
		}
		if rows < len(list[0].Connectors) {
			t.Errorf("%d rows for %d connectors", rows, len(list[0].Connectors))
		}
		if twice, _, err := spec.Extend(extended); err != nil || twice != extended {
			t.Errorf("extending twice: %v", err)
		}
	})
}

// composed merges subgraphs that are expected to be sound.
func composed(t *testing.T, inputs ...compose.Input) *schema.Supergraph {
	t.Helper()
	result := compose.Compose(inputs, compose.Options{SkipSatisfiability: true})
	for _, d := range result.Errors {
		t.Errorf("%s %v %s", d.Code, d.Locations, d.Message)
	}
	if !result.OK() {
		t.FailNow()
	}
	return result.Graph
}
