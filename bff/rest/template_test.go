package rest

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// randomTemplate draws from few segments, so that many clash.
func randomTemplate(rng *rand.Rand) string {
	var b strings.Builder
	for i := range 1 + rng.IntN(3) {
		segment := []string{"a", "b", "x~y", fmt.Sprintf("{v%d}", i), fmt.Sprintf("{w%d}", i)}[rng.IntN(5)]
		b.WriteString("/" + segment)
	}
	return b.String()
}

// TestClashesAreThoseOfServeMux: what would make http.ServeMux panic is found
// when operations are loaded, and nothing else is.
func TestClashesAreThoseOfServeMux(t *testing.T) {
	clashes := 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		one, other := randomTemplate(rng), randomTemplate(rng)
		a, errA := parseTemplate(one)
		b, errB := parseTemplate(other)
		if errA != nil || errB != nil {
			t.Fatal(errA, errB)
		}
		panics := func() (panics bool) {
			defer func() { panics = recover() != nil }()
			mux := http.NewServeMux()
			mux.Handle("GET /p"+a.pattern(), http.NotFoundHandler())
			mux.Handle("GET /p"+b.pattern(), http.NotFoundHandler())
			mux.Handle("/p/", http.NotFoundHandler())
			return false
		}()
		if a.clashes(b) != panics || b.clashes(a) != panics {
			t.Fatalf("%s and %s: clashes %v, ServeMux panics %v", one, other, a.clashes(b), panics)
		}
		if panics {
			clashes++
		}
	}
	if clashes < 100 {
		t.Errorf("only %d of the pairs clash", clashes)
	}
}

// TestMatchesIsServeMuxes: 405 is said for the paths that the mux knows.
func TestMatchesIsServeMuxes(t *testing.T) {
	hits := 0
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 2))
		text := randomTemplate(rng)
		tmpl, err := parseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		path := ""
		for range 1 + rng.IntN(3) {
			path += "/" + []string{"a", "b", "x~y", "%61", "%2F%2F", "%2F", "ä", "", "%20"}[rng.IntN(9)]
		}
		mux := http.NewServeMux()
		found := false
		mux.HandleFunc(tmpl.pattern(), func(http.ResponseWriter, *http.Request) { found = true })
		w := httptest.NewRecorder()
		req := httptest.NewRequest(http.MethodGet, strings.ReplaceAll(path, "ä", "%C3%A4"), nil)
		mux.ServeHTTP(w, req)
		if strings.Contains(path, "//") { // which is redirected first
			continue
		}
		if tmpl.matches(req.URL.EscapedPath()) != found {
			t.Fatalf("%s and %s: matches %v, ServeMux %v", text, path, !found, found)
		}
		if found {
			hits++
		}
	}
	if hits < 100 {
		t.Errorf("only %d paths fit", hits)
	}
}
