package weft_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

const (
	itemEvents = `type Query { ping: Int } type Subscription { changed(id: ID): Item! } type Item @key(fields: "id") { id: ID! n: Int! } extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`
	itemNames  = `type Query { pong: Int } type Item @key(fields: "id") { id: ID! name: String } extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])`
	changed    = `subscription($id: ID) { changed(id: $id) { n name } }`
)

// hub is the source of two subgraphs: events, whose stream it plays, and
// names, which answers with entities. It counts both.
type hub struct {
	identity func(*caller.Caller) string // what it looks at; nil nothing
	hold     chan struct{}               // Subscribe waits for it; nil does not
	deaf     bool                        // and not for its context
	refuse   error
	givenUp  error         // what Subscribe returns when its context ends, instead of the context's error
	slow     time.Duration // names wait this long
	prepare  chan struct{} // Prepare waits for it; nil does not
	prepares atomic.Int64
	broken   bool // names fail

	mu                        sync.Mutex
	streams                   map[*hubStream]bool
	subscribing               atomic.Int64
	subscribed, closed, asked atomic.Int64
}

func newHub() *hub { return &hub{streams: map[*hubStream]bool{}} }

// AppendIdentity lets the gateway share what this source does not tell apart.
func (h *hub) AppendIdentity(dst []byte, c *caller.Caller) []byte {
	if h.identity == nil {
		return dst
	}
	return append(dst, h.identity(c)...)
}

func (h *hub) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	h.prepares.Add(1)
	if h.prepare != nil {
		<-h.prepare
	}
	if spec.Kind == plan.Subscription {
		return &hubSubscription{hub: h}, nil
	}
	return &hubNames{hub: h}, nil
}

type hubNames struct{ hub *hub }

func (c *hubNames) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	c.hub.asked.Add(1)
	if c.hub.slow > 0 {
		ctx, cancel := context.WithDeadline(ctx, req.Deadline)
		defer cancel()
		wait, stop := context.WithTimeout(ctx, c.hub.slow)
		defer stop()
		if <-wait.Done(); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if c.hub.broken {
		return &fault.Error{Code: fault.SubrequestHTTPError, Message: "secret address", Subgraph: "names"}
	}
	res.Body = append(res.Body, `{"data":{"_entities":[{"__typename":"Item","name":"a name"}]}}`...)
	return nil
}

type hubSubscription struct{ hub *hub }

func (c *hubSubscription) Fetch(context.Context, *subgraphs.Request, *subgraphs.Response) error {
	return errors.New("a stream is not fetched")
}

func (c *hubSubscription) Subscribe(ctx context.Context, req *subgraphs.Request) (subgraphs.Stream, error) {
	h := c.hub
	h.subscribing.Add(1)
	if h.hold != nil {
		done := ctx.Done()
		if h.deaf {
			done = nil
		}
		select {
		case <-h.hold:
		case <-done:
			if h.givenUp != nil {
				return nil, h.givenUp
			}
			return nil, ctx.Err()
		}
	}
	if h.refuse != nil {
		return nil, h.refuse
	}
	s := &hubStream{hub: h, events: make(chan string, 1000), gone: make(chan struct{})}
	h.mu.Lock()
	h.streams[s] = true
	h.mu.Unlock()
	h.subscribed.Add(1)
	return s, nil
}

type hubStream struct {
	hub    *hub
	events chan string
	gone   chan struct{}
	once   sync.Once
}

