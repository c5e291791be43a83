package weft_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/redistest"
)

// TestRedisTroubleFailsNoRequest stops the Redis of the rates, starts it again,
// slows it to half a second and restarts it, while clients ask a whole process.
func TestRedisTroubleFailsNoRequest(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	store := redistest.Start(t, "")
	between := redistest.NewProxy(t, store.Address)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.graphql"), []byte("type Query { a: Int }"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`
listeners: { public: { address: 127.0.0.1:0 }, admin: { address: 127.0.0.1:0 } }
stores: { redis: { url: "redis://%s" } }
subgraphs: { list: [ { name: a, url: "%s", schema: ./a.graphql } ] }
limits:
  store: redis
  rates:
    - { name: ip, key: request.ip, rate: 1000000/s }
    - { name: cost, key: "principal.sub ?? request.ip", rate: 1000000/s, cost: actual }
telemetry: { logs: { access: { enabled: false } } }
`, between.Address, backend.URL)
	file := filepath.Join(dir, "weft.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := startProcess(t, func() (*config.Config, error) { return config.Load(file, config.System()) })

	stop := make(chan struct{})
	var asked, longest atomic.Int64
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() { // ends with stop
			for {
				select {
				case <-stop:
					return
				default:
				}
				start := time.Now()
				if got := post(t, p, `{"query":"{a}"}`); got != `200 {"data":{"a":1}}` {
					t.Error(got)
				}
				for took, old := int64(time.Since(start)), longest.Load(); took > old && !longest.CompareAndSwap(old, took); old = longest.Load() {
				}
				asked.Add(1)
			}
		})
	}
	phase := func(what, up string, do func()) {
		do()
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for !strings.Contains(metricsOf(t, p), "\nweft_limit_store_up "+up+"\n") {
			<-tick.C
		}
		for before := asked.Load(); asked.Load() < before+400; {
			<-tick.C
		}
		t.Logf("%s: the longest request took %v", what, time.Duration(longest.Swap(0)))
	}
	phase("all is well", "1", func() {})
	phase("Redis is stopped", "0", store.Stop)
	phase("Redis is back", "1", func() { store = redistest.Start(t, store.Address) })
	phase("Redis is slow", "0", func() { between.Delay.Store(int64(500 * time.Millisecond)) })
	phase("Redis is fast", "1", func() { between.Delay.Store(0) })
	phase("Redis is restarted", "1", func() { store.Stop(); store = redistest.Start(t, store.Address) })
	close(stop)
	clients.Wait()
	t.Logf("%d requests", asked.Load())
}

// metricsOf returns a process's metrics.
func metricsOf(t *testing.T, p *weft.Process) string {
	t.Helper()
	response, err := http.Get("http://" + p.AdminAddr() + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
