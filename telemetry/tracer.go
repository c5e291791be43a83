package telemetry

import (
	"context"
	"encoding/binary"
	"log/slog"
	mathrand "math/rand/v2"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/subgraphs"
)

// tracer decides which operations are traced and makes their spans. Spans are
// made when an operation is over, of what it took note of: so an operation that
// failed or was slow can be traced although nobody had chosen it.
type tracer struct {
	sampling    sampling
	propagators []propagator
	resource    resource
	remote      *accessLog // for its way of telling addresses
	exporter    *exporter
	pool        sync.Pool // *trace
}

// sampling is config.Sampling with defaults.
type sampling struct {
	parent              bool
	bound               uint64 // of a trace's random half, for the default share
	errors, slow, share float64
	slowAfter           time.Duration
}

func samplingFrom(c *config.Sampling) sampling {
	s := sampling{parent: c.Parent == nil || *c.Parent, share: .05, errors: 1, slow: 1, slowAfter: time.Duration(c.SlowAfter)}
	for _, of := range []struct {
		given *float64
		to    *float64
	}{{c.Default, &s.share}, {c.Errors, &s.errors}, {c.Slow, &s.slow}} {
		if of.given != nil {
			*of.to = *of.given
		}
	}
	if s.slowAfter == 0 {
		s.slowAfter = 2 * time.Second
	}
	s.bound = uint64(s.share * (1 << 63))
	return s
}

// openTracer returns nil without a collector.
func openTracer(c *config.Telemetry, o *Options) (*tracer, error) {
	if c.Traces.OTLP == "" {
		return nil, nil
	}
	endpoint, err := url.Parse(c.Traces.OTLP)
	if err != nil || endpoint.Host == "" {
		return nil, invalid("telemetry.traces.otlp", "that is not an http or https URL")
	}
	if endpoint.Path == "" || endpoint.Path == "/" {
		endpoint.Path = "/v1/traces"
	}
	t := &tracer{sampling: samplingFrom(&c.Traces.Sampling), remote: &accessLog{}}
	t.remote.settle(&c.Logs)
	for _, redacted := range c.Logs.Redact {
		if redacted == keyRemote {
			t.remote.remote = redactRemote
		}
	}
	names := c.Traces.Propagators
	if len(names) == 0 {
		names = []string{"w3c"}
	}
	for _, name := range names {
		p, known := propagators[name]
		if !known {
			return nil, invalid("telemetry.traces.propagators", name+" is not known")
		}
		t.propagators = append(t.propagators, p)
	}
	t.resource = resource{service: c.Service, version: o.Version, graph: o.Graph}
	if t.resource.service == "" {
		t.resource.service = "weft"
	}
	client := otlptracehttp.NewClient(otlptracehttp.WithEndpointURL(endpoint.String()), otlptracehttp.WithHeaders(c.Traces.Headers), otlptracehttp.WithTimeout(sendTimeout))
	if err := client.Start(context.Background()); err != nil {
		return nil, invalid("telemetry.traces.otlp", err.Error())
	}
	t.exporter = newExporter(client, t.resource.proto(), o.Metrics, o.Logger)
	o.Logger.LogAttrs(context.Background(), slog.LevelDebug, "traces are sent", slog.String("service", t.resource.service))
	return t, nil
}

// trace is an operation's part in a trace.
type trace struct {
	tracer *tracer
	id     [16]byte
	parent uint64 // the client's span, 0 without one
	span   uint64 // weft.request
	// sampled is what the subgraphs are told.
	sampled bool
	state   string // W3C's tracestate, passed on
	marks   [steps]time.Time
	execute uint64 // weft.execute
	// targets are the operation's; departs is depart, bound once.
	targets []Target
	departs func(*executor.FetchInfo) []subgraphs.Header
	headers []subgraphs.Header
	// text is what headers' values are made in. It is never used again: a
	// transport may read a header when its request was given up.
	text []byte
}

// begin continues the client's trace, or starts one.
func (t *tracer) begin(o *Operation) {
	tr, _ := t.pool.Get().(*trace)
	if tr == nil {
		tr = &trace{tracer: t}
		tr.departs = tr.depart
	}
	o.trace = tr
	continued := false
	for _, p := range t.propagators {
		if p.extract(tr, o.Caller.Header) {
			continued = true
			break
		}
	}
	if !continued {
		for tr.id == [16]byte{} {
			binary.BigEndian.PutUint64(tr.id[:8], mathrand.Uint64())
			binary.BigEndian.PutUint64(tr.id[8:], mathrand.Uint64())
		}
	}
	tr.span, tr.execute = newSpan(), newSpan()
	if !continued || !t.sampling.parent {
		tr.sampled = binary.BigEndian.Uint64(tr.id[8:])>>1 < t.sampling.bound
	}
}

func newSpan() uint64 {
	for {
		if id := mathrand.Uint64(); id != 0 {
			return id
		}
	}
}

// Depart returns what executor.Input.Depart is to be: nil unless the operation
// is traced.
func (o *Operation) Depart() func(*executor.FetchInfo) []subgraphs.Header {
	if o.trace == nil {
		return nil
	}
	o.trace.targets = o.Targets
	return o.trace.departs
}

// depart gives a fetch its span and returns the headers that tell a subgraph of
// it. They are valid until the operation is told.
func (tr *trace) depart(info *executor.FetchInfo) []subgraphs.Header {
	info.Span = newSpan()
	id := info.Span
	if info.Fetch < len(tr.targets) && tr.targets[info.Fetch].Host != "" {
		id = clientSpan(id)
	}
	from := len(tr.headers)
	for _, p := range tr.tracer.propagators {
		p.inject(tr, id)
	}
	return tr.headers[from:len(tr.headers):len(tr.headers)]
}

// clientSpan is the id of the HTTP request that a fetch makes.
func clientSpan(fetch uint64) uint64 {
	if id := fetch ^ 0x9e3779b97f4a7c15; id != 0 {
		return id
	}
	return 1
}

// tell sends the spans of an operation that is to be traced.
func (t *tracer) tell(o *Operation) {
	if o.trace == nil {
		t.begin(o) // refused before it was one
	}
	if o.trace.sampled || t.late(o) {
		t.exporter.put(t.spans(o))
	}
	tr := o.trace
	o.trace = nil
	clear(tr.headers)
	*tr = trace{tracer: tr.tracer, departs: tr.departs, headers: tr.headers[:0]}
	if tr.tracer == t { // else it began before a reload
		t.pool.Put(tr)
	}
}

// late chooses operations by how they ended.
func (t *tracer) late(o *Operation) bool {
	s := &t.sampling
	return s.errors > 0 && o.failed() && lucky(s.errors) ||
		s.slow > 0 && o.Type() != "subscription" && o.Duration() > s.slowAfter && lucky(s.slow)
}

func lucky(share float64) bool { return share >= 1 || mathrand.Float64() < share }

// nanos is a moment as OTLP writes it.
func nanos(t time.Time) uint64 {
	n := t.UnixNano()
	if n < 0 {
		return 0
	}
	return uint64(n)
}
