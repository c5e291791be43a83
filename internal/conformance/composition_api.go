package main

import (
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// diffAPI compares two API schemas structurally and returns the first
// difference.
func diffAPI(want, got string, descriptions bool) string {
	a, err := gqlparser.LoadSchema(&ast.Source{Name: "expected api", Input: want})
	if err != nil {
		return "expected api: " + err.Error()
	}
	b, err := gqlparser.LoadSchema(&ast.Source{Name: "api", Input: got})
	if err != nil {
		return "our api does not load: " + err.Error()
	}
	return testkit.DiffSets(testkit.SchemaFacts(a, descriptions), testkit.SchemaFacts(b, descriptions))
}
