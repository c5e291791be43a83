package weft_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// guardedFolder writes the files of a process whose one field needs a token;
// turn goes into a setting of the authenticator.
func guardedFolder(t *testing.T, dir, backend, keys string, turn int) {
	t.Helper()
	write(t, filepath.Join(dir, "a.graphql"), `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@authenticated"]) type Query { a: Int @authenticated }`)
	write(t, filepath.Join(dir, "weft.yaml"), fmt.Sprintf(`
listeners: { public: { address: "127.0.0.1:0" }, admin: { address: "127.0.0.1:0" } }
subgraphs: { list: [ { name: a, url: %q, schema: a.graphql } ] }
telemetry: { logs: { access: { enabled: false } } }
auth:
  authenticators:
    - jwt: { cache_tokens: %d, issuers: [ { iss: one, jwks: { url: "http://%s/", timeout: 2s }, algs: [EdDSA] } ] }
`, backend, 100+turn, keys))
}

// TestReconfigureWithoutKeys changes how tokens are looked at while the issuer's
// keys cannot be read, or do not come: those that are known go on, and nobody
// waits but the reload.
func TestReconfigureWithoutKeys(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	one := startPolicyIssuer(t, "one")
	dir := t.TempDir()
	guardedFolder(t, dir, backend.URL, one.address, 0)
	p := startProcess(t, func() (*config.Config, error) { return config.Load(filepath.Join(dir, "weft.yaml"), config.System()) })
	token, _ := one.sign(t, false, jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()})
	ask := func() {
		t.Helper()
		if got := postAs(t, p, "Bearer "+token); got != `200 {"data":{"a":1}}` {
			t.Errorf("%.300s", got)
		}
	}
	ask()
	one.backend.stop()
	guardedFolder(t, dir, backend.URL, one.address, 1)
	if err := p.Reload(t.Context()); err != nil {
		t.Error(err)
	}
	ask()

	one.hangs.Store(true)
	one.backend.start(t)
	guardedFolder(t, dir, backend.URL, one.address, 2)
	done := make(chan error)
	go func() { done <- p.Reload(t.Context()) }() // ends within the timeout
	asked := 0
	for waiting := true; waiting; asked++ {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			waiting = false
		default:
		}
		ask()
	}
	t.Logf("%d requests during the reload", asked)
	one.backend.stop()
}

// postAs asks as somebody and returns status and body.
func postAs(t *testing.T, p *weft.Process, authorization string) string {
	t.Helper()
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+p.Addr()+"/graphql", strings.NewReader(`{"query":"{a}"}`))
	r.Header = http.Header{"Content-Type": {"application/json"}, "Authorization": {authorization}}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(response.StatusCode, " ", string(text))
}

// TestReconfigureByLink swaps the link that a mounted ConfigMap's files are
// reached through: what it leads to now is taken, without being told.
func TestReconfigureByLink(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	dir := t.TempDir()
	publish := func(n int) {
		version := fmt.Sprint("..v", n)
		if err := os.MkdirAll(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, version, "a.graphql"), "type Query { a: Int }")
		settingsOf(t, filepath.Join(dir, version, "weft.yaml"), backend.URL, n)
		if err := os.Symlink(version, filepath.Join(dir, "..new")); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")); err != nil {
			t.Fatal(err)
		}
	}
	publish(0)
	for _, name := range []string{"weft.yaml", "a.graphql"} {
		if err := os.Symlink(filepath.Join("..data", name), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	p := startProcess(t, func() (*config.Config, error) { return config.Load(filepath.Join(dir, "weft.yaml"), config.System()) })
	introspects := func() bool {
		return strings.HasPrefix(post(t, p, `{"query":"{__schema{queryType{name}}}"}`), `200 {"data":`)
	}
	if !introspects() {
		t.Fatal("introspection is off")
	}
	for n := 1; n <= 4; n++ { // 1 and 3 switch introspection off
		publish(n)
		slowly(t, "the change", func() bool { return introspects() == (n%2 == 0) })
	}
}

// TestReconfigureLeavesNothing changes the configuration 200 times: memory and
// goroutines stay what they were.
func TestReconfigureLeavesNothing(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	one := startPolicyIssuer(t, "one")
	defer func() { one.backend.stop() }()
	dir := t.TempDir()
	guardedFolder(t, dir, backend.URL, one.address, 0)
	p := startProcess(t, func() (*config.Config, error) { return config.Load(filepath.Join(dir, "weft.yaml"), config.System()) })
	token, _ := one.sign(t, false, jwt.MapClaims{"exp": time.Now().Add(time.Hour).Unix()})
	inUse := func() (heap, goroutines int) {
		http.DefaultClient.CloseIdleConnections()
		var m runtime.MemStats
		for range 3 {
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc >> 10), runtime.NumGoroutine()
	}
	turn := 0
	reload := func(times int) {
		for range times {
			turn++
			guardedFolder(t, dir, backend.URL, one.address, turn)
			if err := p.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := postAs(t, p, "Bearer "+token); got != `200 {"data":{"a":1}}` {
				t.Fatal(got)
			}
		}
	}
	reload(20)
	heap, goroutines := inUse()
	reload(200)
	slowly(t, "no more than before", func() bool {
		h, n := inUse()
		return h < heap+2048 && n <= goroutines+2 // connections that are about to close
	})
	h, n := inUse()
	t.Logf("%d KiB and %d goroutines, after 200 changes %d KiB and %d", heap, goroutines, h, n)
}
