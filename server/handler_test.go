package server

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
)

// fake answers by the document: a code fails with it, "partial" has data and
// errors, "panic" panics, "large" streams, anything else is echoed.
type fake struct{ released atomic.Int64 }

func (f *fake) Do(_ context.Context, req *operation.Request) *Answer {
	release := func() { f.released.Add(1) }
	text := string(req.Document)
	if text == "" && req.DocumentID != "" {
		return &Answer{Errors: []*fault.Error{{Code: fault.PersistedQueryNotSupported, Message: "no text for " + req.DocumentID}}, Release: release}
	}
	if _, known := fault.Code(text).Info(); known {
		return &Answer{Errors: []*fault.Error{{Code: fault.Code(text), Message: "refused"}}, Release: release}
	}
	switch text {
	case "panic":
		panic("a bug with a secret")
	case "partial":
		return &Answer{Body: []byte(`{"data":{"a":null}}`), Errors: []*fault.Error{{Code: fault.SubrequestHTTPError, Message: "no", Path: []fault.Step{{Key: "a"}}}}, Release: release}
	case "large":
		return &Answer{Large: strings.NewReader(`{"data":{"a":1}}`), Release: release}
	case "large panic":
		return &Answer{Large: panicking{}, Release: release}
	case "large partial":
		return &Answer{Large: strings.NewReader(`{"data":{"a":1}}`), Errors: []*fault.Error{{Message: "no"}}, Release: release}
	}
	body := append([]byte(`{"data":{"echo":`), fault.AppendString(nil, fmt.Sprintf("%s|%s|%s|%s|%s", text, req.Name, req.Variables, req.Extensions, req.Caller.Method))...)
	return &Answer{Body: append(body, '}', '}'), Release: release}
}

// panicking is an answer with a bug.
type panicking struct{}

func (panicking) WriteTo(io.Writer) (int64, error) { panic("a bug with a secret") }

// TestProtocol plays requests over a real connection and compares responses.
func TestProtocol(t *testing.T) {
	golden.Run(t, "testdata/protocol", []string{"responses.txt"}, func(t *testing.T, c *golden.Case) {
		options := Options{StatusPolicy: StatusPolicy(c.Header("policy")), MaxBodyBytes: 200, NoCSRF: c.Header("csrf") == "off"}
		options.Landing = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "landing page") })
		engine := &fake{}
		server := httptest.NewServer(NewHandler(engine, options))
		defer server.Close()
		var out strings.Builder
		for _, request := range strings.Split(strings.TrimSpace(c.Must(t, "requests.txt")), "\n\n") {
			out.WriteString(play(t, server, request) + "\n")
		}
		c.Output(t, "responses.txt", out.String())
	})
}

// play sends one request written as
//
//	METHOD PATH
//	Header: value
//	> body
//
// and renders the response. In a body, \0 stands for the byte 0xff and gzip:
// in front compresses.
func play(t *testing.T, server *httptest.Server, text string) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	method, path, _ := strings.Cut(lines[0], " ")
	header := http.Header{}
	var body string
	for _, line := range lines[1:] {
		if rest, ok := strings.CutPrefix(line, "> "); ok {
			body += rest
			continue
		}
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, value, _ := strings.Cut(line, ": ")
		header.Add(name, value)
	}
	body = strings.ReplaceAll(body, `\0`, "\xff")
	if rest, ok := strings.CutPrefix(body, "gzip:"); ok {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, strings.ReplaceAll(rest, "LONG", strings.Repeat(" ", 10000)))
		z.Close()
		body = b.String()
	}
	r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", "test")
	}
	response, err := server.Client().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d", text, response.StatusCode)
	for _, name := range []string{"Content-Type", "Allow", "Retry-After", "Vary"} {
		if v := response.Header.Get(name); v != "" && (name != "Vary" || v != "Accept") {
			fmt.Fprintf(&b, " %s: %s;", name, v)
		}
	}
	if response.StatusCode != http.StatusOK && response.Header.Get("Vary") != "Accept" {
		b.WriteString(" (no Vary)")
	}
	fmt.Fprintf(&b, "\n%s\n", answer)
	return b.String()
}

func post(h http.Handler, query string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"`+query+`"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPanicIsAnIncident(t *testing.T) {
	var logged strings.Builder
	engine := &fake{}
	h := NewHandler(engine, Options{Logger: slog.New(slog.NewTextHandler(&logged, nil))})
	w := post(h, "panic")
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(w.Body.String(), `"code":"INTERNAL_SERVER_ERROR","errorId":"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	_, id, _ := strings.Cut(w.Body.String(), `"errorId":"`)
	if id, _, _ = strings.Cut(id, `"`); !strings.Contains(logged.String(), id) || !strings.Contains(logged.String(), "a bug with a secret") {
		t.Errorf("the log does not tell the incident %s: %s", id, logged.String())
	}
	if w = post(h, "{a}"); w.Code != 200 {
		t.Errorf("the next request: %d %s", w.Code, w.Body)
	}
}

func TestReleaseAndMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	engine := &fake{}
	h := NewHandler(engine, Options{Metrics: metrics})
	for _, q := range []string{"{a}", "partial", "BAD_USER_INPUT", "OVERLOADED", "large"} {
		post(h, q)
	}
	if engine.released.Load() != 5 {
		t.Errorf("%d of 5 answers released", engine.released.Load())
	}
	got := map[string]float64{}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if v := m.GetCounter().GetValue(); v > 0 {
				name := f.GetName()
				for _, l := range m.Label {
					name += " " + l.GetValue()
				}
				got[name] = v
			}
		}
	}
	want := map[string]float64{
		"weft_http_requests_total  POST 200": 4, "weft_http_requests_total  POST 503": 1,
		"weft_graphql_errors_total  BAD_USER_INPUT  ": 1, "weft_graphql_errors_total  OVERLOADED  ": 1,
		"weft_graphql_errors_total  SUBREQUEST_HTTP_ERROR  ": 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("counted %v", got)
	}
}

func BenchmarkHandler(b *testing.B) {
	h := NewHandler(&fake{}, Options{})
	body := `{"query":"` + strings.Repeat("x", 1000) + `"}`
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(body))
		r.Header["Content-Type"] = []string{"application/json"}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
}
