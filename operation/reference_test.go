package operation_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// The normal form is compared with the document it came from: under the same
// runtime types and condition values both must select the same response names
// in the same order, each the same field with the same arguments, all the way
// down. The document's side is CollectFields as the specification writes it;
// the normal form's side is what the comment on Field promises.

// world decides what a reader of fields cannot know: the runtime type at each
// place and the values of conditions. Types depend on the path alone, so both
// sides see the same.
type world struct {
	g          *schema.Supergraph
	seed       uint64
	conditions map[string]bool
	// loose compares the names of arguments only.
	loose bool
}

// runtimeType picks an object type for a value of the named type at path.
func (w *world) runtimeType(named, path string) *schema.Type {
	t := &w.g.Types[w.g.TypeNamed(named)]
	var all []int
	for id := range t.Possible.All() {
		all = append(all, id)
	}
	h := w.seed
	for i := range len(path) {
		h = (h ^ uint64(path[i])) * 1099511628211
	}
	return &w.g.Types[all[(h>>20)%uint64(len(all))]]
}

// documentSide expands a document by the specification.
type documentSide struct {
	*world
	doc *ast.QueryDocument
	out strings.Builder
}

type collected struct {
	name   string
	fields []*ast.Field
}

func (s *documentSide) expand(t *schema.Type, sets []ast.SelectionSet, path string) {
	var order []*collected
	visited := map[string]bool{}
	for _, set := range sets {
		order = s.collect(t, set, order, visited)
	}
	for _, c := range order {
		f := c.fields[0]
		here := path + "/" + c.name
		fmt.Fprintf(&s.out, "%s = %s%s\n", here, f.Name, s.documentArguments(f))
		var below []ast.SelectionSet
		for _, f := range c.fields {
			below = append(below, f.SelectionSet)
		}
		if len(f.SelectionSet) > 0 {
			def := s.g.Fields[s.g.FieldNamed(t.ID, f.Name)]
			s.expand(s.runtimeType(s.g.Types[def.Result].Name, here), below, here)
		}
	}
}

func (s *documentSide) collect(t *schema.Type, set ast.SelectionSet, order []*collected, visited map[string]bool) []*collected {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			if !s.included(sel.Directives) {
				continue
			}
			found := false
			for _, c := range order {
				if c.name == sel.Alias {
					c.fields, found = append(c.fields, sel), true
				}
			}
			if !found {
				order = append(order, &collected{sel.Alias, []*ast.Field{sel}})
			}
		case *ast.InlineFragment:
			if s.included(sel.Directives) && s.applies(t, sel.TypeCondition) {
				order = s.collect(t, sel.SelectionSet, order, visited)
			}
		case *ast.FragmentSpread:
			def := s.doc.Fragments.ForName(sel.Name)
			if s.included(sel.Directives) && !visited[sel.Name] {
				visited[sel.Name] = true
				if s.applies(t, def.TypeCondition) {
					order = s.collect(t, def.SelectionSet, order, visited)
				}
			}
		}
	}
	return order
}

func (s *documentSide) applies(t *schema.Type, condition string) bool {
	return condition == "" || s.g.Types[s.g.TypeNamed(condition)].Possible.Has(int(t.ID))
}

func (s *documentSide) included(list ast.DirectiveList) bool {
	for _, d := range list {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		v := d.Arguments.ForName("if").Value
		holds := v.Raw == "true"
		if v.Kind == ast.Variable {
			holds = s.conditions[v.Raw]
		}
		if holds == (d.Name == "skip") {
			return false
		}
	}
	return true
}

func (s *documentSide) documentArguments(f *ast.Field) string {
	args := map[string]string{}
	for _, a := range f.Arguments {
		args[a.Name] = ""
		if !s.loose {
			args[a.Name] = strings.Join(strings.Fields(a.Value.String()), "")
		}
	}
	return fmt.Sprint(args)
}

// normalSide expands the normal form.
type normalSide struct {
	*world
	op   *operation.Operation
	bits uint64
	out  strings.Builder
}

