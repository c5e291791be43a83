package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// telling is an engine that keeps what it was told of its answers' ends.
type telling struct {
	*streaming
	mu   sync.Mutex
	told []string
}

func (e *telling) Do(ctx context.Context, req *operation.Request) *Answer {
	a := e.streaming.Do(ctx, req)
	text := string(req.Document)
	released := false
	a.Profile, a.Type = "web", "query"
	a.Release = func() { released = true }
	a.Done = func(o *Outcome) { e.tell(text, o, released) }
	return a
}

func (e *telling) tell(what string, o *Outcome, released bool) {
	line := fmt.Sprintf("%s: %s %d %d bytes %d events", what, o.Transport, o.Status, o.Bytes, o.Events)
	for _, f := range o.Errors {
		line += " " + string(f.Code)
	}
	if released && o.Events == 0 {
		line += " released before"
	}
	if o.Start.IsZero() {
		line += " without start"
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.told = append(e.told, line)
}

func (e *telling) expect(t *testing.T, want ...string) {
	t.Helper()
	eventually(t, "all that is told", func() bool {
		e.mu.Lock()
		defer e.mu.Unlock()
		return len(e.told) >= len(want)
	})
	e.mu.Lock()
	defer e.mu.Unlock()
	slices.Sort(e.told)
	if !slices.Equal(e.told, want) {
		t.Errorf("told\n%s\nwant\n%s", strings.Join(e.told, "\n"), strings.Join(want, "\n"))
	}
	e.told = nil
}

// TestOutcomes tells of every operation once, over every transport, and of what
// reached no engine.
func TestOutcomes(t *testing.T) {
	nothingLeft(t)
	e := &telling{streaming: newStreaming()}
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	face := Route{Method: "GET", Pattern: "/face/{id}",
		Decode: func(r *http.Request) (*operation.Request, error) {
			if r.PathValue("id") == "no" {
				return nil, &fault.Error{Code: fault.BadRequest, Message: "no"}
			}
			return &operation.Request{Document: []byte("face")}, nil
		},
		Encode: func(w http.ResponseWriter, _ *http.Request, a *Answer) error {
			if len(a.Errors) > 0 {
				w.WriteHeader(http.StatusBadRequest)
			}
			_, err := w.Write([]byte("12345"))
			return err
		},
	}
	h := NewHandler(e, Options{Metrics: metrics, Routes: []Route{face}, WebSocket: WebSocketOptions{MaxOperations: 1},
		Refused: func(c *caller.Caller, o *Outcome) { e.tell("refused "+c.Path, o, false) }})
	for _, query := range []string{"{a}", "OVERLOADED", "large", "panic", "large panic"} {
		post(h, query)
	}
	e.expect(t, "OVERLOADED: http 503 69 bytes 0 events", "large panic: http 200 0 bytes 0 events", "large: http 200 16 bytes 0 events",
		"refused /graphql: http 500 116 bytes 0 events INTERNAL_SERVER_ERROR", "{a}: http 200 31 bytes 0 events")
	server := httptest.NewServer(h)
	defer server.Close()
	get := func(path string) {
		t.Helper()
		fetchText(t, server.URL+path)
	}
	get("/face/1")
	get("/face/no")
	get("/graphql?query={a}")
	e.expect(t, "face: rest 200 5 bytes 0 events", "refused /face/no: rest 400 5 bytes 0 events BAD_REQUEST",
		"refused /graphql: http 403 222 bytes 0 events CSRF_PREVENTION_FAILED")
	stream := func(query string) {
		t.Helper()
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/graphql", strings.NewReader(`{"query":"`+query+`"}`))
		r.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"text/event-stream"}}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	stream("count 2")
	stream("fails 1")
	e.expect(t, "count 2: sse 200 99 bytes 2 events", "fails 1: sse 200 164 bytes 1 events SUBREQUEST_HTTP_ERROR")
	c := dialInit(t, strings.TrimPrefix(server.URL, "http://"))
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"{a}"}}`)
	c.read()
	c.read()
	c.send(`{"id":"2","type":"subscribe","payload":{"query":"count 2"}}`)
	c.read()
	c.read()
	c.read()
	e.expect(t, "count 2: websocket 0 130 bytes 2 events", "{a}: websocket 0 90 bytes 0 events")
	c.send(`{"id":"3","type":"subscribe","payload":{"query":"quiet"}}`)
	c.send(`{"id":"4","type":"subscribe","payload":{"query":"{a}"}}`)
	c.read()
	c.send(`{"id":"3","type":"complete"}`)
	e.expect(t, "quiet: websocket 0 0 bytes 0 events released before", "refused /graphql: websocket 0 0 bytes 0 events TOO_MANY_OPERATIONS")
	_ = c.conn.Close()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "weft_http_requests_in_flight" {
			eventually(t, "no request in flight", func() bool { return f.Metric[0].GetGauge().GetValue() == 0 })
		}
	}
}

// TestMetricsAllocateNothing holds the way of a request that is like others.
func TestMetricsAllocateNothing(t *testing.T) {
	m, err := NewMetrics(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	x := &exchange{r: httptest.NewRequest(http.MethodPost, "/graphql", nil), status: 200, profile: "web", kind: "query",
		errors: fault.List{{Code: fault.SubrequestHTTPError, Subgraph: "s"}}}
	if n := testing.AllocsPerRun(100, func() { m.begun(1); m.observe(x) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
