package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// author writes operations over a schema.
type author struct {
	rng       *rand.Rand
	schema    *ast.Schema
	fragments []written
	used      map[string]bool                 // variables
	last      map[string]*ast.FieldDefinition // selected on a type, to be selected again
	budget    int
}

// written is a named fragment.
type written struct{ name, on, text string }

const deepest = 5

// write returns an operation and its variables as JSON.
func write(rng *rand.Rand, schema *ast.Schema) (query, variables string) {
	a := &author{rng: rng, schema: schema, used: map[string]bool{}, last: map[string]*ast.FieldDefinition{}, budget: 15 + rng.IntN(25)}
	root, kind := schema.Query, "query"
	if schema.Mutation != nil && a.chance(30) {
		root, kind = schema.Mutation, "mutation"
	}
	body := a.set(root, 0)
	var declared, values []string
	for i := range 3 {
		name := fmt.Sprintf("c%d", i)
		if a.used[name] {
			declared = append(declared, "$"+name+": Boolean!")
			values = append(values, fmt.Sprintf("%q:%v", name, a.chance(50)))
		}
	}
	if a.used["n"] {
		declared = append(declared, "$n: Int")
		if a.chance(70) {
			values = append(values, pick(rng, []string{`"n":2`, `"n":9`, `"n":null`}))
		}
	}
	query = kind
	if len(declared) > 0 {
		query += " (" + strings.Join(declared, ", ") + ")"
	}
	query += " " + body
	for _, f := range a.fragments {
		query += "\nfragment " + f.name + " on " + f.on + " " + f.text
	}
	return query, "{" + strings.Join(values, ",") + "}"
}

func (a *author) chance(percent int) bool { return a.rng.IntN(100) < percent }

func (a *author) set(def *ast.Definition, depth int) string {
	var parts []string
	for range 1 + a.rng.IntN(4) {
		parts = append(parts, a.item(def, depth))
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (a *author) item(def *ast.Definition, depth int) string {
	n := a.rng.IntN(100)
	switch {
	case n < 8 || def.Kind == ast.Union && n < 15:
		return "__typename" + a.condition()
	case depth < deepest && (n < 22 || def.IsAbstractType() && n < 65 || def.Kind == ast.Union):
		return a.inline(def, depth)
	case depth < deepest && n < 32 && depth > 0:
		return a.spread(def, depth)
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
	if again := a.last[def.Name]; again != nil && slices.Contains(fields, again) && a.chance(35) {
		f = again
	}
	if !a.schema.Types[f.Type.Name()].IsLeafType() {
		a.last[def.Name] = f
	}
	a.budget--
	// The response name says what the field is, so that nothing conflicts.
	name, args := f.Name, ""
	if len(f.Arguments) > 0 {
		switch a.rng.IntN(4) {
		case 0:
			name, args = f.Name+"_2", "(n: 2)"
		case 1:
			name, args = f.Name+"_9", "(n: 9)"
		case 2:
			name, args = f.Name+"_v", "(n: $n)"
			a.used["n"] = true
		}
	}
	if a.chance(12) {
		name += "_x"
	}
	text := f.Name + args + a.condition()
	if name != f.Name {
		text = name + ": " + text
	}
	if t := a.schema.Types[f.Type.Name()]; !t.IsLeafType() {
		text += " " + a.set(t, depth+1)
	}
	return text
}

func (a *author) inline(def *ast.Definition, depth int) string {
	deferred := ""
	if a.chance(8) && def != a.schema.Mutation { // not where the specification forbids it
		deferred = " @defer"
	}
	if a.chance(15) && def.Kind != ast.Union {
		return "..." + a.condition() + deferred + " " + a.set(def, depth+1)
	}
	on := a.overlapping(def)
	return "... on " + on.Name + a.condition() + deferred + " " + a.set(on, depth+1)
}

func (a *author) spread(def *ast.Definition, depth int) string {
	if a.chance(40) {
		for _, f := range a.fragments {
			if f.on == def.Name {
				return "..." + f.name + a.condition()
			}
		}
	}
	on := a.overlapping(def)
	text := a.set(on, depth+1)
	name := fmt.Sprintf("F%d", len(a.fragments))
	a.fragments = append(a.fragments, written{name, on.Name, text})
	return "..." + name + a.condition()
}

// overlapping picks a type that shares an object type with def.
func (a *author) overlapping(def *ast.Definition) *ast.Definition {
	objects := a.schema.GetPossibleTypes(def)
	if def.Kind == ast.Object {
		objects = []*ast.Definition{def}
	}
	object := pick(a.rng, objects)
	if !a.chance(35) {
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
	if !a.chance(15) {
		return ""
	}
	name := fmt.Sprintf("c%d", a.rng.IntN(3))
	if a.chance(15) {
		return fmt.Sprintf(" @%s(if: %v)", pick(a.rng, []string{"skip", "include"}), a.chance(50))
	}
	a.used[name] = true
	return fmt.Sprintf(" @%s(if: $%s)", pick(a.rng, []string{"skip", "include"}), name)
}
