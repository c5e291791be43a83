package server

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
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