// Next plays an event: "end" and "break" are the two ways a stream ends.
func (s *hubStream) Next(ctx context.Context, res *subgraphs.Response) error {
	select {
	case event := <-s.events:
		switch event {
		case "end":
			return io.EOF
		case "break":
			return &fault.Error{Code: fault.SubrequestHTTPError, Message: "secret address", Subgraph: "events"}
		}
		event, res.Gap = strings.CutPrefix(event, "gap")
		res.Body = append(res.Body, event...)
		return nil
	case <-s.gone:
		return errors.New("closed")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *hubStream) Close() error {
	s.once.Do(func() {
		close(s.gone)
		s.hub.mu.Lock()
		delete(s.hub.streams, s)
		s.hub.mu.Unlock()
		s.hub.closed.Add(1)
	})
	return nil
}

// publish sends an event to every open stream.
func (h *hub) publish(event string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.streams {
		s.events <- event
	}
}

func item(n int) string {
	return fmt.Sprintf(`{"data":{"changed":{"__typename":"Item","id":"1","n":%d}}}`, n)
}

func (h *hub) options() weft.Options {
	return weft.Options{
		Subscriptions: weft.SubscriptionOptions{SwapJitter: -1},
		Subgraphs: []weft.Subgraph{
			{Name: "events", Schema: weft.Schema{Text: itemEvents}, HTTP: subgraphs.HTTPOptions{URL: "http://127.0.0.1:1"}, Source: h},
			{Name: "names", Schema: weft.Schema{Text: itemNames}, HTTP: subgraphs.HTTPOptions{URL: "http://127.0.0.1:1"}, Source: h},
		},
	}
}

// gateway is one that closes with the test, which must leave nothing open.
func (h *hub) gateway(t *testing.T, o weft.Options) *weft.Gateway {
	t.Helper()
	before := runtime.NumGoroutine()
	g, err := weft.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		g.Close()
		until(t, "the end of all streams", func() bool { return h.subscribed.Load() == h.closed.Load() })
		waitForGoroutines(t, before)
	})
	return g
}

// subscribe returns a feed, which the test closes.
func subscribe(t *testing.T, g *weft.Gateway, document, variables string, c *caller.Caller) server.Feed {
	t.Helper()
	a := g.Do(t.Context(), &operation.Request{Document: []byte(document), Variables: []byte(variables), Caller: c, Stream: true})
	if a.Release != nil {
		defer a.Release()
	}
	if a.Feed == nil {
		t.Fatalf("no feed: %v", fault.List(a.Errors))
	}
	return a.Feed
}

// next prints the next answer of a feed.
func next(t *testing.T, f server.Feed) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	a, d, err := f.Next(ctx)
	if err != nil {
		return err.Error()
	}
	text := string(a.Body)
	if len(a.Errors) > 0 {
		text = fault.List(a.Errors).Error() + " " + text
	}
	if d.Dropped > 0 {
		text += fmt.Sprintf(" (%d dropped)", d.Dropped)
	}
	return text
}

func expectNext(t *testing.T, f server.Feed, want string) {
	t.Helper()
	if got := next(t, f); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline.C:
			t.Fatalf("%s: not after 5 s", what)
		}
	}
}

// answered is what a client gets for item(n).
func answered(n int) string { return fmt.Sprintf(`{"data":{"changed":{"n":%d,"name":"a name"}}}`, n) }

// TestOneResolutionForAll has 500 subscribers ask for the same: one stream, and
// one entity request per event.
func TestOneResolutionForAll(t *testing.T) {
	const subscribers = 500
	h := newHub()
	g := h.gateway(t, h.options())
	feeds := make([]server.Feed, subscribers)
	for i := range feeds {
		feeds[i] = subscribe(t, g, changed, `{"id":"1"}`, &caller.Caller{Header: http.Header{"X-Client": {fmt.Sprint(i)}}})
		defer feeds[i].Close()
	}
	until(t, "subscribed", func() bool { return h.subscribed.Load() > 0 })
	for n := range 3 {
		h.publish(item(n))
		for _, f := range feeds {
			expectNext(t, f, answered(n))
		}
	}
	if h.subscribed.Load() != 1 || h.asked.Load() != 3 {
		t.Errorf("%d streams and %d entity requests for 3 events", h.subscribed.Load(), h.asked.Load())
	}
	h.publish("end")
	for _, f := range feeds {
		expectNext(t, f, "EOF")
	}
}

