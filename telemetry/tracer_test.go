package telemetry

import (
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	commonpb "go.opentelemetry.io/proto/otlp/common/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// collector is an OTLP receiver on loopback.
type collector struct {
	*httptest.Server
	mu       sync.Mutex
	spans    []*tracepb.Span
	resource string
	header   http.Header
	fail     int // status to answer with; 0 takes everything
}

func newCollector(t *testing.T) *collector {
	t.Helper()
	c := &collector{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/x-protobuf" {
			t.Errorf("%s %s", r.URL.Path, r.Header.Get("Content-Type"))
		}
		if c.fail != 0 {
			w.WriteHeader(c.fail)
			return
		}
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			body, _ = gzip.NewReader(r.Body)
		}
		raw, err := io.ReadAll(body)
		var request coltracepb.ExportTraceServiceRequest
		if err != nil || proto.Unmarshal(raw, &request) != nil {
			t.Errorf("no OTLP: %v", err)
		}
		c.header = r.Header
		for _, rs := range request.ResourceSpans {
			c.resource = told(rs.Resource.Attributes)
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

func told(attributes []*commonpb.KeyValue) string {
	var words []string
	for _, a := range attributes {
		value := fmt.Sprint(a.Value.Value)
		switch v := a.Value.Value.(type) {
		case *commonpb.AnyValue_StringValue:
			value = v.StringValue
		case *commonpb.AnyValue_IntValue:
			value = fmt.Sprint(v.IntValue)
		case *commonpb.AnyValue_BoolValue:
			value = fmt.Sprint(v.BoolValue)
		}
		words = append(words, a.Key+"="+value)
	}
	return strings.Join(words, " ")
}

// tree prints the spans that came, each below its parent, in order of start.
func (c *collector) tree() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	children := map[string][]*tracepb.Span{}
	ids := map[string]bool{}
	for _, s := range c.spans {
		ids[string(s.SpanId)] = true
	}
	for _, s := range c.spans {
		parent := string(s.ParentSpanId)
		if !ids[parent] {
			parent = ""
		}
		children[parent] = append(children[parent], s)
	}
	var b strings.Builder
	var write func(parent string, depth int)
	write = func(parent string, depth int) {
		list := children[parent]
		slices.SortStableFunc(list, func(a, b *tracepb.Span) int { return int(a.StartTimeUnixNano) - int(b.StartTimeUnixNano) })
		for _, s := range list {
			kind := strings.TrimPrefix(s.Kind.String(), "SPAN_KIND_")
			status := strings.TrimPrefix(s.GetStatus().GetCode().String(), "STATUS_CODE_")
			fmt.Fprintf(&b, "%s%s %s %s %dus: %s\n", strings.Repeat("  ", depth), s.Name, kind, status,
				(s.EndTimeUnixNano-s.StartTimeUnixNano)/1000, told(s.Attributes))
			write(string(s.SpanId), depth+1)
		}
	}
	write("", 0)
	return b.String()
}

func traces(c *collector, more func(*config.Telemetry)) config.Telemetry {
	all := 1.0
	t := config.Telemetry{Service: "shop", Traces: config.Traces{OTLP: c.URL, Sampling: config.Sampling{Default: &all}}}
	if more != nil {
		more(&t)
	}
	return t
}

// run plays an operation as the gateway does: it takes a while for every step.
func run(t *Telemetry, o *Operation) (map[int][]subgraphs.Header, trace) {
	t.Begin(o)
	o.Targets = []Target{TargetAt("http://user:secret@products:4001/graphql?token=secret"), TargetAt("https://reviews/graphql"), {Kind: "entity"}}
	o.Targets[0].Kind, o.Targets[1].Kind = "root", "entity"
	sent := map[int][]subgraphs.Header{}
	if depart := o.Depart(); depart != nil {
		for i := range o.Fetches {
			sent[i] = depart(&o.Fetches[i])
		}
		for s := range steps {
			o.trace.marks[s] = o.Start.Add(time.Duration(s+1) * 10 * time.Microsecond)
		}
		o.trace.marks[Executed] = o.End
	}
	tr := *o.trace
	for i, headers := range sent {
		sent[i] = slices.Clone(headers)
	}
	t.Tell(o)
	return sent, tr
}

// TestSpans sends the spans of an operation to a collector.
func TestSpans(t *testing.T) {
	c := newCollector(t)
	opened, err := Open(traces(c, func(s *config.Telemetry) {
		s.Traces.Headers = map[string]string{"x-key": "k"}
		s.Logs.Access.IP = "redact"
	}), Options{Graph: "shop", Version: "v1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	o := shopping()
	o.Fetches[1].Error = &fault.Error{Code: fault.GatewayTimeout, Message: "secret", Subgraph: "reviews"}
	o.Fetches[1].Status = 0
	o.Errors = []*fault.Error{o.Fetches[1].Error}
	run(opened, o)
	opened.Begin(&Operation{Caller: &caller.Caller{}}) // which uses its memory again
	opened.Close()
	want := `weft.request SERVER ERROR 4234us: http.request.method=POST url.path=/graphql server.address=shop.example.com url.scheme=http http.response.status_code=200 client.address=[redacted] weft.transport=http weft.request_id=r-1 weft.bff=web weft.client.name=shop-web weft.client.version=1.2 graphql.operation.name=Top graphql.operation.type=query weft.operation.hash=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f error.type=GATEWAY_TIMEOUT weft.errors=1
  weft.identify INTERNAL UNSET 10us: 
  graphql.prepare INTERNAL UNSET 10us: weft.document.cache_hit=true
  graphql.authorize INTERNAL UNSET 10us: weft.authz.filtered=false
  graphql.plan INTERNAL UNSET 10us: weft.plan.cache_hit=true weft.plan.fetches=3
  weft.execute INTERNAL UNSET 4194us: 
    weft.fetch INTERNAL UNSET 1000us: weft.subgraph.name=products weft.fetch.kind=root weft.fetch.bytes=100
      HTTP POST CLIENT UNSET 1000us: http.request.method=POST server.address=products server.port=4001 url.full=http://products:4001/graphql http.response.status_code=200
    weft.fetch INTERNAL ERROR 2000us: weft.subgraph.name=reviews weft.fetch.kind=entity weft.fetch.entities=5 weft.fetch.bytes=200 error.type=GATEWAY_TIMEOUT
      HTTP POST CLIENT ERROR 2000us: http.request.method=POST server.address=reviews server.port=443 url.full=https://reviews/graphql error.type=GATEWAY_TIMEOUT
    weft.fetch INTERNAL UNSET 1000us: weft.subgraph.name=stock weft.fetch.kind=entity weft.fetch.entities=5 weft.fetch.bytes=300
`
	if got := c.tree(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if c.resource != "service.name=shop service.version=v1.2.3 weft.graph=shop" || c.header.Get("X-Key") != "k" {
		t.Errorf("resource %s, header %v", c.resource, c.header)
	}
	for _, s := range c.spans {
		if len(s.TraceId) != 16 || string(s.TraceId) != string(c.spans[0].TraceId) || string(s.TraceId) == string(make([]byte, 16)) {
			t.Errorf("%s has trace id %x", s.Name, s.TraceId)
		}
	}
}

// TestPropagation continues a client's trace and hands it to subgraphs, in each
// way of writing it down.
func TestPropagation(t *testing.T) {
	const id, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	clients := id
	client := http.Header{"Traceparent": {"00-" + id + "-" + span + "-01"}, "Tracestate": {"a=b"}}
	for _, c := range []struct {
		name, propagators string
		header            http.Header
		trace, parent     string // "" is a new one
		sampled           bool
	}{
		{"w3c", "w3c", client, id, span, true},
		{"unsampled", "w3c", http.Header{"Traceparent": {"00-" + id + "-" + span + "-00"}}, id, span, false},
		{"later version", "w3c", http.Header{"Traceparent": {"01-" + id + "-" + span + "-01-more"}}, id, span, true},
		{"later version too long", "w3c", http.Header{"Traceparent": {"01-" + id + "-" + span + "-01more"}}, "", "", true},
		{"this version too long", "w3c", http.Header{"Traceparent": {"00-" + id + "-" + span + "-01-more"}}, "", "", true},
		{"version ff", "w3c", http.Header{"Traceparent": {"ff-" + id + "-" + span + "-01"}}, "", "", true},
		{"upper case", "w3c", http.Header{"Traceparent": {"00-" + strings.ToUpper(id) + "-" + span + "-01"}}, "", "", true},
		{"zero trace", "w3c", http.Header{"Traceparent": {"00-" + strings.Repeat("0", 32) + "-" + span + "-01"}}, "", "", true},
		{"zero span", "w3c", http.Header{"Traceparent": {"00-" + id + "-" + strings.Repeat("0", 16) + "-01"}}, "", "", true},
		{"twice", "w3c", http.Header{"Traceparent": {client["Traceparent"][0], client["Traceparent"][0]}}, "", "", true},
		{"junk", "w3c", http.Header{"Traceparent": {"00-\x00"}}, "", "", true},
		{"not asked for", "b3", client, "", "", true},
		{"b3", "b3", http.Header{"B3": {id + "-" + span + "-1"}}, id, span, true},
		{"b3 of 64 bits", "b3", http.Header{"B3": {id[16:] + "-" + span + "-0-05e3ac9a4f6e3b90"}}, strings.Repeat("0", 16) + id[16:], span, false},
		{"b3 denied", "b3", http.Header{"B3": {"0"}}, "", "", true},
		{"b3multi", "b3multi", http.Header{"X-B3-Traceid": {id}, "X-B3-Spanid": {span}, "X-B3-Sampled": {"1"}}, id, span, true},
		{"datadog", "datadog", http.Header{"X-Datadog-Trace-Id": {"9532127138774266268"}, "X-Datadog-Parent-Id": {"13235353014750950193"}, "X-Datadog-Sampling-Priority": {"2"}, "X-Datadog-Tags": {"a=b,_dd.p.tid=0af7651916cd43dd"}}, id, span, true},
		{"datadog junk", "datadog", http.Header{"X-Datadog-Trace-Id": {"-1"}, "X-Datadog-Parent-Id": {"1"}}, "", "", true},
		{"the first that is there", "b3 w3c", client, id, span, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := newCollector(t)
			opened, err := Open(traces(to, func(s *config.Telemetry) { s.Traces.Propagators = strings.Fields(c.propagators) }), Options{})
			if err != nil {
				t.Fatal(err)
			}
			o := shopping()
			o.Caller.Header = c.header
			sent, tr := run(opened, o)
			opened.Close()
			id, parent := hex.EncodeToString(tr.id[:]), ""
			if tr.parent != 0 {
				parent = fmt.Sprintf("%016x", tr.parent)
			}
			if c.trace != "" && id != c.trace || c.trace == "" && id == clients || parent != c.parent || tr.sampled != c.sampled {
				t.Errorf("trace %s parent %s sampled %v", id, parent, tr.sampled)
			}
			// A subgraph that reads what it got finds the trace and our span.
			for fetch, headers := range sent {
				h := http.Header{}
				for _, line := range headers {
					h.Add(line.Name, line.Value)
				}
				again := &trace{}
				for _, name := range strings.Fields(c.propagators) {
					*again = trace{}
					if !propagators[name].extract(again, h) {
						t.Fatalf("%s cannot be read again: %v", name, h)
					}
					want := o.Fetches[fetch].Span
					if o.Targets[fetch].Host != "" {
						want = clientSpan(want)
					}
					if again.id != tr.id || again.parent != want || again.sampled != tr.sampled {
						t.Errorf("%s reads %x %x %v of %v", name, again.id, again.parent, again.sampled, h)
					}
				}
				if strings.Contains(c.propagators, "w3c") && again.state != tr.state {
					t.Errorf("tracestate %q", again.state)
				}
			}
			if len(sent) != 3 {
				t.Errorf("%d fetches departed", len(sent))
			}
		})
	}
}

// TestSampling chooses before and after.
func TestSampling(t *testing.T) {
	share := func(f float64) *float64 { return &f }
	yes, no := true, false
	slow := shopping()
	slow.Start = slow.End.Add(-3 * time.Second)
	server := shopping()
	server.Errors = []*fault.Error{{Code: fault.GatewayTimeout}}
	client := shopping()
	client.Errors = []*fault.Error{{Code: fault.GraphQLValidationFailed}}
	mistaken, own := shopping(), shopping()
	mistaken.Errors = []*fault.Error{{Code: fault.BadUserInput, Subgraph: "s"}}
	own.Errors = []*fault.Error{{Code: "BROKEN", Subgraph: "s"}}
	parented := func(flags string) *Operation {
		o := shopping()
		o.Caller.Header = http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-" + flags}}
		return o
	}
	for _, c := range []struct {
		name     string
		sampling config.Sampling
		told     *Operation
		spans    bool
	}{
		{"none", config.Sampling{Default: share(0)}, shopping(), false},
		{"all", config.Sampling{Default: share(1)}, shopping(), true},
		{"failed", config.Sampling{Default: share(0)}, server, true},
		{"failed, not wanted", config.Sampling{Default: share(0), Errors: share(0)}, server, false},
		{"the client's mistake", config.Sampling{Default: share(0)}, client, false},
		{"a subgraph's word on the client's mistake", config.Sampling{Default: share(0)}, mistaken, false},
		{"a subgraph's own word", config.Sampling{Default: share(0)}, own, true},
		{"slow", config.Sampling{Default: share(0)}, slow, true},
		{"slow, but not so", config.Sampling{Default: share(0), SlowAfter: config.Duration(time.Hour)}, slow, false},
		{"parent", config.Sampling{Default: share(0)}, parented("01"), true},
		{"parent says no", config.Sampling{Default: share(1)}, parented("00"), false},
		{"parent is not asked", config.Sampling{Parent: &no, Default: share(0)}, parented("01"), false},
		{"parent is asked", config.Sampling{Parent: &yes, Default: share(0)}, parented("01"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := newCollector(t)
			opened, err := Open(traces(to, func(s *config.Telemetry) { s.Traces.Sampling = c.sampling }), Options{})
			if err != nil {
				t.Fatal(err)
			}
			c.told.trace = nil
			run(opened, c.told)
			opened.Close()
			if got := len(to.spans) > 0; got != c.spans {
				t.Errorf("%d spans", len(to.spans))
			}
		})
	}
	t.Run("a share", func(t *testing.T) {
		s := samplingFrom(&config.Sampling{Default: share(.25)})
		tr := &tracer{sampling: s, propagators: []propagator{propagators["w3c"]}}
		n := 0
		for range 10_000 {
			o := &Operation{Caller: &caller.Caller{}}
			if tr.begin(o); o.trace.sampled {
				n++
			}
		}
		if n < 2200 || n > 2800 {
			t.Errorf("%d of 10000, want 2500", n)
		}
	})
}

// TestCollectorAway drops and counts, and neither waits nor fails.
func TestCollectorAway(t *testing.T) {
	c := newCollector(t)
	c.fail = http.StatusBadRequest // nothing to try again for
	m, count := counting(t)
	opened, err := Open(traces(c, nil), Options{Metrics: m})
	if err != nil {
		t.Fatal(err)
	}
	for range maxSpans { // 5 spans each and more
		run(opened, shopping())
	}
	opened.Close()
	if sent, dropped := count("weft_trace_spans_sent_total"), count("weft_trace_spans_dropped_total"); sent != 0 || dropped != 11*maxSpans {
		t.Errorf("%d sent, %d dropped of %d", sent, dropped, 11*maxSpans)
	}
	run(opened, shopping()) // too late, and harmless
}

// TestRefusedIsTraced makes a span of a request that was no operation.
func TestRefusedIsTraced(t *testing.T) {
	c := newCollector(t)
	opened, err := Open(traces(c, nil), Options{})
	if err != nil {
		t.Fatal(err)
	}
	opened.Tell(cases()["refused"])
	opened.Close()
	if got := c.tree(); len(c.spans) != 1 || !strings.HasPrefix(got, "weft.request SERVER UNSET") || !strings.Contains(got, "error.type=CSRF_PREVENTION_FAILED") {
		t.Error(got)
	}
}

// FuzzExtract reads whatever clients send.
func FuzzExtract(f *testing.F) {
	f.Add("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("B3", "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1")
	f.Add("X-Datadog-Tags", "_dd.p.tid=0af7651916cd43dd")
	f.Fuzz(func(t *testing.T, name, value string) {
		for word, p := range propagators {
			h := http.Header{name: {value}, "X-Datadog-Trace-Id": {"1"}, "X-Datadog-Parent-Id": {"2"}}
			tr := &trace{}
			if p.extract(tr, h) && (tr.id == [16]byte{} || tr.parent == 0) {
				t.Errorf("%s took zeros of %q", word, value)
			}
		}
	})
}

// BenchmarkTelemetry is what an operation of three fetches costs: off, traced as
// by default, and always traced.
func BenchmarkTelemetry(b *testing.B) {
	c := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer c.Close()
	for _, share := range []float64{-1, 0, .05, 1} {
		b.Run(fmt.Sprint(share), func(b *testing.B) {
			var opened *Telemetry
			if share >= 0 {
				var err error
				if opened, err = Open(config.Telemetry{Traces: config.Traces{OTLP: c.URL, Sampling: config.Sampling{Default: &share}}}, Options{}); err != nil {
					b.Fatal(err)
				}
				defer opened.Close()
			}
			o := shopping()
			b.ReportAllocs()
			for b.Loop() {
				o.trace = nil
				opened.Begin(o)
				for s := range steps {
					o.Mark(s)
				}
				if depart := o.Depart(); depart != nil {
					for i := range o.Fetches {
						depart(&o.Fetches[i])
					}
				}
				opened.Tell(o)
			}
		})
	}
}
