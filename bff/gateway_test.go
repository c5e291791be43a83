package bff_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// canned answers every request alike and keeps what it was asked.
type canned struct {
	answer string
	asked  string
}

func (c *canned) Prepare(s *subgraphs.Spec) (subgraphs.Call, error) {
	c.asked = s.Operation
	return c, nil
}

func (c *canned) Fetch(_ context.Context, _ *subgraphs.Request, res *subgraphs.Response) error {
	res.Body = append(res.Body, c.answer...)
	return nil
}

// What a subgraph answers may be of a type, or an enum value, that a contract
// hides: the client must not learn of it.
func TestHiddenDataStaysHidden(t *testing.T) {
	contract := config.Contract{Deny: []string{"User", "Status.GONE"}}
	backend := &canned{}
	g, err := weft.New(t.Context(), weft.Options{
		Subgraphs: []weft.Subgraph{{Name: "shop", Schema: weft.Schema{Text: shopSDL}, Source: backend}},
		BFFs: []config.BFF{
			{Name: "web", Default: true, Contract: contract},
			{Name: "all", Match: []config.Match{{APIKey: "admin"}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	admin := &caller.Principal{Kind: "api_key", KeyID: "admin"}
	for _, c := range []struct {
		query, answer string
		principal     *caller.Principal
		want          string
		secret        string
	}{
		{`{ node(id: 1) { __typename id } }`, `{"data":{"node":{"__typename":"User","id":"u1"}}}`, nil, `{"data":{"node":null}}`, "User"},
		{`{ node(id: 1) { id } }`, `{"data":{"node":{"__typename":"User","id":"u1"}}}`, nil, `{"data":{"node":null}}`, "u1"},
		{`{ search(text: "") { __typename } }`, `{"data":{"search":[{"__typename":"User"},{"__typename":"Product"}]}}`, nil, "", "User"},
		{`{ product(id: 1) { status } }`, `{"data":{"product":{"status":"GONE"}}}`, nil, `{"data":{"product":{"status":null}}}`, "GONE"},
		{`{ node(id: 1) { __typename id } }`, `{"data":{"node":{"__typename":"User","id":"u1"}}}`, admin, `{"data":{"node":{"__typename":"User","id":"u1"}}}`, "none"},
		{`{ product(id: 1) { status } }`, `{"data":{"product":{"status":"GONE"}}}`, admin, `{"data":{"product":{"status":"GONE"}}}`, "none"},
	} {
		backend.answer = c.answer
		a := g.Do(t.Context(), &operation.Request{Document: []byte(c.query), Caller: &caller.Caller{Method: "POST", Principal: c.principal}})
		body := string(a.Body)
		all := body
		for _, e := range a.Errors {
			all += e.Message
		}
		if c.want != "" && body != c.want || strings.Contains(all, c.secret) {
			t.Errorf("%s: %s %v; asked: %s", c.query, body, a.Errors, backend.asked)
		}
		a.Release()
	}
}

// The same client, the same text, another profile: nothing of a plan or of a
// known document may cross.
func TestProfilesDoNotMix(t *testing.T) {
	backend := &canned{answer: `{"data":{"product":{"margin":1,"name":null}}}`}
	g, err := weft.New(t.Context(), weft.Options{
		Subgraphs: []weft.Subgraph{{Name: "shop", Schema: weft.Schema{Text: shopSDL}, Source: backend}},
		BFFs: []config.BFF{
			{Name: "office", Match: []config.Match{{APIKey: "office"}}, Introspection: "on", Shape: config.BFFShape{DropNulls: true}},
			{Name: "web", Default: true, Contract: config.Contract{ExcludeTags: []string{"internal"}}},
		},
		Introspection: "by_bff",
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	ask := func(query string, p *caller.Principal) string {
		a := g.Do(t.Context(), &operation.Request{Document: []byte(query), Caller: &caller.Caller{Method: "POST", Principal: p}})
		defer a.Release()
		if len(a.Errors) > 0 {
			return string(fault.CodeOf(fault.List(a.Errors)))
		}
		return string(a.Body)
	}
	office := &caller.Principal{Kind: "api_key", KeyID: "office"}
	for range 3 {
		if got := ask(`{ product(id: 1) { margin name } }`, office); got != `{"data":{"product":{"margin":1}}}` {
			t.Error(got)
		}
		if got := ask(`{ product(id: 1) { margin name } }`, nil); got != "GRAPHQL_VALIDATION_FAILED" {
			t.Error(got)
		}
		if got := ask(`{ product(id: 1) { name } }`, office); got != `{"data":{"product":{}}}` {
			t.Error(got)
		}
		if got := ask(`{ product(id: 1) { name } }`, nil); got != `{"data":{"product":{"name":null}}}` {
			t.Error(got)
		}
		if got := ask(`{ __type(name: "Product") { fields { name } } }`, office); !strings.Contains(got, "margin") {
			t.Error(got)
		}
		if got := ask(`{ __type(name: "Product") { fields { name } } }`, nil); got != "INTROSPECTION_DISABLED" {
			t.Error(got)
		}
	}
}

// An overlay's names go in and come out; what it lies over is hidden all the
// same.
func TestOverlayThroughTheGateway(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{
		"ios.graphql": `extend type Product @rename(to: "Item") { name: String @rename(to: "title") @default(value: "unnamed") }
extend type Query { product(id: ID!): Product @rename(to: "item") }`,
		"ops/item.graphql": `query Item($id: ID!) { item(id: $id) { __typename title } }`,
	})
	backend := &canned{answer: `{"data":{"product":{"__typename":"Product","name":null}}}`}
	g, err := weft.New(t.Context(), weft.Options{
		Subgraphs: []weft.Subgraph{{Name: "shop", Schema: weft.Schema{Text: shopSDL}, Source: backend}},
		BFFs: []config.BFF{{
			Name: "ios", Default: true, Schema: dir + "/ios.graphql", Contract: config.Contract{ExcludeTags: []string{"internal"}},
			Operations: config.BFFOperations{Dir: dir + "/ops", Mode: "audit"},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	for query, want := range map[string]string{
		``:                                     `{"data":{"item":{"__typename":"Item","title":"unnamed"}}}`,
		`{ item(id: 1) { __typename title } }`: `{"data":{"item":{"__typename":"Item","title":"unnamed"}}}`,
		`{ item(id: 1) { margin } }`:           `Cannot query field "margin" on type "Item".`,
		`{ product(id: 1) { title } }`:         `Cannot query field "product" on type "Query".`,
	} {
		r := &operation.Request{Document: []byte(query), Caller: &caller.Caller{Method: "POST"}}
		if query == "" {
			r.Document, r.DocumentID, r.Variables = nil, "Item", []byte(`{"id": "1"}`)
		}
		a := g.Do(t.Context(), r)
		got := string(a.Body)
		if len(a.Errors) > 0 {
			got = a.Errors[0].Message
		}
		if got != want {
			t.Errorf("%s: %s", query, got)
		}
		a.Release()
	}
}

// BenchmarkNew compiles ten profiles over a graph of 1 000 types.
func BenchmarkNew(b *testing.B) {
	var sdl strings.Builder
	sdl.WriteString("extend schema @link(url: \"https://specs.apollo.dev/federation/v2.9\", import: [\"@tag\"])\ntype Query {")
	for i := range 1000 {
		sdl.WriteString(" f" + strconv.Itoa(i) + ": T" + strconv.Itoa(i))
	}
	sdl.WriteString(" }\n")
	for i := range 1000 {
		n := strconv.Itoa(i)
		sdl.WriteString("type T" + n + " { id: ID! a: String b: Int c: T" + strconv.Itoa(i/2) + " d(x: Int): [T" + strconv.Itoa(i/3) + "] secret" + n + ": String @tag(name: \"internal\") }\n")
	}
	g := graph(b, sdl.String())
	var list []config.BFF
	for i := range 10 {
		f := config.BFF{Name: "p" + strconv.Itoa(i), Match: []config.Match{{ClientName: "p" + strconv.Itoa(i)}}, Default: i == 0}
		f.Contract.ExcludeTags = []string{"internal"}
		if i%2 == 1 {
			f.Contract.Deny = []string{"T9" + strconv.Itoa(i)}
		}
		list = append(list, f)
	}
	files := bff.Read(list)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bff.New(bff.Options{Graph: g, Files: files}); err != nil {
			b.Fatal(err)
		}
	}
}