func (s *normalSide) expand(t *schema.Type, lists [][]operation.Field, path string) {
	type merged struct {
		first operation.Field
		below [][]operation.Field
	}
	var order []*merged
	for _, list := range lists {
		for _, f := range list {
			if f.On != nil && !f.On.Has(int(t.ID)) || !f.Guard.Holds(s.bits) {
				continue
			}
			var found *merged
			for _, m := range order {
				if m.first.Response == f.Response {
					found = m
				}
			}
			if found == nil {
				found = &merged{first: f}
				order = append(order, found)
			}
			found.below = append(found.below, f.Select)
		}
	}
	for _, m := range order {
		here := path + "/" + m.first.Response
		fmt.Fprintf(&s.out, "%s = %s%s\n", here, m.first.Name, s.arguments(m.first.Args))
		id := s.g.FieldNamed(t.ID, m.first.Name)
		if id == schema.NoField || s.g.Fields[id].Leaf {
			continue
		}
		s.expand(s.runtimeType(s.g.Types[s.g.Fields[id].Result].Name, here), m.below, here)
	}
}

// arguments prints arguments with extracted literals put back.
func (s *normalSide) arguments(list []operation.Argument) string {
	args := map[string]string{}
	literals := len(s.op.Variables) - len(s.op.Literals)
	for _, a := range list {
		text := strings.Join(strings.Fields(a.Value), "")
		for i := len(s.op.Variables) - 1; i >= literals; i-- {
			text = strings.ReplaceAll(text, "$"+s.op.Variables[i].Name, string(s.op.Literals[i-literals]))
		}
		if s.loose {
			text = ""
		}
		args[a.Name] = text
	}
	return fmt.Sprint(args)
}

// invariants checks what must hold whatever the world is.
func invariants(t *testing.T, fields []operation.Field) {
	for i := range fields {
		for j := range i {
			a, b := &fields[i], &fields[j]
			if a.Response != b.Response || fmt.Sprint(a.Guard) != fmt.Sprint(b.Guard) {
				continue
			}
			if a.On == nil || b.On == nil || a.On.Meets(b.On) {
				t.Errorf("%q stands twice for one runtime type under one guard", a.Response)
			}
		}
		if fields[i].On != nil && fields[i].On.Empty() {
			t.Errorf("%q applies to no type", fields[i].Response)
		}
		for _, l := range fields[i].Guard {
			if l.Set&l.Clear != 0 {
				t.Errorf("%q can never apply", fields[i].Response)
			}
		}
		invariants(t, fields[i].Select)
	}
}

// compare checks query in six random worlds.
func compare(t *testing.T, g *schema.Supergraph, query, name string, rng *rand.Rand, loose bool) {
	t.Helper()
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query), Name: name})
	if err != nil {
		t.Fatalf("%v\n%s", err, query)
	}
	if op.Introspects() {
		return
	}
	invariants(t, op.Select)
	doc, parseErr := parser.ParseQuery(&ast.Source{Input: query})
	if parseErr != nil {
		t.Fatal(parseErr)
	}
	def := doc.Operations[0]
	if name != "" {
		def = doc.Operations.ForName(name)
	}
	root := &g.Types[map[ast.Operation]schema.TypeID{
		ast.Query: g.Query, ast.Mutation: g.Mutation, ast.Subscription: g.Subscription,
	}[def.Operation]]
	for range 6 {
		w := &world{g: g, seed: rng.Uint64(), conditions: map[string]bool{}, loose: loose}
		var bits uint64
		for bit, i := range op.Conditions {
			if rng.IntN(2) == 0 {
				bits |= 1 << bit
				w.conditions[op.Variables[i].Name] = true
			}
		}
		want := &documentSide{world: w, doc: doc}
		want.expand(root, []ast.SelectionSet{def.SelectionSet}, "")
		got := &normalSide{world: w, op: op, bits: bits}
		got.expand(root, [][]operation.Field{op.Select}, "")
		if want.out.String() != got.out.String() {
			t.Fatalf("conditions %v of\n%s\nthe document selects\n%s\nthe normal form\n%s\n%s",
				w.conditions, query, want.out.String(), got.out.String(), printOperation(g, op))
		}
	}
}

// TestNormalFormSelectsTheSame compares random operations over the zoo.
func TestNormalFormSelectsTheSame(t *testing.T) {
	g := zoo(t)
	refused, count := 0, 800
	if testing.Short() {
		count = 300
	}
	for i := range count {
		gen := &generator{rng: rand.New(rand.NewPCG(7, uint64(i)))}
		query := gen.query()
		_, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query)})
		if err != nil {
			refused++ // conflicting fields
			if !strings.Contains(err.Error(), "conflict") {
				t.Fatalf("%v\n%s", err, query)
			}
			continue
		}
		compare(t, g, query, "", gen.rng, false)
	}
	t.Logf("%d operations, %d of them refused", count, refused)
	if refused > count/2 {
		t.Errorf("%d of %d operations are refused", refused, count)
	}
}

