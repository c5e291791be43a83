package connectors

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// Options configure [NewSource]. Graph, Spec and Open are required.
type Options struct {
	Graph *schema.Supergraph
	// Spec is the subgraph to answer for.
	Spec *spec.Subgraph
	// Open makes the backends.
	Open Opener
	// Config holds what operating the sources needs, by name; "" is for the
	// connectors without one.
	Config map[string]SourceConfig
	// Env looks up environment variables, os.LookupEnv in a gateway; nil knows
	// none. It is asked once, for the names that mappings use and
	// SourceConfig.Env allows.
	Env func(name string) (string, bool)
	// Context appends what $context is, a JSON object, for a caller; nil is
	// [AppendContext].
	Context func(dst []byte, c *caller.Caller) []byte
	// Parallel bounds the requests of one fetch that are under way at once; a
	// backend has its own, tighter bound. Default 128.
	Parallel int
	// Timeout bounds what is asked for several operations together, in time of
	// which no single one has a say; default 10 s. A backend has its own.
	Timeout time.Duration
	// Logger gets what no error says: the causes of failures and what mappings
	// ran into, both at debug. nil discards.
	Logger *slog.Logger
	Trace  Trace
}

// SourceConfig is what the configuration says of one source. The zero value is
// the default of everything.
type SourceConfig struct {
	// Config is what $config holds.
	Config map[string]string
	// Env names the environment variables that mappings may read.
	Env []string
	// MaxRequests bounds the requests to the source that one operation (one
	// fetch, outside of [WithScope]) may cause; default 500.
	MaxRequests int
	// MatchByPosition: the i-th result of a batch is that of the i-th key,
	// whatever key it has.
	MatchByPosition bool
	// LenientStrings: numbers and booleans are Strings, too.
	LenientStrings bool
	Coalesce       Coalesce
}

// Coalesce has batch look-ups of different operations share requests.
type Coalesce struct {
	// Window is how long a key waits for others; 0 is off.
	Window time.Duration
	// Threshold is how many keys a second a look-up must be asked for before
	// its keys wait; default 200, negative is none.
	Threshold int
}

// Trace receives what happens; nil funcs are off. They are called from several
// goroutines and must not block.
type Trace struct {
	// Request is told of each request that was sent.
	Request func(RequestInfo)
	// Lookup is told of each look-up of a fetch: how many representations there
	// were, and how many distinct keys.
	Lookup func(connector string, representations, keys int)
	// Batch is told of each request for several keys: how many.
	Batch func(connector string, keys int)
	// Coalesced is told of each batch of several operations: how many keys were
	// wanted, how many of them are distinct, and how long the first one waited.
	Coalesced func(connector string, wanted, distinct int, waited time.Duration)
	// Problems is told what mappings ran into while making a request and reading
	// its answer. The list is the source's again when it returns.
	Problems func(connector string, problems []mapping.Problem)
}

// RequestInfo is what happened to a request. Status is that of the answer; Err is
// set instead if there was none. Failed says that the answer is a failure to the
// transport, whatever isSuccess makes of it: another status than 2xx or OK, of gRPC
// also UNAVAILABLE and the like where no server was reached.
type RequestInfo struct {
	Connector, Source string
	Status            int
	Failed            bool
	Took              time.Duration
	Err               error
}

// coalesced is the hook of one connector; nil if it is off.
func (o *Options) coalesced(connector string) func(wanted, distinct int, waited time.Duration) {
	told := o.Trace.Coalesced
	if told == nil {
		return nil
	}
	return func(wanted, distinct int, waited time.Duration) { told(connector, wanted, distinct, waited) }
}

// maxRequests is the requests of one operation to one source.
const maxRequests = 500

// parallel is the requests of one fetch at once. Chosen: above any backend's
// own default of 64, and still a small number of goroutines.
const parallel = 128

// source answers the fetches of one subgraph.
type source struct {
	options    Options
	connectors map[string]*connector // by ID
	reads      needs                 // of all connectors
}

var _ subgraphs.Source = (*source)(nil)

// NewSource returns the source of a subgraph of connectors. It opens nothing:
// Prepare opens the backends a fetch needs. It returns CONFIG_INVALID for
// mappings that cannot be used and for settings of sources that do not exist.
func NewSource(o Options) (subgraphs.Source, error) {
	if o.Parallel <= 0 {
		o.Parallel = parallel
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Context == nil {
		o.Context = AppendContext
	}
	s := &source{options: o, connectors: make(map[string]*connector, len(o.Spec.Connectors))}
	shared := map[string]*backendSource{}
	for _, c := range o.Spec.Connectors {
		name := ""
		if c.Source != nil {
			name = c.Source.Name
		}
		if shared[name] == nil {
			shared[name] = newBackendSource(&o, name)
		}
		made, err := s.newConnector(c, shared[name])
		if err != nil {
			return nil, &fault.Error{Code: fault.ConfigInvalid, Subgraph: o.Spec.Name, Message: c.Coordinate + ": " + err.Error(), Cause: err}
		}
		s.connectors[c.ID] = made
		s.reads.gather(c)
	}
	return s, nil
}

// backendSource is what the connectors of one @source have in common.
type backendSource struct {
	name   string
	config SourceConfig
	values []byte // $config
}

func newBackendSource(o *Options, name string) *backendSource {
	b := &backendSource{name: name, config: o.Config[name]}
	if b.config.MaxRequests <= 0 {
		b.config.MaxRequests = maxRequests
	}
	b.values = appendStrings(nil, b.config.Config)
	return b
}

// Prepare takes a fetch apart. Faults are bugs of a planner, or what opening a
// backend returned.
func (s *source) Prepare(in *subgraphs.Spec) (subgraphs.Call, error) {
	p, err := s.parse(in)
	if err != nil {
		return nil, s.wrap(in, err)
	}
	var call subgraphs.Call
	switch {
	case len(p.lookups) > 0:
		call, err = p.lookupCall()
	case in.Kind == plan.Subscription:
		call, err = p.subscription()
	default:
		call, err = p.rootCall()
	}
	if err != nil {
		return nil, s.wrap(in, err)
	}
	return call, nil
}

// wrap names the fetch in an error; a fault keeps its code.
func (s *source) wrap(in *subgraphs.Spec, err error) error {
	code := fault.CodeOf(err)
	if code == "" {
		code = fault.InternalServerError
	}
	return &fault.Error{Code: code, Subgraph: s.options.Spec.Name, Cause: err,
		Message: fmt.Sprintf("prepare %s: %v", in.Operation, err)}
}
