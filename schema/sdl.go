package schema

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// SDL prints the view for people and tools: types in name order, their members
// as in the supergraph, no built-in definitions. The same view always prints
// the same text.
func (v *View) SDL() string {
	w := &sdlWriter{}
	w.schema(v.AST)
	builtIn := map[string]bool{}
	for _, d := range validator.PreludeDocument().Directives {
		builtIn[d.Name] = true
	}
	for _, name := range sortedNames(v.AST.Directives) {
		if !builtIn[name] {
			w.directiveDefinition(v.AST.Directives[name])
		}
	}
	for _, name := range sortedNames(v.AST.Types) {
		if def := v.AST.Types[name]; !def.BuiltIn {
			w.definition(def)
		}
	}
	return w.b.String()
}

func sortedNames[T any](m map[string]T) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// sdlWriter prints definitions, separated by empty lines.
type sdlWriter struct{ b strings.Builder }

func (w *sdlWriter) put(parts ...string) {
	for _, p := range parts {
		w.b.WriteString(p)
	}
}

// begin separates a definition from the one before it.
func (w *sdlWriter) begin() {
	if w.b.Len() > 0 {
		w.put("\n")
	}
}

// schema prints the schema definition where it says more than the names do.
func (w *sdlWriter) schema(s *ast.Schema) {
	roots := []struct {
		field, usual string
		def          *ast.Definition
	}{{"query", "Query", s.Query}, {"mutation", "Mutation", s.Mutation}, {"subscription", "Subscription", s.Subscription}}
	needed := s.Description != "" || len(s.SchemaDirectives) > 0
	for _, r := range roots {
		needed = needed || (r.def != nil && r.def.Name != r.usual) || (r.def == nil && s.Types[r.usual] != nil)
	}
	if !needed {
		return
	}
	w.description("", s.Description)
	w.put("schema")
	w.applied(s.SchemaDirectives)
	w.put(" {\n")
	for _, r := range roots {
		if r.def != nil {
			w.put("  ", r.field, ": ", r.def.Name, "\n")
		}
	}
	w.put("}\n")
}

func (w *sdlWriter) description(indent, text string) {
	if text == "" {
		return
	}
	if !blockable(text) {
		w.put(indent, (&ast.Value{Kind: ast.StringValue, Raw: text}).String(), "\n")
		return
	}
	text = strings.ReplaceAll(text, `"""`, `\"""`)
	w.put(indent, `"""`, "\n")
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" {
			w.put(indent, line)
		}
		w.put("\n")
	}
	w.put(indent, `"""`, "\n")
}

// blockable reports whether text survives being written as a block string,
// which drops common indentation and empty edge lines and knows no escapes.
func blockable(text string) bool {
	if strings.TrimSpace(text) == "" || text[0] == ' ' || text[0] == '\t' || text[0] == '\n' ||
		text[len(text)-1] == '\n' || text[len(text)-1] == '\\' || text[len(text)-1] == '"' {
		return false
	}
	lines := strings.Split(text, "\n")
	if strings.TrimSpace(lines[len(lines)-1]) == "" {
		return false
	}
	return !strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\n' && c != '\t' || c == 0x7f })
}

func (w *sdlWriter) definition(def *ast.Definition) {
	w.begin()
	w.description("", def.Description)
	switch def.Kind {
	case ast.Scalar:
		w.put("scalar ", def.Name)
		w.applied(def.Directives)
		w.put("\n")
	case ast.Object:
		w.fields("type ", def)
	case ast.Interface:
		w.fields("interface ", def)
	case ast.InputObject:
		w.fields("input ", def)
	case ast.Union:
		w.put("union ", def.Name)
		w.applied(def.Directives)
		w.put(" = ", strings.Join(def.Types, " | "), "\n")
	case ast.Enum:
		w.put("enum ", def.Name)
		w.applied(def.Directives)
		w.put(" {\n")
		for _, v := range def.EnumValues {
			w.description("  ", v.Description)
			w.put("  ", v.Name)
			w.applied(v.Directives)
			w.put("\n")
		}
		w.put("}\n")
	}
}

func (w *sdlWriter) fields(keyword string, def *ast.Definition) {
	w.put(keyword, def.Name)
	if len(def.Interfaces) > 0 {
		w.put(" implements ", strings.Join(def.Interfaces, " & "))
	}
	w.applied(def.Directives)
	w.put(" {\n")
	for _, f := range def.Fields {
		if strings.HasPrefix(f.Name, "__") {
			continue
		}
		w.description("  ", f.Description)
		w.put("  ", f.Name)
		w.arguments("  ", f.Arguments)
		w.put(": ", f.Type.String())
		w.defaultValue(f.DefaultValue)
		w.applied(f.Directives)
		w.put("\n")
	}
	w.put("}\n")
}

func (w *sdlWriter) defaultValue(v *ast.Value) {
	if v != nil {
		w.put(" = ", v.String())
	}
}

// arguments go on one line, or, when one has a description, on lines of their
// own.
func (w *sdlWriter) arguments(indent string, list ast.ArgumentDefinitionList) {
	if len(list) == 0 {
		return
	}
	long := slices.ContainsFunc(list, func(a *ast.ArgumentDefinition) bool { return a.Description != "" })
	w.put("(")
	for i, a := range list {
		switch {
		case long:
			w.put("\n")
			w.description(indent+"  ", a.Description)
			w.put(indent, "  ")
		case i > 0:
			w.put(", ")
		}
		w.put(a.Name, ": ", a.Type.String())
		w.defaultValue(a.DefaultValue)
		w.applied(a.Directives)
	}
	if long {
		w.put("\n", indent)
	}
	w.put(")")
}

func (w *sdlWriter) applied(list ast.DirectiveList) {
	for _, d := range list {
		w.put(" @", d.Name)
		for i, a := range d.Arguments {
			if i == 0 {
				w.put("(")
			} else {
				w.put(", ")
			}
			w.put(a.Name, ": ", a.Value.String())
		}
		if len(d.Arguments) > 0 {
			w.put(")")
		}
	}
}

func (w *sdlWriter) directiveDefinition(d *ast.DirectiveDefinition) {
	w.begin()
	w.description("", d.Description)
	w.put("directive @", d.Name)
	w.arguments("", d.Arguments)
	if d.IsRepeatable {
		w.put(" repeatable")
	}
	w.put(" on ")
	for i, l := range d.Locations {
		if i > 0 {
			w.put(" | ")
		}
		w.put(string(l))
	}
	w.put("\n")
}
