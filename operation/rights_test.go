package operation_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// protected is a supergraph of one subgraph whose schema is body, in which
// directives of authorization may stand.
func protected(t testing.TB, body string) *schema.Supergraph {
	t.Helper()
	g, err := schema.Load(`schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  ` + schema.RequirementLinks + `
{ query: Query` + rootIf(body, "Mutation") + rootIf(body, "Subscription") + ` }
directive @join__field(graph: join__Graph) repeatable on FIELD_DEFINITION
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @join__type(graph: join__Graph!, key: String) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
scalar link__Import
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://a") }
` + schema.RequirementDefinitions + body)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func rootIf(body, name string) string {
	if strings.Contains(body, "type "+name+" ") {
		return " " + strings.ToLower(name) + ": " + name
	}
	return ""
}

// brings is a caller: the words "authenticated", "scope x" and "policy x".
type brings []string

func (b brings) meets(r schema.Requirement) bool {
	all := func(kind string, names []string) bool {
		for _, name := range names {
			if !slices.Contains(b, kind+" "+name) {
				return false
			}
		}
		return true
	}
	return slices.ContainsFunc(r, func(a schema.Alternative) bool {
		return (len(b) > 0 || !a.Authenticated) && all("scope", a.Scopes) && all("policy", a.Policies)
	})
}

// denies returns the needs of op that the caller does not meet.
func (b brings) denies(g *schema.Supergraph, op *operation.Operation) uint64 {
	var denied uint64
	for i, n := range op.Needs {
		if !b.meets(g.Requirements[n.Requirement]) {
			denied |= 1 << i
		}
	}
	return denied
}

// Cases below rights hold schema.graphql, query.graphql and, in lines
// "caller: …", what the caller brings: needs.txt is what the operation asks
// for, filtered.txt what is left of it, denied.txt the removed places.
func TestRights(t *testing.T) {
	golden.Run(t, "testdata/rights", []string{"needs.txt", "filtered.txt", "denied.txt"}, func(t *testing.T, c *golden.Case) {
		g := protected(t, c.Must(t, "schema.graphql"))
		p := operation.NewPreparer(g.API, operation.Limits{})
		request := &operation.Request{Document: []byte(c.Must(t, "query.graphql"))}
		whole, err := p.Prepare(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		invariants(t, whole.Select)
		c.Output(t, "needs.txt", printNeeds(g, whole))
		op, err := p.Restrict(t.Context(), request, brings(c.Headers("caller")).denies(g, whole))
		if err != nil {
			t.Fatal(err)
		}
		invariants(t, op.Select)
		if printNeeds(g, op) != printNeeds(g, whole) {
			t.Error("the restricted operation has other needs")
		}
		if (op.Hash == whole.Hash) != (len(op.Denied) == 0) {
			t.Error("the hash does not tell what was removed")
		}
		text := printOperation(g, op)
		if op.Nothing(^uint64(0)) {
			text += "nothing\n"
		}
		c.Output(t, "filtered.txt", text)
		c.Output(t, "denied.txt", printDenied(g, op))
	})
}

func printNeeds(g *schema.Supergraph, op *operation.Operation) string {
	var b strings.Builder
	for _, n := range op.Needs {
		b.WriteString(g.Requirements[n.Requirement].String())
		for i, a := range n.Args {
			b.WriteString([]string{" (", ", "}[min(i, 1)] + a.Name + ": " + a.Value)
		}
		b.WriteString([]string{"", ")"}[min(len(n.Args), 1)] + "\n")
	}
	return b.String()
}

func printDenied(g *schema.Supergraph, op *operation.Operation) string {
	var b strings.Builder
	p := opPrinter{g: g, op: op}
	for _, d := range op.Denied {
		fmt.Fprintf(&b, "/%s: %s", strings.Join(d.Path, "/"), g.Requirements[d.Requirement])
		if d.Guard != nil {
			b.WriteString(" if" + p.guard(d.Guard))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestRightsLimits: more different requirements than a word has bits are a
// limit error, and so are paths without end.
func TestRightsLimits(t *testing.T) {
	var body, query strings.Builder
	body.WriteString("type Query {\n")
	query.WriteString("{")
	for i := range 65 {
		fmt.Fprintf(&body, "f%d: Int @requiresScopes(scopes: [[\"s%d\"]])\n", i, i)
		fmt.Fprintf(&query, " f%d", i)
	}
	g := protected(t, body.String()+"}")
	_, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query.String() + "}")})
	if want := "OPERATION_LIMIT_EXCEEDED: The operation exceeds the limit of 64 authorization requirements."; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(strings.Replace(query.String(), " f64", "", 1) + "}")})
	if err != nil || len(op.Needs) != 64 {
		t.Errorf("64 needs: %v", err)
	}

	g = protected(t, `type Query { next: Query secret: Int @authenticated }`)
	deep := strings.Repeat("{ next ", 30) + "{" + manyAliases("secret", 1000) + "}" + strings.Repeat("}", 30)
	p := operation.NewPreparer(g.API, operation.Limits{Selections: 1100})
	_, err = p.Restrict(t.Context(), &operation.Request{Document: []byte(deep)}, 1)
	if err == nil || !strings.Contains(err.Error(), "steps in paths") {
		t.Errorf("long paths: %v", err)
	}
}

