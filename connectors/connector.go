package connectors

import (
	"fmt"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/schema"
)

// connector is one @connect or @grpc made ready: all that does not depend on
// what is selected.
type connector struct {
	spec   *spec.Connector
	source *backendSource
	needs  needs
	env    []byte // $env
	// success is nil for the transport's own rule.
	success *mapping.Program
	message *mapping.Program // nil: none
	// extensions are the source's, then the connector's.
	extensions []*mapping.Program
	// key is what a look-up is asked with; nil for a Root.
	key *key
	// query: its requests only read, so they may be repeated and shared.
	query bool
	// size is how many keys a request of a Batch takes; urlKeys: they stand in
	// the address, which has a length.
	size    int
	urlKeys bool
	// coalescer is nil unless the source is configured to have operations share
	// batches.
	coalescer *batch.Coalescer[[]outcome]
}

// Numbers of connectors §10.3.
const (
	sizeInURL  = 100
	sizeInBody = 1000
)

// maxURLKeys bounds the keys that go in one address, of which 6 KiB pass
// everywhere; the rest of the address needs some of it.
const maxURLKeys = 5 << 10

func (s *source) newConnector(in *spec.Connector, from *backendSource) (*connector, error) {
	c := &connector{spec: in, source: from, query: true}
	g := s.options.Graph
	if in.Place == spec.Root {
		t := g.TypeNamed(in.Type)
		c.query = t != schema.NoType && t == g.Query
	}
	c.urlKeys = in.HTTP != nil && (in.HTTP.Method == "GET" || in.HTTP.Body == nil)
	if c.size = in.BatchSize; c.size <= 0 {
		c.size = sizeInBody
		if c.urlKeys {
			c.size = sizeInURL
		}
	}
	if from.config.Coalesce.Window > 0 {
		c.coalescer = batch.NewCoalescer[[]outcome](batch.Options{
			Window: from.config.Coalesce.Window, Threshold: from.config.Coalesce.Threshold, Capacity: c.size,
			Timeout: s.options.Timeout, Trace: s.options.coalesced(in.ID),
		})
	}
	c.judges(in)
	c.needs.gather(in)
	c.env = s.environment(&c.needs, from)
	if in.Place != spec.Root {
		var err error
		if c.key, err = newKey(g, in); err != nil {
			return nil, fmt.Errorf("key %q: %w", in.Key, err)
		}
	}
	return c, nil
}

// judges compiles what decides about an answer: the connector's own mappings
// come before the source's.
func (c *connector) judges(in *spec.Connector) {
	success, message := in.IsSuccess, in.Errors.Message
	if in.Source != nil {
		if success == nil {
			success = in.Source.IsSuccess
		}
		if message == nil {
			message = in.Source.Errors.Message
		}
		if m := in.Source.Errors.Extensions; m != nil {
			c.extensions = append(c.extensions, m.Compile(nil))
		}
	}
	if m := in.Errors.Extensions; m != nil {
		c.extensions = append(c.extensions, m.Compile(nil))
	}
	if success != nil {
		c.success = success.Compile(nil)
	}
	if message != nil {
		c.message = message.Compile(nil)
	}
}

// environment is $env: what the mappings use and the configuration allows.
func (s *source) environment(n *needs, from *backendSource) []byte {
	allowed := map[string]string{}
	for _, name := range n.env.names {
		for _, ok := range from.config.Env {
			if ok != name || s.options.Env == nil {
				continue
			}
			if value, set := s.options.Env(name); set {
				allowed[name] = value
			}
		}
	}
	return appendStrings(nil, allowed)
}
