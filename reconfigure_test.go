package weft_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// settingsOf writes the n-th configuration of a process whose subgraph is at
// url: each differs from the one before in several sections.
func settingsOf(t *testing.T, file, url string, n int) {
	t.Helper()
	text := fmt.Sprintf(`
version: 1
listeners: { public: { address: 127.0.0.1:0 }, admin: { address: 127.0.0.1:0 } }
graphs: [ { introspection: "%s", timeout: %ds } ]
subgraphs:
  defaults: { headers: [ { insert: x-turn, value: "%d" } ] }
  list:
    - { name: a, url: "%s", timeout: %ds, schema: ./a.graphql }
limits: { document: { max_tokens: %d } }
`, []string{"on", "off"}[n%2], 20+n%3, n, url, 5+n%4, 1000+n)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func answerOne(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"data":{"a":1}}`)
}

// TestReconfigureUnderLoad changes the configuration 50 times while clients ask:
// no request fails, every change is taken, and requests see one configuration.
func TestReconfigureUnderLoad(t *testing.T) {
	var newest atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var turn int64
		if _, err := fmt.Sscan(r.Header.Get("X-Turn"), &turn); err != nil {
			t.Errorf("a subgraph request without the header rule: %v", err)
		}
		for seen := newest.Load(); turn > seen && !newest.CompareAndSwap(seen, turn); seen = newest.Load() {
		}
		answerOne(w)
	}))
	defer backend.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.graphql"), []byte("type Query { a: Int }"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "weft.yaml")
	settingsOf(t, file, backend.URL, 0)
	load := func() (*config.Config, error) { return config.Load(file, config.System()) }
	p := startProcess(t, load)

	stop := make(chan struct{})
	var asked atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() { // ends with stop
			for {
				select {
				case <-stop:
					return
				default:
				}
				if got := post(t, p, `{"query":"{a}"}`); got != `200 {"data":{"a":1}}` {
					t.Error(got)
				}
				asked.Add(1)
			}
		})
	}
	for n := 1; n <= 50; n++ {
		settingsOf(t, file, backend.URL, n)
		if err := p.Reload(t.Context()); err != nil {
			t.Fatal(err)
		}
		for before := asked.Load(); asked.Load() < before+8; { // it is in use
			runtime.Gosched()
		}
		if got := newest.Load(); got != int64(n) {
			t.Errorf("after change %d requests go out as %d", n, got)
		}
	}
	close(stop)
	clients.Wait()
	t.Logf("%d requests over 50 changes", asked.Load())
}

// TestReconfigureRefused leaves everything as it is where a configuration is
// wrong, and says what is.
func TestReconfigureRefused(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.graphql"), []byte("type Query { a: Int }"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "weft.yaml")
	settingsOf(t, file, backend.URL, 0)
	load := func() (*config.Config, error) { return config.Load(file, config.System()) }
	p := startProcess(t, load)
	for _, c := range []struct{ from, to, code, says string }{
		{"timeout: 20s", "timeout: soon", string(fault.ConfigInvalid), "weft.yaml:4:"},
		{"./a.graphql", "./missing.graphql", string(fault.SchemaUnavailable), "missing.graphql"},
	} {
		before := p.Gateway.Snapshot()
		settingsOf(t, file, backend.URL, 0)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), c.from, c.to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		err = p.Reload(t.Context())
		if string(fault.CodeOf(err)) != c.code || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.to, err)
		}
		if p.Gateway.Snapshot() != before {
			t.Errorf("%s: a snapshot was swapped", c.to)
		}
		if got := post(t, p, `{"query":"{a}"}`); got != `200 {"data":{"a":1}}` {
			t.Error(got)
		}
		if ok, detail := reloadDetail(p); ok || !strings.Contains(detail, c.says) {
			t.Errorf("%s: readiness says %v %q", c.to, ok, detail)
		}
	}
	settingsOf(t, file, backend.URL, 0)
	if err := p.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	if ok, detail := reloadDetail(p); !ok {
		t.Error(detail)
	}
}

// reloadDetail is what the readiness check says of the last change.
func reloadDetail(p *weft.Process) (ok bool, detail string) {
	_, details := p.Gateway.Health()
	for _, d := range details {
		if d.Name == "reload" {
			return d.OK, d.Detail
		}
	}
	return false, "nothing"
}

// startProcess runs a process until the test ends.
func startProcess(t *testing.T, load func() (*config.Config, error)) *weft.Process {
	t.Helper()
	settings, err := load()
	if err != nil {
		t.Fatal(err)
	}
	p, err := weft.Start(t.Context(), settings, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.Load = load
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with cancel
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p
}

// post returns status and body.
func post(t *testing.T, p *weft.Process, body string) string {
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://"+p.Addr()+"/graphql", strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return ""
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return fmt.Sprint(response.StatusCode, " ", string(answer))
}
