// Package restapi does the HTTP requests of REST connectors.
//
// What comes in is a connector and the variables of one request; what goes out
// is the answer's body as JSON, its status and its headers. In order: the
// address is made (address.go, with path.go and query.go), the headers
// (header.go) and the body (body.go); the request waits for its turn (gate.go),
// is sent, perhaps again (call.go, retry.go), and its answer is read
// (answer.go).
//
// [Transports] stands for as long as the gateway does and holds what must
// outlive a schema: connections, turns and retry budgets. [Subgraph] holds the
// settings of one subgraph's sources for one snapshot; its Open is a
// [connectors.Opener]. Everything is safe for concurrent use. A request that
// nobody answers starts no goroutine that outlives it.
//
// # What a value may change
//
// A value from an expression never changes where a request goes. In paths and
// queries everything but A-Z a-z 0-9 - . _ ~ is escaped; a path value that is
// empty, a dot segment, or made of pieces between slashes one of which is a dot
// segment, fails the request, also percent-encoded or with parameters behind a
// semicolon. Scheme, host and port come from text, $config and $env, which are
// the words of whoever runs the gateway: such a host may be a private address.
// $context may take part in a host name, because it is what the gateway made of
// a request: that host must then not resolve to a private address unless
// [Settings.AllowPrivate] is set. It is checked on the address a connection is
// made to. $args, $this, $batch and $request take no part in it.
//
// The package does not map answers, judge success beyond the status, or know
// operations.
package restapi

import (
	"cmp"
	"strings"
	"sync"
	"time"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

// Options configure what is common to all subgraphs. The zero value works.
type Options struct {
	// IdleTimeout closes a connection unused for so long; default 90 s, which
	// should be below the backends' own keep-alive.
	IdleTimeout time.Duration
}

// Transports holds the connections to all backends, and per source how many
// requests are under way and how many may be repeated.
type Transports struct {
	idle time.Duration

	mu     sync.Mutex
	pools  map[poolKey]*pool
	states map[sourceKey]*state
}

// sourceKey names a source in the whole gateway.
type sourceKey struct{ subgraph, source string }

// New returns transports without any connection.
func New(o Options) *Transports {
	return &Transports{idle: cmp.Or(o.IdleTimeout, 90*time.Second), pools: map[poolKey]*pool{}, states: map[sourceKey]*state{}}
}

// Subgraph is the settings of one subgraph's sources in one snapshot.
type Subgraph struct {
	name       string
	transports *Transports
	sources    map[string]*source

	mu     sync.Mutex // taken before that of transports
	closed bool
}

// Subgraph returns what opens the connectors of the subgraph called name.
// Sources are settings by @source name; "" stands for connectors without a
// source, and a source that is not there has the defaults. Connections of the
// same source with the same connection settings are shared with earlier calls
// until their Close. It returns CONFIG_INVALID for settings that cannot work,
// all of them.
func (t *Transports) Subgraph(name string, sources map[string]Settings) (*Subgraph, error) {
	s := &Subgraph{name: name, transports: t, sources: map[string]*source{}}
	var faults fault.List
	for _, of := range sortedNames(sources) {
		settings := sources[of].withDefaults()
		made, err := s.add(of, &settings)
		if err != nil {
			faults = append(faults, &fault.Error{Code: fault.ConfigInvalid, Subgraph: name, Cause: err,
				Message: "subgraph " + name + ": " + titled(of) + ": " + err.Error()})
			continue
		}
		s.sources[of] = made
	}
	if len(faults) > 0 {
		s.Close()
		return nil, faults
	}
	return s, nil
}

func titled(source string) string {
	if source == "" {
		return "connectors without a source"
	}
	return "source " + source
}

func (s *Subgraph) add(name string, settings *Settings) (*source, error) {
	override, err := settings.check()
	if err != nil {
		return nil, err
	}
	if override != nil && name == "" {
		return nil, errNoBase
	}
	hosts, err := hostPatterns(settings.AllowHosts)
	if err != nil {
		return nil, err
	}
	tls, err := settings.TLS.load()
	if err != nil {
		return nil, err
	}
	key := sourceKey{s.name, name}
	made := &source{key: key, settings: settings, override: override, hosts: hosts, tls: tls, state: s.transports.state(key)}
	made.state.gate.resize(settings.Concurrency)
	return made, nil
}

// source returns the settings of a source; the defaults unless it has its own.
func (s *Subgraph) source(name string) *source {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.sources[name]; found != nil {
		return found
	}
	settings := Settings{}.withDefaults()
	made := &source{key: sourceKey{s.name, name}, settings: &settings}
	made.state = s.transports.state(made.key)
	made.state.gate.resize(settings.Concurrency)
	if s.closed {
		made.close(s.transports)
	}
	s.sources[name] = made
	return made
}

var _ connectors.Opener = (*Subgraph)(nil).Open

// Open makes the backend of a connector; c.HTTP must be set. reads may be nil,
// which is as good as all. It returns
// CONNECTOR_REQUEST for a connector whose requests could never be made.
func (s *Subgraph) Open(c *spec.Connector, reads *mapping.Reads) (connectors.Backend, error) {
	name := ""
	if c.Source != nil {
		name = c.Source.Name
	}
	b := &backend{subgraph: s.name, source: s.source(name), method: c.HTTP.Method}
	b.reads = reads == nil || reads.All || len(reads.Fields) > 0
	if err := b.compile(c); err != nil {
		return nil, &fault.Error{Code: fault.ConnectorRequest, Subgraph: s.name, Message: c.Coordinate + ": " + err.Error(), Cause: err}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.pool = s.transports.pool(b.source, b.address.guarded)
	if s.closed { // a plan made while the snapshot went: it runs, and keeps nothing
		s.transports.release(b.pool)
		return b, nil
	}
	b.source.hold(s.transports, b.pool)
	return b, nil
}

// Close lets go of the connections nobody else uses. Requests under way
// finish.
func (s *Subgraph) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.closed = true
	for _, name := range sortedNames(s.sources) {
		s.sources[name].close(s.transports)
	}
}

// Close closes the connections nobody uses. It is called when the last
// [Subgraph] was closed.
func (t *Transports) Close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.pools {
		p.transport.CloseIdleConnections()
	}
}

// URL returns the address a connector asks with vars, as it goes on the wire,
// without any setting applied. Problems of its mappings go to problems, which
// may be nil. It returns CONNECTOR_REQUEST if no request could be sent.
func URL(c *spec.Connector, vars mapping.Vars, problems *mapping.Problems) (string, error) {
	a, err := compileAddress(c, nil)
	if err != nil {
		return "", &fault.Error{Code: fault.ConnectorRequest, Message: err.Error(), Cause: err}
	}
	m := &maker{vars: vars, problems: problems}
	to, err := a.make(m)
	if err != nil {
		return "", &fault.Error{Code: fault.ConnectorRequest, Message: err.Error(), Cause: err}
	}
	var b strings.Builder
	b.WriteString(to.scheme + "://" + to.host + to.path)
	if to.query != "" {
		b.WriteString("?" + to.query)
	}
	return b.String(), nil
}
