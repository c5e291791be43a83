package weft

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/grpcapi"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/restapi"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// nameless is what a configuration calls the connectors without a source.
const nameless = "_"

// LoadSupergraph reads a supergraph as a gateway does. It returns a fault.List
// with the codes of package schema, and of package connectors/spec for
// connectors in it.
func LoadSupergraph(sdl string) (*schema.Supergraph, error) {
	g, err := schema.Load(sdl)
	if err != nil {
		return nil, err
	}
	extended, _, err := spec.Extend(g)
	return extended, err
}

// connected are the connectors of a snapshot.
type connected struct {
	subgraphs map[string]*spec.Subgraph // by name
	opened    []interface{ Close() }
}

// newConnected returns the graph with its connectors known to it.
func newConnected(g *schema.Supergraph) (*schema.Supergraph, *connected, error) {
	extended, list, err := spec.Extend(g)
	if err != nil {
		return nil, nil, err
	}
	c := &connected{subgraphs: make(map[string]*spec.Subgraph, len(list))}
	for _, s := range list {
		c.subgraphs[s.Name] = s
	}
	return extended, c, nil
}

// scoped returns the context of one operation, or of one event of a
// subscription, in which equal backend requests are sent once, except by a
// mutation.
func (c *connected) scoped(ctx context.Context, kind plan.Kind) context.Context {
	switch {
	case len(c.subgraphs) == 0:
		return ctx
	case kind == plan.Mutation:
		return connectors.WithMutationScope(ctx)
	}
	return connectors.WithScope(ctx)
}

// open returns the source of a subgraph of connectors.
func (c *connected) open(s *Snapshot, declared *spec.Subgraph, entry Subgraph, o *Options) (subgraphs.Source, error) {
	if wrong := unknownSources(declared, entry); wrong != nil {
		return nil, wrong
	}
	ofREST, ofGRPC := divide(declared, entry.Sources)
	rest, err := s.shared.rest.Subgraph(declared.Name, settingsOf(ofREST, restSettings))
	if err != nil {
		return nil, err
	}
	c.opened = append(c.opened, rest)
	grpc, err := s.shared.grpc.Subgraph(grpcapi.SubgraphOptions{
		Spec: declared, Dir: schemaFolder(entry, o), Sources: settingsOf(ofGRPC, grpcSettings),
	})
	if err != nil {
		return nil, err
	}
	c.opened = append(c.opened, grpc)
	return connectors.NewSource(connectors.Options{
		Graph: s.Supergraph, Spec: declared, Trace: s.metrics.connectors.trace(declared.Name), Config: settingsOf(entry.Sources, sourceConfig), Env: os.LookupEnv, Logger: o.Logger,
		Open: func(connector *spec.Connector, reads *mapping.Reads) (connectors.Backend, error) {
			if connector.GRPC != nil {
				return grpc.Open(connector, reads)
			}
			return rest.Open(connector, reads)
		},
	})
}

func (c *connected) close() {
	for _, s := range c.opened {
		s.Close()
	}
}

// unknownSources reports settings for sources the schema does not have.
func unknownSources(declared *spec.Subgraph, entry Subgraph) error {
	var wrong fault.List
	for _, name := range slices.Sorted(maps.Keys(entry.Sources)) {
		known := name == nameless
		for _, s := range declared.Sources {
			known = known || s.Name == name
		}
		if !known {
			wrong = append(wrong, &fault.Error{Code: fault.ConfigInvalid,
				Message: "subgraph " + declared.Name + ": the settings name a source " + name + ", which its schema does not have"})
		}
	}
	if wrong == nil {
		return nil
	}
	return wrong
}

// schemaFolder is where the files that a schema names are looked for: beside
// it, or beside the supergraph.
func schemaFolder(entry Subgraph, o *Options) string {
	file := entry.Schema.File
	if file == "" {
		file = o.Supergraph.File
	}
	return filepath.Dir(file)
}

// divide tells the settings of REST sources from those of gRPC sources.
func divide(declared *spec.Subgraph, sources map[string]config.ConnectorSource) (rest, grpc map[string]config.ConnectorSource) {
	rest, grpc = maps.Clone(sources), map[string]config.ConnectorSource{}
	for _, s := range declared.Sources {
		if settings, ok := sources[s.Name]; ok && s.GRPC != nil {
			grpc[s.Name] = settings
			delete(rest, s.Name)
		}
	}
	return rest, grpc
}

// settingsOf converts the settings of each source. Those of connectors without
// a source are called "" inside.
func settingsOf[T any](sources map[string]config.ConnectorSource, convert func(*config.ConnectorSource) T) map[string]T {
	out := make(map[string]T, len(sources))
	for name, s := range sources {
		if name == nameless {
			name = ""
		}
		out[name] = convert(&s)
	}
	return out
}

func sourceConfig(s *config.ConnectorSource) connectors.SourceConfig {
	return connectors.SourceConfig{
		Config: s.Config, Env: s.Env, MaxRequests: s.MaxRequests, MatchByPosition: s.BatchMatch == "position", LenientStrings: s.LenientStrings,
		Coalesce: connectors.Coalesce{Window: time.Duration(s.Coalesce.Window), Threshold: s.Coalesce.Threshold},
	}
}

func restSettings(s *config.ConnectorSource) restapi.Settings {
	out := restapi.Settings{
		OverrideURL: s.OverrideURL, Timeout: time.Duration(s.Timeout), ConnectTimeout: time.Duration(s.ConnectTimeout),
		MaxResponseBytes: int64(s.MaxResponseBytes), Concurrency: s.Concurrency, AllowHosts: s.AllowHosts, AllowPrivate: s.AllowPrivate,
		Retry: restapi.Retry{Attempts: s.Retry.Attempts, Backoff: time.Duration(s.Retry.Backoff), Methods: s.Retry.Methods},
		TLS:   restapi.TLS{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key, ServerName: s.TLS.ServerName},
	}
	if s.Redirects == "same_origin" {
		out.Redirects = restapi.RedirectsSameOrigin
	}
	return out
}

func grpcSettings(s *config.ConnectorSource) grpcapi.Settings {
	return grpcapi.Settings{
		Target: s.OverrideURL, Timeout: time.Duration(s.Timeout), ConnectTimeout: time.Duration(s.ConnectTimeout),
		MaxReceiveBytes: int(s.MaxResponseBytes), Concurrency: s.Concurrency, Channels: s.Channels,
		MaxItems: s.MaxItems, StreamIdle: time.Duration(s.StreamIdle), Keepalive: grpcapi.Keepalive{Time: time.Duration(s.Keepalive)},
		AllowPlaintext: s.AllowPlaintext, ExposeDetails: s.ExposeDetails, Redact: s.Redact, NotFoundIsNull: s.NotFoundIsNull,
		Retry: grpcapi.Retry{Attempts: s.Retry.Attempts, Backoff: time.Duration(s.Retry.Backoff)},
		TLS:   grpcapi.TLS{CA: s.TLS.CA, Cert: s.TLS.Cert, Key: s.TLS.Key, ServerName: s.TLS.ServerName},
	}
}
