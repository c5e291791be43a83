package connectors

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// client is somebody who asks for products 1 and n.
type client struct {
	principal string
	header    []subgraphs.Header
	incoming  map[string][]string
}

// together has all clients ask within one window, each in an operation of its
// own, and returns the requests.
func together(t *testing.T, c *spec.Connector, clients []client) []string {
	t.Helper()
	l := newLab(t, echo, c)
	l.options.Config = map[string]SourceConfig{"": {Coalesce: Coalesce{Window: 2 * time.Millisecond, Threshold: -1}}}
	var wait sync.WaitGroup
	for i, who := range clients {
		call := l.prepare(plan.Query, fmt.Sprintf(`query Op%d($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, i), nil, "Product B")
		wait.Go(func() {
			req := &subgraphs.Request{Header: who.header, Sets: representations(`{"id":"1"}`, fmt.Sprintf(`{"id":"%d"}`, 10+i)),
				Caller: &caller.Caller{Header: who.incoming, Principal: &caller.Principal{Subject: who.principal}}}
			want := fmt.Sprintf(`{"data":{"_entities":[{"name":"n1"},{"name":"n%d"}]}}`, 10+i)
			if got := l.fetch(WithScope(context.Background()), call, req); got != want {
				t.Errorf("client %d: %s", i, got)
			}
		})
		synctest.Wait()
	}
	wait.Wait()
	return l.asked()
}

func authorization(token string) []subgraphs.Header {
	return []subgraphs.Header{{Name: "authorization", Value: token}}
}

func TestOperationsShareABatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := together(t, batchOf(0), []client{{"ann", authorization("a"), nil}, {"ann", authorization("a"), nil}, {"ann", authorization("a"), nil}})
		sameList(t, "requests", got, `B $batch=[{"id":"1"},{"id":"10"},{"id":"11"},{"id":"12"}] authorization: a`)
	})
}

// TestCredentialsAreNeverInOneBatch has clients that differ in one thing each.
func TestCredentialsAreNeverInOneBatch(t *testing.T) {
	from := batchOf(0)
	from.HTTP.Headers = []spec.Header{{Name: "authorization", From: "authorization"}}
	reads := batchOf(0)
	reads.HTTP.Body = parse("ids: $batch.id tenant: $request.headers.tenant")
	answers := batchOf(0)
	answers.Selection = parse("$.items { id name: $(name) } ")
	answers.IsSuccess = parse("$request.headers.tenant->eq($request.headers.tenant)")
	for _, c := range []struct {
		name      string
		connector *spec.Connector
		clients   []client
		requests  int
	}{
		{"principals", batchOf(0), []client{{"ann", nil, nil}, {"bob", nil, nil}}, 2},
		{"outgoing headers", batchOf(0), []client{{"ann", authorization("a"), nil}, {"ann", authorization("b"), nil}}, 2},
		{"copied headers", from, []client{{"ann", nil, map[string][]string{"Authorization": {"a"}}}, {"ann", nil, map[string][]string{"Authorization": {"b"}}}}, 2},
		{"headers that the request reads", reads, []client{{"ann", nil, map[string][]string{"Tenant": {"a"}}}, {"ann", nil, map[string][]string{"Tenant": {"b"}}}}, 2},
		{"headers that reading the answer reads", answers, []client{{"ann", nil, map[string][]string{"Tenant": {"a"}}}, {"ann", nil, map[string][]string{"Tenant": {"b"}}}}, 2},
		{"headers that nobody reads", batchOf(0), []client{{"ann", nil, map[string][]string{"Tenant": {"a"}}}, {"ann", nil, map[string][]string{"Tenant": {"b"}}}}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := together(t, c.connector, c.clients)
				if len(got) != c.requests {
					t.Errorf("%d requests: %q", len(got), got)
				}
				for i := range c.clients {
					if n := strings.Count(strings.Join(got, ""), fmt.Sprintf(`"%d"`, 10+i)); n != 1 {
						t.Errorf("client %d's object was asked for %d times", i, n)
					}
				}
			})
		})
	}
}

func TestCoalescedDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLab(t, func(ctx context.Context, c *spec.Connector, in *Input) answer {
			time.Sleep(50 * time.Millisecond) // of the bubble
			if ctx.Err() != nil {
				return answer{err: &fault.Error{Code: fault.GatewayTimeout, Message: "cancelled"}}
			}
			return echo(ctx, c, in)
		}, batchOf(0))
		l.options.Config = map[string]SourceConfig{"": {Coalesce: Coalesce{Window: time.Millisecond, Threshold: -1}}}
		call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
		var wait sync.WaitGroup
		wait.Go(func() {
			got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(`{"id":"1"}`), Deadline: time.Now().Add(10 * time.Millisecond)})
			same(t, "impatient", got, `{"data":{"_entities":[null]},"errors":[{"message":"the backend did not answer in time","extensions":{"code":"GATEWAY_TIMEOUT","connector":{"coordinate":"Product"}},"path":["_entities",0]}]}`)
		})
		synctest.Wait()
		wait.Go(func() {
			same(t, "patient", l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(`{"id":"1"}`, `{"id":"2"}`)}), `{"data":{"_entities":[{"name":"n1"},{"name":"n2"}]}}`)
		})
		wait.Wait()
		sameList(t, "requests", l.asked(), `B $batch=[{"id":"1"},{"id":"2"}]`)
	})
}
