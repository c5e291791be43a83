package subgraphs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"context"

	"github.com/weftql/weft/fault"
)

func TestFetchSDL(t *testing.T) {
	for _, c := range []struct{ name, contentType, body, want string }{
		{"sdl", "application/json", `{"data":{"_service":{"sdl":"type Query{a:Int}"}}}`, "type Query{a:Int}"},
		{"no _service", "application/json", `{"errors":[{"message":"Cannot query field \"_service\""}]}`,
			`SCHEMA_UNAVAILABLE: subgraph p at URL does not tell its schema, so it is not a federation subgraph or hides _service: Cannot query field "_service"`},
		{"null", "application/json", `{"data":{"_service":null}}`, "SCHEMA_UNAVAILABLE: subgraph p at URL does not tell its schema: its answer has no _service"},
		{"empty", "application/json", `{"data":{"_service":{"sdl":" "}}}`, "SCHEMA_UNAVAILABLE: subgraph p at URL answered {_service{sdl}} with an empty schema"},
		{"truncated", "application/json", `{"data":`, "SCHEMA_UNAVAILABLE: subgraph p at URL answered {_service{sdl}} with broken JSON"},
		{"html", "text/html", `<html>`, `SCHEMA_UNAVAILABLE: subgraph p at URL cannot be asked for its schema: the subgraph answered with "text/html" instead of JSON`},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if body, _ := io.ReadAll(r.Body); string(body) != `{"query":"{_service{sdl}}"}` {
					t.Errorf("asked %s", body)
				}
				w.Header().Set("Content-Type", c.contentType)
				io.WriteString(w, c.body)
			}))
			defer server.Close()
			got, err := FetchSDL(t.Context(), HTTPOptions{Name: "p", URL: server.URL})
			if err != nil {
				got = strings.ReplaceAll(err.Error(), server.URL, "URL")
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestFetchText(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok.graphql":
			io.WriteString(w, "schema { query: Query }")
		case "/page":
			io.WriteString(w, "<!doctype html>")
		case "/big":
			io.WriteString(w, strings.Repeat("#", 200))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for path, want := range map[string]string{
		"/ok.graphql": "schema { query: Query }",
		"/page":       "SCHEMA_UNAVAILABLE: URL/page answered with HTML instead of a schema",
		"/big":        "SCHEMA_UNAVAILABLE: URL/big is too large: the subgraph's answer is larger than 100 bytes",
		"/none":       "SCHEMA_UNAVAILABLE: URL/none answered 404: Not Found",
	} {
		got, err := FetchText(t.Context(), HTTPOptions{URL: server.URL + path, MaxResponseBytes: 100})
		if err != nil {
			got = strings.ReplaceAll(err.Error(), server.URL, "URL")
		}
		if got != want {
			t.Errorf("%s\ngot  %s\nwant %s", path, got, want)
		}
	}
	_, err := FetchText(t.Context(), HTTPOptions{URL: "http://u:secret@127.0.0.1:1/x.graphql"})
	if fault.CodeOf(err) != fault.SchemaUnavailable || strings.Contains(err.Error(), "secret") {
		t.Error(err)
	}
}

func TestIsDocumentURL(t *testing.T) {
	for u, want := range map[string]bool{
		"http://a/s.graphql": true, "http://a/s.graphqls?x=1": true, "http://a/graphql": false, "http://a/": false, "http://[": false,
	} {
		if IsDocumentURL(u) != want {
			t.Errorf("%s: not %v", u, want)
		}
	}
}

func TestPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		last := time.Now()
		var waits []time.Duration
		Poll(ctx, 10*time.Second, func(context.Context) {
			waits = append(waits, time.Since(last))
			last = time.Now()
			if len(waits) == 50 {
				cancel()
			}
		})
		spread := map[time.Duration]bool{}
		for _, w := range waits {
			spread[w] = true
			if w < 9*time.Second || w > 11*time.Second {
				t.Errorf("waited %v", w)
			}
		}
		if len(spread) < 10 {
			t.Errorf("only %d different waits of 50", len(spread))
		}
	})
}