// TestWhoShares holds that two subscribers share exactly when nothing that can
// reach the answer differs.
func TestWhoShares(t *testing.T) {
	with := func(change func(*caller.Caller)) *caller.Caller {
		c := &caller.Caller{Host: "weft", Header: http.Header{"Authorization": {"a"}, "X-Trace": {"1"}}, Init: []byte(`{"a":1}`)}
		change(c)
		return c
	}
	for _, c := range []struct {
		name      string
		identity  func(*caller.Caller) string
		rules     []subgraphs.HeaderRule
		off       string // graph, events or other
		document  string
		variables string
		caller    *caller.Caller
		shares    bool
	}{
		{name: "all the same", shares: true},
		{name: "a header no rule sends", caller: with(func(c *caller.Caller) { c.Header.Set("X-Trace", "2") }), shares: true},
		{name: "a header a rule sends", rules: []subgraphs.HeaderRule{{Propagate: "Authorization"}}, caller: with(func(c *caller.Caller) { c.Header.Set("Authorization", "b") })},
		{name: "the header is missing", rules: []subgraphs.HeaderRule{{Propagate: "Authorization"}}, caller: with(func(c *caller.Caller) { c.Header.Del("Authorization") })},
		{name: "the same header", rules: []subgraphs.HeaderRule{{Propagate: "Authorization"}}, caller: with(func(c *caller.Caller) { c.Header.Set("X-Trace", "2") }), shares: true},
		{name: "what the source looks at", identity: func(c *caller.Caller) string { return string(c.Init) }, caller: with(func(c *caller.Caller) { c.Init = []byte(`{"a":2}`) })},
		{name: "other variables", variables: `{"id":"2"}`},
		{name: "no variables", variables: `{}`},
		{name: "null is not absent", variables: `{"id":null}`},
		{name: "another selection", document: `subscription($id: ID) { changed(id: $id) { n } }`},
		{name: "switched off for the graph", off: "graph"},
		{name: "switched off for the subgraph of the events", off: "events"},
		{name: "switched off for a subgraph that completes them", off: "other", shares: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHub()
			h.identity = c.identity
			o := h.options()
			o.Subgraphs[1].Headers = c.rules
			o.Subgraphs[0].NoDedupe, o.Subgraphs[1].NoDedupe = c.off == "events", c.off == "other"
			o.Subscriptions.NoDedupe = c.off == "graph"
			g := h.gateway(t, o)
			one := with(func(*caller.Caller) {})
			other := one
			if c.caller != nil {
				other = c.caller
			}
			document, variables := changed, `{"id":"1"}`
			a := subscribe(t, g, document, variables, one)
			defer a.Close()
			if c.document != "" {
				document = c.document
			}
			if c.variables != "" {
				variables = c.variables
			}
			b := subscribe(t, g, document, variables, other)
			defer b.Close()
			want := int64(2)
			if c.shares {
				want = 1
			}
			until(t, "subscribed", func() bool { return h.subscribed.Load() == want })
			h.publish(item(1))
			next(t, a)
			next(t, b)
			if got := h.subscribed.Load(); got != want {
				t.Errorf("%d streams, want %d", got, want)
			}
		})
	}
}

// TestLastLeaveCancels ends a quiet stream the moment nobody listens, and not
// before.
func TestLastLeaveCancels(t *testing.T) {
	h := newHub()
	g := h.gateway(t, h.options())
	a := subscribe(t, g, changed, `{}`, nil)
	b := subscribe(t, g, changed, `{}`, nil)
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
	a.Close()
	a.Close() // twice is once
	expectNext(t, a, "EOF")
	h.publish(item(1))
	expectNext(t, b, answered(1))
	if h.closed.Load() != 0 {
		t.Error("the stream was closed under a subscriber")
	}
	b.Close()
	until(t, "closed", func() bool { return h.closed.Load() == 1 })
	c := subscribe(t, g, changed, `{}`, nil) // a new one
	until(t, "subscribed again", func() bool { return h.subscribed.Load() == 2 })
	c.Close()
}

// TestLeaveBeforeTheStreamExists cancels a subscription that is being made;
// one that cannot be cancelled is closed when it arrives.
func TestLeaveBeforeTheStreamExists(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		h := newHub()
		h.hold, h.deaf = make(chan struct{}), deaf
		g := h.gateway(t, h.options())
		f := subscribe(t, g, changed, `{}`, nil)
		until(t, "subscribing", func() bool { return h.subscribing.Load() == 1 })
		f.Close()
		if deaf {
			close(h.hold)
			until(t, "closed", func() bool { return h.closed.Load() == 1 })
		}
	}
}

// TestLeavingIsNoFailure logs nothing when the last client leaves, however a
// source tells that it was cancelled.
func TestLeavingIsNoFailure(t *testing.T) {
	var log logBuffer
	t.Cleanup(func() { // after the gateway
		if text := log.String(); text != "" {
			t.Error(text)
		}
	})
	h := newHub()
	h.hold, h.givenUp = make(chan struct{}), &fault.Error{Code: "CANCELLED", Message: "given up", Subgraph: "events"}
	o := h.options()
	o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	f := subscribe(t, h.gateway(t, o), changed, `{}`, nil)
	until(t, "subscribing", func() bool { return h.subscribing.Load() == 1 })
	f.Close()
}

