package selection

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

var schema = gqlparser.MustLoadSchema(&ast.Source{Input: `
type Query { node: Node any: Any list: [A!]! }
interface Node { id: ID }
type A implements Node { id: ID a: Int n: Node }
type B implements Node { id: ID b: Int! }
type C { c: Int }
union Any = A | B | C
`})

// show writes down what is selected: variants in brackets, ? for conditional.
func show(d Document, name string, sets []Set) string {
	var variants []string
	for _, v := range d.Variants(name, sets) {
		var members []string
		for _, m := range v.Members {
			text := m.Name
			if m.Conditional {
				text += "?"
			}
			if m.Sets != nil {
				text += " " + show(d, m.Definition.Type.Name(), m.Sets)
			}
			members = append(members, text)
		}
		variants = append(variants, strings.Join(v.Types, "|")+"{"+strings.Join(members, " ")+"}")
	}
	return "[" + strings.Join(variants, " ") + "]"
}

func TestVariants(t *testing.T) {
	for _, c := range []struct{ query, want string }{
		{`{ node { id } }`, "[Query{node [A|B{id}]}]"},
		{`{ node { id ... on A { a } } }`, "[Query{node [A{id a} B{id}]}]"},
		{`{ any { __typename ... on Node { id } } }`, "[Query{any [A|B{__typename id} C{__typename}]}]"},
		{`{ any { ... on Node { ... on B { b } } ... on C { c } } }`, "[Query{any [A{} B{b} C{c}]}]"},
		{`{ list { a @skip(if: true) x: a } }`, "[Query{list [A{a? x}]}]"},
		{`{ list { a } ... @include(if: true) { list { id } node { id } } }`, "[Query{list [A{a id?}] node? [A|B{id}]}]"},
		{`{ ...F ...F } fragment F on Query { node { ...G } } fragment G on Node { id ... on A { n { ...H } } } fragment H on Node { id }`,
			"[Query{node [A{id n [A|B{id}]} B{id}]}]"},
		{`{ list { n { ... on A { a } } n { ... on B { b } } } }`, "[Query{list [A{n [A{a} B{b}]}]}]"},
	} {
		query := gqlparser.MustLoadQueryWithRules(schema, c.query, rules.NewDefaultRules())
		d := Document{Schema: schema, Query: query}
		name, sets := d.Root(query.Operations[0])
		if got := show(d, name, sets); got != c.want {
			t.Errorf("%s: %s, not %s", c.query, got, c.want)
		}
	}
}

func TestMember(t *testing.T) {
	query := gqlparser.MustLoadQueryWithRules(schema, `{ any { ... on Node { id } ... on A { a } } same: any { __typename ... on C { __typename } } }`, rules.NewDefaultRules())
	d := Document{Schema: schema, Query: query}
	name, sets := d.Root(query.Operations[0])
	anything, same := d.Member(name, "any", sets), d.Member(name, "same", sets)
	for _, c := range []struct {
		of          *Member
		name        string
		conditional bool
	}{{anything, "id", true}, {anything, "a", true}, {same, "__typename", false}} {
		m := d.Member("Any", c.name, c.of.Sets)
		if m == nil || m.Conditional != c.conditional {
			t.Error(c.name, fmt.Sprintf("%+v", m))
		}
	}
	if d.Member(name, "any", nil) != nil || d.Member("Any", "nope", anything.Sets) != nil || d.Member("Nope", "x", sets) != nil {
		t.Error("there is what is not selected")
	}
}

// TestNothingToStartFrom: a schema without the root has no members.
func TestNothingToStartFrom(t *testing.T) {
	d := Document{Schema: schema, Query: &ast.QueryDocument{}}
	if name, sets := d.Root(&ast.OperationDefinition{Operation: ast.Mutation}); name != "" || sets != nil || len(d.Variants(name, sets)) != 0 {
		t.Error(name, sets)
	}
}
