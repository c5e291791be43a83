package jwks

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestRemote reads real answers.
func TestRemote(t *testing.T) {
	good := `{"keys":[` + edKey(t, "k") + `]}`
	var plain, secure *httptest.Server
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/good":
			w.Header().Set("Cache-Control", "max-age=300")
			_, _ = w.Write([]byte(good))
		case "/moved":
			http.Redirect(w, r, "/good", http.StatusMovedPermanently)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/down":
			http.Redirect(w, r, plain.URL+"/good", http.StatusFound)
		case "/long":
			_, _ = w.Write([]byte(strings.Repeat(" ", maxText) + good))
		case "/slow":
			<-r.Context().Done()
		case "/page":
			_, _ = w.Write([]byte("<html>"))
		case "/short":
			w.Header().Set("Content-Length", "5000")
			_, _ = w.Write([]byte(good))
		default:
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(good))
		}
	})
	plain, secure = httptest.NewServer(handler), httptest.NewTLSServer(handler)
	defer plain.Close()
	defer secure.Close()
	trusting := newClient()
	trusting.Transport = secure.Client().Transport
	for _, c := range []struct{ url, want string }{
		{plain.URL + "/good", ""}, {plain.URL + "/moved", ""}, {secure.URL + "/good", ""}, {secure.URL + "/moved", ""},
		{plain.URL + "/round", "too many redirects"}, {secure.URL + "/down", "a redirect leads away from https"},
		{plain.URL + "/long", "the key set is larger than 1048576 bytes"}, {plain.URL + "/slow", "context deadline exceeded"},
		{plain.URL + "/page", "the key set is not JSON as RFC 7517 has it"}, {plain.URL + "/short", "unexpected EOF"}, {plain.URL + "/none", "the answer's status is 503"},
	} {
		o := Options{URL: c.url, Required: true, Client: trusting}
		if strings.HasSuffix(c.url, "/slow") {
			o.Timeout = 50 * time.Millisecond
		}
		s, err := Open(context.Background(), o)
		switch {
		case err == nil && c.want == "":
			if !s.Keys().Has("k") {
				t.Errorf("%s: no key", c.url)
			}
			if age, ok := s.Age(); !ok || age > time.Minute {
				t.Errorf("%s: age %v %v", c.url, age, ok)
			}
			s.Close()
		case err == nil:
			t.Errorf("%s: no error", c.url)
			s.Close()
		case c.want == "" || !strings.Contains(err.Error(), c.want):
			t.Errorf("%s: %v", c.url, err)
		}
	}
	trusting.CloseIdleConnections()
	if _, err := Open(context.Background(), Options{URL: secure.URL + "/good", Required: true}); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate nobody vouches for is taken: %v", err)
	}
}

// TestBudget is one reading per window, two at once.
func TestBudget(t *testing.T) {
	var b budget
	start := time.Now()
	for _, c := range []struct {
		at   time.Duration
		want bool
	}{{0, true}, {0, true}, {0, false}, {29, false}, {30, true}, {31, false}, {59, false}, {60, true}, {300, true}, {300, true}, {301, false}} {
		if got := b.spend(start.Add(c.at * time.Second)); got != c.want {
			t.Errorf("after %d s: %v", c.at, got)
		}
	}
}