// TestJoinAndLeave lets many subscribers come and go while events are
// published: everyone who stays gets an event published after he came.
func TestJoinAndLeave(t *testing.T) {
	h := newHub()
	g := h.gateway(t, h.options())
	stop := make(chan struct{})
	var publisher, clients sync.WaitGroup
	publisher.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				h.mu.Lock()
				for s := range h.streams {
					select {
					case s.events <- item(n):
					default:
					}
				}
				h.mu.Unlock()
				runtime.Gosched()
			}
		}
	})
	for i := range 16 {
		clients.Go(func() {
			for k := range 30 {
				f := subscribe(t, g, changed, fmt.Sprintf(`{"id":"%d"}`, (i+k)%3), nil)
				if k%4 != 0 {
					if got := next(t, f); !strings.HasPrefix(got, `{"data":{"changed":{"n":`) && !strings.HasPrefix(got, "SUBSCRIPTION_BACKPRESSURE") {
						t.Error(got)
					}
				}
				f.Close()
			}
		})
	}
	clients.Wait()
	close(stop)
	publisher.Wait()
	until(t, "all closed", func() bool { return h.closed.Load() == h.subscribed.Load() })
}

// TestErrorsOfEvents masks every event's errors, and those that end the stream.
func TestErrorsOfEvents(t *testing.T) {
	h := newHub()
	h.broken = true
	g := h.gateway(t, h.options())
	f := subscribe(t, g, changed, `{}`, nil)
	defer f.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
	h.publish(item(1))
	expectNext(t, f, `SUBREQUEST_HTTP_ERROR: Internal error {"data":{"changed":{"n":1,"name":null}}}`)
	h.publish(`{"data":{"changed":null},"errors":[{"message":"secret"}]}`)
	expectNext(t, f, `DOWNSTREAM_SERVICE_ERROR: Internal error {"data":null}`)
	h.publish(`garbage`)
	if got := next(t, f); strings.Contains(got, "garbage") || !strings.HasPrefix(got, "SUBREQUEST_MALFORMED_RESPONSE") {
		t.Error(got)
	}
	h.publish("break")
	expectNext(t, f, `SUBREQUEST_HTTP_ERROR: Internal error`)
	expectNext(t, f, `SUBREQUEST_HTTP_ERROR: Internal error`)

	h.refuse = fault.List{{Code: "FORBIDDEN", Message: "not yours", Subgraph: "events"}, {Code: "SECRET", Message: "secret", Subgraph: "events"}}
	f = subscribe(t, g, changed, `{}`, nil)
	defer f.Close()
	expectNext(t, f, "FORBIDDEN: not yours\nSECRET: Internal error")

	// A connection that ended is no subscription that was completed.
	h.refuse = &fault.Error{Code: fault.SubrequestHTTPError, Message: "secret address", Subgraph: "events", Cause: io.EOF}
	f = subscribe(t, g, changed, `{}`, nil)
	defer f.Close()
	expectNext(t, f, "SUBREQUEST_HTTP_ERROR: Internal error")
}

// TestTimeouts bounds making a stream, and working an event out, but not the
// stream's life.
func TestTimeouts(t *testing.T) {
	h := newHub()
	h.slow = time.Hour
	o := h.options()
	o.Timeout = 30 * time.Millisecond
	g := h.gateway(t, o)
	f := subscribe(t, g, changed, `{}`, nil)
	defer f.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
	for range 3 {
		h.publish(item(1))
		expectNext(t, f, `GATEWAY_TIMEOUT: Internal error {"data":{"changed":{"n":1,"name":null}}}`)
	}
	hung := newHub()
	hung.hold = make(chan struct{})
	o = hung.options()
	o.Timeout = 30 * time.Millisecond
	f = subscribe(t, hung.gateway(t, o), changed, `{}`, nil)
	defer f.Close()
	expectNext(t, f, `GATEWAY_TIMEOUT: the operation took too long`)
}

