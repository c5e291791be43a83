// Package draw makes up operations and answers to them, for the tests of what
// is generated from operations. Answers come from an execution by the book, the
// specification's section 6, so that they share nothing with what they test.
package draw

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// SDL is a schema with everything that answers differ by: null at each depth,
// lists of lists, enums, scalars of its own, interfaces whose fields are
// narrower in some types, a union.
const SDL = `
type Query { thing: Thing things: [Thing!]! any: Any anys: [Any] matrix: [[Int!]]! node: Node! named: [Named!] flag: Boolean! stamp: Stamp kind: Kind! }
type Mutation { touch: Thing! }
interface Node { id: ID! note: String link: Node }
interface Named { name: String! owner: Node }
"Made of parts."
type Thing implements Node & Named {
  id: ID! note: String link: Thing name: String! owner: Person! size: Int price: Float! kind: Kind kinds: [Kind!] stamp: Stamp! parts: [Part!]!
  old: [[String]!] @deprecated(reason: "No longer kept.")
}
type Part implements Node { id: ID! note: String link: Thing! weight: Float of: Any whole: Thing }
type Person implements Node & Named { id: ID! note: String link: Node name: String! owner: Node age: Int! likes: [Any!] }
union Any = Thing | Part | Person
enum Kind { SOFT HARD }
"A point in time."
scalar Stamp
`

// Schema is SDL, read.
func Schema() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "draw.graphql", Input: SDL})
}

// Operation makes up a valid operation over Schema, with fragments, conditions
// and type conditions.
func Operation(rng *rand.Rand, schema *ast.Schema, name string) (string, *ast.QueryDocument) {
	for {
		d := &drawer{rng: rng, schema: schema}
		selection := d.set(schema.Query, 0)
		text := "query " + name
		if d.conditions > 0 {
			var variables []string
			for i := range d.conditions {
				variables = append(variables, fmt.Sprintf("$c%d: Boolean!", i))
			}
			text += "(" + strings.Join(variables, ", ") + ")"
		}
		text += " " + selection + "\n" + strings.Join(d.fragments, "\n")
		if query, err := gqlparser.LoadQueryWithRules(schema, text, rules.NewDefaultRules()); err == nil {
			return text, query
		}
	}
}

type drawer struct {
	rng        *rand.Rand
	schema     *ast.Schema
	conditions int
	fragments  []string
}

// set draws a selection set on a type; below the third level only leaves.
func (d *drawer) set(t *ast.Definition, depth int) string {
	var parts []string
	for range 1 + d.rng.IntN(4) {
		switch n := d.rng.IntN(10); {
		case n < 7 && len(t.Fields) > 0:
			if field := d.field(t, depth); field != "" {
				parts = append(parts, field)
			}
		case n == 7:
			parts = append(parts, []string{"__typename", "kindOf: __typename"}[d.rng.IntN(2)])
		case depth < 4:
			parts = append(parts, d.fragment(t, depth))
		}
	}
	if parts == nil {
		parts = []string{"__typename"}
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (d *drawer) field(t *ast.Definition, depth int) string {
	f := t.Fields[d.rng.IntN(len(t.Fields))]
	result := d.schema.Types[f.Type.Name()]
	text := f.Name
	if strings.HasPrefix(text, "__") {
		return "" // of introspection
	}
	if d.rng.IntN(4) == 0 {
		text = f.Name + "Again: " + f.Name
	}
	text += d.condition()
	if result.Kind == ast.Scalar || result.Kind == ast.Enum {
		return text
	}
	if depth >= 3 {
		return ""
	}
	return text + " " + d.set(result, depth+1)
}

// fragment draws an inline fragment or a named one, on the same type or on one
// that has objects in common with it.
func (d *drawer) fragment(t *ast.Definition, depth int) string {
	var fitting []string
	for _, name := range []string{"Node", "Named", "Thing", "Part", "Person", "Any"} {
		if slices.ContainsFunc(objects(d.schema, name), func(o string) bool { return slices.Contains(objects(d.schema, t.Name), o) }) {
			fitting = append(fitting, name)
		}
	}
	on := t.Name
	if len(fitting) > 0 {
		on = fitting[d.rng.IntN(len(fitting))]
	}
	within := d.set(d.schema.Types[on], depth+1)
	switch d.rng.IntN(3) {
	case 0:
		name := fmt.Sprintf("F%d", len(d.fragments))
		d.fragments = append(d.fragments, "fragment "+name+" on "+on+" "+within)
		return "..." + name + d.condition()
	case 1:
		if on == t.Name {
			return "..." + d.condition() + " " + within
		}
	}
	return "... on " + on + d.condition() + " " + within
}

func (d *drawer) condition() string {
	if d.rng.IntN(6) > 0 {
		return ""
	}
	d.conditions++
	return fmt.Sprintf(" @%s(if: $c%d)", []string{"skip", "include"}[d.rng.IntN(2)], d.conditions-1)
}

func objects(s *ast.Schema, name string) []string {
	var names []string
	for _, def := range s.GetPossibleTypes(s.Types[name]) {
		names = append(names, def.Name)
	}
	return names
}
