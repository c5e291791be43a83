package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// author writes one random operation over a schema.
type author struct {
	rng       *rand.Rand
	labels    int // of @defer, so far
	schema    *ast.Schema
	budget    int // fields left to write
	vars      []variable
	fragments []fragment
	maxDepth  int // of nesting
	defers    bool
	guarded   int // percent of places with @skip or @include
	renamed   int // percent of fields with an alias
	writing   int // depth of fragments being written; they must not spread themselves
}

type variable struct {
	name, declared string // type and default as declared
	typ            string // the type itself
	value          any
	given          bool
}

type fragment struct {
	name, on, text string
}

// writeOperation returns a random operation that is valid against the schema,
// with its variables. It gives up, returning "", when it fails to avoid
// conflicts a few times.
func writeOperation(rng *rand.Rand, schema *ast.Schema) (query string, variables *testkit.Object) {
	for range 8 {
		a := &author{rng: rng, schema: schema, budget: 6 + rng.IntN(40), maxDepth: 6}
		if a.chance(4) {
			a.budget, a.maxDepth = 150, 10
		}
		a.guarded, a.renamed = choose(a, []int{4, 10, 10, 35}), choose(a, []int{5, 30, 30, 70})
		query, variables = a.operation()
		if _, err := testkit.ParseDocument(schema, query, ""); err == nil {
			return query, variables
		}
	}
	return "", nil
}

func (a *author) chance(percent int) bool { return a.rng.IntN(100) < percent }

func choose[T any](a *author, list []T) T { return list[a.rng.IntN(len(list))] }

func (a *author) operation() (string, *testkit.Object) {
	kind, root := "query", a.schema.Query
	if a.schema.Mutation != nil && a.chance(20) {
		kind, root = "mutation", a.schema.Mutation
	}
	body := ""
	a.defers = kind == "query" && a.chance(6)
	if a.schema.Subscription != nil && a.chance(20) {
		kind, a.defers = "subscription", false
		body = "{ " + a.field(a.schema.Subscription, 0) + " }"
	} else {
		body = a.selection(root, 0)
	}
	var head strings.Builder
	head.WriteString(kind)
	if a.chance(40) {
		head.WriteString(" Op")
	}
	values := &testkit.Object{}
	if len(a.vars) > 0 {
		var list []string
		for _, v := range a.vars {
			list = append(list, "$"+v.name+": "+v.declared)
			if v.given {
				values.Set(v.name, v.value)
			}
		}
		head.WriteString("(" + strings.Join(list, ", ") + ")")
	}
	text := head.String() + " " + body
	for _, f := range a.fragments {
		text += "\nfragment " + f.name + " on " + f.on + " " + f.text
	}
	return text, values
}