func manyAliases(field string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d: %s", i, field)
	}
	return b.String()
}

// TestRightsHash: what is removed tells restricted operations apart, even where
// the same is left.
func TestRightsHash(t *testing.T) {
	g := protected(t, `type Query { a: A } type A @policy(policies: [["p"]]) { x: Int y: Int @requiresScopes(scopes: [["s"]]) }`)
	p := operation.NewPreparer(g.API, operation.Limits{})
	request := &operation.Request{Document: []byte(`{ a { x y } }`)}
	whole, err := p.Prepare(t.Context(), request)
	if err != nil || len(whole.Needs) != 2 {
		t.Fatal(whole, err)
	}
	hashes := map[[32]byte]uint64{}
	for denied := range uint64(3) {
		op, err := p.Restrict(t.Context(), request, denied)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := hashes[op.Hash]; ok {
			t.Errorf("%b and %b have one hash", denied, other)
		}
		hashes[op.Hash] = denied
		if denied == 0 && op.Hash != whole.Hash {
			t.Error("nothing denied, another hash")
		}
	}
}

// TestArguments: policies see arguments as the field gets them.
func TestArguments(t *testing.T) {
	g := protected(t, `
input By { id: ID! min: Int = 3 tags: [String!] }
enum Kind { X Y }
type Query { f(id: ID, by: By, n: Int = 7, kind: Kind, list: [Int], plain: String): Int @policy(policies: [["p"]]) g: Int @policy(policies: [["p"]]) }`)
	for query, want := range map[string]string{
		`{ f }`: `{"n":7}`,
		`{ f(id: 5, n: 1, kind: Y, list: 4, plain: "a\"b") }`:                        `{"id":"5","kind":"Y","list":[4],"n":1,"plain":"a\"b"}`,
		`query ($i: ID, $n: Int) { f(id: $i, n: $n) }`:                               `{"id":"9","n":7}`,
		`query ($i: ID!, $n: Int) { f(by: {id: $i, min: $n}) }`:                      `{"by":{"id":"9","min":3},"n":7}`,
		`query ($i: ID!, $m: Int = 8) { f(by: {id: $i, min: $m}, list: [1, $m]) }`:   `{"by":{"id":"9","min":8},"list":[1,8],"n":7}`,
		`query ($i: ID, $b: By, $z: Int) { f(id: $i, by: $b, n: null, list: [$z]) }`: `{"by":{"id":"1","min":3},"id":"9","list":[null],"n":null}`,
		`query ($i: [String!]!) { f(by: {id: 1, tags: $i}, n: 2) }`:                  `{"by":{"id":"1","tags":["9"],"min":3},"n":2}`,
	} {
		op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(query)})
		if err != nil || len(op.Needs) != 1 {
			t.Fatal(query, err)
		}
		values, _, err := op.Coerce([]byte(`{"i":"9","b":{"id":1}}`), nil)
		if err != nil {
			t.Fatal(query, err)
		}
		args, ok := op.Arguments(0).Resolve(values)
		if got := printArguments(args); !ok || got != want {
			t.Errorf("%s\n%s, want\n%s", query, got, want)
		}
	}
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(`{ g a: f(n: 1) b: f(n: 2) c: f(n: 1) }`)})
	if err != nil || len(op.Needs) != 3 {
		t.Fatalf("%d needs, %v", len(op.Needs), err)
	}
	if op.Arguments(0) != nil {
		t.Error("a field without arguments has some")
	}
}

