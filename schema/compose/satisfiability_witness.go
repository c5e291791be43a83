package compose

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// maxWitness bounds the steps of an example that are written out.
const maxWitness = 60

// maxSample bounds the nesting of sample input objects. Required fields cannot
// form a cycle, but they can form a long chain.
const maxSample = 8

// witness returns the operation that leads to the failure. The walk is
// breadth-first, so there is none with fewer steps for this state.
func (e *explainer) witness() string {
	g := e.w.r.g
	var steps []step
	root := e.state.typ
	for s := e.state; s.parent >= 0; s = &e.w.states[s.parent] {
		steps = append(steps, s.step)
		root = e.w.states[s.parent].typ
	}
	slices.Reverse(steps)
	steps = append(steps, e.failure.step)
	var b strings.Builder
	switch root {
	case g.Mutation:
		b.WriteString("mutation")
	case g.Subscription:
		b.WriteString("subscription")
	default:
		b.WriteString("query")
	}
	if len(steps) > maxWitness {
		steps = steps[len(steps)-maxWitness:]
		b.WriteString(" { …")
	}
	for _, s := range steps {
		b.WriteString(" { ")
		if s.on != schema.NoType {
			b.WriteString("... on " + g.Types[s.on].Name)
			continue
		}
		f := &g.Fields[s.field]
		b.WriteString(f.Name)
		writeSampleArguments(&b, g.AST, f.Arguments)
	}
	last := steps[len(steps)-1]
	if last.on != schema.NoType || !g.Fields[last.field].Leaf {
		b.WriteString(" { ... }")
	}
	b.WriteString(strings.Repeat(" }", len(steps)))
	return b.String()
}

func writeSampleArguments(b *strings.Builder, s *ast.Schema, args ast.ArgumentDefinitionList) {
	open := "("
	for _, a := range args {
		if a.Type.NonNull && a.DefaultValue == nil {
			b.WriteString(open + a.Name + ": ")
			writeSample(b, s, a.Type, maxSample)
			open = ", "
		}
	}
	if open != "(" {
		b.WriteString(")")
	}
}

// writeSample writes a value that a type accepts.
func writeSample(b *strings.Builder, s *ast.Schema, t *ast.Type, depth int) {
	if t.Elem != nil {
		b.WriteString("[]")
		return
	}
	def := s.Types[t.NamedType]
	switch {
	case t.NamedType == "Int":
		b.WriteString("0")
	case t.NamedType == "Float":
		b.WriteString("3.14")
	case t.NamedType == "Boolean":
		b.WriteString("true")
	case t.NamedType == "ID":
		b.WriteString(`"<any id>"`)
	case def != nil && def.Kind == ast.Enum && len(def.EnumValues) > 0:
		b.WriteString(def.EnumValues[0].Name)
	case def != nil && def.Kind == ast.InputObject && depth > 0:
		writeSampleObject(b, s, def, depth)
	default:
		b.WriteString(`"A string value"`)
	}
}

func writeSampleObject(b *strings.Builder, s *ast.Schema, def *ast.Definition, depth int) {
	b.WriteString("{")
	separator := ""
	for _, f := range def.Fields {
		if f.Type.NonNull && f.DefaultValue == nil {
			b.WriteString(separator + f.Name + ": ")
			writeSample(b, s, f.Type, depth-1)
			separator = ", "
		}
	}
	b.WriteString("}")
}