// selection writes a selection set on a type.
func (a *author) selection(def *ast.Definition, depth int) string {
	var parts []string
	for range 1 + a.rng.IntN(4) {
		parts = append(parts, a.item(def, depth))
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (a *author) item(def *ast.Definition, depth int) string {
	abstract := def.IsAbstractType()
	switch n := a.rng.IntN(100); {
	case n < 8:
		return a.typenameAlias() + "__typename" + a.directives()
	case depth < a.maxDepth && (n < 14 || abstract && n < 60):
		return a.inline(def, depth)
	case depth < a.maxDepth && n < 22 && depth > 0:
		return a.spread(def, depth)
	}
	return a.field(def, depth)
}

func (a *author) field(def *ast.Definition, depth int) string {
	var fields ast.FieldList
	for _, f := range def.Fields {
		if !strings.HasPrefix(f.Name, "__") && (depth < a.maxDepth && a.budget > 0 || a.schema.Types[f.Type.Name()].IsLeafType()) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return "__typename"
	}
	f := choose(a, fields)
	if depth == 0 && a.chance(60) { // roots that lead somewhere
		f = choose(a, fields)
	}
	a.budget--
	text := a.alias(f.Name) + f.Name + a.arguments(f)
	if def != a.schema.Subscription { // the one root field of a subscription stays
		text += a.directives()
	}
	if t := a.schema.Types[f.Type.Name()]; !t.IsLeafType() {
		text += " " + a.selection(t, depth+1)
	}
	return text
}

// typenameAlias is one that nothing else bears: gqlparser does not see that
// __typename, which is String!, conflicts with a String of the same name.
func (a *author) typenameAlias() string {
	if a.chance(60) {
		return ""
	}
	return fmt.Sprintf("t%d: ", a.rng.IntN(1000))
}

// aliases clients may choose that look like what a planner needs.
var aliases = []string{"id", "code", "name", "sku", "_w0_id", "_id", "spot", "link", "tag", "label", "_entities", "x", "y", "size", "representations"}

func (a *author) alias(name string) string {
	switch {
	case !a.chance(a.renamed):
		return ""
	case a.chance(50):
		if alias := choose(a, aliases); alias != name {
			return alias + ": "
		}
	}
	return fmt.Sprintf("a%d: ", a.rng.IntN(1000))
}

// inline writes an inline fragment whose type can meet def.
func (a *author) inline(def *ast.Definition, depth int) string {
	if a.chance(15) {
		return "..." + a.directives() + a.deferred() + " " + a.selection(def, depth+1)
	}
	on := a.overlapping(def)
	return "... on " + on.Name + a.directives() + a.deferred() + " " + a.selection(on, depth+1)
}

// overlapping picks a type that shares an object type with def.
func (a *author) overlapping(def *ast.Definition) *ast.Definition {
	var list []*ast.Definition
	for _, p := range a.schema.GetPossibleTypes(def) {
		if p.Kind == ast.Object {
			list = append(list, p)
		}
	}
	if def.Kind == ast.Object {
		list = append(list, def)
	}
	object := choose(a, list)
	if a.chance(25) {
		var abstract []*ast.Definition
		for name := range a.schema.Types {
			t := a.schema.Types[name]
			if t.IsAbstractType() && slices.ContainsFunc(a.schema.PossibleTypes[name], func(p *ast.Definition) bool { return p == object }) {
				abstract = append(abstract, t)
			}
		}
		slices.SortFunc(abstract, func(x, y *ast.Definition) int { return strings.Compare(x.Name, y.Name) })
		if len(abstract) > 0 {
			return choose(a, abstract)
		}
	}
	return object
}

// spread uses a named fragment, an earlier one if it fits.
func (a *author) spread(def *ast.Definition, depth int) string {
	if a.writing == 0 && a.chance(50) {
		for _, f := range a.fragments {
			if f.on == def.Name {
				return "..." + f.name + a.directives()
			}
		}
	}
	on := a.overlapping(def)
	if a.chance(60) {
		on = def
	}
	a.writing++
	text := a.selection(on, depth+1)
	a.writing--
	f := fragment{fmt.Sprintf("F%d", len(a.fragments)), on.Name, text}
	a.fragments = append(a.fragments, f)
	return "..." + f.name + a.directives()
}

// deferred writes @defer now and then; never where the root type forbids it.
func (a *author) deferred() string {
	if !a.defers || !a.chance(25) {
		return ""
	}
	return choose(a, []string{" @defer", " @defer(if: false)", a.labelled()})
}

// labelled writes @defer with a label of its own.
func (a *author) labelled() string {
	a.labels++
	return fmt.Sprintf(" @defer(label: \"l%d_%d\")", a.labels, a.rng.IntN(1000))
}

func (a *author) directives() string {
	if !a.chance(a.guarded) {
		return ""
	}
	name := choose(a, []string{"skip", "include"})
	text := " @" + name + "(if: " + a.condition() + ")"
	if a.chance(10) {
		text += map[string]string{"skip": " @include(if: ", "include": " @skip(if: "}[name] + a.condition() + ")"
	}
	return text
}

func (a *author) condition() string {
	if a.chance(20) {
		return choose(a, []string{"true", "false"})
	}
	return "$" + a.variable("Boolean!").name
}
