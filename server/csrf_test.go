package server

import (
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
