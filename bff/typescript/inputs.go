package typescript

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/rest"
)

// variables are the members of an operation's variables.
func (g *generator) variables(op *rest.Operation) []line {
	var members []line
	for _, v := range op.Definition.VariableDefinitions {
		members = append(members, line{
			comment: comment(v.Description, "", false, "  "), name: v.Variable,
			typ: g.input(v.Type), optional: !v.Type.NonNull || v.DefaultValue != nil,
		})
	}
	return members
}

// input is the type of a value that is sent.
func (g *generator) input(t *ast.Type) string {
	text := ""
	if t.Elem != nil {
		text = "ReadonlyArray<" + g.input(t.Elem) + ">"
	} else {
		text = g.named(t.NamedType)
	}
	if t.NonNull {
		return text
	}
	return text + " | null"
}

// named is the type of a leaf or an input object.
func (g *generator) named(name string) string {
	switch name {
	case "Int", "Float":
		return "number"
	case "String", "ID":
		return "string"
	case "Boolean":
		return "boolean"
	}
	if !slices.Contains(g.used, name) {
		g.used = append(g.used, name)
	}
	if def := g.options.View.AST.Types[name]; def == nil || def.Kind == ast.Scalar {
		return `Scalars["` + name + `"]`
	}
	return g.names.typ(name)
}

// inputs writes the named types in use, and those they use, sorted by name.
func (g *generator) inputs(out *bytes.Buffer) {
	texts := map[string]string{}
	var scalars []line
	for i := 0; i < len(g.used); i++ { // which grows meanwhile
		name := g.used[i]
		def := g.options.View.AST.Types[name]
		switch {
		case def == nil || def.Kind == ast.Scalar:
			member := line{name: name, typ: cmp.Or(g.options.Scalars[name], "unknown")}
			if def != nil {
				member.comment = comment(def.Description, "", false, "  ")
			}
			scalars = append(scalars, member)
		case def.Kind == ast.Enum:
			texts[name] = g.enum(def)
		default:
			texts[name] = g.inputObject(def)
		}
	}
	if scalars != nil {
		slices.SortFunc(scalars, func(a, b line) int { return cmp.Compare(a.name, b.name) })
		fmt.Fprintf(out, "\n/** The scalars of the schema, as they stand in JSON. */\nexport type Scalars = %s;\n", block(scalars, ""))
	}
	for _, name := range slices.Sorted(slices.Values(g.used)) {
		if texts[name] != "" {
			out.WriteString("\n" + texts[name])
		}
	}
}

func (g *generator) enum(def *ast.Definition) string {
	var values []string
	for _, v := range def.EnumValues {
		values = append(values, quote(v.Name))
	}
	return comment(def.Description, "", false, "") + "export type " + g.names.typ(def.Name) + " = " + strings.Join(values, " | ") + ";\n"
}

func (g *generator) inputObject(def *ast.Definition) string {
	head := comment(def.Description, "", false, "") + "export type " + g.names.typ(def.Name) + " = "
	if def.Directives.ForName("oneOf") != nil {
		return strings.TrimSuffix(head, " ") + g.oneOf(def) + ";\n"
	}
	var members []line
	for _, f := range def.Fields {
		members = append(members, line{
			comment: describe(f.Description, f.Directives, "  "), name: f.Name,
			typ: g.input(f.Type), optional: !f.Type.NonNull || f.DefaultValue != nil,
		})
	}
	return head + block(members, "") + ";\n"
}

// oneOf is an object of which exactly one member is given.
func (g *generator) oneOf(def *ast.Definition) string {
	var variants []string
	for _, given := range def.Fields {
		var members []string
		for _, f := range def.Fields {
			if f == given {
				sure := *f.Type
				sure.NonNull = true
				members = append(members, f.Name+": "+g.input(&sure))
			} else {
				members = append(members, f.Name+"?: never")
			}
		}
		variants = append(variants, "{ "+strings.Join(members, "; ")+" }")
	}
	return "\n  | " + strings.Join(variants, "\n  | ")
}

// describe writes the comment of a field.
func describe(description string, directives ast.DirectiveList, indent string) string {
	d := directives.ForName("deprecated")
	reason := ""
	if d != nil && d.Arguments.ForName("reason") != nil {
		reason = d.Arguments.ForName("reason").Value.Raw
	}
	return comment(description, reason, d != nil, indent)
}
