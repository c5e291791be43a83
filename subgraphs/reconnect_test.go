package subgraphs

import (
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// nextGap is next, and looks at the gap.
func nextGap(t *testing.T, stream Stream, want string, gap bool) {
	t.Helper()
	var res Response
	if err := stream.Next(t.Context(), &res); err != nil {
		t.Fatal(err)
	}
	if string(res.Body) != want || res.Gap != gap {
		t.Fatalf("got %s, gap %v", res.Body, res.Gap)
	}
}

// TestReconnect loses a connection, gets one that is lost at once, and then one
// that ends for good.
func TestReconnect(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		m := p.expect("subscribe")
		switch p.n {
		case 0:
			p.next(m.ID, `{"data":0}`)
			sayClose(p.conn, 1012, "restart")
			p.closed()
		case 1: // gone at once
		case 2:
			p.next(m.ID, `{"data":2}`)
			p.next(m.ID, `{"data":3}`)
			sayClose(p.conn, 4403, "no longer")
			p.closed()
		default:
			t.Error("one connection too many")
		}
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Reconnect: 20 * time.Second}))
	stream := subscribe(t, source, watch1, &Request{})
	nextGap(t, stream, `{"data":0}`, false)
	nextGap(t, stream, `{"data":2}`, true)
	nextGap(t, stream, `{"data":3}`, false)
	nextEnds(t, stream, `FORBIDDEN: the subgraph closed the WebSocket with code 4403 {"closeCode":4403,"closeReason":"no longer"}`)
}

// TestLostWhileHeld loses a connection whose reader waits for room: what came
// before the loss stays before what came after it.
func TestLostWhileHeld(t *testing.T) {
	again := make(chan struct{})
	url := peers(t, func(p *peer) {
		p.greet()
		m := p.expect("subscribe")
		if p.n == 0 {
			for _, payload := range []string{`{"data":0}`, `{"data":1}`, `{"data":2}`} {
				p.next(m.ID, payload)
			}
			return
		}
		p.next(m.ID, `{"data":10}`)
		p.next(m.ID, `{"data":11}`)
		p.complete(m.ID)
		close(again)
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Reconnect: 20 * time.Second, QueueEvents: 1, Ping: 5 * time.Millisecond}))
	stream := subscribe(t, source, watch1, &Request{})
	<-again
	nextGap(t, stream, `{"data":0}`, false)
	nextGap(t, stream, `{"data":1}`, false)
	nextGap(t, stream, `{"data":10}`, true)
	nextGap(t, stream, `{"data":11}`, false)
	nextEnds(t, stream, io.EOF)
}

// TestReconnectGivesUp has a subgraph that accepts and drops, again and again,
// and one that refuses with a status that will stay.
func TestReconnectGivesUp(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Reconnect: 600 * time.Millisecond}))
	nextEnds(t, subscribe(t, source, watch1, &Request{}), "DOWNSTREAM_SERVICE_ERROR: the subgraph's WebSocket broke")

	var asked atomic.Int32
	url = eventServer(t, func(w http.ResponseWriter, _ *http.Request, send func(string)) {
		switch n := asked.Add(1); n {
		case 1:
			send(aOne)
		case 2:
			w.WriteHeader(http.StatusBadGateway)
		case 3:
			send(fmt.Sprintf("data: {\"data\":%d}\n\n", n))
		default:
			w.WriteHeader(http.StatusGone)
		}
	})
	o := sse(url)
	o.Subscriptions.Reconnect = 20 * time.Second
	source = newStreams(t, o)
	stream := subscribe(t, source, watch1, &Request{})
	nextGap(t, stream, `{"data":{"a":1}}`, false)
	nextGap(t, stream, `{"data":3}`, true)
	nextEnds(t, stream, `SUBREQUEST_HTTP_ERROR: 410: Gone {"http":{"status":410}}`)
}

// TestReconnectNever ends on what the subgraph means.
func TestReconnectNever(t *testing.T) {
	for want, serve := range map[any]func(p *peer){
		io.EOF: func(p *peer) { p.complete("1") },
		"A: no": func(p *peer) {
			p.write(`{"id":"1","type":"error","payload":[{"message":"no","extensions":{"code":"A"}}]}`)
		},
		`DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 4409 {"closeCode":4409,"closeReason":""}`: func(p *peer) { sayClose(p.conn, 4409, "") },
		"SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: unknown type": func(p *peer) {
			p.write(`{"type":"x"}`)
		},
	} {
		url := peers(t, func(p *peer) {
			if p.n > 0 {
				t.Error("one connection too many")
			}
			p.greet()
			p.expect("subscribe")
			serve(p)
			p.closed()
		})
		source := newStreams(t, ws(url, SubscriptionOptions{Reconnect: time.Minute}))
		stream := subscribe(t, source, watch1, &Request{})
		nextEnds(t, stream, want)
		closeStream(t, stream)
		source.Close()
		noGoroutines(t)
	}
}

// TestLeaveWhileReconnecting leaves during the wait: nothing goes on.
func TestLeaveWhileReconnecting(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		p.next("1", `{"data":0}`)
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Reconnect: time.Minute}))
	one, two := subscribe(t, source, watch1, &Request{}), subscribe(t, source, watch1, &Request{})
	nextGap(t, one, `{"data":0}`, false)
	closeStream(t, one)
	closeStream(t, two)
	noGoroutines(t)
}
