package connectors

import (
	"context"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

const twice = `{ a: product(id: 1) { id } b: product(id: 1) { name } c: product(id: 2) { id } }`

func sharingLab(t *testing.T) *lab {
	l := newLab(t, fixed(`{"id":1,"name":"x"}`), rest(spec.Root, "p", "Query.product", "", "id: $args.id", "id name"),
		rest(spec.Root, "m", "Mutation.rename", "", "$args", "id name"))
	l.share = true
	return l
}

func TestEqualRequestsOfAnOperationAreSentOnce(t *testing.T) {
	l := sharingLab(t)
	call := l.prepare(plan.Query, twice, nil)
	ctx := WithScope(context.Background())
	const want = `{"data":{"a":{"id":"1"},"b":{"name":"x"},"c":{"id":"1"}}}`
	for range 3 {
		same(t, "answer", l.fetch(ctx, call, &subgraphs.Request{}), want)
	}
	sameList(t, "one operation", l.asked(), `p $args={"id":"1"}`, `p $args={"id":"2"}`)

	for range 2 {
		same(t, "answer", l.fetch(context.Background(), call, &subgraphs.Request{}), want)
	}
	sameList(t, "fetches without a scope", l.asked(), `p $args={"id":"1"}`, `p $args={"id":"1"}`, `p $args={"id":"2"}`, `p $args={"id":"2"}`)

	other := []subgraphs.Header{{Name: "authorization", Value: "b"}}
	l.fetch(ctx, call, &subgraphs.Request{Header: other})
	if n := len(l.asked()); n != 2 {
		t.Errorf("other headers: %d requests", n)
	}
}

func TestMutationsEndSharing(t *testing.T) {
	l := sharingLab(t)
	read, write := l.prepare(plan.Query, twice, nil), l.prepare(plan.Mutation, `mutation{a: rename(id: 1, name: "x"){id} b: rename(id: 1, name: "x"){id}}`, nil)
	ctx := WithScope(context.Background())
	for _, call := range []subgraphs.Call{read, write, read, read} {
		l.fetch(ctx, call, &subgraphs.Request{})
	}
	sameList(t, "requests", l.asked(), `m $args={"id":"1","name":"x"}`, `m $args={"id":"1","name":"x"}`,
		`p $args={"id":"1"}`, `p $args={"id":"1"}`, `p $args={"id":"2"}`, `p $args={"id":"2"}`)
}

func TestCancelledLeaderFailsNobodyElse(t *testing.T) {
	l := sharingLab(t)
	ctx := WithScope(context.Background())
	first, cancel := context.WithCancel(ctx)
	l.serve = func(ctx context.Context, _ *spec.Connector, _ *Input) answer {
		if ctx.Err() == nil && first.Err() == nil {
			cancel()
			return answer{err: ctx.Err()}
		}
		return answer{body: `{"id":3}`}
	}
	call := l.prepare(plan.Query, `{product(id: 1){id}}`, nil)
	if got := l.fetch(first, call, &subgraphs.Request{}); !strings.Contains(got, "GATEWAY_TIMEOUT") {
		t.Error(got)
	}
	same(t, "answer", l.fetch(ctx, call, &subgraphs.Request{}), `{"data":{"product":{"id":"3"}}}`)
}

func TestRequestLimit(t *testing.T) {
	l := newLab(t, echo, batchOf(1))
	l.options.Config = map[string]SourceConfig{"": {MaxRequests: 3}}
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{id}}}`, nil, "Product B")
	ctx := WithScope(context.Background())
	req := &subgraphs.Request{Sets: products(2, func(i int) int { return i })}
	l.fetch(ctx, call, req)
	got := l.fetch(ctx, call, req)
	if n := len(l.asked()); n != 3 || strings.Count(got, `"REQUEST_LIMIT_EXCEEDED"`) != 1 || strings.Count(got, "null") != 1 {
		t.Errorf("%d requests, %s", n, got)
	}
	if got := l.fetch(context.Background(), call, req); strings.Contains(got, "errors") {
		t.Error(got)
	}
}
