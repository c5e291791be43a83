package weft_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

const federationLink = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@source", "@connect"])
`

// priced is a REST backend of prices, one by one or many at once. A price tells
// who asked for it. It notes the keys of each request, and who asked.
type priced struct {
	gate *gate // nil: nobody waits

	mu       sync.Mutex // guards what follows
	requests []pricedRequest
	now, max int // requests under way
}

type pricedRequest struct {
	who string
	ids []string
}

// gate opens when so many are there.
type gate struct {
	mu   sync.Mutex // guards left
	left int
	open chan struct{}
}

func newGate(n int) *gate { return &gate{left: n, open: make(chan struct{})} }

// pass waits until the gate is open; an error means that it was not in time.
func (g *gate) pass(ctx context.Context) error {
	g.mu.Lock()
	if g.left--; g.left == 0 {
		close(g.open)
	}
	g.mu.Unlock()
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *priced) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	asked := pricedRequest{who: r.Header.Get("Authorization")}
	one, single := strings.CutPrefix(r.URL.Path, "/one/")
	if single {
		asked.ids = []string{one}
	} else if err := json.NewDecoder(r.Body).Decode(&asked.ids); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	p.mu.Lock()
	p.requests = append(p.requests, asked)
	p.now++
	p.max = max(p.max, p.now)
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.now--
	}()
	if p.gate != nil && p.gate.pass(r.Context()) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var list []string
	for _, id := range asked.ids {
		list = append(list, fmt.Sprintf(`{"id":%q,"price":%q}`, id, asked.who+"#"+id))
	}
	w.Header().Set("Content-Type", "application/json")
	if single {
		_, _ = io.WriteString(w, list[0]) // the gateway may be gone
		return
	}
	_, _ = io.WriteString(w, "["+strings.Join(list, ",")+"]") // likewise
}

// pricedGraph is a gateway over a list of items and their prices.
func pricedGraph(t *testing.T, p *priced, ids []string, connect string, settings config.ConnectorSource) *weft.Gateway {
	t.Helper()
	backend := httptest.NewServer(p)
	t.Cleanup(backend.Close)
	settings.OverrideURL = backend.URL
	var items []string
	for _, id := range ids {
		items = append(items, fmt.Sprintf(`{"id":%q}`, id))
	}
	return gateway(t, weft.Options{Unmasked: true, Subgraphs: []weft.Subgraph{
		{
			Name:   "items",
			Schema: weft.Schema{Text: federationLink + `type Query { items: [Item!]! } type Item @key(fields: "id", resolvable: false) { id: ID! }`},
			Source: always(`{"data":{"items":[` + strings.Join(items, ",") + `]}}`),
		},
		{
			Name: "prices",
			Schema: weft.Schema{Text: federationLink + `extend schema @source(name: "prices", http: { baseURL: "https://prices.example" })
				type Item @key(fields: "id") @connect(source: "prices", ` + connect + `) { id: ID! price: String }`},
			Sources: map[string]config.ConnectorSource{"prices": settings},
		},
	}})
}

const (
	manyPrices = `http: { POST: "/many", body: "$batch.id" }, selection: "id price"`
	onePrice   = `http: { GET: "/one/{$this.id}" }, selection: "id price"`
)

func numbered(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprint(i)
	}
	return ids
}

// TestJoinedToREST counts the requests that prices of 100 items cost.
func TestJoinedToREST(t *testing.T) {
	same := make([]string, 100)
	for i := range same {
		same[i] = "7"
	}
	for _, c := range []struct {
		name, connect    string
		ids              []string
		concurrency      int
		requests, atOnce int
	}{
		{"batch", manyPrices, numbered(100), 0, 1, 1},
		{"one by one", onePrice, numbered(100), 0, 100, 64},
		{"the same", onePrice, same, 0, 1, 1},
		{"the same in a batch", manyPrices, same, 0, 1, 1},
		{"few at once", onePrice, numbered(100), 10, 100, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &priced{gate: newGate(c.atOnce)}
			g := pricedGraph(t, p, c.ids, c.connect, config.ConnectorSource{Concurrency: c.concurrency})
			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // below the source's own
			defer cancel()
			var want []string
			for _, id := range c.ids {
				want = append(want, fmt.Sprintf(`{"price":"#%s"}`, id))
			}
			if got, want := do(ctx, g, "{ items { price } }"), `{"data":{"items":[`+strings.Join(want, ",")+`]}}`; got != want {
				t.Errorf("%.300s\nwant %.300s", got, want)
			}
			if len(p.requests) != c.requests {
				t.Errorf("%d requests, want %d", len(p.requests), c.requests)
			}
			if p.max > max(c.concurrency, c.atOnce) {
				t.Errorf("%d requests at once, at most %d are allowed", p.max, max(c.concurrency, c.atOnce))
			}
		})
	}
}

// ask runs an operation for a client.
func ask(ctx context.Context, g *weft.Gateway, who, document string) string {
	answer := g.Do(ctx, &operation.Request{Document: []byte(document), Caller: &caller.Caller{
		Method: http.MethodPost, Header: http.Header{"Authorization": {who}},
	}})
	if answer.Release != nil {
		defer answer.Release()
	}
	out := string(answer.Body)
	for _, e := range answer.Errors {
		out += " " + e.Error()
	}
	return strings.TrimSpace(out)
}

// entityPrices plays a GraphQL subgraph of prices in the manner of priced.
func entityPrices(p *priced) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Variables struct {
				Representations []struct{ ID string }
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		asked := pricedRequest{who: r.Header.Get("Authorization")}
		var list []string
		for _, rep := range body.Variables.Representations {
			asked.ids = append(asked.ids, rep.ID)
			list = append(list, fmt.Sprintf(`{"price":%q}`, asked.who+"#"+rep.ID))
		}
		p.mu.Lock()
		p.requests = append(p.requests, asked)
		p.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"data":{"_entities":[`+strings.Join(list, ",")+`]}}`) // the gateway may be gone
	})
}

