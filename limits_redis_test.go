package weft_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// TestRedisTroubleFailsNoRequest stops the Redis of the rates, starts it again,
// slows it to half a second and restarts it, while clients ask a whole process.
func TestRedisTroubleFailsNoRequest(t *testing.T) {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerOne(w) }))
	defer backend.Close()
	store := startRedis(t, "")
	between := slowable(t, store.address)
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
`, between.address, backend.URL)
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
	phase("Redis is stopped", "0", store.stop)
	phase("Redis is back", "1", func() { store = startRedis(t, store.address) })
	phase("Redis is slow", "0", func() { between.delay.Store(int64(500 * time.Millisecond)) })
	phase("Redis is fast", "1", func() { between.delay.Store(0) })
	phase("Redis is restarted", "1", func() { store.stop(); store = startRedis(t, store.address) })
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

// redisServer is a Redis on a loopback port, without persistence.
type redisServer struct {
	address string
	command *exec.Cmd
}

// startRedis starts one; address is "" for any free port.
func startRedis(t *testing.T, address string) *redisServer {
	t.Helper()
	if address == "" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address = l.Addr().String()
		_ = l.Close()
	}
	_, port, _ := net.SplitHostPort(address)
	s := &redisServer{address: address}
	s.command = exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	out, err := s.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatalf("%v; the tests need the package redis-server", err)
	}
	t.Cleanup(s.stop)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the server
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

func (s *redisServer) stop() {
	if s.command.ProcessState == nil {
		_ = s.command.Process.Kill()
		_ = s.command.Wait()
	}
}

// passage is a way to a server that can be slow.
type passage struct {
	address string
	delay   atomic.Int64
	closing chan struct{}
}

func slowable(t *testing.T, to string) *passage {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &passage{address: l.Addr().String(), closing: make(chan struct{})}
	t.Cleanup(func() { close(p.closing); _ = l.Close() })
	go func() { // ends with the listener
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			onward, err := net.Dial("tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			go p.pass(from, onward) // ends with either connection
			go p.pass(onward, from)
		}
	}()
	return p
}

func (p *passage) pass(from, to net.Conn) {
	defer func() { _, _ = from.Close(), to.Close() }()
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if d := p.delay.Load(); d > 0 {
			select {
			case <-time.After(time.Duration(d)):
			case <-p.closing:
				return
			}
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
