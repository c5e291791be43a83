package operation_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/weftql/weft/operation"
)

// FuzzPrepare: any document ends without a panic, in bounded time, with an
// operation whose lists keep their invariants or with an error; any variables
// end with valid JSON or an error.
func FuzzPrepare(f *testing.F) {
	g := zoo(f)
	for _, query := range caseQueries(f) {
		f.Add(query, `{"a": true, "n": 1, "id": "x"}`, false)
	}
	f.Add(`{ dog { id \u0040skip(if: true) } }`, `{"a":{"b":[1,2,{"c":"\u00e9"}]}}`, true)
	f.Fuzz(func(t *testing.T, query, variables string, escaped bool) {
		start := time.Now()
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query), Escaped: escaped})
		if took := time.Since(start); took > 5*time.Second {
			t.Fatalf("took %v", took)
		}
		if err != nil {
			return
		}
		invariants(t, op.Select)
		for _, l := range op.Literals {
			if !json.Valid(l) {
				t.Errorf("literal %s is not JSON", l)
			}
		}
		values, _, err := op.Coerce([]byte(variables), nil)
		if err != nil {
			return
		}
		for _, v := range values {
			if v != nil && !json.Valid(v) {
				t.Errorf("value %s is not JSON", v)
			}
		}
	})
}
