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

// TestCSRFMatrix is method × content type × proof.
func TestCSRFMatrix(t *testing.T) {
	types := []string{"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "TEXT/Plain; charset=utf-8", "nonsense",
		"application/json", "application/json; charset=utf-8", "application/graphql+json", "text/plain, application/json"}
	// Which of them pass without a proof: o in the place of a type.
	passes := map[string]string{"GET": "......oo..", "POST": "......ooo."}
	for method, row := range passes {
		for i, kind := range types {
			for _, proof := range []string{"", "X-Weft-Csrf", "Apollo-Require-Preflight", "Graphql-Require-Preflight", "X-Apollo-Operation-Name", "X-Other"} {
				r := httptest.NewRequest(method, "/graphql?query=%7Ba%7D", strings.NewReader(`{"query":"{a}"}`))
				if kind != "" {
					r.Header.Set("Content-Type", kind)
				}
				if proof != "" {
					r.Header.Set(proof, "1")
				}
				w := httptest.NewRecorder()
				NewHandler(&fake{}, Options{}).ServeHTTP(w, r)
				want := row[i] == 'o' || proof != "" && proof != "X-Other"
				if got := w.Code != http.StatusForbidden; got != want {
					t.Errorf("%s %q %q: %d %s", method, kind, proof, w.Code, w.Body)
				}
			}
		}
	}
}

// TestCSRFOfRoutes is who may send a POST that a form could send.
func TestCSRFOfRoutes(t *testing.T) {
	cors := newCORS(t, CORSPolicy{Origins: []string{"https://shop.example"}, Credentials: true})
	h := NewHandler(&fake{}, Options{CORS: cors, Routes: []Route{{Pattern: "/like",
		Decode: func(*http.Request) (*operation.Request, error) { return &operation.Request{}, nil },
		Encode: func(w http.ResponseWriter, _ *http.Request, a *Answer) error {
			if len(a.Errors) > 0 {
				info, _ := a.Errors[0].Code.Info()
				w.WriteHeader(info.HTTP)
			}
			_, err := w.Write(a.Body)
			return err
		}}}})
	for _, c := range []struct {
		request string
		header  map[string]string
		status  int
	}{
		{"POST", nil, 200},
		{"POST", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"POST", map[string]string{"Origin": "http://weft.test"}, 200},
		{"POST", map[string]string{"Origin": "https://shop.example", "Sec-Fetch-Site": "cross-site"}, 200},
		{"POST", map[string]string{"Origin": "https://evil.example"}, 403},
		{"POST", map[string]string{"Origin": "null"}, 403},
		{"POST", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"POST", map[string]string{"Origin": "https://evil.example", "Content-Type": "application/x-www-form-urlencoded"}, 403},
		{"POST", map[string]string{"Origin": "https://evil.example", "Content-Type": "application/json"}, 200}, // it was asked for before
		{"POST", map[string]string{"Origin": "https://evil.example", "X-Weft-Csrf": "1"}, 200},
		{"GET", map[string]string{"Origin": "https://evil.example"}, 200},
		{"DELETE", map[string]string{"Origin": "https://evil.example"}, 200},
	} {
		r := httptest.NewRequest(c.request, "http://weft.test/like", nil)
		for name, value := range c.header {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status {
			t.Errorf("%s %v: %d", c.request, c.header, w.Code)
		}
	}
}

// routed is an engine with faces that can be exchanged.
type routed struct {
	fake
	routes *Routes
}

func (r *routed) Routes() *Routes { return r.routes }

func textRoute(method, pattern, text string) Route {
	return Route{Method: method, Pattern: pattern,
		Decode: func(*http.Request) (*operation.Request, error) {
			return &operation.Request{Document: []byte(text)}, nil
		},
		Encode: func(w http.ResponseWriter, _ *http.Request, a *Answer) error {
			if len(a.Errors) > 0 {
				w.WriteHeader(http.StatusTeapot)
			}
			_, err := w.Write(a.Body)
			return errors.Join(err)
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
	h := NewHandler(engine, Options{Landing: landing, Routes: []Route{textRoute("GET", "/fixed", "fixed")}})
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
	engine.routes = newRoutes(t, textRoute("GET", "/items", "one"), Route{Pattern: "/ios/graphql"})
	expect("GET", "/items", 200, one)
	expect("GET", "/fixed", 200, fixed)
	expect("POST", "/ios/graphql", 200, `{"data":{"echo":"{a}||||POST"}}`)
	expect("GET", "/ios/graphql?query=%7Ba%7D", 403, `{"errors":[{"message":"send Content-Type: application/json, or one of the headers x-weft-csrf, apollo-require-preflight, graphql-require-preflight, x-apollo-operation-name","extensions":{"code":"CSRF_PREVENTION_FAILED"}}]}`)
	expect("POST", "/items", 405, `{"type":"about:blank","title":"Method Not Allowed","status":405}`)
	if _, _, header := ask("POST", "/items"); header.Get("Allow") != "GET, HEAD" || header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("the refusal says %v", header)
	}
	engine.routes = newRoutes(t, textRoute("GET", "/items", "two"))
	expect("GET", "/items", 200, two)
	expect("GET", "/ios/graphql", 200, "landing")
	engine.routes = nil
	expect("GET", "/items", 200, "landing")
	expect("GET", "/fixed", 200, fixed)
	engine.routes = newRoutes(t, textRoute("GET", "/items", "panic"))
	expect("GET", "/items", 418, "") // told through the route
	if _, err := NewRoutes([]Route{textRoute("GET", "/{a}", "one"), textRoute("GET", "/{b}", "two")}); err == nil {
		t.Error("patterns that clash were accepted")
	}
}
