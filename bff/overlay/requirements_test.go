package overlay_test

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/bff/overlay"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
)

const guarded = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@requiresScopes", "@tag"])
directive @trace(level: Level = LOW) repeatable on FIELD | QUERY
enum Level { LOW HIGH }
type Query { product: Product things: [Thing!]! }
type Product @key(fields: "id") { id: ID! cost: Cost @requiresScopes(scopes: [["staff"]]) owner: Owner margin: Int @tag(name: "internal") plain: String }
type Cost @authenticated { amount: Int! currency: String @requiresScopes(scopes: [["money"], ["admin"]]) }
type Owner { name: String @authenticated }
interface Thing { id: ID! label: String }
type Box implements Thing @key(fields: "id") { id: ID! label: String @requiresScopes(scopes: [["box"]]) }
type Jar implements Thing @key(fields: "id") { id: ID! label: String }
`

func guardedGraph(t *testing.T) *schema.Supergraph {
	t.Helper()
	result := compose.Compose([]compose.Input{{Name: "a", URL: "http://a", SDL: guarded}}, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	return result.Graph
}

// TestRequirements: a field asks for what everything it is made of asks for.
func TestRequirements(t *testing.T) {
	o, err := overlay.Compile(guardedGraph(t).API, "o.graphql", []byte(`
extend type Product @rename(to: "Item") {
  price: Int @from(path: "cost.amount")
  text: String @expr("string(cost.amount) + (cost.currency ?? '') + (owner?.name ?? '')", uses: ["cost{amount currency}", "owner.name"])
  cost: Cost @rename(to: "costs")
  ownerName: String @from(path: "owner.name")
  same: String @from(path: "plain")
}
extend type Query { first: String @from(path: "things[0].label") boxes: [Thing!] @from(path: "things") }
`))
	if err != nil {
		t.Fatal(describe(err))
	}
	for coordinate, want := range map[string]string{
		"Item.price":     "authenticated, scope staff",
		"Item.text":      "authenticated, scope admin, scope staff or authenticated, scope money, scope staff",
		"Item.costs":     "scope staff",
		"Item.ownerName": "authenticated",
		"Item.same":      "",
		"Query.first":    "scope box",
		"Query.boxes":    "",
		"Cost":           "authenticated",
	} {
		name, field, _ := strings.Cut(coordinate, ".")
		typ := o.Graph.TypeNamed(name)
		r := o.Graph.Types[typ].Requirement
		if field != "" {
			r = o.Graph.Fields[o.Graph.FieldNamed(typ, field)].Requirement
		}
		if got := o.Graph.Requirements[r].String(); got != want {
			t.Errorf("%s: %q, want %q", coordinate, got, want)
		}
	}
}

// TestNeedsAndRestrict: rights are judged over the client's schema; what they
// remove is not asked of the graph, nor what it would be made of.
func TestNeedsAndRestrict(t *testing.T) {
	o, err := overlay.Compile(guardedGraph(t).API, "o.graphql", []byte(`extend type Product { price: Int @from(path: "cost.amount") @default(value: 0) ownerName: String! @expr("owner?.name ?? ''", uses: ["owner.name"]) }`))
	if err != nil {
		t.Fatal(describe(err))
	}
	p := operation.NewPreparer(o.View, operation.Limits{})
	request := &operation.Request{Document: []byte(`{ product { plain price ownerName } }`)}
	op, err := p.Prepare(context.Background(), request)
	if err != nil {
		t.Fatal(err)
	}
	if len(op.Needs) != 2 {
		t.Fatalf("%d needs", len(op.Needs))
	}
	restricted, err := p.Restrict(context.Background(), request, 1<<len(op.Needs)-1)
	if err != nil {
		t.Fatal(err)
	}
	out, err := o.Rewrite(restricted)
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Needs) != len(restricted.Needs) || len(out.Denied) != 2 {
		t.Errorf("needs %v, denied %v", out.Needs, out.Denied)
	}
	if got := operationText(out, nil); strings.Contains(got, "cost") || strings.Contains(got, "owner\n") || strings.Count(got, "denied") != 2 {
		t.Error(got)
	}
	if plain, err := o.Rewrite(op); err != nil || plain.Hash == out.Hash {
		t.Error("a restricted operation has the hash of the whole one", err)
	}
}

// TestOverContract: an overlay reaches no further than the contract beneath.
func TestOverContract(t *testing.T) {
	v, err := guardedGraph(t).Contract(schema.ContractOptions{ID: 7, Exclude: []string{"internal"}, Cascade: true})
	if err != nil {
		t.Fatal(err)
	}
	_, err = overlay.Compile(v, "o.graphql", []byte(`extend type Product { m: Int @from(path: "margin") n: Int @expr("margin", uses: ["margin"]) margin: Int @rename(to: "x") }`))
	if got := strings.Count(describe(err), "has no field margin"); got != 3 {
		t.Errorf("%d mistakes: %s", got, describe(err))
	}
	o, err := overlay.Compile(v, "o.graphql", []byte(`extend type Product { plain: String @rename(to: "text") }`))
	if err != nil {
		t.Fatal(err)
	}
	if o.View.ID != 7 || o.View.AST.Types["Product"].Fields.ForName("margin") != nil {
		t.Error("the contract is lost")
	}
}

// TestDirectivesStay: directives of the graph's own stay usable in operations.
func TestDirectivesStay(t *testing.T) {
	o, err := overlay.Compile(guardedGraph(t).API, "o.graphql", []byte(`extend enum Level @rename(to: "Depth") { LOW @rename(to: "SHALLOW") }`))
	if err != nil {
		t.Fatal(describe(err))
	}
	if _, err := operation.Prepare(context.Background(), o.View, &operation.Request{Document: []byte(`query @trace { product { id @trace(level: SHALLOW) @trace } }`)}); err != nil {
		t.Error(describe(err))
	}
}
