package rest

import (
	"bytes"
	"context"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// described is options with all that only the document shows.
func described(t *testing.T, c *golden.Case, view *schema.View) Options {
	o := options(t, c, view)
	o.Title, o.Version, o.Description, o.Owner = "Shop", "v1", "What the web shop asks for.", "team-web"
	o.Security = []Security{{Name: "token"}, {Name: "key", Header: "X-Api-Key", Description: "From weft key new."}}
	o.Anonymous = true
	return o
}

// TestOpenAPI writes the document down and has it judged by kin-openapi.
func TestOpenAPI(t *testing.T) {
	view := shop(t)
	golden.Run(t, "testdata/openapi", []string{"openapi.json"}, func(t *testing.T, c *golden.Case) {
		o := described(t, c, view)
		for _, op := range o.Operations {
			if op.Name == "Remove" {
				op.Scopes = [][]string{{"items:write", "items:remove"}, {"admin"}}
			}
		}
		document, err := OpenAPI(o)
		if err != nil {
			t.Fatal(err)
		}
		c.Output(t, "openapi.json", string(document))
		for range 20 {
			if again, err := OpenAPI(o); err != nil || !bytes.Equal(again, document) {
				t.Fatal("another document of the same operations", err)
			}
		}
		judged(t, document)
	})
}

// judged has a document validated and returns it as read.
func judged(t *testing.T, document []byte) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
		t.Fatal(err)
	}
	return doc
}
