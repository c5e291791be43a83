package schema

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// Load reads a supergraph SDL: join v0.2 to v0.5, by whatever composed it.
//
// All problems of a phase are returned together as a fault.List, each with its
// place in sdl: INVALID_GRAPHQL for what is not a schema,
// INVALID_FEDERATION_SUPERGRAPH for what is not a supergraph,
// UNSUPPORTED_LINKED_FEATURE for features that may not be ignored, and the
// codes of @inaccessible when no API schema can be cut from it.
func Load(sdl string) (*Supergraph, error) {
	whole, err := parseSchema(sdl)
	if err != nil {
		return nil, err
	}
	p := &problems{}
	linked := readFeatures(whole, p)
	join := readJoin(linked, p)
	if p.list != nil {
		return nil, p.err()
	}
	r := &reader{
		problems: p, linked: linked, join: join,
		g: &Supergraph{SDL: sdl, AST: whole, linked: linked},
	}
	r.readGraphs()
	if p.list != nil {
		return nil, p.err()
	}
	r.readTypes()
	r.readFields()
	r.readPossible()
	r.readFieldSets()
	r.readLookups()
	r.readLabels()
	r.readRoots()
	r.readRequirements()
	if p.list != nil {
		return nil, p.err()
	}
	if r.g.API, err = newAPI(r.g); err != nil {
		return nil, err
	}
	return r.g, nil
}

// supergraphFile is what positions call the SDL.
const supergraphFile = "supergraph.graphql"

// parseSchema parses sdl and applies GraphQL's own rules. The result has the
// built-in types of the specification.
func parseSchema(sdl string) (*ast.Schema, error) {
	if pos := TooDeep(sdl, MaxNesting); pos != nil {
		p := &problems{}
		p.add(InvalidGraphQL, pos, "the schema nests brackets more than %d levels deep", MaxNesting)
		return nil, p.err()
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: supergraphFile, Input: sdl})
	if err != nil {
		return nil, graphQLError(err)
	}
	prelude := validator.PreludeDocument()
	dropBuiltIns(doc, prelude)
	prelude.Merge(doc)
	whole, err := validator.ValidateSchemaDocument(prelude)
	if err != nil {
		return nil, violations(sdl, graphQLError(err))
	}
	return whole, nil
}

// dropBuiltIns removes redefinitions of what the specification defines: some
// composers print them, and they say nothing new.
func dropBuiltIns(doc, prelude *ast.SchemaDocument) {
	builtIn := func(d *ast.Definition) bool {
		return strings.HasPrefix(d.Name, "__") || prelude.Definitions.ForName(d.Name) != nil
	}
	keep := doc.Definitions[:0]
	for _, d := range doc.Definitions {
		if !builtIn(d) {
			keep = append(keep, d)
		}
	}
	doc.Definitions = keep
	ext := doc.Extensions[:0]
	for _, d := range doc.Extensions {
		if !builtIn(d) {
			ext = append(ext, d)
		}
	}
	doc.Extensions = ext
	dirs := doc.Directives[:0]
	for _, d := range doc.Directives {
		if prelude.Directives.ForName(d.Name) == nil {
			dirs = append(dirs, d)
		}
	}
	doc.Directives = dirs
}
