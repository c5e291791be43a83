package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/operation"
)

func TestRoutes(t *testing.T) {
	engine := &fake{}
	h := NewHandler(engine, Options{
		Landing: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "landing") }),
		Routes: []Route{{
			Method: http.MethodGet, Pattern: "/products/{id}",
			Decode: func(r *http.Request) (*operation.Request, error) {
				if r.PathValue("id") == "bad" {
					return nil, errors.New("secret")
				}
				return &operation.Request{Document: []byte("product"), Name: r.PathValue("id")}, nil
			},
			Encode: func(w http.ResponseWriter, _ *http.Request, a *Answer) error {
				if len(a.Errors) > 0 {
					w.WriteHeader(http.StatusTeapot)
				}
				_, err := w.Write(a.Body)
				return err
			},
		}},
	})
	for path, want := range map[string]string{
		"/products/7":   `{"data":{"echo":"product|7|||GET"}}`,
		"/products/bad": "",
		"/":             "landing",
		"/products":     "landing",
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if got := w.Body.String(); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	if engine.released.Load() != 1 {
		t.Errorf("released %d answers", engine.released.Load())
	}
}

// routed is an engine with faces that can be exchanged.
type routed struct {
	fake
	routes *Routes
}

func (r *routed) Routes() *Routes { return r.routes }

func textRoute(pattern, text string) Route {
	return Route{Method: http.MethodGet, Pattern: pattern,
		Decode: func(*http.Request) (*operation.Request, error) {
			return &operation.Request{Document: []byte(text)}, nil
		},
		Encode: func(w http.ResponseWriter, _ *http.Request, a *Answer) error {
			if RequestID(w) != w.Header().Get("X-Request-Id") {
				return errors.New("the request has another name")
			}
			if len(a.Errors) > 0 {
				w.WriteHeader(http.StatusTeapot)
			}
			_, err := w.Write(a.Body)
			return err
		}}
}

func newRoutes(t *testing.T, list ...Route) *Routes {
	t.Helper()
	r, err := NewRoutes(list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoutesComeAndGo(t *testing.T) {
	engine := &routed{}
	landing := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "landing") })
	h := NewHandler(engine, Options{Landing: landing, Routes: []Route{textRoute("/fixed", "fixed")}})
	ask := func(method, path string) (int, string, http.Header) {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, path, strings.NewReader(`{"query":"{a}"}`))
		if method == http.MethodPost {
			r.Header.Set("Content-Type", "application/json")
		}
		h.ServeHTTP(w, r)
		return w.Code, w.Body.String(), w.Header()
	}
	expect := func(method, path string, status int, body string) {
		t.Helper()
		if s, b, _ := ask(method, path); s != status || b != body {
			t.Errorf("%s %s: %d %s", method, path, s, b)
		}
	}
	const one, two, fixed = `{"data":{"echo":"one||||GET"}}`, `{"data":{"echo":"two||||GET"}}`, `{"data":{"echo":"fixed||||GET"}}`
	expect("GET", "/items", 200, "landing")
	engine.routes = newRoutes(t, textRoute("/items", "one"), Route{Pattern: "/ios/graphql"})
	expect("GET", "/items", 200, one)
	expect("GET", "/fixed", 200, fixed)
	expect("POST", "/ios/graphql", 200, `{"data":{"echo":"{a}||||POST"}}`)
	expect("GET", "/ios/graphql?query=%7Ba%7D", 403, `{"errors":[{"message":"send Content-Type: application/json, or one of the headers x-weft-csrf, apollo-require-preflight, graphql-require-preflight, x-apollo-operation-name","extensions":{"code":"CSRF_PREVENTION_FAILED"}}]}`)
	if status, body, header := ask("POST", "/items"); status != 405 || body != `{"type":"about:blank","title":"Method Not Allowed","status":405,"requestId":"`+header.Get("X-Request-Id")+`"}` || header.Get("Allow") != "GET, HEAD" || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the refusal: %d %s %v", status, body, header)
	}
	engine.routes = newRoutes(t, textRoute("/items", "two"))
	expect("GET", "/items", 200, two)
	expect("GET", "/ios/graphql", 200, "landing")
	engine.routes = nil
	expect("GET", "/items", 200, "landing")
	expect("GET", "/fixed", 200, fixed)
	engine.routes = newRoutes(t, textRoute("/items", "panic"))
	expect("GET", "/items", 418, "") // told through the route
	if _, err := NewRoutes([]Route{textRoute("/{a}", "one"), textRoute("/{b}", "two")}); err == nil {
		t.Error("patterns that clash were accepted")
	}
}
