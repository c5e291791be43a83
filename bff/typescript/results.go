package typescript

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/selection"
)

// value is the type of a value that is received. Its depth is that of the
// document.
func (g *generator) value(d selection.Document, t *ast.Type, sets []selection.Set, indent string) string {
	text := ""
	switch {
	case t.Elem != nil:
		text = "Array<" + g.value(d, t.Elem, sets, indent) + ">"
	case len(sets) == 0:
		text = g.named(t.NamedType)
	default:
		text = g.object(d, t.NamedType, sets, indent)
	}
	if t.NonNull {
		return text
	}
	return text + " | null"
}

// object is the type of objects of which sets are selected: a union where
// fragments tell types apart.
func (g *generator) object(d selection.Document, name string, sets []selection.Set, indent string) string {
	variants := d.Variants(name, sets)
	if len(variants) == 0 {
		return "{}"
	}
	var texts []string
	for _, v := range variants {
		texts = append(texts, block(g.members(d, v, indent), indent))
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "(" + strings.Join(texts, " | ") + ")"
}

func (g *generator) members(d selection.Document, v selection.Variant, indent string) []line {
	var members []line
	for _, m := range v.Members {
		l := line{name: m.Name, optional: m.Conditional}
		switch {
		case m.Definition == nil:
			l.typ = "unknown"
		case m.Definition.Name == "__typename":
			var types []string
			for _, t := range v.Types {
				types = append(types, quote(t))
			}
			l.typ = strings.Join(types, " | ")
		default:
			t := *m.Definition.Type
			if g.options.DropNulls && !t.NonNull {
				t.NonNull, l.optional = true, true
			}
			l.typ = g.value(d, &t, m.Sets, indent+"  ")
			l.comment = describe(m.Definition.Description, m.Definition.Directives, indent+"  ")
		}
		members = append(members, l)
	}
	return members
}
