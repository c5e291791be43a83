package weft_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracepb "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/weftql/weft"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// toldLines collects the lines of an access log.
type toldLines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *toldLines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// accessLine is a line of it.
type accessLine struct {
	Operation, Type, Transport, Method, Path string
	Codes                                    []string
	Status, Fetches, Bytes, Events           int
	Duration                                 float64 `json:"duration_ms"`
	Overhead                                 float64 `json:"overhead_ms"`
	TraceID                                  string  `json:"trace_id"`
	RequestID                                string  `json:"request_id"`
	Principal                                string
}

func (l *toldLines) all(t *testing.T) (lines []accessLine) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for text := range strings.Lines(l.text.String()) {
		var line accessLine
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// traced is a subgraph that remembers the trace headers it got.
type traced struct {
	*httptest.Server
	mu  sync.Mutex
	got []http.Header
}

func newTraced(t *testing.T, answer string) *traced {
	s := &traced{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.got = append(s.got, r.Header.Clone())
		s.mu.Unlock()
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, answer)
	}))
	t.Cleanup(s.Close)
	return s
}

// otlp is a collector.
type otlp struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*tracepb.Span
}

func newOTLP(t *testing.T) *otlp {
	c := &otlp{}
	c.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		raw, _ := io.ReadAll(r.Body)
		var request coltracepb.ExportTraceServiceRequest
		if err := proto.Unmarshal(raw, &request); err != nil {
			t.Error(err)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, rs := range request.ResourceSpans {
			for _, ss := range rs.ScopeSpans {
				c.spans = append(c.spans, ss.Spans...)
			}
		}
	}))
	t.Cleanup(c.Close)
	return c
}

// tree prints names, each below its parent.
func (c *otlp) tree(root string) string {
	var b strings.Builder
	var write func(parent []byte, indent string)
	write = func(parent []byte, indent string) {
		var list []*tracepb.Span
		for _, s := range c.spans {
			if string(s.ParentSpanId) == string(parent) {
				list = append(list, s)
			}
		}
		slices.SortStableFunc(list, func(a, b *tracepb.Span) int { return int(int64(a.StartTimeUnixNano) - int64(b.StartTimeUnixNano)) })
		for _, s := range list {
			b.WriteString(indent + s.Name + "\n")
			write(s.SpanId, indent+"  ")
		}
	}
	id := make([]byte, 8)
	_, _ = fmt.Sscanf(root, "%16x", &id)
	write(id, "")
	return b.String()
}

