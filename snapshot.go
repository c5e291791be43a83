package weft

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/cache"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/stages/limit"
	"github.com/weftql/weft/subgraphs"
	"github.com/weftql/weft/telemetry"
)

// Snapshot is everything that follows from one set of options and schemas. It is
// built whole, swapped in by one pointer, and closed after its last request.
type Snapshot struct {
	Supergraph *schema.Supergraph

	options     *Options
	digest      [32]byte // of the schema texts
	masking     masking
	profiles    profiles
	introspects map[int]subgraphs.Source // by View.ID
	omitsNulls  map[int]bool             // by View.ID: the profile wants no null members
	planner     *planner.Planner
	executor    *executor.Executor
	sources     map[string]subgraphs.Source
	rules       map[string]*subgraphs.HeaderRules // of the subgraphs that have any
	connected   *connected
	metrics     *metrics
	telemetry   *telemetry.Telemetry // nil is off
	addresses   map[string]string    // URLs of the subgraphs that have one
	held        []sharedKey          // what of Shared this snapshot counts for
	shared      *Shared
	releases    []func() // what else it has of Shared
	limits      *limit.Store
	door        *stages.Chain        // the limits of who is refused before a profile is known
	auth        *auth.Authenticators // nil where everybody is anonymous
	routes      *server.Routes
	documents   *cache.Cache[documentKey, *document]
	programs    *cache.Cache[planner.Key, *program]

	// pins counts the requests under way, and one for being current.
	pins  atomic.Int64
	close sync.Once
}

// cacheWeight bounds the estimated memory of each of the two caches.
const cacheWeight = 256 << 20

// maxWaiting bounds the operations that wait to be planned: all clients' may be
// new at once after a swap. Chosen, not measured.
const maxWaiting = 1000

// newSnapshot builds a snapshot over a loaded supergraph, or fails as a unit.
func (g *Gateway) newSnapshot(o *Options, graph *schema.Supergraph, files *bff.Files, digest [32]byte) (*Snapshot, error) {
	graph, connected, err := newConnected(graph)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{Supergraph: graph, options: o, masking: newMasking(o), connected: connected, metrics: g.metrics, digest: digest, shared: g.shared,
		sources: map[string]subgraphs.Source{}, introspects: map[int]subgraphs.Source{}, omitsNulls: map[int]bool{}, rules: map[string]*subgraphs.HeaderRules{}, addresses: map[string]string{}}
	s.pins.Store(1)
	s.shared.hold()
	if err := s.openTelemetry(); err != nil {
		s.unpin()
		return nil, err
	}
	if err := s.assemble(); err != nil {
		s.unpin()
		return nil, err
	}
	if err := s.newProfiles(files, g.current.Load()); err != nil {
		s.unpin()
		return nil, err
	}
	if err := g.newPolicies(context.Background(), s); err != nil {
		s.unpin()
		return nil, err
	}
	s.newRoutes()
	s.documents = cache.New(cache.Options[documentKey, *document]{Entries: o.Documents, Weigh: weigh, Weight: cacheWeight})
	s.programs = cache.New(cache.Options[planner.Key, *program]{Entries: o.Programs, Weigh: weighProgram, Weight: cacheWeight,
		Admit: func(cost, victim time.Duration) bool { return cost*8 >= victim }})
	return s, nil
}

func (s *Snapshot) assemble() (err error) {
	if s.planner, err = planner.New(s.Supergraph, planner.Options{Queue: maxWaiting}); err != nil {
		return err
	}
	if s.executor, err = executor.New(executor.Options{}); err != nil {
		return err
	}
	return s.connect(s.options)
}

