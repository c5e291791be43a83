package testkit

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// Document is an operation validated against a schema.
type Document struct {
	Schema    *ast.Schema
	Operation *ast.OperationDefinition
}

// ParseDocument parses and validates text and picks the operation called name,
// or its only one if name is "".
func ParseDocument(schema *ast.Schema, text, name string) (*Document, error) {
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return nil, err
	}
	if errs := validator.ValidateWithRules(schema, doc, rules.NewDefaultRules()); len(errs) > 0 {
		return nil, errs
	}
	if name == "" && len(doc.Operations) != 1 {
		return nil, fmt.Errorf("%d operations and no name", len(doc.Operations))
	}
	op := doc.Operations.ForName(name)
	if op == nil {
		return nil, fmt.Errorf("no operation %q", name)
	}
	if rootType(schema, op.Operation) == nil {
		return nil, fmt.Errorf("the schema has no %s", op.Operation)
	}
	return &Document{Schema: schema, Operation: op}, nil
}
