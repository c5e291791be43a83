package server

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/internal/golden"
)

// TestEventStream plays requests whose answers are event streams, or would be.
func TestEventStream(t *testing.T) {
	golden.Run(t, "testdata/eventstream", []string{"responses.txt"}, func(t *testing.T, c *golden.Case) {
		server := httptest.NewServer(NewHandler(newStreaming(), Options{}))
		defer server.Close()
		var out strings.Builder
		for _, request := range strings.Split(strings.TrimSpace(c.Must(t, "requests.txt")), "\n\n") {
			out.WriteString(play(t, server, request) + "\n")
		}
		c.Output(t, "responses.txt", out.String())
	})
}

func eventStreamRequest(ctx context.Context, url, query string) *http.Request {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"query":"`+query+`"}`))
	r.RequestURI = ""
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	return r
}

// TestHeartbeat counts the comments of a quiet stream over 40 s.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		engine := newStreaming()
		w := httptest.NewRecorder()
		NewHandler(engine, Options{}).ServeHTTP(w, eventStreamRequest(ctx, "/graphql", "quiet"))
		if got := w.Body.String(); got != strings.Repeat(":\n\n", 4) {
			t.Errorf("got %q", got)
		}
		if w.Header().Get("Cache-Control") != "no-cache" || w.Header().Get("X-Accel-Buffering") != "no" || engine.open.Load() != 0 {
			t.Errorf("%v, %d feeds open", w.Header(), engine.open.Load())
		}
	})
}

// TestStreamOutlivesTimeouts keeps a stream open for longer than a request may
// take; the client's leaving ends it.
func TestStreamOutlivesTimeouts(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	s := New(NewHandler(engine, Options{EventStream: EventStreamOptions{Heartbeat: 20 * time.Millisecond}}), http.NotFoundHandler(),
		ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", RequestTimeout: 80 * time.Millisecond, OperationTimeout: 40 * time.Millisecond})
	stop := runServer(t, s)
	conn := openStream(t, s.Addr(), "quiet")
	in := bufio.NewReader(conn)
	heartbeats := 0
	for heartbeats < 15 {
		line, err := in.ReadString('\n')
		if err != nil {
			t.Fatalf("after %d heartbeats: %v", heartbeats, err)
		}
		if line == ":\n" {
			heartbeats++
		}
	}
	conn.Close()
	eventually(t, "the feed closed", func() bool { return engine.open.Load() == 0 })
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// openStream sends a request for an event stream on a connection of its own.
func openStream(t *testing.T, address, query string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := eventStreamRequest(t.Context(), "http://weft.test/graphql", query).Write(conn); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// TestSlowStream gives a client up that does not take its events.
func TestSlowStream(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	s := New(NewHandler(engine, Options{EventStream: EventStreamOptions{WriteTimeout: 50 * time.Millisecond}}), http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-"})
	stop := runServer(t, s)
	openStream(t, s.Addr(), "flood 100000")
	eventually(t, "a feed", func() bool { return engine.asked.Load() == 1 })
	eventually(t, "the feed closed", func() bool { return engine.open.Load() == 0 })
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// TestStreamLimits counts event streams with WebSockets.
func TestStreamLimits(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	address := startStreams(t, engine, Options{WebSocket: WebSocketOptions{MaxConnections: 2}})
	first := openStream(t, address, "quiet")
	eventually(t, "a stream", func() bool { return engine.open.Load() == 1 })
	c := dialInit(t, address)
	head, err := http.ReadResponse(bufio.NewReader(openStream(t, address, "quiet")), nil)
	if err != nil || head.StatusCode != http.StatusServiceUnavailable || head.Header.Get("Retry-After") == "" {
		t.Errorf("%v %v", head, err)
	}
	first.Close()
	if err := c.frame(true, opClose, nil); err != nil {
		t.Error(err)
	}
}

// TestDrainOfStreams ends WebSockets with 1001, first those without single
// answers under way, and event streams without complete; new operations and
// connections are refused.
func TestDrainOfStreams(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	s := New(NewHandler(engine, Options{Metrics: metrics}), http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-"})
	stop := runServer(t, s)
	stream := openStream(t, s.Addr(), "quiet")
	idle, busy := dialInit(t, s.Addr()), dialInit(t, s.Addr())
	idle.send(`{"id":"1","type":"subscribe","payload":{"query":"quiet"}}`)
	busy.send(`{"id":"1","type":"subscribe","payload":{"query":"quiet"}}`)
	busy.send(`{"id":"2","type":"subscribe","payload":{"query":"hold"}}`)
	eventually(t, "all run", func() bool { return engine.open.Load() == 3 && engine.waiting.Load() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }() // ends with the drain
	idle.expect("close 1001 Going away")
	idle.expect("end")
	text, err := io.ReadAll(stream)
	if err != nil || !strings.HasSuffix(string(text), "\r\n\r\n3\r\n:\n\n\r\n0\r\n\r\n") {
		t.Errorf("the stream ended with %q %v", text, err)
	}
	busy.send(`{"id":"3","type":"subscribe","payload":{"query":"{a}"}}`)
	busy.expect(`{"id":"3","type":"error","payload":[{"message":"the server is shutting down","extensions":{"code":"SERVER_SHUTDOWN"}}]}`)
	close(engine.release)
	busy.expect(`{"id":"2","type":"next","payload":{"data":{"waited":true}}}`)
	busy.expect(`{"id":"2","type":"complete"}`)
	busy.expect("close 1001 Going away")
	busy.expect("end")
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if engine.open.Load() != 0 {
		t.Errorf("%d feeds are open", engine.open.Load())
	}
}

// TestDrainIsBounded closes what does not end with 1012.
func TestDrainIsBounded(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	s := New(NewHandler(engine, Options{}), http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", Drain: 300 * time.Millisecond})
	stop := runServer(t, s)
	c := dialInit(t, s.Addr())
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"wait"}}`)
	eventually(t, "it runs", func() bool { return engine.waiting.Load() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }() // ends with the drain
	c.expect("close 1012 Service restart")
	c.conn.Close()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	eventually(t, "the operation given up", func() bool { return engine.waited.Load() == 1 })
}