// TestArgumentsHidden: an argument that a view hides has its default, and those
// of a field that a client's schema has rewritten are not known.
func TestArgumentsHidden(t *testing.T) {
	g := protected(t, `type Query { f(n: Int, secret: Boolean = true): Int @policy(policies: [["p"]]) g: Int @policy(policies: [["p"]]) }`)
	view, err := g.Contract(schema.ContractOptions{Hide: []string{"Query.f(secret:)"}})
	if err != nil {
		t.Fatal(err)
	}
	g.Fields[g.FieldNamed(g.Query, "g")].Rewritten = true
	op, err := operation.Prepare(t.Context(), view, &operation.Request{Document: []byte(`{ f(n: 1) g }`)})
	if err != nil {
		t.Fatal(err)
	}
	values, _, err := op.Coerce(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	args, ok := op.Arguments(0).Resolve(values)
	if got := printArguments(args); !ok || got != `{"n":1,"secret":true}` {
		t.Error(got, ok)
	}
	if args, ok = op.Arguments(1).Resolve(values); ok {
		t.Errorf("what is rewritten has arguments: %s", args)
	}
}

// TestArgumentsOfInterfaces: a policy of an implementing type that has more
// arguments than its interface cannot be told them there.
func TestArgumentsOfInterfaces(t *testing.T) {
	g := protected(t, `
type Query { i: I }
interface I { f(n: Int = 1): Int g(n: Int = 1): Int }
type A implements I { f(n: Int = 1, more: Boolean = true): Int @policy(policies: [["p"]]) g(n: Int = 1): Int @policy(policies: [["q"]]) }`)
	op, err := operation.Prepare(t.Context(), g.API, &operation.Request{Document: []byte(`{ i { f g ... on A { a: f } } }`)})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", `{"n":1}`, `{"more":true,"n":1}`} {
		args, ok := op.Arguments(i).Resolve(nil)
		if ok != (want != "") || ok && printArguments(args) != want {
			t.Errorf("need %d: %s, want %s", i, printArguments(args), want)
		}
	}
}

func printArguments(args map[string][]byte) string {
	var list []string
	for name, value := range args {
		list = append(list, fmt.Sprintf("%q:%s", name, value))
	}
	slices.Sort(list)
	return "{" + strings.Join(list, ",") + "}"
}

// TestNothing: an operation of which nothing is left is null.
func TestNothing(t *testing.T) {
	g := protected(t, `type Query { open: Int me: Int @authenticated }`)
	p := operation.NewPreparer(g.API, operation.Limits{})
	for _, c := range []struct {
		query   string
		nothing []bool // by conditions
	}{
		{`{ me }`, []bool{true}},
		{`{ me open }`, []bool{false}},
		{`{ me __typename }`, []bool{false}},
		{`{ open }`, []bool{false}},
		{`query ($c: Boolean!) { me open @include(if: $c) }`, []bool{true, false}},
		{`query ($c: Boolean!) { me @include(if: $c) }`, []bool{false, true}},
	} {
		op, err := p.Restrict(t.Context(), &operation.Request{Document: []byte(c.query)}, 1)
		if err != nil {
			t.Fatal(err)
		}
		for conditions, want := range c.nothing {
			if got := op.Nothing(uint64(conditions)); got != want {
				t.Errorf("%s with %d: %v", c.query, conditions, got)
			}
		}
	}
}