// generator writes operations that mix types, conditions and repeated response
// names as densely as it can.
type generator struct {
	rng       *rand.Rand
	fragments []string
	defined   int
}

func (g *generator) query() string {
	body := g.set("Query", 4)
	return "query ($a: Boolean!, $b: Boolean!, $c: Boolean!) { use: dog { a: id @include(if: $a) b: id @include(if: $b) c: id @skip(if: $c) } " +
		body + " }\n" + strings.Join(g.fragments, "\n")
}

// members are the fields the generator uses: their types agree in shape
// wherever they share a name.
var members = map[string][]string{
	"Query":  {"animals:Animal", "dog:Dog", "thing:Thing", "pets:Pet"},
	"Animal": {"id", "name", "friend:Animal", "home:Home", "thing:Thing", "friends:Animal"},
	"Pet":    {"id", "name", "friend:Animal", "owner:Keeper", "home:Home"},
	"Dog":    {"id", "name", "friend:Dog", "owner:Keeper", "barks", "thing:Thing"},
	"Cat":    {"id", "name", "friend:Pet", "owner:Keeper", "meows", "friends:Animal"},
	"Lion":   {"id", "name", "friend:Animal", "roars"},
	"Thing":  {"__typename"},
	"Home":   {"place", "thing:Thing"},
	"Keeper": {"id", "pet:Pet", "animals:Animal"},
}

// inside are the type conditions that make sense in a type.
var inside = map[string][]string{
	"Query":  {"Query", ""},
	"Animal": {"Dog", "Cat", "Lion", "Pet", "Animal", "Thing", ""},
	"Pet":    {"Dog", "Cat", "Animal", "Pet", "Thing", ""},
	"Dog":    {"Pet", "Animal", "Dog", "Thing", ""},
	"Cat":    {"Pet", "Animal", ""},
	"Lion":   {"Animal", "Lion"},
	"Thing":  {"Dog", "Home", "Keeper", "Pet", "Animal", ""},
	"Home":   {"Home", "Thing", ""},
	"Keeper": {"Keeper", "Thing"},
}

func (g *generator) pick(list []string) string { return list[g.rng.IntN(len(list))] }

func (g *generator) set(on string, depth int) string {
	var b strings.Builder
	for range 1 + g.rng.IntN(4) {
		b.WriteString(g.selection(on, depth) + " ")
	}
	return b.String()
}

func (g *generator) selection(on string, depth int) string {
	if g.rng.IntN(3) == 0 && depth > 0 {
		return g.fragment(on, depth)
	}
	name, result, composite := strings.Cut(g.pick(members[on]), ":")
	if composite && depth == 0 {
		return "__typename" + g.directives()
	}
	text := name
	switch {
	case name == "name" && g.rng.IntN(3) == 0:
		text = `fr: name(lang: "fr")`
	case name == "friends":
		text = "friends(first: 2)"
	case name == "id" && g.rng.IntN(4) == 0:
		text = "x: id"
	}
	text += g.directives()
	if composite {
		text += " { " + g.set(result, depth-1) + "}"
	}
	return text
}

func (g *generator) fragment(on string, depth int) string {
	condition := g.pick(inside[on])
	inner := on
	if condition != "" {
		inner = condition
	}
	body := "{ " + g.set(inner, depth-1) + "}"
	if condition == "" || g.rng.IntN(3) > 0 {
		if condition != "" {
			condition = " on " + condition
		}
		return "..." + condition + g.directives() + " " + body
	}
	name := fmt.Sprintf("F%d", g.defined)
	g.defined++
	g.fragments = append(g.fragments, "fragment "+name+" on "+condition+" "+body)
	return "..." + name + " ..." + name + g.directives()
}

func (g *generator) directives() string {
	switch g.rng.IntN(12) {
	case 0, 1:
		return " @include(if: $" + g.pick([]string{"a", "b", "c"}) + ")"
	case 2, 3:
		return " @skip(if: $" + g.pick([]string{"a", "b", "c"}) + ")"
	case 4:
		return " @include(if: $" + g.pick([]string{"a", "b"}) + ") @skip(if: $" + g.pick([]string{"b", "c"}) + ")"
	case 5:
		return g.pick([]string{" @include(if: true)", " @skip(if: false)"})
	}
	return ""
}