// TestDrainOfStalledClients takes no longer for many that do not read than for
// one.
func TestDrainOfStalledClients(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	s := New(NewHandler(engine, Options{}), http.NotFoundHandler(), ListenOptions{Address: "127.0.0.1:0", AdminAddress: "-", Drain: time.Second})
	stop := runServer(t, s)
	const clients = 8
	for range clients {
		c := dialInit(t, s.Addr())
		c.send(`{"id":"1","type":"subscribe","payload":{"query":"flood 10000000"}}`)
	}
	eventually(t, "all are being written to", func() bool { return engine.open.Load() == clients })
	start := time.Now()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the drain took %v", took)
	}
}

// TestEventStreamOverHTTP2 has streams share a connection: a client that does
// not take one gives that up, and the others go on.
func TestEventStreamOverHTTP2(t *testing.T) {
	engine := newStreaming()
	server := httptest.NewUnstartedServer(NewHandler(engine, Options{EventStream: EventStreamOptions{Heartbeat: 20 * time.Millisecond, WriteTimeout: 100 * time.Millisecond}}))
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	open := func(query string) (*http.Response, context.CancelFunc) {
		ctx, cancel := context.WithCancel(t.Context())
		response, err := server.Client().Do(eventStreamRequest(ctx, server.URL+"/graphql", query))
		if err != nil {
			t.Fatal(err)
		}
		if response.ProtoMajor != 2 || response.StatusCode != http.StatusOK {
			t.Fatalf("%s %s", response.Proto, response.Status)
		}
		return response, cancel
	}
	quiet, leave := open("quiet")
	defer leave()
	stalled, release := open("flood 1000000")
	defer release()
	defer stalled.Body.Close()
	eventually(t, "the stalled one is given up", func() bool { return engine.asked.Load() == 2 && engine.open.Load() == 1 })
	heartbeats := make([]byte, 3*20)
	if _, err := io.ReadFull(quiet.Body, heartbeats); err != nil || strings.Trim(string(heartbeats), ":\n") != "" {
		t.Errorf("%q %v", heartbeats, err)
	}
	leave()
	eventually(t, "all feeds are closed", func() bool { return engine.open.Load() == 0 })
}

// TestLargeEvent gives a client that reads the whole time for each piece.
func TestLargeEvent(t *testing.T) {
	const size = 40 << 20
	address := startStreams(t, newStreaming(), Options{EventStream: EventStreamOptions{WriteTimeout: 200 * time.Millisecond}})
	conn := openStream(t, address, "flood "+strconv.Itoa(size))
	pace := time.NewTicker(4 * time.Millisecond)
	defer pace.Stop()
	buf := make([]byte, 256<<10)
	for read := 0; read < size; {
		<-pace.C
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("after %d bytes: %v", read, err)
		}
		read += n
	}
	conn.Close()
}
