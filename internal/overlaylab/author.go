package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// author writes operations over the client's schema.
type author struct {
	rng       *rand.Rand
	schema    *ast.Schema
	declared  []string
	values    []string
	fragments []string
	budget    int
}

const deepest = 5

// write returns an operation and its variables as JSON.
func write(rng *rand.Rand, schema *ast.Schema) (query, variables string) {
	a := &author{rng: rng, schema: schema, budget: 15 + rng.IntN(25)}
	body := a.set(schema.Query, 0)
	query = "query"
	if a.declared != nil {
		query += "(" + strings.Join(a.declared, ", ") + ")"
	}
	query += " " + body
	for _, f := range a.fragments {
		query += "\n" + f
	}
	return query, "{" + strings.Join(a.values, ",") + "}"
}

func (a *author) chance(percent int) bool { return a.rng.IntN(100) < percent }

func (a *author) set(def *ast.Definition, depth int) string {
	var parts []string
	for range 1 + a.rng.IntN(5) {
		parts = append(parts, a.item(def, depth))
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (a *author) item(def *ast.Definition, depth int) string {
	n := a.rng.IntN(100)
	switch {
	case n < 8 || def.Kind == ast.Union && n < 20:
		return "__typename" + a.condition()
	case depth < deepest && (n < 15 || def.IsAbstractType() && n < 60 || def.Kind == ast.Union):
		on := a.overlapping(def)
		if depth > 0 && a.chance(25) {
			name := fmt.Sprintf("F%d", len(a.fragments))
			a.fragments = append(a.fragments, "")
			a.fragments[len(a.fragments)-1] = "" // its place, before those within it
			at := len(a.fragments) - 1
			a.fragments[at] = "fragment " + name + " on " + on.Name + " " + a.set(on, depth+1)
			return "..." + name + a.condition()
		}
		return "... on " + on.Name + a.condition() + " " + a.set(on, depth+1)
	case def.Kind == ast.Union:
		return "__typename"
	}
	return a.field(def, depth)
}

func (a *author) field(def *ast.Definition, depth int) string {
	var fields ast.FieldList
	for _, f := range def.Fields {
		leaf := a.schema.Types[f.Type.Name()].IsLeafType()
		if !strings.HasPrefix(f.Name, "__") && (leaf || depth < deepest && a.budget > 0) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return "__typename"
	}
	f := pick(a.rng, fields)
	a.budget--
	// The response name says what the field is, so that nothing conflicts: its type,
	// as links differ, and its arguments, which are drawn anew each time.
	name := f.Name + "_" + strings.NewReplacer("[", "L", "]", "", "!", "N").Replace(f.Type.String())
	args := a.arguments(f.Arguments)
	if args != "" {
		name += fmt.Sprintf("_%d", a.rng.IntN(1_000_000))
	}
	text := name + ": " + f.Name + args + a.condition()
	if t := a.schema.Types[f.Type.Name()]; !t.IsLeafType() {
		text += " " + a.set(t, depth+1)
	}
	return text
}

func (a *author) arguments(list ast.ArgumentDefinitionList) string {
	var parts []string
	for _, d := range list {
		if a.chance(55) {
			parts = append(parts, d.Name+": "+a.value(d.Type, 0))
		}
	}
	if parts == nil {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// value writes a literal, or a variable that may be missing, null or given.
func (a *author) value(t *ast.Type, depth int) string {
	if a.chance(35) {
		name := fmt.Sprintf("v%d", len(a.declared))
		declared := "$" + name + ": " + t.String()
		if a.chance(25) {
			declared += " = " + a.literal(t, depth, false)
		}
		a.declared = append(a.declared, declared)
		switch {
		case a.chance(70):
			a.values = append(a.values, fmt.Sprintf("%q:%s", name, a.json(t, depth)))
		case !t.NonNull && a.chance(40):
			a.values = append(a.values, fmt.Sprintf("%q:null", name))
		case t.NonNull:
			a.values = append(a.values, fmt.Sprintf("%q:%s", name, a.json(t, depth)))
		}
		return "$" + name
	}
	if !t.NonNull && a.chance(8) {
		return "null"
	}
	return a.literal(t, depth, true)
}

func (a *author) literal(t *ast.Type, depth int, variables bool) string {
	below := func(t *ast.Type) string {
		if variables {
			return a.value(t, depth+1)
		}
		return a.literal(t, depth+1, false)
	}
	if t.Elem != nil {
		var items []string
		for range a.rng.IntN(3) {
			items = append(items, a.literal(t.Elem, depth+1, false))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	def := a.schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return pick(a.rng, def.EnumValues).Name
	case def.Kind == ast.InputObject:
		var parts []string
		for _, f := range def.Fields {
			if f.Type.NamedType == t.NamedType && depth > 1 || !a.chance(50) {
				continue
			}
			parts = append(parts, f.Name+": "+below(f.Type))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case t.NamedType == "Int":
		return fmt.Sprint(a.rng.IntN(12))
	}
	return fmt.Sprintf("%q", pick(a.rng, []string{"x", "y z", ""}))
}

func (a *author) json(t *ast.Type, depth int) string {
	if t.Elem != nil {
		var items []string
		for range a.rng.IntN(3) {
			items = append(items, a.json(t.Elem, depth+1))
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	def := a.schema.Types[t.NamedType]
	switch {
	case def.Kind == ast.Enum:
		return fmt.Sprintf("%q", pick(a.rng, def.EnumValues).Name)
	case def.Kind == ast.InputObject:
		var parts []string
		for _, f := range def.Fields {
			if f.Type.NamedType == t.NamedType && depth > 1 || !a.chance(50) {
				continue
			}
			value := a.json(f.Type, depth+1)
			if !f.Type.NonNull && a.chance(8) {
				value = "null"
			}
			parts = append(parts, fmt.Sprintf("%q: %s", f.Name, value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case t.NamedType == "Int":
		return fmt.Sprint(a.rng.IntN(12))
	}
	return fmt.Sprintf("%q", pick(a.rng, []string{"x", "y z", ""}))
}

// overlapping picks a type that shares an object type with def.
func (a *author) overlapping(def *ast.Definition) *ast.Definition {
	objects := a.schema.GetPossibleTypes(def)
	if def.Kind == ast.Object {
		objects = []*ast.Definition{def}
	}
	object := pick(a.rng, objects)
	if !a.chance(30) {
		return object
	}
	var abstract []*ast.Definition
	for name, t := range a.schema.Types {
		if t.IsAbstractType() && slices.Contains(a.schema.PossibleTypes[name], object) {
			abstract = append(abstract, t)
		}
	}
	slices.SortFunc(abstract, func(x, y *ast.Definition) int { return strings.Compare(x.Name, y.Name) })
	if len(abstract) == 0 {
		return object
	}
	return pick(a.rng, abstract)
}

func (a *author) condition() string {
	if !a.chance(12) {
		return ""
	}
	word := pick(a.rng, []string{"skip", "include"})
	if a.chance(20) {
		return fmt.Sprintf(" @%s(if: %v)", word, a.chance(50))
	}
	name := fmt.Sprintf("c%d", a.rng.IntN(6))
	declared := "$" + name + ": Boolean!"
	if !slices.Contains(a.declared, declared) {
		a.declared = append(a.declared, declared)
		a.values = append(a.values, fmt.Sprintf("%q:%v", name, a.chance(50)))
	}
	return fmt.Sprintf(" @%s(if: $%s)", word, name)
}
