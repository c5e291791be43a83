package planner

import (
	"context"
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// chain has a key mash-up: C's key is assembled from B, which only takes A's;
// D can be entered by nothing that is known anywhere.
var chain = map[string]string{
	"a": `type S @key(fields: "ref") { ref: ID! } type Query { s: S }`,
	"b": `type S @key(fields: "ref") @key(fields: "wagon slot") { ref: ID! wagon: Int! slot: Int! }`,
	"c": `type S @key(fields: "wagon slot") { wagon: Int! slot: Int! eta: String }`,
}

func composed(t *testing.T, subgraphs map[string]string) *schema.Supergraph {
	t.Helper()
	var inputs []compose.Input
	for _, name := range []string{"a", "b", "c", "d"} {
		if sdl, ok := subgraphs[name]; ok {
			sdl = "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\", \"@shareable\", \"@external\", \"@requires\"])\n" + sdl
			inputs = append(inputs, compose.Input{Name: name, URL: "http://" + name, SDL: sdl})
		}
	}
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	return result.Graph
}

// TestRoutingTable wants the least rounds from a to each subgraph.
func TestRoutingTable(t *testing.T) {
	g := composed(t, chain)
	p, err := New(g, Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := newRun(context.Background(), p, &operation.Operation{}, operation.Choice{})
	s := g.TypeNamed("S")
	for from, want := range [][]int{{0, 1, 2}, {1, 0, 1}, {2, 1, 0}} {
		tbl := r.table(s, r.start(from, s, nil, false))
		for n, at := range tbl.at {
			if at != want[n] {
				t.Errorf("from %d to %d: %d rounds, want %d", from, n, at, want[n])
			}
		}
	}
	if got := len(p.routes.tables); got != 3 {
		t.Errorf("%d tables kept, want 3", got)
	}
}
