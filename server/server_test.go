package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// health is ready or not.
type health struct{ ready atomic.Bool }

func (h *health) Health() (required, details []Check) {
	return []Check{{Name: "graph", OK: h.ready.Load(), Detail: "two\nlines"}}, []Check{{Name: "reload", OK: false, Detail: "refused"}}
}

func fetchText(t *testing.T, url string) (int, string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return 0, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestAdmin(t *testing.T) {
	h := &health{}
	registry := prometheus.NewRegistry()
	if _, err := NewMetrics(registry); err != nil {
		t.Fatal(err)
	}
	s := New(http.NotFoundHandler(), AdminHandler(h, registry), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "127.0.0.1:0"})
	stop := runServer(t, s)
	base := "http://" + s.AdminAddr()
	expectText := func(path string, status int, want string) {
		t.Helper()
		if got, text := fetchText(t, base+path); got != status || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", path, got, text)
		}
	}
	expectText("/livez", 200, "ok")
	expectText("/readyz", 503, "-- graph two\n   lines\n-- reload refused\n")
	expectText("/startupz", 503, "-- starting")
	h.ready.Store(true)
	expectText("/readyz", 200, "ok graph two")
	expectText("/startupz", 200, "ok")
	h.ready.Store(false)
	expectText("/startupz", 200, "ok")
	expectText("/metrics", 200, `weft_http_request_duration_seconds_count{bff="",method="POST",status="200"} 0`)
	expectText("/graphql", 404, "")
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// runServer runs s until the returned function is called.
func runServer(t *testing.T, s *Server) func() error {
	t.Helper()
	if err := s.Listen(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }() // ends with cancel
	return func() error {
		cancel()
		return <-done
	}
}

// TestDrain stops a server while a request is under way: readiness goes, the
// request ends, then nobody is accepted any more.
func TestDrain(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	public := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		entered <- struct{}{}
		<-leave
		io.WriteString(w, "done")
	})
	h := &health{}
	h.ready.Store(true)
	s := New(public, AdminHandler(h, prometheus.NewRegistry()), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "127.0.0.1:0", PreDrain: 50 * time.Millisecond})
	stop := runServer(t, s)
	answer := make(chan string, 1)
	go func() { // ends with the request
		_, text := fetchText(t, "http://"+s.Addr())
		answer <- text
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }() // ends with the drain
	for {
		if status, text := fetchText(t, "http://"+s.AdminAddr()+"/readyz"); status == http.StatusServiceUnavailable {
			if !strings.Contains(text, "draining") {
				t.Error(text)
			}
			break
		}
	}
	close(leave)
	if text := <-answer; text != "done" {
		t.Errorf("the request under way got %s", text)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		conn.Close()
		t.Error("it still accepts connections")
	}
}

// TestDrainGivesUp cuts a request that does not end.
func TestDrainGivesUp(t *testing.T) {
	entered := make(chan struct{})
	public := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	s := New(public, http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", Drain: 20 * time.Millisecond})
	stop := runServer(t, s)
	ended := make(chan struct{})
	go func() { // ends when the connection is cut
		fetchText(t, "http://"+s.Addr())
		close(ended)
	}()
	<-entered
	if err := stop(); err == nil {
		t.Error("a drain that gave up must say so")
	}
	<-ended
}

func TestListenFailure(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, o := range []ListenOptions{{Address: l.Addr().String(), AdminAddress: "-"}, {Address: "127.0.0.1:0", AdminAddress: l.Addr().String()}} {
		if err := New(http.NotFoundHandler(), http.NotFoundHandler(), o).Listen(t.Context()); err == nil {
			t.Errorf("%+v listens", o)
		}
	}
}

// TestSlowHead closes a connection whose head does not come.
func TestSlowHead(t *testing.T) {
	s := New(http.NotFoundHandler(), http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", ReadHeaderTimeout: 20 * time.Millisecond, MaxHeaderBytes: 1000})
	stop := runServer(t, s)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: x\r\n")
	if _, err := io.ReadAll(conn); err != nil {
		t.Error(err)
	}
	large, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer large.Close()
	io.WriteString(large, "POST /graphql HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 20_000)+"\r\n\r\n")
	if text, _ := io.ReadAll(large); !strings.HasPrefix(string(text), "HTTP/1.1 431") {
		t.Errorf("%s", text)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestSlowBody sends the head and half a body: the client is told that it was
// too slow, and other clients are served meanwhile.
func TestSlowBody(t *testing.T) {
	handler := NewHandler(nil, Options{})
	s := New(handler, handler, ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", RequestTimeout: 300 * time.Millisecond})
	stop := runServer(t, s)
	conn, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "POST /graphql HTTP/1.1\r\nHost: weft\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
	if status, _ := fetchText(t, "http://"+s.Addr()+"/"); status != 404 {
		t.Errorf("another client got %d", status)
	}
	answer, _ := io.ReadAll(conn) // how the connection ends does not matter
	if !strings.HasPrefix(string(answer), "HTTP/1.1 408 ") || !strings.Contains(string(answer), "the body did not come in time") {
		t.Errorf("got %q", answer)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
