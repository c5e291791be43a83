package main

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/testkit"
)

// diffDirectives compares the directives applied in a supergraph with the
// expected ones, as sets of "coordinate @directive(…)".
func diffDirectives(want map[string][]string, supergraph string) string {
	doc, err := parser.ParseSchema(&ast.Source{Name: "supergraph", Input: supergraph})
	if err != nil {
		return "our supergraph does not parse: " + err.Error()
	}
	got := &applications{}
	got.document(doc)
	expected := &applications{}
	for coordinate, list := range want {
		for _, text := range list {
			d, err := parseDirective(text)
			if err != nil {
				return fmt.Sprintf("expected %s: %v", text, err)
			}
			expected.add(coordinate, d)
		}
	}
	return testkit.DiffSets(expected.lines, got.lines)
}

// parseDirective reads one application, as "@name(arg: value)".
func parseDirective(text string) (*ast.Directive, error) {
	doc, err := parser.ParseSchema(&ast.Source{Input: "scalar X " + text})
	if err != nil {
		return nil, err
	}
	if len(doc.Definitions) != 1 || len(doc.Definitions[0].Directives) != 1 {
		return nil, fmt.Errorf("not one directive")
	}
	return doc.Definitions[0].Directives[0], nil
}

// applications collects "coordinate @directive(…)" lines.
type applications struct{ lines []string }

func (a *applications) add(coordinate string, list ...*ast.Directive) {
	for _, d := range list {
		a.lines = append(a.lines, coordinate+" "+testkit.CanonicalDirective(d))
	}
}

func (a *applications) document(doc *ast.SchemaDocument) {
	for _, list := range []ast.SchemaDefinitionList{doc.Schema, doc.SchemaExtension} {
		for _, d := range list {
			a.add("schema", d.Directives...)
		}
	}
	for _, list := range []ast.DefinitionList{doc.Definitions, doc.Extensions} {
		for _, def := range list {
			a.definition(def)
		}
	}
}

func (a *applications) definition(def *ast.Definition) {
	if def.Name != "join__Graph" && (strings.HasPrefix(def.Name, "join__") || strings.HasPrefix(def.Name, "link__")) {
		return
	}
	a.add(def.Name, def.Directives...)
	for _, v := range def.EnumValues {
		a.add(def.Name+"."+v.Name, v.Directives...)
	}
	for _, f := range def.Fields {
		at := def.Name + "." + f.Name
		a.add(at, f.Directives...)
		for _, arg := range f.Arguments {
			a.add(fmt.Sprintf("%s(%s:)", at, arg.Name), arg.Directives...)
		}
	}
}
