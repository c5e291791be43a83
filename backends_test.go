package weft_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/internal/testkit"
)

// logBuffer is a log that may be written by several goroutines.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// backends are the subgraphs of a case: one per subgraphs/NAME.graphql, played
// from data/NAME.json, or from the script rest/NAME.http, or misbehaving as a
// line "backend: NAME KIND" says.
type backends struct {
	names    []string
	rest     map[string]*restBackend
	urls     map[string]string // by name
	requests map[string]*atomic.Int64
}

func startBackends(t *testing.T, c *golden.Case) *backends {
	t.Helper()
	b := &backends{rest: map[string]*restBackend{}, urls: map[string]string{}, requests: map[string]*atomic.Int64{}}
	kinds := map[string]string{}
	for _, line := range c.Headers("backend") {
		name, kind, _ := strings.Cut(line, " ")
		kinds[name] = kind
	}
	for _, section := range c.Inputs("subgraphs/") {
		name := strings.TrimSuffix(strings.TrimPrefix(section, "subgraphs/"), ".graphql")
		var handler http.Handler
		if script, ok := c.Input("rest/" + name + ".http"); ok {
			b.rest[name] = newRESTBackend(t, script)
			handler = b.rest[name]
		} else if kind := kinds[name]; kind != "" {
			handler = misbehaving(t, kind)
		} else {
			handler = fixture(t, c, name, section)
		}
		b.add(t, name, kinds[name], handler)
	}
	return b
}

func (b *backends) add(t *testing.T, name, kind string, handler http.Handler) {
	t.Helper()
	count := &atomic.Int64{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	if kind == "unreachable" {
		server.Close()
	}
	b.names = append(b.names, name)
	b.urls[name] = server.URL
	if b.rest[name] == nil {
		b.urls[name] += "/graphql"
	}
	b.requests[name] = count
}

// fixture plays a subgraph from its data; without data it answers anything
// with an internal error.
func fixture(t *testing.T, c *golden.Case, name, section string) http.Handler {
	t.Helper()
	data, ok := c.Input("data/" + name + ".json")
	if !ok {
		data = "{}"
	}
	f, err := testkit.LoadFixture(name, []byte(c.Must(t, section)), []byte(data))
	if err != nil {
		if c.Header("broken") == "" {
			t.Fatal(err)
		}
		return http.NotFoundHandler()
	}
	return testkit.Handler(f)
}

// misbehaving is a backend that answers every request in one bad way.
func misbehaving(t *testing.T, kind string) http.Handler {
	t.Helper()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		switch kind {
		case "html":
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html><body>It works! Secret: 42</body></html>")
		case "gigabyte":
			io.WriteString(w, `{"data":{"huge":"`)
			chunk := strings.Repeat("x", 1<<20)
			for range 1 << 10 {
				if _, err := io.WriteString(w, chunk); err != nil {
					return // the gateway has hung up, as it should
				}
			}
			io.WriteString(w, `"}}`)
		case "echo": // the headers rules could have sent
			var lines []string
			for name, values := range r.Header {
				if name == "Authorization" || strings.HasPrefix(name, "X-") || name == "Tenant" {
					lines = append(lines, name+"="+strings.Join(values, "+"))
				}
			}
			slices.Sort(lines)
			fmt.Fprintf(w, `{"data":{"%s":%q}}`, r.URL.Query().Get("field"), strings.Join(lines, " "))
		case "busy":
			w.WriteHeader(http.StatusServiceUnavailable)
		case "large":
			io.WriteString(w, `{"data":{"a":"`+strings.Repeat("x", 5<<20)+`"}}`)
		case "large-partial":
			io.WriteString(w, `{"data":{"a":"`+strings.Repeat("x", 5<<20)+`","b":null},"errors":[{"message":"no","path":["b"],"extensions":{"code":"NOT_FOUND"}}]}`)
		case "truncated":
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, `{"data":{"a":`)
		case "halfway":
			io.WriteString(w, `{"data":{"a":`)
		case "silent":
			<-r.Context().Done()
		case "duplicate":
			io.WriteString(w, `{"data":{"_entities":[{"inStock":1,"inStock":2,"count":1,"count":2},{"inStock":1,"count":1}]}}`)
		case "redirect":
			http.Redirect(w, r, "http://127.0.0.1:1/elsewhere", http.StatusTemporaryRedirect)
		case "sdl":
			io.WriteString(w, `{"data":{"_service":{"sdl":"type Query { a: Int }"}}}`)
		case "noservice":
			io.WriteString(w, `{"errors":[{"message":"Cannot query field \"_service\" on type \"Query\"."}]}`)
		case "notgraphql":
			io.WriteString(w, `{"status":"up"}`)
		case "badutf8":
			io.WriteString(w, "{\"data\":{\"a\":\"\xff\"}}")
		default:
			t.Errorf("unknown backend kind %s", kind)
		}
	})
}

// config is the configuration of a case without weft.yaml.
func (b *backends) config() string {
	var out strings.Builder
	out.WriteString("subgraphs:\n  list:\n")
	for _, name := range b.names {
		address := fmt.Sprintf(`url: "${env:%s}"`, name)
		if b.rest[name] != nil { // its one source has the subgraph's name
			address = fmt.Sprintf(`sources: { %s: { override_url: "${env:%s}" } }`, name, name)
		}
		fmt.Fprintf(&out, "    - { name: %s, %s, schema: subgraphs/%s.graphql }\n", name, address, name)
	}
	return out.String()
}

// counts prints how many requests each backend got.
func (b *backends) counts() string {
	var out strings.Builder
	for _, name := range b.names {
		fmt.Fprintf(&out, "%s %d\n", name, b.requests[name].Load())
	}
	return out.String()
}

// calls prints what each REST backend was asked.
func (b *backends) calls() string {
	var out strings.Builder
	for _, name := range b.names {
		if rest := b.rest[name]; rest != nil {
			fmt.Fprintf(&out, "%s\n%s", name, rest.said())
		}
	}
	return out.String()
}
