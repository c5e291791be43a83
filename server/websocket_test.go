package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/weftql/weft/caller"
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
