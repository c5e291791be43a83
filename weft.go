// Package weft is a GraphQL federation router as a library: the assembly of
// everything the weft binary is made of.
//
// [New] builds a [Gateway] from [Options]; [Gateway.Do] answers operations and
// is what a server.Handler calls; [Gateway.Run] watches the schemas and swaps
// in a new [Snapshot] when they change. A Snapshot is everything that follows
// from one set of schemas: supergraph, planner, executor, sources, caches. It
// is built whole or not at all, and a request uses one from beginning to end.
//
// Start reading at pipeline.go: it names the steps of a request in order.
package weft

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// Options configure a Gateway. The zero value of every field but the schemas
// works.
type Options struct {
	// Name is the graph's, for logs, metrics and expressions; default default.
	Name string
	// Supergraph says where a composed supergraph comes from. Left empty, the
	// supergraph is composed from the subgraphs.
	Supergraph Schema
	// Subgraphs are reached at their URL; beside a Supergraph an entry overrides
	// the URL written there and need not name a schema.
	Subgraphs []Subgraph
	// Watch makes Run reload when a schema file changes.
	Watch bool
	// Timeout bounds an operation; default 30 s.
	Timeout time.Duration
	// Limits bound a client's document.
	Limits operation.Limits
	// Introspection says which clients may ask for the schema: on, off,
	// authenticated, or by_bff, which leaves it to each of BFFs; "" is off.
	Introspection string
	// BFFs are client profiles; without any, every client sees the whole graph.
	BFFs []config.BFF
	// Auth, Demand and Stores say who clients are, what they may ask for and how
	// often, and what several gateways share.
	Auth   config.Auth
	Demand config.Limits
	Stores config.Stores
	// Telemetry says what is told of operations: access log and traces; nil is
	// nothing.
	Telemetry *config.Telemetry
	// Unmasked shows clients the messages, extensions and names of subgraphs.
	Unmasked bool
	// AllowCodes are subgraph error codes whose messages are shown although
	// masked; nil is the usual list of client mistakes, see masking.go.
	AllowCodes []string
	// Labels turn override labels on: the share of requests in per cent, 0 to
	// 100. A label percent(N) that is not listed is on for N per cent.
	Labels map[string]float64
	// Documents and Programs bound the caches of known texts and of plans, in
	// entries; default 1024 each.
	Documents, Programs int
	Subscriptions       SubscriptionOptions
	Logger              *slog.Logger          // nil discards
	Metrics             prometheus.Registerer // nil counts nothing
}

// Schema is a text and where it comes from: exactly one of Text, File and URL.
// The zero value is none.
type Schema struct {
	Text, File, URL string
	// Poll is how often a URL is read again; 0 never.
	Poll time.Duration
}

func (s Schema) given() bool { return s.Text != "" || s.File != "" || s.URL != "" }

// Subgraph is one backend.
type Subgraph struct {
	Name string
	// Schema is its SDL; none asks the subgraph itself with {_service{sdl}},
	// again after Schema.Poll.
	Schema Schema
	// HTTP says how to reach it; HTTP.Name is filled in.
	HTTP subgraphs.HTTPOptions
	// Connect bounds making a connection; default 1 s.
	Connect time.Duration
	// Headers say what of a client's headers is sent on; by default nothing is.
	Headers []subgraphs.HeaderRule
	// Retry says how a query that failed is sent again, Breaker when the subgraph is
	// left alone for a while.
	Retry   config.Retry
	Breaker config.Breaker
	// NoDedupe gives every client a stream of its own of this subgraph's events.
	NoDedupe bool
	// HTTP2 speaks HTTP/2 where TLS offers it.
	HTTP2 bool
	// Coalesce puts entity look-ups of different operations into one request.
	Coalesce config.Coalesce
	// Sources are, of a schema with connectors, the settings of its sources by
	// name; "_" is for connectors without one.
	Sources map[string]config.ConnectorSource
	// Source, if set, answers instead of HTTP.
	Source subgraphs.Source
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.AllowCodes == nil {
		o.AllowCodes = usualCodes()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Metrics == nil {
		o.Metrics = prometheus.NewRegistry()
	}
	o.Subscriptions = o.Subscriptions.withDefaults()
	o.Labels = maps.Clone(o.Labels)
	return o
}

// Gateway answers operations over the newest snapshot. It is safe for
// concurrent use.
type Gateway struct {
	log     *slog.Logger
	metrics *metrics
	shared  *Shared
	calls   sync.Pool // *call
	shares  shares
	current atomic.Pointer[Snapshot]
	reload  reloading
}

var _ server.Engine = (*Gateway)(nil)

// New reads the schemas and builds the first snapshot. It returns a fault.List
// with everything that is wrong: SCHEMA_UNAVAILABLE, CONFIG_INVALID, or the
// codes of composition and of package schema. ctx bounds the reading.
func New(ctx context.Context, o Options) (*Gateway, error) {
	o = o.withDefaults()
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	g := &Gateway{log: o.Logger, metrics: m, shared: newShared(&o)}
	g.shares.running = map[shareKey]*share{}
	g.reload.known.texts = map[string]string{}
	g.reload.wanted, g.reload.changed = &o, make(chan struct{})
	if err := g.Reload(ctx); err != nil {
		g.shared.drop()
		return nil, err
	}
	return g, nil
}

// Snapshot returns the newest snapshot, for inspection; nil after Close.
func (g *Gateway) Snapshot() *Snapshot { return g.current.Load() }

// Close lets the snapshot go; it closes after its last request. Further
// operations are answered with SERVER_SHUTDOWN. Run must have returned.
func (g *Gateway) Close() {
	if s := g.current.Swap(nil); s != nil {
		s.unpin()
		g.shared.drop()
	}
}
