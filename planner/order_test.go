package planner_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

// TestMemberOrder draws operations with up to eight condition variables, of
// which a plan settles four, and compares the members of the answer and their
// order with what CollectFields of the specification gives.
func TestMemberOrder(t *testing.T) {
	p, view := orderPlanner(t)
	for seed := range uint64(400) {
		d := &orderDraw{rng: rand.New(rand.NewPCG(seed, 1)), variables: 1 + int(seed%8)}
		checkOrder(t, p, view, d, d.operation())
	}
}

// TestMemberOrderMany repeats two fields under so many conditions that their
// combinations cannot be listed.
func TestMemberOrderMany(t *testing.T) {
	p, view := orderPlanner(t)
	d := &orderDraw{rng: rand.New(rand.NewPCG(1, 2)), variables: 60}
	body := "{ pet {"
	for range 20 {
		a, b := d.variable(), d.variable()
		body += fmt.Sprintf(" a @include(if: $%s) @skip(if: $%s) b @include(if: $%s) @skip(if: $%s)", a, b, b, a)
	}
	checkOrder(t, p, view, d, d.declare(body+" } }"))
}

func orderPlanner(t *testing.T) (*planner.Planner, *schema.View) {
	t.Helper()
	result := compose.Compose([]compose.Input{
		{Name: "a", SDL: federation2 + `
			interface Pet @key(fields: "id") { id: ID! a: Int b: Int pet: Pet }
			type Cat implements Pet @key(fields: "id") { id: ID! a: Int b: Int pet: Pet }
			type Dog implements Pet @key(fields: "id") { id: ID! a: Int b: Int pet: Pet }
			type Query { pet: Pet }`},
		{Name: "b", SDL: federation2 + `
			type Cat @key(fields: "id") { id: ID! c: Int }
			type Dog @key(fields: "id") { id: ID! c: Int d: Int }`},
	}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors[0])
	}
	return newPlanner(t, result.Graph, planner.Options{}), result.Graph.API
}

// checkOrder plans an operation for some values of its variables.
func checkOrder(t *testing.T, p *planner.Planner, view *schema.View, d *orderDraw, text string) {
	t.Helper()
	op, err := operation.Prepare(context.Background(), view, &operation.Request{Document: []byte(text)})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatal(err)
	}
	for range 8 {
		n := collector{variables: d.values(), kind: pickOne(d.rng, "Cat", "Dog")}
		_, conditions, err := op.Coerce(n.json(), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Plan(context.Background(), op, operation.Choice{Conditions: conditions})
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if err := plan.Check(got); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		want := n.object("Query", doc.Operations[0].SelectionSet)
		if have := members(&got.Data, conditions, n.kind); have != want {
			t.Fatalf("%s\nvariables %s, pets are of type %s\n got %s\nwant %s", text, n.json(), n.kind, have, want)
		}
	}
}

// members writes the member names of a planned object for pets of one type.
func members(o *plan.Object, conditions uint64, kind string) string {
	var out []string
	for i := range o.Fields {
		f := &o.Fields[i]
		if !f.Holds(conditions) || f.On != nil && !slices.Contains(f.On, kind) {
			continue
		}
		name := f.Name
		if f.Object != nil {
			name += members(f.Object, conditions, kind)
		}
		out = append(out, name)
	}
	return "{" + strings.Join(out, " ") + "}"
}

// collector is CollectFields and what executes its result, by the book.
type collector struct {
	variables map[string]bool
	kind      string // of all pets
}

func (c *collector) json() []byte {
	var out []string
	for name, v := range c.variables {
		out = append(out, fmt.Sprintf("%q: %v", name, v))
	}
	slices.Sort(out)
	return []byte("{" + strings.Join(out, ", ") + "}")
}

func (c *collector) object(typ string, sets ...ast.SelectionSet) string {
	var names []string
	fields := map[string][]*ast.Field{}
	for _, set := range sets {
		c.collect(typ, set, func(f *ast.Field) {
			if fields[f.Alias] == nil {
				names = append(names, f.Alias)
			}
			fields[f.Alias] = append(fields[f.Alias], f)
		})
	}
	for i, name := range names {
		var below []ast.SelectionSet
		for _, f := range fields[name] {
			if f.SelectionSet != nil {
				below = append(below, f.SelectionSet)
			}
		}
		if below != nil {
			names[i] += c.object(c.kind, below...)
		}
	}
	return "{" + strings.Join(names, " ") + "}"
}

func (c *collector) collect(typ string, set ast.SelectionSet, add func(*ast.Field)) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if c.included(s.Directives) {
				add(s)
			}
		case *ast.InlineFragment:
			if c.included(s.Directives) && (s.TypeCondition == "" || s.TypeCondition == "Pet" || s.TypeCondition == typ) {
				c.collect(typ, s.SelectionSet, add)
			}
		default:
			panic(fmt.Sprintf("unexpected %T", s))
		}
	}
}

func (c *collector) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if on := c.variables[d.Arguments.ForName("if").Value.Raw]; on != (d.Name == "include") {
			return false
		}
	}
	return true
}

// orderDraw draws an operation.
type orderDraw struct {
	rng       *rand.Rand
	variables int
	used      []string
}

func pickOne[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

func (d *orderDraw) operation() string {
	return d.declare("{ " + d.pet(3) + " " + d.pet(2) + " }")
}

// declare puts the variables that were used before a selection.
func (d *orderDraw) declare(body string) string {
	if len(d.used) == 0 {
		return body
	}
	var declared []string
	for _, name := range d.used {
		declared = append(declared, "$"+name+": Boolean!")
	}
	return "query (" + strings.Join(declared, ", ") + ") " + body
}

func (d *orderDraw) values() map[string]bool {
	out := map[string]bool{}
	for _, name := range d.used {
		out[name] = d.rng.IntN(2) == 0
	}
	return out
}

func (d *orderDraw) pet(depth int) string { return "pet" + d.guard() + " " + d.selection("Pet", depth) }

func (d *orderDraw) selection(typ string, depth int) string {
	out := "{"
	for range 1 + d.rng.IntN(6) {
		switch n := d.rng.IntN(10); {
		case n < 2 && depth > 0:
			out += " " + d.pet(depth-1)
		case n < 4 && depth > 0:
			on := pickOne(d.rng, "Pet", "Cat", "Dog")
			if typ != "Pet" {
				on = typ
			}
			out += " ... on " + on + d.guard() + " " + d.selection(on, depth-1)
		case n < 5:
			out += " __typename" + d.guard()
		case n < 7 && typ != "Pet":
			out += " c" + d.guard()
		default:
			out += pickOne(d.rng, " a", " b", " id") + d.guard()
		}
	}
	return out + " }"
}

func (d *orderDraw) guard() string {
	out := ""
	if d.rng.IntN(2) == 0 {
		out += " @include(if: $" + d.variable() + ")"
	}
	if d.rng.IntN(4) == 0 {
		out += " @skip(if: $" + d.variable() + ")"
	}
	return out
}

func (d *orderDraw) variable() string {
	name := fmt.Sprintf("v%d", d.rng.IntN(d.variables))
	if !slices.Contains(d.used, name) {
		d.used = append(d.used, name)
	}
	return name
}
