package weft_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft"
	"github.com/weftql/weft/server"
)

// TestStalledReader has one client stop reading while others, on other
// connections and on its own, go on getting events of altogether 40 MB: nobody
// waits for it, what is kept for it is bounded, and it is told what it missed.
func TestStalledReader(t *testing.T) {
	const events, size = 400, 100_000
	h := newHub()
	o := h.options()
	o.Subscriptions.Overflow = weft.DropOldest
	registry := prometheus.NewRegistry()
	o.Metrics = registry
	g := h.gateway(t, o)
	front := httptest.NewServer(server.NewHandler(g, server.Options{WebSocket: server.WebSocketOptions{WriteTimeout: time.Minute}}))
	defer front.Close()
	stalled, healthy := openSocket(t, front), openSocket(t, front)
	until(t, "both subscribed", func() bool {
		return h.subscribed.Load() == 1 && gauge(t, registry, "weft_subscriptions_active", "client") == 2
	})
	fill := strings.Repeat("x", size)
	var slowest time.Duration
	for n := range events {
		start := time.Now()
		h.publish(fmt.Sprintf(`{"data":{"changed":{"__typename":"Item","id":"%s","n":%d}}}`, fill, n))
		message := readSocket(t, healthy)
		slowest = max(slowest, time.Since(start))
		if want := fmt.Sprintf(`"n":%d,`, n); !strings.Contains(message, want) || len(message) < size {
			t.Fatalf("event %d is %.100s", n, message)
		}
	}
	if slowest > 5*time.Second { // 10 ms on an idle machine; who waited for the stalled one would wait for a minute
		t.Errorf("an event took %v", slowest)
	}
	t.Logf("the slowest of %d events took %v", events, slowest)
	// It wakes up: first what the sockets held, then what the queue kept, and
	// in between how many events there are no more.
	seen, dropped, last := 0, 0, 0
	for last != events-1 {
		message := readSocket(t, stalled)
		seen++
		if _, rest, found := strings.Cut(message, `"extensions":{"dropped":`); found {
			var n int
			fmt.Sscan(rest, &n)
			dropped += n
		}
		_, rest, _ := strings.Cut(message, `"n":`)
		fmt.Sscan(rest, &last)
	}
	if seen+dropped != events || dropped == 0 {
		t.Errorf("%d events seen and %d dropped of %d", seen, dropped, events)
	}
	stalled.Close()
	healthy.Close()
}

// gauge reads a metric with one label.
func gauge(t *testing.T, r *prometheus.Registry, name, label string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.Metric {
			if f.GetName() == name && m.Label[0].GetValue() == label {
				return m.GetGauge().GetValue()
			}
		}
	}
	t.Fatalf("no metric %s of %s", name, label)
	return 0
}

// openSocket subscribes on a connection of its own.
func openSocket(t *testing.T, front *httptest.Server) *websocket.Conn {
	t.Helper()
	ws := dialSocket(t, front)
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"subscribe","payload":{"query":"subscription { changed { n id name } }"}}`)); err != nil {
		t.Fatal(err)
	}
	return ws
}

func dialSocket(t *testing.T, front *httptest.Server) *websocket.Conn {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	ws, response, err := dialer.Dial("ws"+strings.TrimPrefix(front.URL, "http")+"/graphql", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init"}`)); err != nil {
		t.Fatal(err)
	}
	if ack := readSocket(t, ws); ack != `{"type":"connection_ack"}` {
		t.Fatal(ack)
	}
	return ws
}

func readSocket(t *testing.T, ws *websocket.Conn) string {
	t.Helper()
	_ = ws.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, message, err := ws.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	return string(message)
}

// TestBurst sends far more events at once than a queue holds: clients that read
// get all of them, each with its own bytes, beside one that does not read.
func TestBurst(t *testing.T) {
	const events = 900
	h := newHub()
	o := h.options()
	o.Subscriptions.Patience = time.Second // other tests may keep the readers from running
	registry := prometheus.NewRegistry()
	o.Metrics = registry
	g := h.gateway(t, o)
	front := httptest.NewServer(server.NewHandler(g, server.Options{WebSocket: server.WebSocketOptions{WriteTimeout: time.Second}}))
	defer front.Close()
	clients := []*websocket.Conn{openSocket(t, front), openSocket(t, front), openSocket(t, front)}
	until(t, "all subscribed", func() bool {
		return h.subscribed.Load() == 1 && gauge(t, registry, "weft_subscriptions_active", "client") == 3
	})
	fill := strings.Repeat("x", 5000)
	for n := range events {
		h.publish(fmt.Sprintf(`{"data":{"changed":{"__typename":"Item","id":"%s %d","n":%d}}}`, fill, n, n))
	}
	h.publish("end")
	var readers sync.WaitGroup
	for _, ws := range clients[1:] {
		readers.Go(func() { // ends with the subscription
			for n := range events {
				if got, want := readSocket(t, ws), fmt.Sprintf(`"n":%d,"id":"%s %d",`, n, fill, n); !strings.Contains(got, want) {
					t.Errorf("event %d: %.200s", n, got)
					return
				}
			}
			if got := readSocket(t, ws); got != `{"id":"1","type":"complete"}` {
				t.Errorf("%.200s", got)
			}
		})
	}
	readers.Wait()
	for _, ws := range clients {
		ws.Close()
	}
}
