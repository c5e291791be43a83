package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
)

// TestWebSocket plays testdata/websocket: frames of a client, and what comes
// back. Lines of the comment set options.
func TestWebSocket(t *testing.T) {
	golden.Run(t, "testdata/websocket", []string{"transcript.txt"}, func(t *testing.T, c *golden.Case) {
		nothingLeft(t)
		engine := newStreaming()
		server := startStreams(t, engine, webSocketOptions(t, c))
		again := func(header http.Header) *rawClient { return dial(t, server, header) }
		client := again(nil)
		c.Output(t, "transcript.txt", client.script(c.Must(t, "client.txt"), again))
	})
}

func webSocketOptions(t *testing.T, c *golden.Case) Options {
	t.Helper()
	number := func(key string) int {
		if c.Header(key) == "" {
			return 0
		}
		n, err := strconv.Atoi(c.Header(key))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	span := func(key string) time.Duration {
		if c.Header(key) == "" {
			return 0
		}
		d, err := time.ParseDuration(c.Header(key))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	o := WebSocketOptions{
		InitTimeout: span("init-timeout"), Ping: span("ping"), Idle: span("idle"), MaxConnections: number("connections"),
		MaxConnectionsPerClient: number("per-client"), MaxOperations: number("operations"), MaxMessageBytes: int64(number("message-bytes")),
		MessageRate: number("rate"), MessageBurst: number("burst"), AllowOrigins: c.Headers("origin"),
	}
	if c.Header("init") == "refused" {
		o.Init = refuseInit
	}
	return Options{WebSocket: o}
}

// startStreams serves until the test ends, when all clients must be gone.
func startStreams(t *testing.T, engine *streaming, o Options) string {
	t.Helper()
	handler := NewHandler(engine, o)
	server := httptest.NewServer(handler)
	t.Cleanup(func() {
		eventually(t, "the end of all feeds", func() bool { return engine.open.Load() == 0 && engine.waiting.Load() == engine.waited.Load() })
		eventually(t, "the end of all connections", func() bool {
			handler.live.mu.Lock()
			defer handler.live.mu.Unlock()
			return handler.live.count == 0
		})
		server.CloseClientConnections()
		server.Close()
	})
	return server.Listener.Addr().String()
}

func refuseInit(_ context.Context, c *caller.Caller) error {
	if string(c.Init) == `{"token":"good"}` {
		return nil
	}
	return errors.New("unknown token")
}

// TestKeepAlive asks an idle client whether it is there for longer than a
// silent one would be kept, and gives it up when it stops answering.
func TestKeepAlive(t *testing.T) {
	nothingLeft(t)
	address := startStreams(t, newStreaming(), Options{WebSocket: WebSocketOptions{Ping: 50 * time.Millisecond, Idle: 400 * time.Millisecond}})
	c := dialInit(t, address)
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"quiet"}}`)
	for range 12 {
		c.expect("ping")
		if err := c.frame(true, opPong, nil); err != nil {
			t.Fatal(err)
		}
	}
	for got := "ping"; got != "end"; got = c.read() {
		if got != "ping" {
			t.Fatal(got)
		}
	}
}

// TestMessageWithoutEnd bounds the time for one message, whatever pings come in
// between.
func TestMessageWithoutEnd(t *testing.T) {
	nothingLeft(t)
	address := startStreams(t, newStreaming(), Options{WebSocket: WebSocketOptions{Idle: 200 * time.Millisecond}})
	c := dialInit(t, address)
	if err := c.frame(false, opText, []byte(`{"type":`)); err != nil {
		t.Fatal(err)
	}
	pace := time.NewTicker(20 * time.Millisecond)
	defer pace.Stop()
	for range 100 {
		<-pace.C
		if c.frame(true, opPing, nil) != nil {
			return
		}
		if got := c.read(); got != "pong" {
			return
		}
		for range 100 { // what else a message may consist of
			if c.frame(false, opContinue, nil) != nil {
				return
			}
		}
	}
	t.Error("a message may go on without end")
}

// TestStalledClient gives a connection up whose client does not read, whatever
// waits for it.
func TestStalledClient(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	address := startStreams(t, engine, Options{WebSocket: WebSocketOptions{WriteTimeout: 50 * time.Millisecond}})
	c := dialInit(t, address)
	for i := range 5 {
		c.send(fmt.Sprintf(`{"id":"%d","type":"subscribe","payload":{"query":"flood 200000"}}`, i))
	}
	eventually(t, "it runs", func() bool { return engine.asked.Load() == 5 })
	eventually(t, "it is given up", func() bool { return engine.open.Load() == 0 })
}

// TestStalledPings stops reading the messages of a client that does not read
// the answers.
func TestStalledPings(t *testing.T) {
	nothingLeft(t)
	address := startStreams(t, newStreaming(), Options{WebSocket: WebSocketOptions{WriteTimeout: 50 * time.Millisecond, MessageRate: 1 << 20, MessageBurst: 1 << 20}})
	c := dialInit(t, address)
	ping := []byte(`{"type":"ping","payload":{"fill":"` + strings.Repeat("x", 100_000) + `"}}`)
	sent := 0
	for ; c.frame(true, opText, ping) == nil; sent += len(ping) {
		if sent > 200<<20 {
			t.Fatal("200 MiB were taken of a client that does not read")
		}
	}
}

// TestFairRound has one operation send without end: others get their turn at
// once.
func TestFairRound(t *testing.T) {
	nothingLeft(t)
	address := startStreams(t, newStreaming(), Options{})
	c := dialInit(t, address)
	c.send(`{"id":"loud","type":"subscribe","payload":{"query":"flood 10000"}}`)
	c.read()
	for range 20 {
		c.send(`{"id":"count","type":"subscribe","payload":{"query":"count 5"}}`)
		// What the loud one has sent meanwhile stands in the sockets' buffers.
		for got := ""; !strings.HasPrefix(got, `{"id":"count"`); got = c.read() {
		}
		between, events := 0, 1
		for events < 6 {
			if strings.HasPrefix(c.read(), `{"id":"count"`) {
				events++
			} else {
				between++
			}
		}
		if between > 500 { // without turns the loud one fills the socket again and again
			t.Fatalf("%d messages of the loud one between 6 of the other", between)
		}
	}
}

// TestWebSocketMetrics counts connections, and those weft closed by code.
func TestWebSocketMetrics(t *testing.T) {
	nothingLeft(t)
	registry := prometheus.NewRegistry()
	metrics, err := NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	address := startStreams(t, newStreaming(), Options{Metrics: metrics})
	a, b := dialInit(t, address), dialInit(t, address)
	expectMetrics := func(want string) {
		t.Helper()
		w := httptest.NewRecorder()
		AdminHandler(&health{}, registry).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	expectMetrics("\nweft_ws_connections 2\n")
	a.send(`{"id":"1","type":"subscribe","payload":{"query":"BAD_USER_INPUT"}}`)
	a.read()
	a.send("{}")
	a.expect("close 4400 Invalid message received")
	expectMetrics("\nweft_ws_closes_total{code=\"4400\"} 1\n")
	expectMetrics("\nweft_graphql_errors_total{bff=\"\",code=\"BAD_USER_INPUT\",op_type=\"\",subgraph=\"\"} 1\n")
	b.send(strings.Repeat(" ", 200<<10))
	b.expect("close 1009")
	b.expect("end")
	expectMetrics("\nweft_ws_closes_total{code=\"1009\"} 1\n")
}

// TestWhoIsOneClient counts connections by address, but not those that a proxy
// beside weft makes, unless a number is set.
func TestWhoIsOneClient(t *testing.T) {
	for _, c := range []struct {
		address string
		limit   int
		want    int
	}{{"192.0.2.1", 0, perClientDefault}, {"127.0.0.1", 0, 1000}, {"::1", 0, 1000}, {"", 0, 1000}, {"127.0.0.1", 7, 7}, {"", 7, 7}} {
		l := newLive(&WebSocketOptions{MaxConnections: 1000, MaxConnectionsPerClient: c.limit})
		address, _ := netip.ParseAddr(c.address) // the zero address is a Unix socket's
		entered := 0
		for range 1001 {
			if l.enter(address) == nil {
				entered++
			}
		}
		if entered != c.want {
			t.Errorf("%q may connect %d times, want %d", c.address, entered, c.want)
		}
	}
}

// TestTokenAsSubProtocol offers a token beside the protocol: it is there for
// the hooks, and does not come back.
func TestTokenAsSubProtocol(t *testing.T) {
	var seen string
	server := startStreams(t, newStreaming(), Options{WebSocket: WebSocketOptions{Upgrade: func(_ context.Context, c *caller.Caller) error {
		seen = strings.Join(c.Header["Sec-Websocket-Protocol"], ",")
		if strings.Contains(seen, "bad") {
			return &fault.Error{Code: fault.Unauthenticated, Message: "no"}
		}
		return nil
	}}})
	for _, offered := range []string{"graphql-transport-ws, weft.bearer.c2VjcmV0", "weft.bearer.c2VjcmV0, graphql-transport-ws"} {
		c := dial(t, server, http.Header{"Sec-WebSocket-Protocol": {offered}})
		if got := c.head.Header.Get("Sec-Websocket-Protocol"); got != transportWS || seen != offered {
			t.Errorf("%s: came back as %q, the hook saw %q", offered, got, seen)
		}
		if c.head.Header.Get("X-Request-Id") == "" {
			t.Error("the upgrade has no name")
		}
		c.send(`{"type":"connection_init"}`)
		c.expect(`{"type":"connection_ack"}`)
		c.conn.Close()
	}
	c := dial(t, server, http.Header{"Sec-WebSocket-Protocol": {"graphql-transport-ws, weft.bearer.bad"}})
	if c.head.StatusCode != http.StatusUnauthorized || c.head.Header.Get("Www-Authenticate") != "Bearer" {
		t.Errorf("refused with %d %v", c.head.StatusCode, c.head.Header)
	}
}

// TestExpiry closes a connection when its principal expires, unless told not
// to.
func TestExpiry(t *testing.T) {
	for _, keep := range []bool{false, true} {
		until := time.Now().Add(150 * time.Millisecond)
		server := startStreams(t, newStreaming(), Options{WebSocket: WebSocketOptions{KeepExpired: keep, Init: func(_ context.Context, c *caller.Caller) error {
			c.Principal = &caller.Principal{Subject: "u", Expires: until}
			return nil
		}}})
		c := dialInit(t, server)
		c.send(`{"id":"1","type":"subscribe","payload":{"query":"quiet"}}`)
		if keep {
			for range 4 { // pings come back over the time of the token
				<-time.After(60 * time.Millisecond)
				c.send(`{"type":"ping"}`)
				c.expect(`{"type":"pong"}`)
			}
		} else if got := c.read(); got != "close 4403 Token expired" {
			t.Errorf("got %s", got)
		}
		if time.Now().Before(until) {
			t.Error("too early")
		}
		c.conn.Close()
	}
}

// TestRetryAfterOnWebSocket tells in the error what HTTP tells in a header.
func TestRetryAfterOnWebSocket(t *testing.T) {
	engine := answers{func() *Answer {
		return &Answer{Errors: fault.List{{Code: fault.Overloaded, Message: "no", Extensions: []byte(`"limit":"ip"`)}}, Header: http.Header{"Retry-After": {"7"}}}
	}}
	server := httptest.NewServer(NewHandler(engine, Options{}))
	defer server.Close()
	c := dialInit(t, server.Listener.Addr().String())
	defer c.conn.Close()
	c.send(`{"id":"1","type":"subscribe","payload":{"query":"{a}"}}`)
	c.expect(`{"id":"1","type":"error","payload":[{"message":"no","extensions":{"code":"OVERLOADED","limit":"ip","retryAfter":7}}]}`)
}
