package connectors

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
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

// In a mutation nothing is kept from fetch to fetch, wherever its fields are: what
// is read behind one of them is not what was read before it.
func TestMutationsKeepNothing(t *testing.T) {
	l := sharingLab(t)
	read, write := l.prepare(plan.Query, twice, nil), l.prepare(plan.Mutation, `mutation{a: rename(id: 1, name: "x"){id} b: rename(id: 1, name: "x"){id}}`, nil)
	ctx := WithMutationScope(context.Background())
	for _, call := range []subgraphs.Call{write, read, read} {
		l.fetch(ctx, call, &subgraphs.Request{})
	}
	sameList(t, "requests", l.asked(), `m $args={"id":"1","name":"x"}`, `m $args={"id":"1","name":"x"}`,
		`p $args={"id":"1"}`, `p $args={"id":"1"}`, `p $args={"id":"2"}`, `p $args={"id":"2"}`)
}

// The limit on requests is a mutation's as a whole.
func TestMutationsCount(t *testing.T) {
	l := sharingLab(t)
	l.options.Config = map[string]SourceConfig{"": {MaxRequests: 3}}
	call := l.prepare(plan.Query, twice, nil)
	ctx := WithMutationScope(context.Background())
	for range 3 {
		l.fetch(ctx, call, &subgraphs.Request{})
	}
	if n := len(l.asked()); n != 3 {
		t.Errorf("%d requests", n)
	}
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

// TestTimeoutIsEverybodys: a backend's own timeout is the answer of all who
// wait, not a reason to wait once more.
func TestTimeoutIsEverybodys(t *testing.T) {
	l := sharingLab(t)
	l.serve = func(context.Context, *spec.Connector, *Input) answer {
		return answer{err: &fault.Error{Code: fault.GatewayTimeout, Message: "slow", Cause: context.DeadlineExceeded}}
	}
	l.fetch(context.Background(), l.prepare(plan.Query, `{ a: product(id: 1) { id } b: product(id: 1) { id } }`, nil), &subgraphs.Request{})
	if n := len(l.asked()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestTrace(t *testing.T) {
	l := newLab(t, echo, batchOf(2))
	var mu sync.Mutex
	var told []string
	tell := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		told = append(told, fmt.Sprintf(format, args...))
	}
	l.options.Trace = Trace{
		Request: func(i RequestInfo) { tell("request %s %d %v", i.Connector, i.Status, i.Err) },
		Lookup:  func(c string, representations, keys int) { tell("look-up %s %d %d", c, representations, keys) },
		Batch:   func(c string, keys int) { tell("batch %s %d", c, keys) },
	}
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
	l.fetch(WithScope(context.Background()), call, &subgraphs.Request{Sets: products(5, func(i int) int { return i % 3 })})
	slices.Sort(told)
	same(t, "trace", strings.Join(told, ", "), "batch B 1, batch B 2, look-up B 5 3, request B 200 <nil>, request B 200 <nil>")
}

func TestRequestLimit(t *testing.T) {
	l := newLab(t, echo, batchOf(1))
	l.options.Config = map[string]SourceConfig{"": {MaxRequests: 3}}
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{id}}}`, nil, "Product B")
	ctx := WithScope(context.Background())
	req := &subgraphs.Request{Sets: products(2, func(i int) int { return i })}
	l.fetch(ctx, call, req)
	got := l.fetch(ctx, call, &subgraphs.Request{Sets: products(2, func(i int) int { return 10 + i })})
	if n := len(l.asked()); n != 3 || strings.Count(got, `"REQUEST_LIMIT_EXCEEDED"`) != 1 || strings.Count(got, "null") != 1 {
		t.Errorf("%d requests, %s", n, got)
	}
	if got := l.fetch(context.Background(), call, req); strings.Contains(got, "errors") {
		t.Error(got)
	}
}

// TestLookupsOfAnOperationAreSharedByKey has several fetches ask for objects
// that others have, or are about to get.
func TestLookupsOfAnOperationAreSharedByKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, nil, batchOf(0))
		release := make(chan struct{})
		l.serve = func(ctx context.Context, c *spec.Connector, in *Input) answer {
			<-release
			return echo(ctx, c, in)
		}
		calls := []subgraphs.Call{l.prepare(plan.Query, `query A__1($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B"),
			l.prepare(plan.Query, `query A__2($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B"),
			l.prepare(plan.Query, `query A__3($r: [_Any!]!){_entities(representations: $r){... on Product{id}}}`, nil, "Product B")}
		ctx := WithScope(context.Background())
		var wait sync.WaitGroup
		for i, c := range []struct {
			call, from, to int
			want           string
		}{
			{0, 0, 3, `{"name":"n0"},{"name":"n1"},{"name":"n2"}`},
			{1, 1, 4, `{"name":"n1"},{"name":"n2"},{"name":"n3"}`},
			{0, 2, 5, `{"name":"n2"},{"name":"n3"},{"name":"n4"}`},
			{2, 0, 1, `{"id":"0"}`},
		} {
			wait.Go(func() {
				got := l.fetch(ctx, calls[c.call], &subgraphs.Request{Sets: products(c.to-c.from, func(i int) int { return c.from + i })})
				if want := `{"data":{"_entities":[` + c.want + `]}}`; got != want {
					t.Errorf("fetch %d: %s", i, got)
				}
			})
			synctest.Wait()
		}
		close(release)
		wait.Wait()
		sameList(t, "requests", l.asked(), `B $batch=[{"id":"0"},{"id":"1"},{"id":"2"}]`, `B $batch=[{"id":"0"}]`, `B $batch=[{"id":"3"}]`, `B $batch=[{"id":"4"}]`)
		l.fetch(ctx, calls[1], &subgraphs.Request{Sets: products(5, func(i int) int { return i })})
		sameList(t, "afterwards", l.asked())
	})
}

func TestFieldsAreSharedByArguments(t *testing.T) {
	l := newLab(t, fixed(`[{"id":5}]`), rest(spec.Field, "F", "Product.related", "id", "a: $this.id b: $args.first", "$ { id }"))
	call := l.prepare(plan.Query, `query($r: [_Any!]!, $n: Int){_entities(representations: $r){... on Product{a: related(first: $n){id} related(first: 2){id}}}}`, []string{"n"}, "Product F")
	ctx := WithScope(context.Background())
	for _, n := range []string{"1", "1", "3"} {
		got := l.fetch(ctx, call, &subgraphs.Request{Values: values(n), Sets: representations(`{"id":"1"}`, `{"id":"2"}`, `{"id":"1"}`)})
		const object = `{"a":[{"id":"5"}],"related":[{"id":"5"}]}`
		same(t, "answer", got, `{"data":{"_entities":[`+object+`,`+object+`,`+object+`]}}`)
	}
	if n := len(l.asked()); n != 8 {
		t.Errorf("%d requests", n)
	}
}

// What an operation asked for is kept for those who ask again, but not all of it.
func TestScopeKeepsLittle(t *testing.T) {
	l := sharingLab(t)
	l.serve = fixed(`{"id":1,"name":"` + strings.Repeat("x", 1<<20) + `"}`)
	call := l.prepare(plan.Query, `query($id: ID!) { product(id: $id) { id } }`, []string{"id"})
	ctx := WithScope(context.Background())
	for i := range 40 {
		l.fetch(ctx, call, &subgraphs.Request{Values: values(fmt.Sprintf(`"%d"`, i))})
	}
	kept := 0
	for _, f := range scopeOf(ctx).flights {
		kept += len(f.answer.Body)
	}
	if kept > maxScope || kept < maxScope/2 {
		t.Errorf("%d bytes are kept", kept)
	}
}
