package weft

import (
	"sync"
	"time"

	"github.com/weftql/weft/connectors/grpcapi"
	"github.com/weftql/weft/connectors/restapi"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/stages/limit"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/telemetry"
)

// Shared is what outlives a snapshot: the connections to subgraphs and the
// subscriptions on them. Each source is found by its own settings and counted
// by the snapshots that use it, so that a swap reconnects nothing that stayed
// the same. A source that nobody uses any more lets only what is idle go:
// streams that run keep their connection until they end.
type Shared struct {
	rest      *restapi.Transports
	grpc      *grpcapi.Transport
	auth      kept[*auth.Authenticators]
	limits    kept[*limit.Store]
	traffic   kept[keptTraffic]
	telemetry kept[*telemetry.Telemetry]
	farewells sync.WaitGroup // of telemetry

	mu      sync.Mutex
	sources map[sharedKey]*sharedSource
	users   int // snapshots, and the gateway
}

// sharedKey is what a source depends on.
type sharedKey struct {
	name, url        string
	timeout, connect time.Duration
	limit            int64
	gzip, http2      bool
	requestID        string
	subscriptions    subgraphs.SubscriptionOptions
}

type sharedSource struct {
	source *subgraphs.HTTPSource
	users  int
}

func newShared(o *Options) *Shared {
	return &Shared{
		rest: restapi.New(restapi.Options{}), grpc: grpcapi.New(grpcapi.Options{Logger: o.Logger}),
		sources: map[sharedKey]*sharedSource{}, users: 1,
	}
}

// hold counts a user in.
func (s *Shared) hold() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users++
}

// drop counts a user out; the last one closes the connectors' transports.
func (s *Shared) drop() {
	s.mu.Lock()
	s.users--
	last := s.users == 0
	s.mu.Unlock()
	if last {
		s.farewells.Wait()
		s.rest.Close()
		s.grpc.Close()
	}
}

// acquire returns the source for a subgraph and counts the caller in. It
// returns CONFIG_INVALID for an unusable URL.
func (s *Shared) acquire(entry Subgraph) (*subgraphs.HTTPSource, sharedKey, error) {
	h := entry.HTTP
	key := sharedKey{name: entry.Name, url: h.URL, timeout: h.Timeout, connect: entry.Connect, limit: h.MaxResponseBytes, gzip: h.Gzip, http2: entry.HTTP2, requestID: h.RequestID, subscriptions: h.Subscriptions}
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.sources[key]; known != nil {
		known.users++
		return known.source, key, nil
	}
	h.Name = entry.Name
	h.Connections.ConnectTimeout = entry.Connect
	if entry.HTTP2 && h.Transport == nil {
		h.Transport = subgraphs.NewTransport(h.Connections)
	}
	source, err := subgraphs.NewHTTPSource(h)
	if err != nil {
		return nil, key, err
	}
	s.sources[key] = &sharedSource{source: source, users: 1}
	return source, key, nil
}

// release counts the caller out; the last one closes idle connections.
func (s *Shared) release(key sharedKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.sources[key]
	known.users--
	if known.users == 0 {
		delete(s.sources, key)
		known.source.Close()
	}
}