// coalescing is a gateway whose operations look prices up together, a batch
// being full with size keys or after a wait; the item of an operation is its argument. Nobody is
// told of an item before all operations have asked for one.
func coalescing(t *testing.T, p *priced, rest bool, size int, wait time.Duration, all *gate) *weft.Gateway {
	t.Helper()
	items := weft.Subgraph{
		Name:   "items",
		Schema: weft.Schema{Text: federationLink + `type Query { item(id: ID!): Item } type Item @key(fields: "id", resolvable: false) { id: ID! }`},
		Source: &answering{fetch: func(ctx context.Context, req *subgraphs.Request) (string, error) {
			if err := all.pass(ctx); err != nil {
				return "", err
			}
			return `{"data":{"item":{"id":` + string(req.Values[0]) + `}}}`, nil
		}},
	}
	authorization := []subgraphs.HeaderRule{{Propagate: "authorization"}}
	prices := weft.Subgraph{Name: "prices", Headers: authorization}
	window := config.Coalesce{Window: config.Duration(wait), Threshold: -1}
	handler := http.Handler(p)
	if !rest {
		handler = entityPrices(p)
	}
	backend := httptest.NewServer(handler)
	t.Cleanup(backend.Close)
	if rest {
		prices.Schema.Text = federationLink + fmt.Sprintf(`extend schema @source(name: "prices", http: { baseURL: "https://prices.example" })
			type Item @key(fields: "id") @connect(source: "prices", %s, batch: { maxSize: %d }) { id: ID! price: String }`, manyPrices, size)
		prices.Sources = map[string]config.ConnectorSource{"prices": {OverrideURL: backend.URL, Coalesce: window}}
	} else {
		prices.Schema.Text = federationLink + `type Item @key(fields: "id") { id: ID! price: String }`
		prices.HTTP.URL = backend.URL
		prices.Coalesce = window
	}
	return gateway(t, weft.Options{Unmasked: true, Subgraphs: []weft.Subgraph{items, prices}})
}

// TestCoalescingKeepsClientsApart has operations of two clients look the same
// items up at the same time: those of one client share requests, those of two
// never do, and each client gets what it may see.
func TestCoalescingKeepsClientsApart(t *testing.T) {
	for _, c := range []struct {
		name string
		each int // operations of each client
		who  []string
		size int
	}{
		{"one client", 2, []string{"ada"}, 2},
		{"two clients", 1, []string{"ada", "bob"}, 2},
		{"many operations", 32, []string{"ada", "bob"}, 8},
	} {
		for _, kind := range []string{"REST", "GraphQL"} {
			t.Run(c.name+" "+kind, func(t *testing.T) {
				t.Parallel()
				wait := 500 * time.Millisecond
				if kind == "REST" && c.each%c.size == 0 {
					wait = time.Minute // all batches fill
				}
				p := &priced{}
				g := coalescing(t, p, kind == "REST", c.size, wait, newGate(c.each*len(c.who)))
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				var wg sync.WaitGroup
				for i := range c.each {
					for _, who := range c.who {
						wg.Go(func() {
							got := ask(ctx, g, who, fmt.Sprintf(`{ item(id: "%d") { price } }`, i))
							if want := fmt.Sprintf(`{"data":{"item":{"price":"%s#%d"}}}`, who, i); got != want {
								t.Errorf("%s got %s, want %s", who, got, want)
							}
						})
					}
				}
				wg.Wait()
				p.check(t, c.who, c.each)
				if want := len(c.who) * ((c.each + c.size - 1) / c.size); len(p.requests) > want {
					t.Errorf("%d requests, want %d: %v", len(p.requests), want, p.requests)
				}
			})
		}
	}
}

// check reports requests for what nobody, or somebody else, asked.
func (p *priced) check(t *testing.T, who []string, each int) {
	t.Helper()
	asked := map[string][]string{}
	for _, r := range p.requests {
		asked[r.who] = append(asked[r.who], r.ids...)
	}
	for _, w := range who {
		ids := asked[w]
		slices.Sort(ids)
		want := numbered(each)
		slices.Sort(want)
		if !slices.Equal(ids, want) {
			t.Errorf("for %s: %v, want %v", w, ids, want)
		}
		delete(asked, w)
	}
	if len(asked) > 0 {
		t.Errorf("requests of nobody: %v", asked)
	}
}
