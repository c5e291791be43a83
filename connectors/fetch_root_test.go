package connectors

import (
	"context"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

func fixed(body string) func(context.Context, *spec.Connector, *Input) answer {
	return func(context.Context, *spec.Connector, *Input) answer { return answer{body: body} }
}

func TestRootFields(t *testing.T) {
	l := newLab(t, fixed(`{"product_id":7,"title":"Loom","price":12.5,"tags":["a","b"]}`),
		rest(spec.Root, "shop:Query.product", "Query.product", "", "id: $args.id", "id: product_id name: title price tags"))
	call := l.prepare(plan.Query, `query($id: ID!){ a: product(id: $id){ __typename n: name id } product(id: 8){ tags price } __typename }`, []string{"id"})
	got := l.fetch(context.Background(), call, &subgraphs.Request{Values: values(`"7"`)})
	same(t, "answer", got, `{"data":{"a":{"__typename":"Product","n":"Loom","id":"7"},"product":{"tags":["a","b"],"price":12.5},"__typename":"Query"}}`)
	sameList(t, "requests", l.asked(), `shop:Query.product $args={"id":"7"}`, `shop:Query.product $args={"id":"8"}`)
}

func TestArguments(t *testing.T) {
	l := newLab(t, fixed(`[]`), rest(spec.Root, "p", "Query.products", "", "a: $args", "id"))
	for _, c := range []struct {
		operation string
		names     []string
		values    [][]byte
		want      string
	}{
		{`{products{id}}`, nil, nil, `{"first":20}`},
		{`{products(first: null, sort: PRICE, ids: 3){id}}`, nil, nil, `{"first":null,"ids":["3"],"sort":"PRICE"}`},
		{`query($f: Int){products(first: $f){id}}`, []string{"f"}, values(""), `{"first":20}`},
		{`query($f: Int){products(first: $f){id}}`, []string{"f"}, values("5"), `{"first":5}`},
		{`query($f: Int = 9){products(first: $f){id}}`, []string{"f"}, values(""), `{"first":9}`},
		{
			`query($t: String, $l: Int){products(filter: {text: $t, limit: $l, and: [{text: "a\"b"}], extra: {any: [1, X, $t]}}){id}}`, []string{"t", "l"}, values("", ""),
			`{"first":20,"filter":{"limit":10,"sort":"NAME","and":[{"text":"a\"b","limit":10,"sort":"NAME"}],"extra":{"any":[1,"X",null]}}}`,
		},
		{
			`query($f: Filter, $i: ID!){products(filter: $f, ids: [$i, "x"]){id}}`, []string{"f", "i"}, values(`{"text":"t"}`, `"1"`),
			`{"first":20,"filter":{"text":"t"},"ids":["1","x"]}`,
		},
	} {
		l.fetch(context.Background(), l.prepare(plan.Query, c.operation, c.names), &subgraphs.Request{Values: c.values})
		sameList(t, c.operation, l.asked(), "p $args="+c.want)
	}
}

func TestConditions(t *testing.T) {
	l := newLab(t, fixed(`{"id":1}`), rest(spec.Root, "p", "Query.product", "", "id: $args.id", "id"))
	call := l.prepare(plan.Query, `query($a: Boolean!, $b: Boolean!){ x: product(id: 1) @include(if: $a) { id } x: product(id: 1) @skip(if: $b) { id } ... @include(if: $a) { y: product(id: 2) @skip(if: $b) { id } } }`, []string{"a", "b"})
	for _, c := range []struct{ a, b, want string }{
		{"true", "true", `{"data":{"x":{"id":"1"}}}`},
		{"true", "false", `{"data":{"x":{"id":"1"},"y":{"id":"1"}}}`},
		{"false", "true", `{"data":{}}`},
		{"false", "false", `{"data":{"x":{"id":"1"}}}`},
	} {
		same(t, c.a+c.b, l.fetch(context.Background(), call, &subgraphs.Request{Values: values(c.a, c.b)}), c.want)
	}
}

func TestMutationsAreInOrder(t *testing.T) {
	l := newLab(t, nil, rest(spec.Root, "m", "Mutation.rename", "", "$args", "id name"))
	state := ""
	l.serve = func(_ context.Context, _ *spec.Connector, in *Input) answer {
		state += string(in.Vars[0].JSON)
		if in.Retry {
			t.Error("a mutation may be sent twice")
		}
		return answer{body: `{"id":1,"name":"` + string(rune('0'+len(l.log))) + `"}`}
	}
	call := l.prepare(plan.Mutation, `mutation{ a: rename(id: 1, name: "x"){name} b: rename(id: 1, name: "y"){name} c: rename(id: 1, name: "x"){name} }`, nil)
	same(t, "answer", l.fetch(WithScope(context.Background()), call, &subgraphs.Request{}), `{"data":{"a":{"name":"1"},"b":{"name":"2"},"c":{"name":"3"}}}`)
	same(t, "order", state, `{"id":"1","name":"x"}{"id":"1","name":"y"}{"id":"1","name":"x"}`)
}

func TestScalars(t *testing.T) {
	l := newLab(t, fixed(`9007199254740993`), rest(spec.Root, "s", "Query.sold", "", "", "$"))
	call := l.prepare(plan.Query, `{sold}`, nil)
	same(t, "Int64", l.fetch(context.Background(), call, &subgraphs.Request{}), `{"data":{"sold":"9007199254740993"}}`)
}

func TestLenientStrings(t *testing.T) {
	l := newLab(t, fixed(`12.50`), rest(spec.Root, "s", "Query.status", "", "", "$"))
	l.options.Config = map[string]SourceConfig{"": {LenientStrings: true}}
	same(t, "answer", l.fetch(context.Background(), l.prepare(plan.Query, `{status}`, nil), &subgraphs.Request{}), `{"data":{"status":"12.50"}}`)
}
