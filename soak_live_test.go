package weft_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// TestLiveSoak has everything happen at once: operations over GraphQL, REST and
// gRPC backends, subscriptions over WebSocket and SSE of all three, clients that
// are slow, that share and that leave, backends that fail, stall and restart,
// and graphs that are swapped. Every client can tell the answers that are its
// own, and events that are missing. In the end nothing may be left.
//
// WEFT_SOAK is how long, for example 10m; default is a few seconds.
func TestLiveSoak(t *testing.T) {
	long := 5 * time.Second
	if text := os.Getenv("WEFT_SOAK"); text != "" {
		var err error
		if long, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	before := runtime.NumGoroutine()
	seen := map[string]int{}
	for i, overflow := range []weft.Overflow{weft.DropOldest, weft.KeepLatest, weft.CloseSubscriber} {
		t.Run(string(overflow), func(t *testing.T) {
			s := startLiveSoak(t, overflow, i)
			s.run(t, long/3)
			s.settle(t)
			s.drain(t)
			waitForGoroutines(t, before+1) // the subtest's own
			for what, n := range s.seen {
				seen[what] += n
			}
		})
	}
	t.Log(seen)
	for _, what := range []string{"whole", "partial", "cancelled", "event", "left", "sent away", "stalled", "swapped", "refused", "restarted", "complete", "SUBSCRIPTION_SCHEMA_RELOAD"} {
		if seen[what] == 0 {
			t.Errorf("nothing was %s", what)
		}
	}
}

// liveSoak is a gateway behind its listener, its backends and what its clients
// have seen.
type liveSoak struct {
	gateway   *weft.Gateway
	address   string
	stop      context.CancelFunc
	done      chan error
	client    *http.Client
	dir       string
	backends  []*soakBackend
	events    soakEvents
	registry  *prometheus.Registry
	log       logBuffer
	snapshots []weak.Pointer[weft.Snapshot]

	mu   sync.Mutex
	seen map[string]int // how often what happened
}

// note counts what happened.
func (s *liveSoak) note(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[what]++
}

const (
	soakLive = federationLink + `type Query { item(id: ID!): Item items(id: ID!): [Item!] EXTRA }
type Mutation { touch(id: ID!): Item }
type Subscription { ticks(topic: ID!): Tick! }
type Tick { topic: ID! stream: String! n: Int! who: String! init: String! item: Item! }
type Item @key(fields: "id") { id: ID! name: String }`
	soakFeed = federationLink + `type Query { fed: Int }
type Subscription { posts(topic: ID!): Post! }
type Post { topic: ID! stream: String! n: Int! who: String! init: String! item: Item! }
type Item @key(fields: "id", resolvable: false) { id: ID! }`
	soakStock = federationLink + `extend schema @source(name: "rest", http: { baseURL: "https://rest.example", headers: [{ name: "authorization", from: "authorization" }] })
type Query { quote(id: ID!): String @connect(source: "rest", http: { GET: "/quote/{$args.id}" }, selection: "$.text") EXTRA }
type Mutation { order(id: ID!): String @connect(source: "rest", http: { POST: "/orders", body: "id: $args.id" }, selection: "$.text") }
type Item @key(fields: "id") @connect(source: "rest", http: { POST: "/many", body: "$batch.id" }, selection: "id price") {
  id: ID! price: String stock: String @connect(source: "rest", http: { GET: "/stock/{$this.id}" }, selection: "$.text") }`
	soakPricing = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  @link(url: "https://weftql.github.io/specs/grpc/v0.1", import: ["@grpcSource", "@grpc"])
  @grpcSource(name: "pricing", target: "dns:///pricing.example:1", plaintext: true, descriptors: { reflection: true }, metadata: [{ name: "authorization", from: "authorization" }])
type Item @key(fields: "id") @grpc(source: "pricing", method: "shop.pricing.v1.Pricing/BatchGetOffers", request: "product_ids: $batch.id",
  batch: { maxSize: 50 }, selection: "$.offers { id: product_id offer: { discount } }") { id: ID! offer: Offer }
type Offer { discount: Int! }
type Change { stream: String! n: Int! item: Item! }
type Subscription { offers(topic: ID!): Change! @grpc(source: "pricing", method: "shop.pricing.v1.Pricing/WatchOffer",
  request: "product_id: $args.topic", selection: "stream: valid_until n: discount item: { id: product_id }") }`
)

func startLiveSoak(t *testing.T, overflow weft.Overflow, number int) *liveSoak {
	s := &liveSoak{dir: t.TempDir(), done: make(chan error, 1), seen: map[string]int{}, registry: prometheus.NewRegistry(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}}}
	serve := map[string]func(context.Context, net.Listener) func(){
		"live":    serveHTTP(&soakSubgraph{&s.events, "ticks"}),
		"feed":    serveHTTP(&soakSubgraph{&s.events, "posts"}),
		"stock":   serveHTTP(soakREST(&s.events)),
		"pricing": serveOffers(&s.events),
	}
	window := config.Coalesce{Window: config.Duration(time.Duration(number%2) * time.Millisecond), Threshold: -1}
	o := weft.Options{
		Timeout: 2 * time.Second, Logger: slog.New(slog.NewTextHandler(&s.log, nil)), Metrics: s.registry,
		Subscriptions: weft.SubscriptionOptions{Buffer: 16, Overflow: overflow, SwapJitter: 20 * time.Millisecond, Patience: 5 * time.Millisecond},
	}
	authorization := []subgraphs.HeaderRule{{Propagate: "authorization"}}
	for _, g := range []struct{ name, schema string }{{"live", soakLive}, {"feed", soakFeed}, {"stock", soakStock}, {"pricing", soakPricing}} {
		b := startSoakBackend(t, serve[g.name])
		s.backends = append(s.backends, b)
		entry := weft.Subgraph{Name: g.name, Schema: weft.Schema{File: s.file(g.name)}, Headers: authorization, Coalesce: window}
		settings := config.ConnectorSource{OverrideURL: "http://" + b.address, Timeout: config.Duration(time.Second), Coalesce: window, Retry: config.SourceRetry{Attempts: number % 2}}
		switch g.name {
		case "stock":
			entry.Sources = map[string]config.ConnectorSource{"rest": settings}
		case "pricing":
			settings.OverrideURL = b.address
			entry.Sources = map[string]config.ConnectorSource{"pricing": settings}
		default:
			entry.HTTP = subgraphs.HTTPOptions{URL: "http://" + b.address + "/graphql", Timeout: time.Second, Subscriptions: subgraphs.SubscriptionOptions{
				Protocol: subgraphs.TransportWS, Idle: 200 * time.Millisecond, ForwardInit: true, MaxPerConnection: 3, Reconnect: 2 * time.Second, QueueEvents: 64,
			}}
			if g.name == "feed" {
				entry.HTTP.Subscriptions = subgraphs.SubscriptionOptions{Protocol: subgraphs.EventStream, Unshared: number%2 == 1, QueueEvents: 64}
				entry.NoDedupe = entry.HTTP.Subscriptions.Unshared
			}
		}
		o.Subgraphs = append(o.Subgraphs, entry)
	}
	s.write(t, 0, "/many", "quote", false)
	var err error
	if s.gateway, err = weft.New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	handler := server.NewHandler(s.gateway, server.Options{
		Logger: o.Logger, WebSocket: server.WebSocketOptions{MessageRate: 1000, MessageBurst: 1000, WriteTimeout: 3 * time.Second},
	})
	front := server.New(handler, http.NotFoundHandler(), server.ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", Logger: o.Logger, Drain: 5 * time.Second})
	if err := front.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.address = front.Addr()
	var ctx context.Context
	ctx, s.stop = context.WithCancel(context.Background())
	go func() { s.done <- front.Run(ctx) }() // ends with drain
	return s
}

func (s *liveSoak) file(name string) string { return filepath.Join(s.dir, name+".graphql") }

// write writes the schemas: extra is what no operation asks for, the paths are
// what some operations' plans hold.
func (s *liveSoak) write(t *testing.T, extra int, many, quote string, broken bool) {
	t.Helper()
	text := strings.NewReplacer("/many", many, "/quote/", "/"+quote+"/", "EXTRA", fmt.Sprintf("s%d: Int @connect(source: \"rest\", http: { GET: \"/s\" }, selection: \"$\")", extra)).Replace(soakStock)
	if broken {
		text = strings.Replace(text, "price: String", "price: Unknown", 1)
	}
	for name, text := range map[string]string{"live": strings.Replace(soakLive, "EXTRA", fmt.Sprintf("l%d: Int", extra/2), 1), "feed": soakFeed, "stock": text, "pricing": soakPricing} {
		if err := os.WriteFile(s.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// run has clients ask and subscribe for so long.
func (s *liveSoak) run(t *testing.T, long time.Duration) {
	ctx, cancel := context.WithTimeout(t.Context(), long)
	defer cancel()
	var wg sync.WaitGroup
	for kind, client := range []func(*testing.T, context.Context, *rand.Rand){s.askUntil, s.followSocketUntil, s.followStreamUntil, s.stallUntil} {
		for n := range []int{8, 8, 6, 2}[kind] {
			wg.Go(func() { // ends with ctx
				client(t, ctx, rand.New(rand.NewPCG(uint64(kind), uint64(n))))
			})
		}
	}
	wg.Go(func() { s.swapUntil(t, ctx) })
	wg.Go(func() { s.restartUntil(t, ctx) })
	wg.Go(func() { s.watchMemory(t, ctx) })
	wg.Wait()
}

// swapUntil changes the graph: so that plans stay the same, so that some
// change, and so that there is no graph.
func (s *liveSoak) swapUntil(t *testing.T, ctx context.Context) {
	end, _ := ctx.Deadline()
	longest := max(200*time.Millisecond, time.Until(end)/100)
	for i := 1; pause(ctx, rand.N(longest)); i++ {
		many, quote, broken := "/many", "quote", i%4 == 2
		if rand.IntN(3) == 0 {
			many = "/many2"
		}
		if rand.IntN(3) == 0 {
			quote = "quote2"
		}
		s.write(t, i, many, quote, broken)
		err := s.gateway.Reload(t.Context())
		if (err != nil) != broken {
			t.Errorf("a schema that is broken %v: %v", broken, err)
		}
		if err != nil {
			s.note("refused")
			continue
		}
		s.note("swapped")
		s.snapshots = append(s.snapshots, weak.Make(s.gateway.Snapshot()))
	}
}

func (s *liveSoak) restartUntil(t *testing.T, ctx context.Context) {
	for pause(ctx, time.Duration(200+rand.IntN(500))*time.Millisecond) {
		b := s.backends[rand.IntN(len(s.backends))]
		b.stop()
		pause(ctx, time.Duration(rand.IntN(50))*time.Millisecond)
		b.start(t)
		s.note("restarted")
	}
}

// watchMemory compares what is in use in the end with what it was once
// everything ran.
func (s *liveSoak) watchMemory(t *testing.T, ctx context.Context) {
	end, _ := ctx.Deadline()
	pause(ctx, time.Until(end)/3)
	inUse := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc >> 20
	}
	first := inUse()
	pause(ctx, time.Until(end)*9/10)
	last := inUse()
	if last > 2*first+96 { // what is under way at one moment comes to 60 MiB at times
		t.Errorf("%d MiB in use, %d MiB before", last, first)
	}
}

// settle waits until nothing is left of the clients, and asks whether all is
// well again.
func (s *liveSoak) settle(t *testing.T) {
	until(t, "the end of subscriptions", func() bool {
		return s.gauge(t, "client") == 0 && s.gauge(t, "upstream") == 0 && s.events.open.Load() == 0
	})
	until(t, "the end of sockets to subgraphs", func() bool { return s.events.sockets.Load() == 0 })
	until(t, "the end of old snapshots", func() bool {
		runtime.GC()
		alive := 0
		for _, p := range s.snapshots {
			if p.Value() != nil {
				alive++
			}
		}
		return alive <= 1 // the one that is current
	})
	s.events.calm.Store(true)
	for range 20 { // connections that broke are noticed by now, or found out
		s.ask(t, t.Context(), rand.New(rand.NewPCG(1, 2)), "ada", "settled")
	}
	whole := s.seen["whole"]
	for range 5 {
		s.ask(t, t.Context(), rand.New(rand.NewPCG(1, 2)), "ada", "settled")
	}
	if s.seen["whole"] != whole+5 {
		t.Error("the backends are well again and answers are not")
	}
	s.events.calm.Store(false)
}

// gauge returns how many subscriptions are under way on a side.
func (s *liveSoak) gauge(t *testing.T, side string) float64 {
	t.Helper()
	families, err := s.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == "weft_subscriptions_active" && m.GetLabel()[0].GetValue() == side {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatal("no such metric")
	return 0
}

// drain stops the server under subscribers that would stay for ever.
func (s *liveSoak) drain(t *testing.T) {
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.client.CloseIdleConnections()
	// A connection that was made and never used delays the drain by 5 s.
	s.client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for n := range uint64(8) {
		wg.Go(func() { s.followSocket(t, ctx, rand.New(rand.NewPCG(3, n)), true) })
		wg.Go(func() { s.followStream(t, ctx, rand.New(rand.NewPCG(4, n)), true) })
	}
	events := s.count("event")
	until(t, "events", func() bool { return s.count("event") > events+50 })
	s.stop()
	if err := <-s.done; err != nil {
		t.Error(err)
	}
	wg.Wait()
	s.gateway.Close()
	until(t, "the end of streams", func() bool { return s.gauge(t, "upstream") == 0 && s.events.open.Load() == 0 })
	s.client.CloseIdleConnections()
	for _, b := range s.backends {
		b.stop()
	}
	if text := s.log.String(); strings.Contains(text, "panic") || strings.Contains(text, "level=ERROR") {
		t.Error(text)
	}
}

func (s *liveSoak) count(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[what]
}
