package connectors

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

func TestUnion(t *testing.T) {
	c := rest(spec.Root, "f", "Query.found", "", "", "$")
	m, err := mapping.Parse(`$ { ... kind->match(["store", { __typename: $("Store"), id: $.id, city: $.town }], [@, { __typename: $("Product"), id: $.id, sku: $.sku }]) }`, mapping.V4)
	if err != nil {
		t.Fatal(err)
	}
	c.Selection = m
	l := newLab(t, fixed(`{"kind":"store","id":1,"town":"Rome"}`), c)
	call := l.prepare(plan.Query, `{ found { __typename ... on Store { id city } ... on Product { id sku { region } } } }`, nil)
	same(t, "store", l.fetch(context.Background(), call, &subgraphs.Request{}), `{"data":{"found":{"__typename":"Store","id":"1","sku":null,"city":"Rome"}}}`)
	l.serve = fixed(`{"kind":"product","id":"p","sku":{"region":3,"code":"c"}}`)
	same(t, "product", l.fetch(context.Background(), call, &subgraphs.Request{}), `{"data":{"found":{"__typename":"Product","id":"p","sku":{"region":3},"city":null}}}`)
}

func TestPrepareFaults(t *testing.T) {
	root := rest(spec.Root, "p", "Query.product", "", "", "id")
	l := newLab(t, nil, root, rest(spec.Type, "T", "Product", "id", "", "id"), rest(spec.Field, "F", "Product.related", "id", "", "id"))
	source, err := NewSource(l.options)
	if err != nil {
		t.Fatal(err)
	}
	deep := strings.Repeat("related{", 300) + "id" + strings.Repeat("}", 300)
	for _, c := range []struct {
		operation, lookup, set, want string
	}{
		{operation: `{`, want: "Expected"},
		{operation: `{product(id: 1){id}} {product(id: 1){id}}`, want: "one operation"},
		{operation: `{product(id: 1){...f}} fragment f on Product {id}`, want: "named fragments"},
		{operation: `{product(id: 1){nothing}}`, want: "no field Product.nothing"},
		{operation: `{nothing}`, want: "no field Query.nothing"},
		{operation: `{status}`, want: "no connector answers it"},
		{operation: `{product(id: 1){id}}`, lookup: "q", want: `no connector "q"`},
		{operation: `{product(id: $x){id}}`, want: "no variable $x"},
		{operation: `{product(nothing: 1){id}}`, want: "no argument nothing"},
		{operation: `{product(id: 1){related(first: 1){id}}}`, want: "takes no arguments"},
		{operation: `{product(id: 1) @defer {id}}`, want: "@defer"},
		{operation: `{product(id: 1){` + deep + `}}`, want: "nested too deeply"},
		{operation: `{_entities(representations: $r){... on Product{id}}}`, set: "nobody", want: "no connector of that name"},
		{operation: `{_entities(representations: $r){... on Product{id}}}`, set: "p", want: "no connector of that name"},
		{operation: `{_entities(representations: $r){... on Product{name}}}`, set: "F", want: "does not answer Product.name"},
	} {
		spec := &subgraphs.Spec{Subgraph: "shop", Kind: plan.Query, Operation: c.operation, Lookup: c.lookup}
		if c.set != "" {
			spec.Sets = []subgraphs.SetSpec{{Alias: "_entities", Type: "Product", Lookup: c.set}}
		}
		_, err := source.Prepare(spec)
		if err == nil || !strings.Contains(err.Error(), c.want) || fault.CodeOf(err) != fault.InternalServerError {
			t.Errorf("%.60s: %v", c.operation, err)
		}
	}
}

func TestOpenersFaultIsKept(t *testing.T) {
	l := newLab(t, nil, rest(spec.Root, "s", "Query.status", "", "", "$"))
	l.options.Open = func(*spec.Connector, *mapping.Reads) (Backend, error) {
		return nil, &fault.Error{Code: fault.ConfigInvalid, Message: "no such method"}
	}
	source, err := NewSource(l.options)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = source.Prepare(&subgraphs.Spec{Operation: `{status}`}); fault.CodeOf(err) != fault.ConfigInvalid {
		t.Error(err)
	}
}

func TestAlternativesOfAField(t *testing.T) {
	short, long := rest(spec.Root, "short", "Query.product", "", "", "id"), rest(spec.Root, "long", "Query.product", "", "", "id name")
	short.Select, long.Select = "id", "id name sku { code }"
	l := newLab(t, fixed(`{"id":1,"name":"x"}`), short, long)
	l.fetch(context.Background(), l.prepare(plan.Query, `{product(id: 1){id}}`, nil), &subgraphs.Request{})
	l.fetch(context.Background(), l.prepare(plan.Query, `{product(id: 1){__typename ... on Product{name sku{code}}}}`, nil), &subgraphs.Request{})
	sameList(t, "requests", l.asked(), "long ", "short ")
}

func TestReads(t *testing.T) {
	a := rest(spec.Root, "p", "Query.product", "", "", "id: a.id name: b.name price: c")
	a.IsSuccess, a.Errors.Message = parse("$.ok"), parse("$.error.text")
	l := newLab(t, fixed(`{"ok":true}`), a)
	var opened []string
	l.options.Open = func(c *spec.Connector, reads *mapping.Reads) (Backend, error) {
		opened = append(opened, string(appendReads(nil, reads)))
		return &backend{connector: c, lab: l}, nil
	}
	l.prepare(plan.Query, `{a: product(id: 1){id} b: product(id: 1){name}}`, nil)
	same(t, "reads", strings.Join(opened, "\n"), `{"a"{"id"*}"b"{"name"*}"error"{"text"*}"ok"*}`)
}
