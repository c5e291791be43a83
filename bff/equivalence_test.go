package bff_test

import (
	"encoding/json"
	"flag"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/introspect"
	"github.com/weftql/weft/subgraphs"
)

// operations is how many random operations the equivalence is tried with:
// go test ./bff -run Equivalence -operations 20000.
var operations = flag.Int("operations", 5000, "random operations of TestContractEquivalence")

// perGraph is how many of them share a graph and a contract.
const perGraph = 25

// A contract's view is the contract composed as a schema of its own. The tests
// work the contract out naively on the schema's text, compose that, and ask of
// random operations three times whether they are valid: over the view, over the
// schema of its own by the same code, and by gqlparser alone. The first two must
// agree in every message too, so that none names what the contract hides.
func TestContractEquivalence(t *testing.T) {
	valid, failed, hiddenUsed, all := 0, 0, 0, 0
	count := *operations
	if testing.Short() {
		count = min(count, 500)
	}
	for i := 0; all < count; i++ {
		rng := rand.New(rand.NewPCG(4, uint64(i)))
		e := drawEquivalence(t, rng)
		if e == nil {
			failed++
			continue
		}
		e.introspection(t)
		for range perGraph {
			all++
			query := e.model.drawOperation(rng, e.hidden)
			ok, used := e.compare(t, query)
			if ok {
				valid++
			}
			if used {
				hiddenUsed++
			}
			if t.Failed() {
				t.Fatalf("graph %d, contract %+v\n%s\nof its own:\n%s", i, e.contract, query, e.sdl)
			}
		}
	}
	t.Logf("%d operations over %d contracts: %d valid, %d invalid, of which %d only because of the contract; %d contracts left nothing",
		all, all/perGraph, valid, all-valid, hiddenUsed, failed)
	if valid < all/5 || hiddenUsed < all/10 || failed > all/perGraph {
		t.Error("too few of a kind to mean anything")
	}
}

// equivalence is one contract, twice.
type equivalence struct {
	model    *model
	contract config.Contract
	hidden   hiding
	sdl      string // of its own schema

	whole, view, own *operation.Preparer
	viewOf, ownOf    *schema.View
	independent      *ast.Schema
}

// drawEquivalence draws a contract, nil if it leaves nothing to ask for. Both
// ways must say so.
func drawEquivalence(t *testing.T, rng *rand.Rand) *equivalence {
	t.Helper()
	e := &equivalence{model: drawModel(rng)}
	e.contract = e.model.drawContract(rng)
	e.hidden = e.model.contractOf(&e.contract)
	g := graph(t, e.model.print(nil, true))
	f := config.BFF{Name: "drawn", Default: true, Contract: e.contract}
	p, err := bff.New(bff.Options{Graph: g, Files: bff.Read([]config.BFF{f})})
	nothing := !slices.ContainsFunc(e.model.by["Query"].fields, func(f *mField) bool { return !e.hidden["Query."+f.name] }) || e.hidden["Query"]
	if (err != nil) != nothing {
		t.Fatalf("contract %+v leaves nothing: %v, but: %v\n%s", e.contract, nothing, err, e.model.print(nil, true))
	}
	if err != nil {
		return nil
	}
	e.sdl = e.model.print(e.hidden, false)
	e.viewOf, e.ownOf = p.Named("drawn").View, graph(t, e.sdl).API
	e.whole = operation.NewPreparer(g.API, operation.Limits{})
	e.view, e.own = operation.NewPreparer(e.viewOf, operation.Limits{}), operation.NewPreparer(e.ownOf, operation.Limits{})
	loaded, loadErr := gqlparser.LoadSchema(&ast.Source{Name: "own", Input: e.sdl})
	if loadErr != nil {
		t.Fatalf("%v\n%s", loadErr, e.sdl)
	}
	e.independent = loaded
	return e
}

// compare asks for the verdict of one operation in all ways. used says that it
// is valid but for the contract.
func (e *equivalence) compare(t *testing.T, query string) (ok, used bool) {
	t.Helper()
	r := &operation.Request{Document: []byte(query)}
	_, view := e.view.Prepare(t.Context(), r)
	_, own := e.own.Prepare(t.Context(), r)
	if got, want := messages(view), messages(own); !slices.Equal(got, want) {
		t.Errorf("over the view:\n%s\nover the schema of its own:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: query})
	if err != nil {
		t.Fatal(err)
	}
	if theirs := validator.ValidateWithRules(e.independent, doc, nil); (view == nil) != (len(theirs) == 0) {
		t.Errorf("over the view: %v\ngqlparser over the schema of its own: %v", view, theirs)
	}
	_, whole := e.whole.Prepare(t.Context(), r)
	return view == nil, view != nil && whole == nil
}

func messages(err error) []string {
	var list []string
	for _, f := range fault.Of(err) {
		list = append(list, f.Error())
	}
	slices.Sort(list)
	return list
}

const wholeSchema = `{ __schema { queryType { name } mutationType { name } types { kind name
  fields(includeDeprecated: true) { name args { name defaultValue type { ...T } } type { ...T } }
  inputFields { name defaultValue type { ...T } } interfaces { name } possibleTypes { name } enumValues { name } } directives { name } } }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`

// introspection must show the same, whatever the order, and name nothing that
// is hidden.
func (e *equivalence) introspection(t *testing.T) {
	t.Helper()
	got, want := describeView(t, e.viewOf), describeView(t, e.ownOf)
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("only the view shows %s", line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("only the schema of its own shows %s", line)
		}
	}
	all := strings.Join(got, "\n")
	for at, hidden := range e.hidden {
		name := at[strings.LastIndexByte(at, '.')+1:]
		if name = strings.TrimSuffix(name[strings.LastIndexByte(name, '(')+1:], ":)"); hidden && !e.shows(name) && strings.Contains(all, `"`+name+`"`) {
			t.Errorf("introspection names %s", at)
		}
	}
}

// shows reports whether the contract leaves anything of a name.
func (e *equivalence) shows(name string) bool {
	return slices.Contains(strings.FieldsFunc(e.sdl, func(r rune) bool {
		return !(r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z')
	}), name)
}

// describeView returns what introspection says of a view, one line per type.
func describeView(t *testing.T, v *schema.View) []string {
	t.Helper()
	call, err := introspect.New(v).Prepare(&subgraphs.Spec{Operation: wholeSchema})
	if err != nil {
		t.Fatal(err)
	}
	res := &subgraphs.Response{}
	if err := call.Fetch(t.Context(), &subgraphs.Request{}, res); err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Data struct {
			Schema struct {
				QueryType, MutationType json.RawMessage
				Types, Directives       []json.RawMessage
			} `json:"__schema"`
		}
	}
	if err := json.Unmarshal(res.Body, &answer); err != nil {
		t.Fatal(err)
	}
	found := &answer.Data.Schema
	lines := []string{string(found.QueryType), string(found.MutationType)}
	for _, raw := range slices.Concat(found.Types, found.Directives) {
		lines = append(lines, string(raw))
	}
	return lines
}
