package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// TestReconfigure changes everything under an open WebSocket.
func TestReconfigure(t *testing.T) {
	engine := newStreaming()
	first := Options{WebSocket: WebSocketOptions{MaxConnections: 10}}
	h := NewHandler(engine, first)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	old := dialInit(t, address)
	defer old.conn.Close()

	second := Options{Path: "/api", NoCSRF: true, MaxBodyBytes: 50, CORS: newCORS(t, CORSPolicy{Origins: []string{"*"}}),
		RequestID: RequestIDOptions{Header: "x-name"}, WebSocket: WebSocketOptions{MaxConnections: 1, Path: "/graphql"}}
	if err := h.Reconfigure(second); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/api?query=%7Ba%7D", nil)
	r.Header.Set("Origin", "https://a.example")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusOK || w.Header().Get("X-Name") == "" || w.Header().Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the new options do not hold: %d %v", w.Code, w.Header())
	}
	if w := post(h, "{a}"); w.Code != http.StatusNotFound {
		t.Errorf("the old path answers %d", w.Code)
	}
	old.send(`{"id":"1","type":"subscribe","payload":{"query":"{a}"}}`)
	old.expect(`{"id":"1","type":"next","payload":{"data":{"echo":"{a}||||"}}}`)
	if c := dial(t, address, nil); c.head.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("above the new limit: %d", c.head.StatusCode)
	}

	clash := Options{Routes: []Route{textRoute("/{a}", "one"), textRoute("/{b}", "two")}}
	if err := h.Reconfigure(clash); fault.CodeOf(err) != fault.ConfigInvalid {
		t.Errorf("routes that clash: %v", err)
	}
	w = httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api?query=%7Ba%7D", nil))
	if w.Code != http.StatusOK {
		t.Errorf("after a refused change: %d", w.Code)
	}
}

// answers is an engine with one answer.
type answers struct{ answer func() *Answer }

func (a answers) Do(_ context.Context, _ *operation.Request) *Answer { return a.answer() }

// TestAnswerSaysMore covers Status, Extensions and Header over HTTP, in every
// framing.
func TestAnswerSaysMore(t *testing.T) {
	body := func() []byte { return []byte(`{"data":{"a":{}}}`) }
	limited := fault.List{{Code: fault.RequestTooLarge, Message: "no"}}
	unknown := fault.List{{Code: fault.Unauthenticated, Message: "who?"}}
	for _, c := range []struct {
		name   string
		answer Answer
		accept string
		want   string
		header string
	}{
		{"extensions", Answer{Body: body(), Extensions: []byte(`"cost":{"a":1}`)}, "", `200 {"data":{"a":{}},"extensions":{"cost":{"a":1}}}`, ""},
		{"with errors", Answer{Body: body(), Errors: limited, Extensions: []byte(`"cost":1`)}, "", `200 {"errors":[{"message":"no","extensions":{"code":"REQUEST_TOO_LARGE"}}],"data":{"a":{}},"extensions":{"cost":1}}`, ""},
		{"errors alone", Answer{Errors: limited, Extensions: []byte(`"cost":1`)}, "", `413 {"errors":[{"message":"no","extensions":{"code":"REQUEST_TOO_LARGE"}}],"extensions":{"cost":1}}`, ""},
		{"large", Answer{Large: strings.NewReader(`{"data":{"a":{}}}`), Extensions: []byte(`"cost":1`)}, "", `200 {"data":{"a":{}},"extensions":{"cost":1}}`, ""},
		{"large with errors", Answer{Large: strings.NewReader(`{"data":{"a":{}}}`), Errors: limited, Extensions: []byte(`"cost":1`)}, "", `200 {"errors":[{"message":"no","extensions":{"code":"REQUEST_TOO_LARGE"}}],"data":{"a":{}},"extensions":{"cost":1}}`, ""},
		{"event", Answer{Body: body(), Extensions: []byte(`"cost":1`)}, "text/event-stream", "200 :\n\nevent: next\ndata: {\"data\":{\"a\":{}},\"extensions\":{\"cost\":1}}\n\nevent: complete\ndata: \n\n", ""},
		{"status", Answer{Errors: limited, Status: 429, Header: http.Header{"Retry-After": {"7"}, "Ratelimit": {"r=0"}}}, "", `429 {"errors":[{"message":"no","extensions":{"code":"REQUEST_TOO_LARGE"}}]}`, "Retry-After=7 Ratelimit=r=0"},
		{"status of a stream", Answer{Errors: limited, Status: 429, Header: http.Header{"Retry-After": {"7"}}}, "text/event-stream", `429 {"errors":[{"message":"no","extensions":{"code":"REQUEST_TOO_LARGE"}}]}`, "Retry-After=7"},
		{"status by default", Answer{Errors: fault.List{{Code: fault.Overloaded, Message: "no"}}}, "", `503 {"errors":[{"message":"no","extensions":{"code":"OVERLOADED"}}]}`, "Retry-After=1"},
		{"challenge", Answer{Errors: unknown, Header: http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}}, "", `401 {"errors":[{"message":"who?","extensions":{"code":"UNAUTHENTICATED"}}]}`, `Www-Authenticate=Bearer error="invalid_token"`},
		{"challenge by default", Answer{Errors: unknown}, "", `401 {"errors":[{"message":"who?","extensions":{"code":"UNAUTHENTICATED"}}]}`, `Www-Authenticate=Bearer`},
		{"no challenge for a subgraph's", Answer{Body: body(), Errors: unknown}, "", `200 {"errors":[{"message":"who?","extensions":{"code":"UNAUTHENTICATED"}}],"data":{"a":{}}}`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := NewHandler(answers{func() *Answer { return &c.answer }}, Options{})
			r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{a}"}`))
			r.Header.Set("Content-Type", "application/json")
			if c.accept != "" {
				r.Header.Set("Accept", c.accept)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if got := strconv.Itoa(w.Code) + " " + w.Body.String(); got != c.want {
				t.Errorf("%d %s\nwant %s", w.Code, w.Body, c.want)
			}
			var said []string
			for _, name := range []string{"Retry-After", "Ratelimit", "Www-Authenticate"} {
				if v := w.Header()[name]; v != nil {
					said = append(said, name+"="+strings.Join(v, "|"))
				}
			}
			if got := strings.Join(said, " "); got != c.header {
				t.Errorf("headers %s, want %s", got, c.header)
			}
			if w.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("a browser may guess the type")
			}
		})
	}
}