// TestSlowSubscriber loses what its policy says, and delays nobody.
func TestSlowSubscriber(t *testing.T) {
	for _, c := range []struct {
		overflow weft.Overflow
		want     []string
	}{
		{weft.CloseSubscriber, []string{"SUBSCRIPTION_BACKPRESSURE: the events were not taken as fast as they came"}},
		{weft.DropOldest, []string{answered(7) + " (7 dropped)", answered(8), answered(9)}},
		{weft.KeepLatest, []string{answered(9) + " (9 dropped)"}},
	} {
		t.Run(string(c.overflow), func(t *testing.T) {
			h := newHub()
			o := h.options()
			o.Subscriptions.Buffer, o.Subscriptions.Overflow = 3, c.overflow
			g := h.gateway(t, o)
			fast := subscribe(t, g, changed, `{}`, nil)
			defer fast.Close()
			slow := subscribe(t, g, changed, `{}`, nil) // the last to come has an event first
			defer slow.Close()
			until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
			for n := range 10 {
				h.publish(item(n))
				expectNext(t, fast, answered(n))
			}
			for _, want := range c.want {
				expectNext(t, slow, want)
			}
		})
	}
}

// TestSwap keeps subscriptions that a new schema does not concern and ends the
// others.
func TestSwap(t *testing.T) {
	h := newHub()
	o := h.options()
	schema := &swappedSchema{t: t, file: t.TempDir() + "/names.graphql"}
	schema.write(itemNames)
	o.Subgraphs[1].Schema = weft.Schema{File: schema.file}
	g := h.gateway(t, o)
	f := subscribe(t, g, changed, `{"id":"1"}`, nil)
	defer f.Close()
	alone := subscribe(t, g, `subscription { changed { n } }`, `{}`, nil)
	defer alone.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 2 })
	schema.swap(g, strings.Replace(itemNames, "pong: Int", "pong: Int more: Int", 1))
	h.publish(item(1))
	expectNext(t, f, answered(1))
	expectNext(t, alone, `{"data":{"changed":{"n":1}}}`)

	// The field moves to another type: the client must ask again.
	schema.swap(g, strings.Replace(itemNames, "name: String", "name: Int", 1))
	expectNext(t, f, "SUBSCRIPTION_SCHEMA_RELOAD: the graph has changed; subscribe again")
	h.publish(item(2))
	expectNext(t, alone, `{"data":{"changed":{"n":2}}}`)
	schema.swap(g, strings.Replace(itemNames, "name: String", "title: String", 1))
	h.publish(item(3))
	expectNext(t, alone, `{"data":{"changed":{"n":3}}}`)
	g.Close() // lets the newest graph go; what runs goes on
	h.publish(item(4))
	expectNext(t, alone, `{"data":{"changed":{"n":4}}}`)
}

// TestSwapBeforeTheSubscriptionRuns swaps while one is being planned: it is held
// against the new schema all the same.
func TestSwapBeforeTheSubscriptionRuns(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"name: String", "name: Int", "SUBSCRIPTION_SCHEMA_RELOAD: the graph has changed; subscribe again"},
		{"pong: Int", "pong: String", answered(1)},
	} {
		h := newHub()
		h.prepare = make(chan struct{})
		o := h.options()
		schema := &swappedSchema{t: t, file: t.TempDir() + "/names.graphql"}
		schema.write(itemNames)
		o.Subgraphs[1].Schema = weft.Schema{File: schema.file}
		g := h.gateway(t, o)
		feeds := make(chan server.Feed, 1)
		go func() { feeds <- subscribe(t, g, changed, `{"id":"1"}`, nil) }() // ends with the planning
		until(t, "planning", func() bool { return h.prepares.Load() > 0 })
		schema.swap(g, strings.Replace(itemNames, c.from, c.to, 1))
		close(h.prepare)
		f := <-feeds
		if strings.HasPrefix(c.want, "{") {
			until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
			h.publish(item(1))
		}
		expectNext(t, f, c.want)
		f.Close()
	}
}

// TestSwapWithConnectors keeps a subscription whose events are completed by a
// connector, although connectors' sources are made anew for every schema; one
// whose connector changes ends.
func TestSwapWithConnectors(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"id":"1","left":7}`)
	}))
	defer backend.Close()
	stock := `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"]) @link(url: "https://specs.apollo.dev/connect/v0.2", import: ["@source", "@connect"])
