package testkit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// SchemaFacts says everything that counts about a schema, one fact a line.
// Built-in definitions are left out; descriptions count only on demand.
func SchemaFacts(s *ast.Schema, descriptions bool) []string {
	f := &facts{descriptions: descriptions}
	for kind, def := range map[string]*ast.Definition{"query": s.Query, "mutation": s.Mutation, "subscription": s.Subscription} {
		if def != nil {
			f.add("root %s is %s", kind, def.Name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Types)) {
		if def := s.Types[name]; !def.BuiltIn && !strings.HasPrefix(name, "__") {
			f.definition(def)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Directives)) {
		if d := s.Directives[name]; d.Position == nil || d.Position.Src == nil || !d.Position.Src.BuiltIn {
			f.directive(d)
		}
	}
	return f.lines
}

type facts struct {
	descriptions bool
	lines        []string
}

func (f *facts) add(format string, args ...any) {
	f.lines = append(f.lines, fmt.Sprintf(format, args...))
}

func (f *facts) describe(at, text string) {
	if f.descriptions && text != "" {
		f.add("%s described as %q", at, text)
	}
}

func (f *facts) definition(def *ast.Definition) {
	f.add("%s is a %s", def.Name, def.Kind)
	f.describe(def.Name, def.Description)
	for _, i := range def.Interfaces {
		f.add("%s implements %s", def.Name, i)
	}
	for _, t := range def.Types {
		f.add("%s has member %s", def.Name, t)
	}
	for _, v := range def.EnumValues {
		f.add("%s has value %s%s", def.Name, v.Name, lasting(v.Directives))
		f.describe(def.Name+"."+v.Name, v.Description)
	}
	if d := lasting(def.Directives); d != "" {
		f.add("%s has%s", def.Name, d)
	}
	for _, field := range def.Fields {
		if strings.HasPrefix(field.Name, "__") {
			continue
		}
		at := def.Name + "." + field.Name
		f.add("%s: %s%s%s", at, field.Type, defaultText(field.DefaultValue), lasting(field.Directives))
		f.describe(at, field.Description)
		f.arguments(at, field.Arguments)
	}
}

func (f *facts) arguments(at string, args ast.ArgumentDefinitionList) {
	for _, a := range args {
		f.add("%s(%s:): %s%s%s", at, a.Name, a.Type, defaultText(a.DefaultValue), lasting(a.Directives))
		f.describe(fmt.Sprintf("%s(%s:)", at, a.Name), a.Description)
	}
}

func (f *facts) directive(d *ast.DirectiveDefinition) {
	var locations []string
	for _, l := range d.Locations {
		locations = append(locations, string(l))
	}
	slices.Sort(locations)
	f.add("@%s on %s repeatable %v", d.Name, strings.Join(locations, " "), d.IsRepeatable)
	f.arguments("@"+d.Name, d.Arguments)
}

func defaultText(v *ast.Value) string {
	if v == nil {
		return ""
	}
	return " = " + canonicalValue(v)
}

// lasting prints the directives that mean something to clients.
func lasting(list ast.DirectiveList) string {
	var out []string
	for _, d := range list {
		switch d.Name {
		case "deprecated", "specifiedBy", "oneOf":
			out = append(out, " "+CanonicalDirective(d))
		}
	}
	slices.Sort(out)
	return strings.Join(out, "")
}
