package telemetry

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	resourcepb "go.opentelemetry.io/proto/otlp/resource/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"

	"github.com/weftql/weft/executor"
)

// Spans carry the names of OpenTelemetry's semantic conventions where there are
// any, and weft. before the others. Never a variable, a header or a query
// string.

// resource is what all spans have in common.
type resource struct{ service, version, graph string }

func (r *resource) proto() *resourcepb.Resource {
	var a attributes
	a.text("service.name", r.service)
	a.text("service.version", r.version)
	a.text("weft.graph", r.graph)
	return &resourcepb.Resource{Attributes: a}
}

type attributes []*commonpb.KeyValue

func (a *attributes) text(key, value string) {
	if value != "" {
		a.add(key, &commonpb.AnyValue{Value: &commonpb.AnyValue_StringValue{StringValue: strings.ToValidUTF8(bounded(value), "\uFFFD")}})
	}
}

func (a *attributes) number(key string, value int) {
	a.add(key, &commonpb.AnyValue{Value: &commonpb.AnyValue_IntValue{IntValue: int64(value)}})
}

func (a *attributes) flag(key string, value bool) {
	a.add(key, &commonpb.AnyValue{Value: &commonpb.AnyValue_BoolValue{BoolValue: value}})
}

func (a *attributes) add(key string, value *commonpb.AnyValue) {
	*a = append(*a, &commonpb.KeyValue{Key: key, Value: value})
}

// spans makes the spans of an operation.
func (t *tracer) spans(o *Operation) []*tracepb.Span {
	o.Duration() // it sets End
	m := &maker{Operation: o, id: slices.Clone(o.trace.id[:]), all: make([]*tracepb.Span, 0, 6+2*len(o.Fetches))}
	m.request(t.remote)
	from := o.Start
	for s := range steps {
		if until := o.trace.marks[s]; !until.IsZero() {
			m.step(s, from, until)
			from = until
		}
	}
	for i := range o.Fetches {
		m.fetch(&o.Fetches[i])
	}
	return m.all
}

// maker makes the spans of one operation. They outlive it.
type maker struct {
	*Operation
	id  []byte // the trace's
	all []*tracepb.Span
}

func (o *maker) span(name string, id, parent uint64, from, until time.Time) *tracepb.Span {
	s := &tracepb.Span{TraceId: o.id, SpanId: spanID(id), Name: name, Kind: tracepb.Span_SPAN_KIND_INTERNAL,
		StartTimeUnixNano: nanos(from), EndTimeUnixNano: nanos(until), Flags: 0x100} // the parent is known to be remote or not
	if parent != 0 {
		s.ParentSpanId = spanID(parent)
	}
	if o.trace.sampled {
		s.Flags |= 1
	}
	o.all = append(o.all, s)
	return s
}

func spanID(id uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 0, 8), id) }

// request is the span of the whole.
func (o *maker) request(remote *accessLog) {
	s := o.span("weft.request", o.trace.span, o.trace.parent, o.Start, o.End)
	s.Kind, s.TraceState = tracepb.Span_SPAN_KIND_SERVER, o.trace.state
	if o.trace.parent != 0 {
		s.Flags |= 0x200
	}
	c := o.Caller
	var a attributes
	a.text("http.request.method", c.Method)
	a.text("url.path", c.Path)
	a.text("server.address", host(c.Host))
	if c.TLS != nil {
		a.text("url.scheme", "https")
	} else {
		a.text("url.scheme", "http")
	}
	if o.Status != 0 {
		a.number("http.response.status_code", o.Status)
	}
	if c.Remote.IsValid() {
		a.text("client.address", string(remote.appendRemote(nil, c.Remote)))
	}
	a.text("weft.transport", o.Transport)
	a.text("weft.request_id", c.RequestID)
	a.text("weft.bff", c.Profile)
	a.text("weft.client.name", c.Client.Name)
	a.text("weft.client.version", c.Client.Version)
	if op := o.Operation.Operation; op != nil {
		a.text("graphql.operation.name", op.Name)
		a.text("graphql.operation.type", o.Type())
		a.text("weft.operation.hash", hex.EncodeToString(op.Hash[:]))
	}
	if o.Events > 0 {
		a.number("weft.subscription.events", int(o.Events))
	}
	if len(o.Errors) > 0 {
		a.text("error.type", string(o.Errors[0].Code))
		a.number("weft.errors", len(o.Errors))
	}
	s.Attributes = a
	if o.failed() {
		s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
	}
}

// host is a Host header without its port.
func host(h string) string {
	if at := strings.LastIndexByte(h, ':'); at > strings.LastIndexByte(h, ']') {
		return h[:at]
	}
	return h
}

var stepNames = [steps]string{
	Identified: "weft.identify", Prepared: "graphql.prepare", Checked: "graphql.authorize", Planned: "graphql.plan", Executed: "weft.execute",
}

// step is the span of one step.
func (o *maker) step(s Step, from, until time.Time) {
	id := o.trace.execute
	if s != Executed {
		id = newSpan()
	}
	span := o.span(stepNames[s], id, o.trace.span, from, until)
	var a attributes
	switch s {
	case Prepared:
		a.flag("weft.document.cache_hit", o.DocumentHit)
	case Checked:
		a.flag("weft.authz.filtered", o.Filtered)
	case Planned:
		a.flag("weft.plan.cache_hit", o.PlanHit)
		a.number("weft.plan.fetches", len(o.Targets))
	default: // there is nothing more to say of the others
	}
	span.Attributes = a
}

// fetch makes the span of a fetch, and of the HTTP request it made.
func (o *maker) fetch(info *executor.FetchInfo) {
	if info.Span == 0 || info.Subgraph == "" {
		return // it was not sent, or is introspection
	}
	until := info.Start.Add(info.Duration)
	span := o.span("weft.fetch", info.Span, o.trace.execute, info.Start, until)
	var target Target
	if info.Fetch < len(o.Targets) {
		target = o.Targets[info.Fetch]
	}
	var a attributes
	a.text("weft.subgraph.name", info.Subgraph)
	a.text("weft.fetch.kind", target.Kind)
	if info.Representations > 0 {
		a.number("weft.fetch.entities", info.Representations)
	}
	a.number("weft.fetch.bytes", info.Bytes)
	span.Attributes = a
	fail(span, info)
	if target.Host == "" {
		return
	}
	call := o.span("HTTP POST", clientSpan(info.Span), info.Span, info.Start, until)
	call.Kind = tracepb.Span_SPAN_KIND_CLIENT
	var b attributes
	b.text("http.request.method", "POST")
	b.text("server.address", target.Host)
	b.number("server.port", target.Port)
	b.text("url.full", target.URL)
	if info.Status != 0 {
		b.number("http.response.status_code", info.Status)
	}
	call.Attributes = b
	fail(call, info)
}

// fail marks the span of a fetch without a usable answer.
func fail(s *tracepb.Span, info *executor.FetchInfo) {
	if info.Error == nil {
		return
	}
	s.Status = &tracepb.Status{Code: tracepb.Status_STATUS_CODE_ERROR}
	a := attributes(s.Attributes)
	a.text("error.type", string(info.Error.Code))
	s.Attributes = a
}
