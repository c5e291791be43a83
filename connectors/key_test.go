package connectors

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

func newKeyOf(t testing.TB, fields string) *key {
	t.Helper()
	l := newLab(t, nil)
	k, err := newKey(l.graph, &spec.Connector{Type: "Product", Key: fields})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestKeyCoercion(t *testing.T) {
	k := newKeyOf(t, "id sku { code region } stock tags big extra")
	const rest = `"sku":{"code":"c","region":1},"stock":1,"tags":["a",null],"big":"9","extra":{"a":1}}`
	object, canonical, ok := k.read(nil, nil, []byte(`{"__typename":"Product","id":1,`+rest))
	if !ok {
		t.Fatal("the key is not complete")
	}
	same(t, "object", string(object), `{"id":"1",`+rest)
	for _, c := range []struct {
		representation string
		equal, ok      bool
	}{
		{`{"id":"1",` + rest, true, true},
		{`{"big":9,"id":"\u0031","stock":1.0,"extra":{"a":1},"tags":["a",null],"sku":{"region":1e0,"code":"\u0063"}}`, true, true},
		{`{"id":"2",` + rest, false, true},
		{`{"id":"1","sku":{"code":"c","region":2},"stock":1,"tags":["a",null],"big":"9","extra":{"a":1}}`, false, true},
		{`{"id":"1","sku":{"code":"c","region":1},"stock":1,"tags":["a"],"big":"9","extra":{"a":1}}`, false, true},
		{`{"id":"1","sku":{"code":null,"region":1},"stock":1,"tags":[],"big":"9","extra":1}`, false, false},
		{`{"id":"1","sku":[],"stock":1,"tags":[],"big":"9","extra":1}`, false, false},
		{`{"id":"1","sku":null,"stock":1,"tags":[],"big":"9","extra":1}`, false, false},
		{`{"id":{},` + rest, false, false},
	} {
		_, other, ok := k.read(nil, nil, []byte(c.representation))
		if ok != c.ok || ok && (string(other) == string(canonical)) != c.equal {
			t.Errorf("%s: ok %v, equal %v", c.representation, ok, string(other) == string(canonical))
		}
	}
}

// TestRequiredMembersMayBeNull: @requires puts fields in the key that have no
// value, and the object is asked for nevertheless.
func TestRequiredMembersMayBeNull(t *testing.T) {
	l := newLab(t, fixed(`"sale"`), rest(spec.Field, "B", "Product.banner", "id stock sku { code region }", "a: $this", "$"))
	l.graph.Lookups = append(l.graph.Lookups, schema.Lookup{ID: "B", Requires: &schema.FieldSet{
		Select: []schema.Selection{{Name: "stock"}, {Name: "sku", Select: []schema.Selection{{Name: "code"}}}}}})
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{banner}}}`, nil, "Product B")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(
		`{"id":1,"stock":null,"sku":{"code":null,"region":1}}`, `{"id":1,"sku":null}`, `{"id":1,"stock":2,"sku":{"code":"a","region":null}}`, `{"id":null,"stock":2,"sku":null}`)})
	same(t, "answer", got, `{"data":{"_entities":[{"banner":"sale"},{"banner":"sale"},null,null]}}`)
	sameList(t, "requests", l.asked(), `B $this={"id":"1","stock":null,"sku":null}`, `B $this={"id":"1","stock":null,"sku":{"code":null,"region":1}}`)
}

func TestKeyFaults(t *testing.T) {
	l := newLab(t, nil)
	for _, c := range []spec.Connector{
		{Type: "Nothing", Key: "id"}, {Type: "Product", Key: "nothing"}, {Type: "Product", Key: "id {"}, {Type: "Product", Key: "... on Product { id }"},
		{Type: "Product", Key: "id", Place: spec.Entity, Field: "nothing"},
	} {
		if _, err := newKey(l.graph, &c); err == nil {
			t.Errorf("%+v is a key", c)
		}
	}
}

// FuzzKey reads keys out of any JSON: what is asked with must be JSON, and be
// the same key again.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{`{"id":1,"sku":{"code":"c","region":1},"tags":["a",[]]}`, `{"id":"\ud800","sku":{"code":"","region":-0},"tags":[]}`, `[{"id":1}]`, `{"id":1e999,"tags":[null]}`} {
		f.Add(seed)
	}
	k := newKeyOf(f, "id sku { code region } tags")
	f.Fuzz(func(t *testing.T, representation string) {
		if !json.Valid([]byte(representation)) {
			return
		}
		object, canonical, ok := k.read(nil, nil, []byte(representation))
		if !ok {
			return
		}
		if !json.Valid(object) {
			t.Fatalf("%s asks with %s", representation, object)
		}
		again, same, ok := k.read(nil, nil, object)
		if !ok || string(same) != string(canonical) || string(again) != string(object) {
			t.Errorf("%s: %s, then %s", representation, object, again)
		}
	})
}
