package limit

import (
	"testing"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// A field that a client profile computes costs what it is computed from.
func TestComputedFieldsCost(t *testing.T) {
	result := compose.Compose([]compose.Input{{Name: "a", URL: "http://a", SDL: `type Query { p: P } type P { name: String others: [P!]! }`}}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	cost := func(query string, computed bool) int64 {
		op, err := operation.NewPreparer(result.Graph.API, operation.Limits{}).Prepare(t.Context(), &operation.Request{Document: []byte(query)})
		if err != nil {
			t.Fatal(err)
		}
		if computed {
			p := &op.Select[0]
			p.Select = []operation.Field{{Response: "text", Name: "text", Def: schema.NoField, Out: &operation.Out{Virtual: true}, Select: p.Select}}
		}
		n, err := newWeights(result.Graph).compile(op, 10, -1).estimate(make(operation.Values, len(op.Variables)))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	const query = `{ p { name others { others { name } } } }`
	if plain, computed := cost(query, false), cost(query, true); plain != computed || plain < 100 {
		t.Errorf("%d, computed %d", plain, computed)
	}
}
