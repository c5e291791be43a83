package main

import (
	"fmt"
	"slices"
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
	return diffLines(expected.lines, got.lines)
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
		a.lines = append(a.lines, coordinate+" "+canonicalDirective(d))
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

// canonicalDirective prints a directive with its arguments sorted by name.
func canonicalDirective(d *ast.Directive) string {
	var args []string
	for _, a := range d.Arguments {
		text := canonicalValue(a.Value)
		switch a.Name {
		case "requires", "provides", "key", "selection":
			if set, err := testkit.ParseFieldSet(a.Value.Raw); err == nil && a.Value.Kind != ast.EnumValue {
				text = "{" + canonicalSelection(set) + "}"
			}
		}
		args = append(args, a.Name+": "+text)
	}
	slices.Sort(args)
	if len(args) == 0 {
		return "@" + d.Name
	}
	return "@" + d.Name + "(" + strings.Join(args, ", ") + ")"
}

// canonicalValue prints a value; block strings and the order of object fields
// do not count.
func canonicalValue(v *ast.Value) string {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue:
		return fmt.Sprintf("%q", v.Raw)
	case ast.ListValue:
		var items []string
		for _, c := range v.Children {
			items = append(items, canonicalValue(c.Value))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case ast.ObjectValue:
		var fields []string
		for _, c := range v.Children {
			fields = append(fields, c.Name+": "+canonicalValue(c.Value))
		}
		slices.Sort(fields)
		return "{" + strings.Join(fields, ", ") + "}"
	}
	return v.Raw
}

// canonicalSelection prints a field set sorted at every level.
func canonicalSelection(set ast.SelectionSet) string {
	var items []string
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			text := s.Name
			if len(s.Arguments) > 0 {
				var args []string
				for _, a := range s.Arguments {
					args = append(args, a.Name+": "+canonicalValue(a.Value))
				}
				slices.Sort(args)
				text += "(" + strings.Join(args, ", ") + ")"
			}
			if len(s.SelectionSet) > 0 {
				text += " {" + canonicalSelection(s.SelectionSet) + "}"
			}
			items = append(items, text)
		case *ast.InlineFragment:
			items = append(items, "... on "+s.TypeCondition+" {"+canonicalSelection(s.SelectionSet)+"}")
		}
	}
	slices.Sort(items)
	return strings.Join(items, " ")
}
