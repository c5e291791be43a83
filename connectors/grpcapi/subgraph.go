package grpcapi

import (
	"context"
	"fmt"
	"sync"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// SubgraphOptions say what a Subgraph is made of.
type SubgraphOptions struct {
	// Spec is the subgraph; its sources and connectors that are not gRPC are
	// left alone.
	Spec *spec.Subgraph
	// Dir is where the paths of descriptors start: the directory of the
	// subgraph's schema. "" is the working directory.
	Dir string
	// Sources are settings by name of source.
	Sources map[string]Settings
}

// Subgraph is the gRPC part of a subgraph within one snapshot.
type Subgraph struct {
	transport *Transport
	name      string
	sources   map[*spec.Source]*source
	closing   sync.Once
}

// source is one @grpcSource.
type source struct {
	spec     *spec.Source
	settings Settings
	pool     *pool
	schema   schema
	// check is what makes sure that connectors fit the schema; it is false for
	// reflection, where the server may not even run yet.
	check bool
}

var _ connectors.Opener = (*Subgraph)(nil).Open

// Subgraph reads the descriptors of all sources and checks every connector
// against them. It returns all that is wrong, as a [fault.List]. Reflection is
// asked at the first call instead. Close the Subgraph when its snapshot goes.
func (t *Transport) Subgraph(o SubgraphOptions) (*Subgraph, error) {
	s := &Subgraph{transport: t, name: o.Spec.Name, sources: map[*spec.Source]*source{}}
	var problems fault.List
	loaded := map[string]*files{}
	for _, src := range o.Spec.Sources {
		if src.GRPC == nil {
			continue
		}
		one, err := t.source(src, o, loaded)
		if err != nil {
			problems = append(problems, about(err, s.name, "source "+src.Name)...)
			continue
		}
		s.sources[src] = one
	}
	for _, c := range o.Spec.Connectors {
		if c.GRPC == nil {
			continue
		}
		if src := s.sources[c.Source]; src == nil && c.Source != nil {
			continue // reported above
		}
		if err := s.checkConnector(c); err != nil {
			problems = append(problems, about(err, s.name, c.Coordinate)...)
		}
	}
	if len(problems) > 0 {
		s.Close()
		return nil, problems
	}
	return s, nil
}

// about says of what and of which subgraph a problem is.
func about(err error, subgraph, what string) fault.List {
	var out fault.List
	for _, f := range fault.Of(err) {
		g := *f
		g.Subgraph, g.Message = subgraph, what+": "+f.Message
		out = append(out, &g)
	}
	return out
}

// source makes one source. Sources of equal descriptors share what is read.
func (t *Transport) source(src *spec.Source, o SubgraphOptions, loaded map[string]*files) (*source, error) {
	s := &source{spec: src, settings: o.Sources[src.Name].withDefaults()}
	target := src.GRPC.Target
	if s.settings.Target != "" {
		target = s.settings.Target
	}
	name, local, err := parseTarget(target)
	if err != nil {
		return nil, err
	}
	if src.GRPC.Plaintext && !local && !s.settings.AllowPlaintext {
		return nil, &fault.Error{Code: TargetInvalid, Message: fmt.Sprintf(
			"target %q is plaintext and not this machine: allow it in the configuration, or use TLS", target)}
	}
	if s.pool, err = t.pool(name, src.GRPC.Plaintext, &s.settings); err != nil {
		return nil, err
	}
	d := src.GRPC.Descriptors
	if d.Reflection {
		s.schema = newReflection(s.pool.conn(false))
		return s, nil
	}
	key := fmt.Sprintf("%q %q %q", d.Set, d.Protos, d.ImportPaths)
	known := loaded[key]
	if known == nil {
		if known, err = readFiles(o.Dir, d); err != nil {
			s.pool.release()
			return nil, err
		}
		loaded[key] = known
	}
	s.schema, s.check = known, true
	return s, nil
}

// Close lets go of the channels. Streams that are open keep theirs until they
// end; the channels another Subgraph holds stay.
func (s *Subgraph) Close() {
	s.closing.Do(func() {
		for _, src := range s.sources {
			src.pool.release()
		}
	})
}

// checkConnector finds what can be found without a call.
func (s *Subgraph) checkConnector(c *spec.Connector) error {
	reads := &mapping.Reads{All: true}
	if c.Selection != nil {
		reads = c.Selection.Compile(nil).Reads()
	}
	b, err := s.backend(c, reads)
	if err != nil || !b.source.check {
		return err
	}
	bound, err := b.bind(context.Background())
	if err != nil {
		return err
	}
	if list := b.checkMappings(bound); len(list) > 0 {
		return list
	}
	return nil
}

// Open makes the backend of a connector.
func (s *Subgraph) Open(c *spec.Connector, reads *mapping.Reads) (connectors.Backend, error) {
	b, err := s.backend(c, reads)
	if err != nil {
		return nil, err
	}
	if b.source.check {
		bound, err := b.bind(context.Background())
		if err != nil {
			return nil, err
		}
		b.bound.Store(bound)
	}
	return b, nil
}

func (s *Subgraph) backend(c *spec.Connector, reads *mapping.Reads) (*backend, error) {
	if c.GRPC == nil || c.Source == nil || c.Source.GRPC == nil {
		return nil, &fault.Error{Code: ConnectorInvalid, Message: "a gRPC connector needs a @grpcSource: " + c.ID}
	}
	src := s.sources[c.Source]
	if src == nil {
		return nil, &fault.Error{Code: ConnectorInvalid, Message: "the subgraph has no source " + c.Source.Name}
	}
	b := &backend{subgraph: s, connector: c, source: src, reads: reads, timeout: src.settings.timeout(c), place: placeOf(c)}
	if c.GRPC.Request != nil {
		b.request = c.GRPC.Request.Compile(nil)
	}
	var err error
	b.entries, err = metadataOf(c)
	return b, err
}