// connect makes a source for every subgraph and for introspection; it reports
// all that have no usable address.
func (s *Snapshot) connect(o *Options) error {
	wrong := checkClaims(o)
	if len(wrong) > 0 {
		return wrong
	}
	for _, declared := range s.Supergraph.Subgraphs {
		if declared.Connector != "" {
			continue // a row of another one
		}
		entry := Subgraph{Name: declared.Name}
		for i := range o.Subgraphs {
			if o.Subgraphs[i].Name == declared.Name {
				entry = o.Subgraphs[i]
			}
		}
		if entry.HTTP.URL == "" {
			entry.HTTP.URL = declared.URL
		}
		s.addresses[declared.Name] = entry.HTTP.URL
		source, err := s.open(entry, o)
		if err != nil {
			wrong = append(wrong, fault.Of(err)...)
			continue
		}
		s.sources[declared.Name] = source
		if len(entry.Headers) == 0 && len(o.Auth.Propagate.Claims) == 0 {
			continue
		}
		rules, err := subgraphs.NewHeaderRules(entry.Headers, claims(o)...)
		wrong = append(wrong, named(declared.Name, err)...)
		s.rules[declared.Name] = rules
	}
	if len(wrong) > 0 {
		return wrong
	}
	return nil
}

// named says of errors which subgraph's they are.
func named(subgraph string, err error) fault.List {
	var list fault.List
	for _, f := range fault.Of(err) {
		told := *f
		told.Message = "subgraph " + subgraph + ": " + f.Message
		list = append(list, &told)
	}
	return list
}

// claims are the headers that tell subgraphs who asks.
func claims(o *Options) []subgraphs.ClaimHeader {
	var list []subgraphs.ClaimHeader
	for _, c := range o.Auth.Propagate.Claims {
		list = append(list, subgraphs.ClaimHeader(c))
	}
	return list
}

// Registered counts the subgraphs, without the rows of their connectors.
func (s *Snapshot) Registered() int {
	n := 0
	for i := range s.Supergraph.Subgraphs {
		if s.Supergraph.Subgraphs[i].Connector == "" {
			n++
		}
	}
	return n
}

// strangers returns the configured subgraphs the supergraph does not have:
// most likely a misspelt name, but no reason not to serve.
func (s *Snapshot) strangers() []string {
	var names []string
	for i := range s.options.Subgraphs {
		if _, known := s.sources[s.options.Subgraphs[i].Name]; !known {
			names = append(names, s.options.Subgraphs[i].Name)
		}
	}
	return names
}

func (s *Snapshot) open(entry Subgraph, o *Options) (subgraphs.Source, error) {
	if entry.Source != nil {
		return entry.Source, nil
	}
	if declared := s.connected.subgraphs[entry.Name]; declared != nil {
		return s.connected.open(s, declared, entry, o)
	}
	source, key, err := s.shared.acquire(entry)
	if err != nil {
		return nil, err
	}
	s.held = append(s.held, key)
	guarded, err := s.guard(source, entry)
	if err != nil {
		return nil, err
	}
	return batch.Coalesce(guarded, batch.Options{
		Window: time.Duration(entry.Coalesce.Window), Threshold: entry.Coalesce.Threshold, Timeout: entry.HTTP.Timeout,
	}), nil
}

// rulesFor returns the header rules of a plan's subgraphs, nil if there are
// none.
func (s *Snapshot) rulesFor(p *plan.Plan) []*subgraphs.HeaderRules {
	var all []*subgraphs.HeaderRules
	for i, name := range p.Subgraphs {
		if rules := s.rules[name]; rules != nil {
			if all == nil {
				all = make([]*subgraphs.HeaderRules, len(p.Subgraphs))
			}
			all[i] = rules
		}
	}
	return all
}

// pin returns the newest snapshot, held until unpin; nil after Close.
func (g *Gateway) pin() *Snapshot {
	for {
		s := g.current.Load()
		if s == nil {
			return nil
		}
		for n := s.pins.Load(); n > 0; n = s.pins.Load() {
			if s.pins.CompareAndSwap(n, n+1) {
				return s
			}
		}
		// It was replaced and let go between the two loads: take the new one.
	}
}

// unpin lets go; the last one closes what the snapshot holds.
func (s *Snapshot) unpin() {
	if s.pins.Add(-1) > 0 {
		return
	}
	s.close.Do(func() {
		for _, key := range s.held {
			s.shared.release(key)
		}
		s.connected.close()
		for _, release := range s.releases {
			release()
		}
		s.shared.drop()
	})
}
