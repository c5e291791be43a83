package connectors

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// byThis answers a request for one object with its own id.
func byThis(_ context.Context, _ *spec.Connector, in *Input) answer {
	id := strings.Trim(string(in.Vars[0].JSON), `{}"id:`)
	switch id {
	case "missing":
		return answer{body: `null`}
	case "gone":
		return answer{status: 404, body: `{"error":"no such product"}`}
	case "slow":
		return answer{err: &fault.Error{Code: fault.GatewayTimeout, Message: "too slow"}}
	}
	return answer{body: `{"id":"` + id + `","name":"n` + id + `"}`}
}

const entities = `query($r: [_Any!]!){_entities(representations: $r){... on Product{__typename id name}}}`

func TestTypeLookup(t *testing.T) {
	l := newLab(t, byThis, rest(spec.Type, "T", "Product", "id", "$this.id", "$ { id name }"))
	call := l.prepare(plan.Query, entities, nil, "Product T")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(
		`{"__typename":"Product","id":"1"}`, `{"__typename":"Product","id":"gone"}`, `{"__typename":"Product","id":1}`,
		`{"__typename":"Product","id":null}`, `{"__typename":"Product"}`, `{"__typename":"Product","id":"missing"}`, `{"id":"\u0031"}`)})
	same(t, "answer", got, `{"data":{"_entities":[{"__typename":"Product","id":"1","name":"n1"},null,{"__typename":"Product","id":"1","name":"n1"},null,null,null,{"__typename":"Product","id":"1","name":"n1"}]},`+
		`"errors":[{"message":"Request failed","extensions":{"code":"CONNECTOR_FETCH","http":{"status":404},"connector":{"coordinate":"Product"}},"path":["_entities",1]}]}`)
	sameList(t, "requests", l.asked(), `T $this={"id":"1"}`, `T $this={"id":"gone"}`, `T $this={"id":"missing"}`)
}

func TestEntityLookup(t *testing.T) {
	c := rest(spec.Entity, "E", "Query.products", "id", "$args", "$ { id name }")
	c.Type, c.Arguments = "Product", map[string]string{"ids": "id"}
	l := newLab(t, fixed(`{"id":1,"name":"x"}`), c)
	call := l.prepare(plan.Query, entities, nil, "Product E")
	same(t, "answer", l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(`{"id":"1"}`)}),
		`{"data":{"_entities":[{"__typename":"Product","id":"1","name":"x"}]}}`)
	sameList(t, "requests", l.asked(), `E $args={"ids":"1","first":20}`)
}

func TestFieldLookup(t *testing.T) {
	l := newLab(t, func(_ context.Context, _ *spec.Connector, in *Input) answer {
		if strings.Contains(string(in.Vars[1].JSON), `"first":9`) {
			return answer{err: &fault.Error{Code: fault.HTTPClientError, Message: "refused"}}
		}
		return answer{body: `[{"id":5}]`}
	}, rest(spec.Field, "F", "Product.related", "id", "a: $this.id b: $args.first", "$ { id }"))
	call := l.prepare(plan.Query, `query($r: [_Any!]!, $n: Int){_entities(representations: $r){... on Product{__typename a: related(first: $n){id} related{i: id}}}}`,
		[]string{"n"}, "Product F")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Values: values("9"), Sets: representations(`{"id":"1"}`, `{"id":"2"}`, `{"id":1}`)})
	failed := func(i int) string {
		return fmt.Sprintf(`{"message":"refused","extensions":{"code":"HTTP_CLIENT_ERROR","connector":{"coordinate":"Product.related"}},"path":["_entities",%d,"a"]}`, i)
	}
	object := `{"__typename":"Product","a":null,"related":[{"i":"5"}]}`
	same(t, "answer", got, `{"data":{"_entities":[`+object+`,`+object+`,`+object+`]},"errors":[`+failed(0)+`,`+failed(1)+`,`+failed(2)+`]}`)
	sameList(t, "requests", l.asked(), `F $this={"id":"1"} $args={"first":3}`, `F $this={"id":"1"} $args={"first":9}`,
		`F $this={"id":"2"} $args={"first":3}`, `F $this={"id":"2"} $args={"first":9}`)
}

func TestFieldWithoutKey(t *testing.T) {
	l := newLab(t, fixed(`"sale"`), rest(spec.Field, "B", "Product.banner", "", "a: $args", "$"))
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{banner}}}`, nil, "Product B")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(`{"__typename":"Product"}`, `{"__typename":"Product"}`)})
	same(t, "answer", got, `{"data":{"_entities":[{"banner":"sale"},{"banner":"sale"}]}}`)
	sameList(t, "requests", l.asked(), `B $args={}`)
}

func TestNestedKey(t *testing.T) {
	l := newLab(t, fixed(`{"items":[{"sku":{"code":"b","region":1},"name":"B"},{"sku":{"code":"a","region":2.0},"name":"A"}]}`),
		rest(spec.Batch, "N", "Product", "sku { code region }", "$batch", "$.items { sku { code region } name }"))
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product N")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(
		`{"sku":{"region":2,"code":"a","more":1}}`, `{"sku":{"code":"b","region":1}}`, `{"sku":{"code":null,"region":1}}`, `{"sku":null}`)})
	same(t, "answer", got, `{"data":{"_entities":[{"name":"A"},{"name":"B"},null,null]}}`)
	sameList(t, "requests", l.asked(), `N $batch=[{"sku":{"code":"a","region":2}},{"sku":{"code":"b","region":1}}]`)
}

func TestSetsAreAskedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		l := newLab(t, func(ctx context.Context, c *spec.Connector, in *Input) answer {
			<-release
			return byThis(ctx, c, in)
		}, rest(spec.Type, "T", "Product", "id", "$this.id", "$ { id name }"))
		source, err := NewSource(l.options)
		if err != nil {
			t.Fatal(err)
		}
		call, err := source.Prepare(&subgraphs.Spec{Subgraph: "shop", Kind: plan.Query,
			Operation: `query($r: [_Any!]!, $s: [_Any!]!){_e0: _entities(representations: $r){... on Product{name}} _e1: _entities(representations: $s){... on Product{id}}}`,
			Sets:      []subgraphs.SetSpec{{Alias: "_e0", Variable: "r", Type: "Product", Lookup: "T"}, {Alias: "_e1", Variable: "s", Type: "Product", Lookup: "T"}}})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan string)
		go func() {
			done <- l.fetch(context.Background(), call, &subgraphs.Request{Sets: append(representations(`{"id":"1"}`), representations(`{"id":"2"}`)...)})
		}()
		synctest.Wait()
		sameList(t, "requests before an answer", l.asked(), `T $this={"id":"1"}`, `T $this={"id":"2"}`)
		close(release)
		same(t, "answer", <-done, `{"data":{"_e0":[{"name":"n1"}],"_e1":[{"id":"2"}]}}`)
	})
}
