package rest

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/selection/draw"
	"github.com/weftql/weft/schema"
)

// TestRandomResultsAreAsDescribed has answers to random operations, executed by
// the book, judged by the schema that the document gives for them, and answers
// that cannot be refused by it.
func TestRandomResultsAreAsDescribed(t *testing.T) {
	s := draw.Schema()
	refused := 0
	for seed := range uint64(120) {
		rng := rand.New(rand.NewPCG(seed, 7))
		text, query := draw.Operation(rng, s, "Op")
		op := &Operation{Name: "Op", Kind: ast.Query, Definition: query.Operations[0], Query: query, REST: &Face{Method: "POST", Path: "/op"}}
		document, err := OpenAPI(Options{Profile: "web", View: &schema.View{AST: s}, Operations: []*Operation{op}})
		if err != nil {
			t.Fatal(err)
		}
		doc := judged(t, document)
		judge := func(data map[string]any) error {
			body, err := json.Marshal(data)
			if err != nil {
				t.Fatal(err)
			}
			out := &openapi3filter.ResponseValidationInput{
				RequestValidationInput: validation(doc, "/op", httptest.NewRequest("POST", "/op", nil)),
				Status:                 200, Header: http.Header{"Content-Type": {"application/json"}},
			}
			out.SetBodyBytes(body)
			return openapi3filter.ValidateResponse(context.Background(), out)
		}
		for range 3 {
			data, wrong := draw.Answer(rng, s, query)
			if err := judge(data); err != nil {
				t.Fatalf("seed %d: %v\n%s\n%v", seed, err, text, data)
			}
			for _, w := range wrong {
				if rng.IntN(5) > 0 {
					continue
				}
				w.Do()
				if judge(data) == nil {
					t.Fatalf("seed %d: a wrong %s passes\n%s\n%v", seed, w.What, text, data)
				}
				w.Undo()
				refused++
			}
		}
	}
	if refused < 150 {
		t.Errorf("only %d wrong answers", refused)
	}
}
