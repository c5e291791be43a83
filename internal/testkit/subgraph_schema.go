package testkit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// SubgraphSchema is a federation SDL made executable: what a subgraph server
// built from it would accept.
type SubgraphSchema struct {
	SDL string
	// AST has _entities and _service, and none of the federation directives.
	AST *ast.Schema
	// Types are the definitions as written, directives included, extensions
	// merged in, sorted by name.
	Types []*ast.Definition

	byName map[string]*ast.Definition
}

// LoadSubgraph reads a subgraph's SDL (Federation 1 or 2).
func LoadSubgraph(name, sdl string) (*SubgraphSchema, error) {
	doc, err := parser.ParseSchema(&ast.Source{Name: name + ".graphql", Input: sdl})
	if err != nil {
		return nil, fmt.Errorf("subgraph %s: %w", name, err)
	}
	originalNames(doc)
	s := &SubgraphSchema{SDL: sdl, byName: map[string]*ast.Definition{}}
	for _, def := range append(slices.Clone(doc.Definitions), doc.Extensions...) {
		s.merge(def)
	}
	slices.SortFunc(s.Types, func(a, b *ast.Definition) int { return strings.Compare(a.Name, b.Name) })
	if s.AST, err = validator.ValidateSchemaDocument(s.executable(doc)); err != nil {
		return nil, fmt.Errorf("subgraph %s: %w", name, err)
	}
	return s, nil
}

// Type returns the definition as written, nil if there is none.
func (s *SubgraphSchema) Type(name string) *ast.Definition { return s.byName[name] }

// Root returns the name of the root type of an operation kind, "" if the
// subgraph has none.
func (s *SubgraphSchema) Root(op ast.Operation) string {
	if def := rootType(s.AST, op); def != nil {
		return def.Name
	}
	return ""
}

// merge adds a definition or an extension to what is known of its type. Two
// definitions of one type stay two, for the validator to reject.
func (s *SubgraphSchema) merge(def *ast.Definition) {
	known := s.byName[def.Name]
	if known == nil {
		c := *def
		s.byName[def.Name] = &c
		s.Types = append(s.Types, &c)
		return
	}
	known.Directives = append(slices.Clone(known.Directives), def.Directives...)
	known.Interfaces = append(slices.Clone(known.Interfaces), def.Interfaces...)
	known.Fields = append(slices.Clone(known.Fields), def.Fields...)
	known.Types = append(slices.Clone(known.Types), def.Types...)
	known.EnumValues = append(slices.Clone(known.EnumValues), def.EnumValues...)
}

// executable returns the document a server would build: no federation
// directives, plus the prelude and the federation fields.
func (s *SubgraphSchema) executable(doc *ast.SchemaDocument) *ast.SchemaDocument {
	out := validator.PreludeDocument()
	for _, d := range doc.Directives {
		if out.Directives.ForName(d.Name) == nil && isExecutable(d) {
			out.Directives = append(out.Directives, d)
		}
	}
	for _, def := range s.Types {
		if out.Definitions.ForName(def.Name) == nil {
			out.Definitions = append(out.Definitions, bare(def))
		}
	}
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, d := range list {
			if len(d.OperationTypes) == 0 {
				continue
			}
			c := *d
			c.Directives = nil
			out.Schema = append(out.Schema, &c)
		}
	}
	s.addFederation(out)
	return out
}

// addFederation adds _entities and _service to the query root.
func (s *SubgraphSchema) addFederation(out *ast.SchemaDocument) {
	var entities []string
	for _, def := range s.Types {
		if def.Kind == ast.Object && def.Directives.ForName("key") != nil {
			entities = append(entities, def.Name)
		}
	}
	add := func(def *ast.Definition) *ast.Definition {
		if known := out.Definitions.ForName(def.Name); known != nil {
			return known
		}
		out.Definitions = append(out.Definitions, def)
		return def
	}
	add(&ast.Definition{Kind: ast.Object, Name: "_Service", Fields: ast.FieldList{
		{Name: "sdl", Type: ast.NamedType("String", nil)},
	}})
	query := add(&ast.Definition{Kind: ast.Object, Name: queryName(out)})
	if len(out.Schema) > 0 && !slices.ContainsFunc(out.Schema, hasQuery) {
		out.Schema[0].OperationTypes = append(slices.Clone(out.Schema[0].OperationTypes), &ast.OperationTypeDefinition{Operation: ast.Query, Type: query.Name})
	}
	query.Fields = append(query.Fields, &ast.FieldDefinition{Name: "_service", Type: ast.NonNullNamedType("_Service", nil)})
	if len(entities) == 0 {
		return
	}
	add(&ast.Definition{Kind: ast.Scalar, Name: "_Any"})
	add(&ast.Definition{Kind: ast.Union, Name: "_Entity", Types: entities})
	query.Fields = append(query.Fields, &ast.FieldDefinition{
		Name: "_entities",
		Type: ast.NonNullListType(ast.NamedType("_Entity", nil), nil),
		Arguments: ast.ArgumentDefinitionList{{
			Name: "representations",
			Type: ast.NonNullListType(ast.NonNullNamedType("_Any", nil), nil),
		}},
	})
}

func hasQuery(d *ast.SchemaDefinition) bool { return operationType(d, ast.Query) != nil }

func operationType(d *ast.SchemaDefinition, op ast.Operation) *ast.OperationTypeDefinition {
	for _, t := range d.OperationTypes {
		if t.Operation == op {
			return t
		}
	}
	return nil
}

func queryName(doc *ast.SchemaDocument) string {
	for _, d := range doc.Schema {
		if t := operationType(d, ast.Query); t != nil {
			return t.Type
		}
	}
	return "Query"
}

// bare returns def without directives; @deprecated and the like do not matter
// to execution.
func bare(def *ast.Definition) *ast.Definition {
	c := *def
	c.Directives = def.Directives.ForNames("oneOf")
	c.Fields = make(ast.FieldList, len(def.Fields))
	for i, f := range def.Fields {
		g := *f
		g.Directives = nil
		g.Arguments = make(ast.ArgumentDefinitionList, len(f.Arguments))
		for j, a := range f.Arguments {
			b := *a
			b.Directives = nil
			g.Arguments[j] = &b
		}
		c.Fields[i] = &g
	}
	c.EnumValues = make(ast.EnumValueList, len(def.EnumValues))
	for i, v := range def.EnumValues {
		w := *v
		w.Directives = nil
		c.EnumValues[i] = &w
	}
	return &c
}

func isExecutable(d *ast.DirectiveDefinition) bool {
	for _, l := range d.Locations {
		switch l {
		case ast.LocationField, ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription,
			ast.LocationFragmentDefinition, ast.LocationFragmentSpread, ast.LocationInlineFragment,
			ast.LocationVariableDefinition:
		default:
			return false
		}
	}
	return true
}

func rootType(s *ast.Schema, op ast.Operation) *ast.Definition {
	switch op {
	case ast.Query:
	case ast.Mutation:
		return s.Mutation
	case ast.Subscription:
		return s.Subscription
	}
	return s.Query
}
