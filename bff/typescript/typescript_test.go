package typescript

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// options of a case: its schema.graphql and the files below operations/.
func options(t *testing.T, c *golden.Case) Options {
	t.Helper()
	s, err := gqlparser.LoadSchema(&ast.Source{Name: "schema.graphql", Input: c.Must(t, "schema.graphql")})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Profile: "web", View: &schema.View{AST: s}, ByID: c.Header("by_id") != "", DropNulls: c.Header("drop_nulls") != "",
		Scalars: map[string]string{}}
	for _, s := range c.Headers("scalar") {
		name, typ, _ := strings.Cut(s, "=")
		o.Scalars[name] = typ
	}
	for _, name := range c.Inputs("operations/") {
		text := c.Must(t, name)
		query, err := parser.ParseQuery(&ast.Source{Name: name, Input: text})
		if err != nil {
			t.Fatal(err)
		}
		if errs := validator.ValidateWithRules(s, query, rules.NewDefaultRules()); len(errs) > 0 {
			t.Fatal(errs)
		}
		def := query.Operations[0]
		sum := sha256.Sum256([]byte(text))
		op := &rest.Operation{Name: def.Name, Kind: def.Operation, Document: text, ID: hex.EncodeToString(sum[:]), File: name, Line: 1,
			Description: def.Description, Definition: def, Query: query}
		if def.Name == "Old" {
			op.Lifecycle = rest.Lifecycle{Deprecated: time.Unix(1, 0), Reason: "Ask */ for New."}
		}
		o.Operations = append(o.Operations, op)
	}
	return o
}

func TestGenerate(t *testing.T) {
	golden.Run(t, "testdata", []string{"types.ts", "error.txt"}, func(t *testing.T, c *golden.Case) {
		o := options(t, c)
		text, err := Generate(o)
		if err != nil {
			c.Output(t, "error.txt", err.Error()+"\n")
			return
		}
		types, found := strings.CutSuffix(string(text), "\n"+client)
		if !found {
			t.Error("the client is missing")
		}
		c.Output(t, "types.ts", types)
		for range 20 {
			slices.Reverse(o.Operations)
			if again, err := Generate(o); err != nil || !bytes.Equal(again, text) {
				t.Fatal("another text for the same operations", err)
			}
		}
	})
}