@source(name: "stock", http: { baseURL: "` + backend.URL + `" })
type Query { one: Int @connect(source: "stock", http: { GET: "/one" }, selection: "$.left") }
type Item @key(fields: "id") @connect(source: "stock", http: { GET: "/items/{$this.id}" }, selection: "id left") { id: ID! left: Int }`
	h := newHub()
	o := h.options()
	names, stocks := &swappedSchema{t: t, file: t.TempDir() + "/names.graphql"}, &swappedSchema{t: t, file: t.TempDir() + "/stock.graphql"}
	names.write(itemNames)
	stocks.write(stock)
	o.Subgraphs[1].Schema = weft.Schema{File: names.file}
	o.Subgraphs = append(o.Subgraphs, weft.Subgraph{Name: "stock", Schema: weft.Schema{File: stocks.file}})
	g := h.gateway(t, o)
	f := subscribe(t, g, `subscription { changed { n left } }`, `{}`, nil)
	defer f.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
	names.swap(g, strings.Replace(itemNames, "pong: Int", "pong: Int more: Int", 1))
	h.publish(item(1))
	expectNext(t, f, `{"data":{"changed":{"n":1,"left":7}}}`)
	// Another connector of the subgraph concerns it no more than another subgraph.
	stock = strings.Replace(stock, "type Query {", `type Query { left: Int @connect(source: "stock", http: { GET: "/left" }, selection: "$.left")`, 1)
	stocks.swap(g, stock)
	h.publish(item(2))
	expectNext(t, f, `{"data":{"changed":{"n":2,"left":7}}}`)
	stocks.swap(g, strings.Replace(stock, "/items/", "/things/", 1))
	expectNext(t, f, "SUBSCRIPTION_SCHEMA_RELOAD: the graph has changed; subscribe again")
}

type swappedSchema struct {
	t    *testing.T
	file string
}

func (s *swappedSchema) write(text string) {
	s.t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *swappedSchema) swap(g *weft.Gateway, text string) {
	s.t.Helper()
	s.write(text)
	if err := g.Reload(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// TestStreamingTransportOnly refuses a subscription where one answer only can
// be sent.
func TestStreamingTransportOnly(t *testing.T) {
	h := newHub()
	g := h.gateway(t, h.options())
	for method, want := range map[string]fault.Code{"POST": fault.NotAcceptable, "GET": fault.MethodNotAllowed} {
		a := g.Do(t.Context(), &operation.Request{Document: []byte(changed), Caller: &caller.Caller{Method: method}})
		if len(a.Errors) != 1 || a.Errors[0].Code != want {
			t.Errorf("%s: %v", method, a.Errors)
		}
		a.Release()
	}
	if h.subscribing.Load() != 0 {
		t.Error("a subgraph was asked")
	}
}

// TestGap tells of events that may have been missed, even if the event that
// was to tell is dropped.
func TestGap(t *testing.T) {
	h := newHub()
	o := h.options()
	o.Subscriptions.Buffer, o.Subscriptions.Overflow = 1, weft.DropOldest
	g := h.gateway(t, o)
	fast, slow := subscribe(t, g, changed, `{}`, nil), subscribe(t, g, changed, `{}`, nil) // slow has an event first
	defer slow.Close()
	defer fast.Close()
	until(t, "subscribed", func() bool { return h.subscribed.Load() == 1 })
	for n, gap := range []bool{false, true, false} {
		if gap {
			h.publish("gap" + item(n))
		} else {
			h.publish(item(n))
		}
		if _, d, err := fast.Next(t.Context()); err != nil || d.Gap != gap || d.Dropped != 0 {
			t.Errorf("event %d: %+v %v", n, d, err)
		}
	}
	if _, d, err := slow.Next(t.Context()); err != nil || !d.Gap || d.Dropped != 2 {
		t.Errorf("%+v %v", d, err)
	}
}

// BenchmarkFanOut is one event to 500 subscribers who ask for the same: read,
// completed by one entity request, queued and taken.
func BenchmarkFanOut(b *testing.B) {
	h := newHub()
	g, err := weft.New(b.Context(), h.options())
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	feeds := make([]server.Feed, 500)
	for i := range feeds {
		feeds[i] = g.Do(b.Context(), &operation.Request{Document: []byte(changed), Variables: []byte(`{"id":"1"}`), Stream: true}).Feed
		defer feeds[i].Close()
	}
	for h.subscribed.Load() == 0 {
		runtime.Gosched()
	}
	b.ReportAllocs()
	for b.Loop() {
		h.publish(item(1))
		for _, f := range feeds {
			if _, _, err := f.Next(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
}