// TestTraceAcrossSubgraphs continues a client's trace through a plan of two
// fetches: each subgraph gets a parent of its own that the collector knows.
func TestTraceAcrossSubgraphs(t *testing.T) {
	items := newTraced(t, `{"data":{"item":{"__typename":"Item","id":"1"}}}`)
	names := newTraced(t, `{"data":{"_entities":[{"__typename":"Item","name":"n"}]}}`)
	collector := newOTLP(t)
	var lines toldLines
	all := 1.0
	settings := config.Telemetry{
		Traces: config.Traces{OTLP: collector.URL, Propagators: []string{"w3c", "b3"}, Sampling: config.Sampling{Default: &all}},
		Logs:   config.Logs{Format: "json", Access: config.Access{Output: &lines}},
	}
	forward := []subgraphs.HeaderRule{{Propagate: "Traceparent"}, {Propagate: "X-Other"}}
	g := gateway(t, weft.Options{Telemetry: &settings, Subgraphs: []weft.Subgraph{
		{Name: "items", HTTP: subgraphs.HTTPOptions{URL: items.URL + "/?token=secret"}, Headers: forward,
			Schema: weft.Schema{Text: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"]) type Query { item(x: String): Item } type Item @key(fields: "id") { id: ID! }`}},
		{Name: "names", HTTP: subgraphs.HTTPOptions{URL: names.URL},
			Schema: weft.Schema{Text: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"]) type Item @key(fields: "id") { id: ID! name: String }`}},
	}})
	front := httptest.NewServer(server.NewHandler(g, server.Options{}))
	defer front.Close()
	const id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL+"/graphql?token=secret", strings.NewReader(`{"query":"query Q($x: String) { item(x: $x) { name } }","variables":{"x":"secret"}}`))
	request.Header = http.Header{"Content-Type": {"application/json"}, "Traceparent": {"00-" + id + "-" + parent + "-01"}, "X-Other": {"o"}, "Authorization": {"Bearer secret"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if string(body) != `{"data":{"item":{"name":"n"}}}` {
		t.Fatalf("answered %s", body)
	}
	g.Close() // sends what waits
	want := `weft.request
  weft.identify
  graphql.prepare
  graphql.authorize
  graphql.plan
  weft.execute
    weft.fetch
      HTTP POST
    weft.fetch
      HTTP POST
`
	if got := collector.tree(parent); got != want {
		t.Errorf("spans\n%s", got)
	}
	clients, kinds := map[string]string{}, map[string]string{}
	for _, s := range collector.spans {
		for _, a := range s.Attributes {
			if s.Name == "weft.fetch" && a.Key == "weft.fetch.kind" {
				kinds[a.Value.GetStringValue()] = s.Name
			}
		}
		if strings.Contains(s.String(), "secret") {
			t.Errorf("a secret was told: %s", s)
		}
		if s.Name == "HTTP POST" {
			clients[fmt.Sprintf("%x", s.SpanId)] = s.Name
		}
	}
	if len(kinds) != 2 || kinds["root"] == "" || kinds["entity"] == "" {
		t.Errorf("kinds of requests: %v", kinds)
	}
	for name, s := range map[string]*traced{"items": items, "names": names} {
		h := s.got[0]
		if got := h["Traceparent"]; len(got) != 1 || !strings.HasPrefix(got[0], "00-"+id+"-") || clients[got[0][36:52]] == "" || !strings.HasSuffix(got[0], "-01") {
			t.Errorf("%s got traceparent %v; client spans are %v", name, got, clients)
		}
		if b3 := h.Get("B3"); b3 != id+"-"+h["Traceparent"][0][36:52]+"-1" {
			t.Errorf("%s got b3 %s", name, b3)
		}
		if name == "items" && h.Get("X-Other") != "o" {
			t.Error("rules were forgotten")
		}
	}
	told := lines.all(t)
	if len(told) != 1 || told[0].TraceID != id || told[0].Operation != "Q" || told[0].Fetches != 2 || told[0].Status != 200 || told[0].Bytes != len(body) || told[0].Principal != "anonymous" {
		t.Errorf("told %+v", told)
	}
	if told[0].Duration < told[0].Overhead || told[0].Overhead <= 0 {
		t.Errorf("took %v ms, %v of them weft's", told[0].Duration, told[0].Overhead)
	}
	if strings.Contains(lines.text.String(), "secret") {
		t.Errorf("a secret was told: %s", lines.text.String())
	}
}

// TestEveryOperationIsTold writes one line for each way an operation can go.
func TestEveryOperationIsTold(t *testing.T) {
	var lines toldLines
	h := newHub()
	o := h.options()
	o.Telemetry = &config.Telemetry{Logs: config.Logs{Format: "json", Access: config.Access{Output: &lines}}}
	g := h.gateway(t, o)
	front := httptest.NewServer(server.NewHandler(g, server.Options{}))
	defer front.Close()
	ask := func(query string) {
		t.Helper()
		response, err := http.Post(front.URL+"/graphql", "application/json", strings.NewReader(fmt.Sprintf(`{"query":%q}`, query)))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	ask("{ __typename }")
	ask("{ nothing }")
	ask("{")
	_ = do(context.Background(), g, "{ __typename }") // without a server
	ws := dialSocket(t, front)
	_ = ws.WriteMessage(1, []byte(`{"id":"1","type":"subscribe","payload":{"query":"{ __typename }"}}`))
	readSocket(t, ws)
	readSocket(t, ws)
	_ = ws.Close()
	live := openSocket(t, front)
	until(t, "the subscription", func() bool { return h.subscribed.Load() == 1 })
	h.publish(item(1))
	h.publish(item(2))
	h.publish("end")
	for !strings.Contains(readSocket(t, live), "complete") {
	}
	_ = live.Close()
	want := []string{"http query 200 [] 0", "http  200 [GRAPHQL_VALIDATION_FAILED] 0", "http  200 [GRAPHQL_PARSE_FAILED] 0", " query 0 [] 0",
		"websocket query 0 [] 0", "websocket subscription 0 [] 2"}
	var got []string
	until(t, "all lines", func() bool {
		got = nil
		for _, l := range lines.all(t) {
			got = append(got, fmt.Sprint(l.Transport, " ", l.Type, " ", l.Status, " ", l.Codes, " ", l.Events))
		}
		return len(got) >= len(want)
	})
	if !slices.Equal(got, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// BenchmarkTold is BenchmarkDo with what is on by default, and with traces.
func BenchmarkTold(b *testing.B) {
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	defer collector.Close()
	share := .05
	access := config.Access{File: filepath.Join(b.TempDir(), "access.log")}
	for _, c := range []struct {
		name     string
		settings *config.Telemetry
	}{
		{"off", nil},
		{"access", &config.Telemetry{Logs: config.Logs{Format: "json", Access: access}}},
		{"traces", &config.Telemetry{Traces: config.Traces{OTLP: collector.URL, Sampling: config.Sampling{Default: &share}}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := one(always(`{"data":{"a":"x"}}`))
			o.Telemetry = c.settings
			g, err := weft.New(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			request := &operation.Request{Document: []byte("{a}"), Caller: &caller.Caller{Method: "POST", Path: "/graphql"}}
			b.ReportAllocs()
			for b.Loop() {
				g.Do(b.Context(), request).Release()
			}
		})
	}
}

// TestTellingChanges moves the access log elsewhere while the gateway serves.
func TestTellingChanges(t *testing.T) {
	o := one(always(`{"data":{"a":"x"}}`))
	g := gateway(t, o)
	do(t.Context(), g, "{a}") // told to nobody
	var files [2]string
	for i := range files {
		files[i] = filepath.Join(t.TempDir(), "access.log")
		o.Telemetry = &config.Telemetry{Logs: config.Logs{Access: config.Access{File: files[i]}}}
		if err := g.Reconfigure(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		do(t.Context(), g, "{a}")
	}
	o.Telemetry = &config.Telemetry{Logs: config.Logs{Redact: []string{"nothing"}}}
	if err := g.Reconfigure(t.Context(), o); fault.CodeOf(err) != fault.ConfigInvalid {
		t.Errorf("refused with %v", err)
	}
	do(t.Context(), g, "{a}") // as before
	g.Close()
	for i, want := range []int{1, 2} {
		text, err := os.ReadFile(files[i])
		if err != nil || strings.Count(string(text), "\n") != want {
			t.Errorf("%v; log %d:\n%s", err, i, text)
		}
	}
}
