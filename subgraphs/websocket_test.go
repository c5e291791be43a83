package subgraphs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// TestUpgradeRefused lists what servers answer instead of upgrading.
func TestUpgradeRefused(t *testing.T) {
	const head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	for _, c := range []struct{ name, answer, want string }{
		{"not found", "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", `SUBREQUEST_HTTP_ERROR: the subgraph did not upgrade to a WebSocket but answered 404: Not Found {"http":{"status":404}}`},
		{"unauthorized", "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", `UNAUTHENTICATED: 401: Unauthorized {"http":{"status":401}}`},
		{"forbidden", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", `FORBIDDEN: 403: Forbidden {"http":{"status":403}}`},
		{"redirect", "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", `SUBREQUEST_HTTP_ERROR: 302: Found {"http":{"status":302}}`},
		{"a page", "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>", `SUBREQUEST_HTTP_ERROR: the subgraph did not upgrade to a WebSocket but answered 200: OK {"http":{"status":200}}`},
		{"errors of a GET", "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: 35\r\n\r\n" + `{"errors":[{"message":"no query"}]}`, "SUBREQUEST_HTTP_ERROR: the subgraph did not upgrade to a WebSocket but answered 400: Bad Request\nDOWNSTREAM_SERVICE_ERROR: no query {\"http\":{\"status\":400}}"},
		{"errors", "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/json\r\nContent-Length: 67\r\n\r\n" + `{"errors":[{"message":"no","extensions":{"code":"X","a":1}},{}, 7]}`, "X: no\nDOWNSTREAM_SERVICE_ERROR: unknown subgraph error\nDOWNSTREAM_SERVICE_ERROR: unknown subgraph error {\"a\":1}"},
		{"wrong key", head + "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n", `SUBREQUEST_HTTP_ERROR: the subgraph did not upgrade to a WebSocket but answered 101: Switching Protocols {"http":{"status":101}}`},
		{"garbage", "hello\r\n\r\n", "SUBREQUEST_HTTP_ERROR: the connection to the subgraph broke"},
		{"end", "", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer was cut off"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := script(t, func(_ int, conn net.Conn, r *bufio.Reader) {
				readRequest(r)
				_, _ = io.WriteString(conn, c.answer) // the other end may be gone
			})
			source := newStreams(t, ws(url, SubscriptionOptions{}))
			_, err := callFor(t, source, watch1).Subscribe(t.Context(), &Request{})
			expectError(t, err, c.want)
		})
	}
}

// TestEndlessHead reads no more of an answer to the upgrade than a head has.
func TestEndlessHead(t *testing.T) {
	sent := make(chan int, 1)
	url := script(t, func(_ int, conn net.Conn, r *bufio.Reader) {
		readRequest(r)
		line := strings.Repeat("x", 1000) + ": " + strings.Repeat("y", 7000) + "\r\n"
		n, err := io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\n")
		total := n
		for total < 50<<20 && err == nil {
			n, err = io.WriteString(conn, line)
			total += n
		}
		sent <- total
	})
	_, err := callFor(t, newStreams(t, ws(url, SubscriptionOptions{})), watch1).Subscribe(t.Context(), &Request{})
	expectError(t, err, "SUBREQUEST_MALFORMED_RESPONSE: the head of the subgraph's answer to the upgrade is too large")
	if n := <-sent; n >= 50<<20 {
		t.Errorf("%d bytes were taken", n)
	}
}

// TestGreeting lists what may go wrong before the ack, and how the connection
// is closed then.
func TestGreeting(t *testing.T) {
	for _, c := range []struct {
		name, want, closed string
		serve              func(p *peer)
	}{
		{"no ack", "GATEWAY_TIMEOUT: the subgraph did not acknowledge the WebSocket in time", "4504", func(p *peer) {}},
		{"not JSON", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: not JSON, or of the wrong types", "4004", func(p *peer) { p.write("garbage") }},
		{"a list", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: not JSON, or of the wrong types", "4004", func(p *peer) { p.write("[]") }},
		{"empty frame", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: not a text frame, or an empty one", "4004", func(p *peer) { p.write("") }},
		{"binary", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: not a text frame, or an empty one", "4004", func(p *peer) {
			_ = p.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"type":"connection_ack"}`))
		}},
		{"unknown type", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: unknown type", "4004", func(p *peer) { p.write(`{"type":"ka"}`) }},
		{"event first", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: a next before connection_ack", "4004", func(p *peer) { p.next("1", "{}") }},
		{"refused", `FORBIDDEN: the subgraph closed the WebSocket with code 4403 {"closeCode":4403,"closeReason":"not \"you\""}`, "", func(p *peer) { sayClose(p.conn, 4403, `not "you"`) }},
		{"unauthorized", `UNAUTHENTICATED: the subgraph closed the WebSocket with code 4401 {"closeCode":4401,"closeReason":""}`, "", func(p *peer) { sayClose(p.conn, 4401, "") }},
		{"going away", `DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 1001 {"closeCode":1001,"closeReason":"bye"}`, "", func(p *peer) { sayClose(p.conn, 1001, "bye") }},
		{"too large", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 1000 bytes", "1009", func(p *peer) {
			p.write(`{"type":"connection_ack","payload":"` + strings.Repeat("x", 1000) + `"}`)
		}},
		{"gone", "DOWNSTREAM_SERVICE_ERROR: the subgraph's WebSocket broke", "", func(p *peer) { _ = p.conn.Close() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			closed := make(chan string, 1)
			url := peers(t, func(p *peer) {
				p.expect("connection_init")
				c.serve(p)
				closed <- p.closed()
			})
			o := ws(url, SubscriptionOptions{AckTimeout: 50 * time.Millisecond})
			if c.name != "no ack" {
				o.Subscriptions.AckTimeout = 5 * time.Second
			}
			o.MaxResponseBytes = 1000
			source := newStreams(t, o)
			_, err := callFor(t, source, watch1).Subscribe(t.Context(), &Request{})
			expectError(t, err, c.want)
			if got := <-closed; !strings.Contains(got, c.closed) {
				t.Errorf("closed with %s, want %s", got, c.closed)
			}
		})
	}
}

// TestProtocolIsEchoed refuses a server that upgrades without saying to what,
// and one that compresses unasked.
func TestProtocolIsEchoed(t *testing.T) {
	for _, c := range []struct {
		upgrader websocket.Upgrader
		header   http.Header
		want     string
	}{
		{websocket.Upgrader{}, nil, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph does not speak graphql-transport-ws"},
		{websocket.Upgrader{}, http.Header{"Sec-Websocket-Protocol": {"graphql-ws"}}, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph does not speak graphql-transport-ws"},
		{websocket.Upgrader{Subprotocols: []string{transportWS}}, http.Header{"X": {"1"}}, ""},
	} {
		done := make(chan struct{})
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer close(done)
			conn, err := c.upgrader.Upgrade(w, r, c.header)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			p := &peer{t: t, conn: conn}
			if c.want == "" {
				p.greet()
			}
			p.closed()
		}))
		source := newStreams(t, ws(server.URL, SubscriptionOptions{}))
		stream, err := callFor(t, source, watch1).Subscribe(t.Context(), &Request{})
		if c.want != "" {
			expectError(t, err, c.want)
		} else if err != nil {
			t.Error(err)
		} else {
			closeStream(t, stream)
		}
		source.Close()
		<-done
		server.Close()
	}
}

// TestStreamEnds lists how a stream may end after an event.
func TestStreamEnds(t *testing.T) {
	const broken = "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: invalid message: "
	for _, c := range []struct {
		name  string
		want  any
		serve func(p *peer)
	}{
		{"complete", io.EOF, func(p *peer) { p.complete("1") }},
		{"errors", "A: no\nB: nor that", func(p *peer) {
			p.write(`{"id":"1","type":"error","payload":[{"message":"no","path":["a"],"extensions":{"code":"A"}},{"message":"nor that","extensions":{"code":"B"}}]}`)
		}},
		{"one error as an object", `A: no {"why":[1]}`, func(p *peer) {
			p.write(`{"id":"1","type":"error","payload":{"message":"no","extensions":{"why":[1],"code":"A"}}}`)
		}},
		{"error without errors", "DOWNSTREAM_SERVICE_ERROR: unknown subgraph error", func(p *peer) { p.write(`{"id":"1","type":"error","payload":[]}`) }},
		{"close without complete", `DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 1000 {"closeCode":1000,"closeReason":""}`, func(p *peer) { sayClose(p.conn, 1000, "") }},
		{"restart", `DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 1012 {"closeCode":1012,"closeReason":"restart"}`, func(p *peer) { sayClose(p.conn, 1012, "restart") }},
		{"server error", `DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 4500 {"closeCode":4500,"closeReason":"oops"}`, func(p *peer) { sayClose(p.conn, 4500, "oops") }},
		{"end of connection", "DOWNSTREAM_SERVICE_ERROR: the subgraph's WebSocket broke", func(p *peer) { _ = p.conn.Close() }},
		{"garbage", broken + "not JSON, or of the wrong types", func(p *peer) { p.write(`{"id":"1","type":"next","payload":{`) }},
		{"number as id", broken + "not JSON, or of the wrong types", func(p *peer) { p.write(`{"id":1,"type":"next","payload":{}}`) }},
		{"no id", broken + "no id", func(p *peer) { p.write(`{"type":"next","payload":{}}`) }},
		{"no payload", broken + "the payload of next is not an object", func(p *peer) { p.write(`{"id":"1","type":"next"}`) }},
		{"a list as payload", broken + "the payload of next is not an object", func(p *peer) { p.write(`{"id":"1","type":"next","payload": []}`) }},
		{"binary", broken + "not a text frame, or an empty one", func(p *peer) {
			_ = p.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"id":"1","type":"complete"}`))
		}},
		{"too large", "SUBREQUEST_MALFORMED_RESPONSE: the subgraph's answer is larger than 1000 bytes", func(p *peer) { p.next("1", `{"data":"`+strings.Repeat("x", 1000)+`"}`) }},
		{"raw bytes", "DOWNSTREAM_SERVICE_ERROR: the subgraph's WebSocket broke", func(p *peer) { _, _ = p.conn.NetConn().Write([]byte("HTTP/1.1 200 OK\r\n\r\n")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := peers(t, func(p *peer) {
				p.greet()
				p.expect("subscribe")
				p.next("7", `{"data":"nobody's"}`)
				p.complete("7")
				p.write(`{"type":"connection_ack"}`)
				p.write(`{"type":"pong"}`)
				p.next("1", `{"data":{"a":1}}`)
				c.serve(p)
				p.closed()
			})
			o := ws(url, SubscriptionOptions{})
			o.MaxResponseBytes = 1000
			stream := subscribe(t, newStreams(t, o), watch1, &Request{})
			next(t, stream, `{"data":{"a":1}}`)
			nextEnds(t, stream, c.want)
		})
	}
}

// TestBrokenSocketEndsAll breaks a connection that carries three streams, one
// of which was completed before.
func TestBrokenSocketEndsAll(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		for range 3 {
			p.expect("subscribe")
		}
		p.complete("2")
		sayClose(p.conn, 4400, "")
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{}))
	for i := range 3 {
		stream := subscribe(t, source, watch1, values(strconv.Itoa(i)))
		defer func() {
			if i == 1 {
				nextEnds(t, stream, io.EOF)
			} else {
				nextEnds(t, stream, `DOWNSTREAM_SERVICE_ERROR: the subgraph closed the WebSocket with code 4400 {"closeCode":4400,"closeReason":""}`)
			}
		}()
	}
}

// TestPingsAreAnswered sends pings in the protocol's own form, before and after
// the ack.
func TestPingsAreAnswered(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.expect("connection_init")
		p.write(`{"type":"ping","payload":{"n":1}}`)
		if m := p.expect("pong"); string(m.Payload) != `{"n":1}` {
			t.Errorf("payload %s", m.Payload)
		}
		p.write(`{"type":"connection_ack","payload":{}}`)
		p.expect("subscribe")
		p.write(`{"type":"ping"}`)
		if m := p.expect("pong"); m.Payload != nil {
			t.Errorf("payload %s", m.Payload)
		}
		p.complete("1")
		p.closed()
	})
	stream := subscribe(t, newStreams(t, ws(url, SubscriptionOptions{})), watch1, &Request{})
	nextEnds(t, stream, io.EOF)
}

// TestKeptAlive keeps a quiet stream for several times the pong timeout, because
// the peer answers pings; then it stops answering.
func TestKeptAlive(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		pings := 0
		p.conn.SetPingHandler(func(data string) error {
			switch pings++; {
			case pings < 20:
				return p.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
			case pings == 20:
				p.next("1", `{"data":{"a":1}}`)
			}
			return nil
		})
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Ping: 20 * time.Millisecond, Pong: 200 * time.Millisecond}))
	stream := subscribe(t, source, watch1, &Request{})
	next(t, stream, `{"data":{"a":1}}`)
	nextEnds(t, stream, "GATEWAY_TIMEOUT: the subgraph stopped answering on its WebSocket")
}

// TestPingFlood floods the source with pings and reads none of its answers.
func TestPingFlood(t *testing.T) {
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		for p.write(`{"type":"ping","payload":"` + strings.Repeat("x", 4000) + `"}`) {
		}
	})
	stream := subscribe(t, newStreams(t, ws(url, SubscriptionOptions{})), watch1, &Request{})
	nextEnds(t, stream, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: more pings than could be answered")
}

// TestLargePings floods with few bytes of number and many of size.
func TestLargePings(t *testing.T) {
	var sent atomic.Int64
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		ping := `{"type":"ping","payload":"` + strings.Repeat("x", 1<<20) + `"}`
		for sent.Load() < 100 && p.write(ping) {
			sent.Add(1)
		}
		if sent.Load() == 100 {
			_ = p.conn.Close() // it would go on for thousands
		}
	})
	stream := subscribe(t, newStreams(t, ws(url, SubscriptionOptions{})), watch1, &Request{})
	nextEnds(t, stream, "SUBREQUEST_MALFORMED_RESPONSE: the subgraph broke the protocol graphql-transport-ws: more pings than could be answered")
	if n := sent.Load(); n > 50 {
		t.Errorf("%d MiB were kept for a subgraph that reads nothing", n)
	}
}

// TestSubgraphThatDoesNotRead takes no more subscriptions than may wait for it
// on one connection.
func TestSubgraphThatDoesNotRead(t *testing.T) {
	stalled := make(chan struct{})
	defer close(stalled)
	var connections atomic.Int32
	url := peers(t, func(p *peer) {
		connections.Add(1)
		p.greet()
		p.expect("subscribe")
		<-stalled
	})
	source := newStreams(t, ws(url, SubscriptionOptions{MaxPerConnection: 1000}))
	big := `"` + strings.Repeat("x", 1<<20) + `"`
	subscribe(t, source, watch1, values("0"))
	for i := range 40 {
		closeStream(t, subscribe(t, source, watch1, values(`[`+strconv.Itoa(i)+`,`+big+`]`)))
	}
	if n := connections.Load(); n < 3 {
		t.Errorf("40 MiB wait on %d connections", n)
	}
}

// TestMultiplexing counts connections: those of one identity are shared up to
// the limit, and others are not.
func TestMultiplexing(t *testing.T) {
	var connections atomic.Int32
	inits := make(chan string, 10)
	url := peers(t, func(p *peer) {
		connections.Add(1)
		inits <- p.greet() + p.header.Get("Authorization") + p.header.Get("X-Fixed") + p.header.Get("Sec-Websocket-Key")[:0]
		for {
			switch m := p.read(); m.Type {
			case "subscribe":
				p.next(m.ID, `{"data":`+string(m.Payload)+`}`)
			case "closed":
				return
			}
		}
	})
	o := ws(url, SubscriptionOptions{MaxPerConnection: 2, ForwardInit: true})
	o.Header = []Header{{"X-Fixed", "f"}}
	source := newStreams(t, o)
	open := func(v, token, init string) {
		req := values(v)
		if token != "" {
			req.Header = []Header{{"Authorization", token}, {"Sec-WebSocket-Key", "evil"}, {"Upgrade", "evil"}, {"Host", "evil"}}
		}
		req.Caller = &caller.Caller{Init: []byte(init)}
		next(t, subscribe(t, source, watch1, req), `{"data":{"query":"subscription{a}","variables":{"v":`+v+`}}}`)
	}
	for i, step := range []struct {
		token, init string
		want        int32
		greeting    string
	}{
		{"", "", 1, "f"}, {"", "", 1, ""}, {"", "", 2, "f"},
		{"one", "", 3, "onef"}, {"two", "", 4, "twof"}, {"one", "", 4, ""},
		{"", `{"t":1}`, 5, `{"t":1}f`}, {"", `{"t":1}`, 5, ""}, {"", "", 5, ""},
	} {
		open(strconv.Itoa(i), step.token, step.init)
		if got := connections.Load(); got != step.want {
			t.Errorf("step %d: %d connections, want %d", i, got, step.want)
		}
		if step.greeting != "" {
			if got := <-inits; got != step.greeting {
				t.Errorf("step %d: greeted with %s, want %s", i, got, step.greeting)
			}
		}
	}
}

// TestDialsAreCoalesced opens many streams at once while the subgraph takes its
// time to acknowledge.
func TestDialsAreCoalesced(t *testing.T) {
	const streams = 20
	var connections atomic.Int32
	waiting := make(chan struct{})
	url := peers(t, func(p *peer) {
		connections.Add(1)
		p.expect("connection_init")
		<-waiting
		p.write(`{"type":"connection_ack"}`)
		for {
			switch m := p.read(); m.Type {
			case "subscribe":
				p.complete(m.ID)
			case "closed":
				return
			}
		}
	})
	source := newStreams(t, ws(url, SubscriptionOptions{}))
	call := callFor(t, source, watch1)
	var wg sync.WaitGroup
	for i := range streams {
		wg.Go(func() {
			stream, err := call.Subscribe(t.Context(), values(strconv.Itoa(i)))
			if err != nil {
				t.Error(err)
				return
			}
			defer closeStream(t, stream)
			nextEnds(t, stream, io.EOF)
		})
	}
	for waiters := 0; waiters < streams; runtime.Gosched() {
		source.streams.sockets.mu.Lock()
		waiters = 0
		for _, d := range source.streams.sockets.dials {
			waiters += d.waiting
		}
		source.streams.sockets.mu.Unlock()
	}
	close(waiting)
	wg.Wait()
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestIdle keeps a socket for the next stream, and closes it when none comes.
func TestIdle(t *testing.T) {
	closed := make(chan string, 1)
	url := peers(t, func(p *peer) {
		p.greet()
		for i := 1; i <= 2; i++ {
			p.expect("subscribe")
			p.complete(strconv.Itoa(i))
		}
		closed <- p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{Idle: 200 * time.Millisecond}))
	for range 2 {
		nextEnds(t, subscribe(t, source, watch1, &Request{}), io.EOF)
	}
	if got := <-closed; !strings.Contains(got, "1000") {
		t.Error(got)
	}
	noGoroutines(t)
}

// TestCloseOfSource lets a running stream go on; its socket follows it.
func TestCloseOfSource(t *testing.T) {
	more := make(chan struct{})
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		<-more
		p.next("1", `{"data":{"a":1}}`)
		p.complete("1")
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{}))
	stream := subscribe(t, source, watch1, &Request{})
	source.Close()
	close(more)
	next(t, stream, `{"data":{"a":1}}`)
	nextEnds(t, stream, io.EOF)
	noGoroutines(t)
}

// TestCancelWhileConnecting cancels while the subgraph is silent: after the
// connection, after the upgrade.
func TestCancelWhileConnecting(t *testing.T) {
	reached, gone := make(chan struct{}), make(chan struct{})
	silent := script(t, func(_ int, _ net.Conn, r *bufio.Reader) {
		readRequest(r)
		reached <- struct{}{}
		_, _ = r.ReadByte() // until the end
		gone <- struct{}{}
	})
	noAck := peers(t, func(p *peer) {
		p.expect("connection_init")
		reached <- struct{}{}
		p.closed()
		gone <- struct{}{}
	})
	for name, url := range map[string]string{"upgrade": silent, "ack": noAck} {
		t.Run(name, func(t *testing.T) {
			source := newStreams(t, ws(url, SubscriptionOptions{}))
			ctx, cancel := context.WithCancel(t.Context())
			failed := make(chan error)
			go func() { // ends with the cancellation
				_, err := callFor(t, source, watch1).Subscribe(ctx, &Request{})
				failed <- err
			}()
			<-reached
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) || fault.CodeOf(err) != fault.SubrequestHTTPError {
				t.Error(err)
			}
			<-gone
		})
		t.Run(name+" deadline", func(t *testing.T) {
			source := newStreams(t, ws(url, SubscriptionOptions{}))
			failed := make(chan error)
			go func() { // ends with the deadline
				_, err := callFor(t, source, watch1).Subscribe(t.Context(), &Request{Deadline: time.Now().Add(50 * time.Millisecond)})
				failed <- err
			}()
			<-reached
			expectError(t, <-failed, "GATEWAY_TIMEOUT: the subgraph did not answer in time")
			<-gone
		})
	}
}

// TestOneOfTwoWaitersLeaves cancels one of two that wait for the same
// connection, for the same stream and for different ones.
func TestOneOfTwoWaitersLeaves(t *testing.T) {
	for _, other := range []string{"1", "2"} {
		reached, ack := make(chan struct{}), make(chan struct{})
		subscribed := make(chan string, 2)
		url := peers(t, func(p *peer) {
			p.expect("connection_init")
			close(reached)
			<-ack
			p.write(`{"type":"connection_ack"}`)
			m := p.expect("subscribe")
			subscribed <- string(m.Payload)
			p.next(m.ID, `{"data":{"a":1}}`)
			p.closed()
		})
		source := newStreams(t, ws(url, SubscriptionOptions{Idle: time.Millisecond}))
		call := callFor(t, source, watch1)
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error)
		go func() { // ends with the cancellation
			_, err := call.Subscribe(ctx, values("1"))
			left <- err
		}()
		<-reached
		got := make(chan Stream)
		go func() { // ends with the ack
			stream, err := call.Subscribe(t.Context(), values(other))
			if err != nil {
				t.Error(err)
			}
			got <- stream
		}()
		for listeners := 0; listeners < 2; runtime.Gosched() { // both are known
			listeners = 0
			source.streams.mu.Lock()
			for _, u := range source.streams.shared {
				u.mu.Lock()
				listeners += len(u.listeners)
				u.mu.Unlock()
			}
			source.streams.mu.Unlock()
		}
		cancel()
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		close(ack)
		stream := <-got
		if payload := <-subscribed; !strings.Contains(payload, `"v":`+other) {
			t.Errorf("subscribed to %s", payload)
		}
		next(t, stream, `{"data":{"a":1}}`)
		closeStream(t, stream)
		source.Close()
	}
}

// TestStalledStream reads one of two streams of a connection only. The other
// must not be delayed; the stalled one keeps what fits and then ends.
func TestStalledStream(t *testing.T) {
	completed := make(chan string, 1)
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		p.expect("subscribe")
		for i := range 11 {
			p.next("1", fmt.Sprintf(`{"data":%d}`, i))
		}
		p.next("2", `{"data":"prompt"}`)
		completed <- p.expect("complete").ID
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{QueueEvents: 10}))
	stalled := subscribe(t, source, watch1, values("1"))
	prompt := subscribe(t, source, watch1, values("2"))
	next(t, prompt, `{"data":"prompt"}`)
	if id := <-completed; id != "1" {
		t.Error(id)
	}
	for i := range 10 {
		next(t, stalled, fmt.Sprintf(`{"data":%d}`, i))
	}
	nextEnds(t, stalled, "SUBSCRIPTION_BACKPRESSURE: events came faster than they were taken")
}

// TestBackPressure reads the only stream of a connection slowly: every event
// arrives, because the source stops reading. What is opened meanwhile goes
// elsewhere.
func TestBackPressure(t *testing.T) {
	const events = 2000
	text := strings.Repeat("x", 4000)
	var connections atomic.Int32
	url := peers(t, func(p *peer) {
		connections.Add(1)
		p.greet()
		m := p.expect("subscribe")
		if p.n > 0 {
			p.next(m.ID, `{"data":"other"}`)
			p.closed()
			return
		}
		for i := range events {
			p.next(m.ID, fmt.Sprintf(`{"data":%d,"extensions":%q}`, i, text))
		}
		p.complete(m.ID)
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{QueueEvents: 1000, QueueBytes: 10_000}))
	slow := subscribe(t, source, watch1, values("1"))
	for held := false; !held; runtime.Gosched() { // until the source has stopped reading
		source.streams.sockets.mu.Lock()
		for _, list := range source.streams.sockets.open {
			list[0].mu.Lock()
			held = list[0].held
			list[0].mu.Unlock()
		}
		source.streams.sockets.mu.Unlock()
	}
	for i := range events {
		if i == 5 {
			next(t, subscribe(t, source, watch1, values("1")), `{"data":"other"}`)
			if n := connections.Load(); n != 2 {
				t.Errorf("%d connections", n)
			}
		}
		next(t, slow, fmt.Sprintf(`{"data":%d,"extensions":%q}`, i, text))
	}
	nextEnds(t, slow, io.EOF)
}

// TestCloseWhileHeld closes a stream whose connection waits for it.
func TestCloseWhileHeld(t *testing.T) {
	told := make(chan struct{})
	url := peers(t, func(p *peer) {
		p.greet()
		p.expect("subscribe")
		for range 5 {
			p.next("1", `{"data":1}`)
		}
		p.expect("complete")
		close(told)
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{QueueEvents: 1}))
	stream := subscribe(t, source, watch1, &Request{})
	next(t, stream, `{"data":1}`)
	closeStream(t, stream)
	nextEnds(t, stream, io.EOF)
	<-told
}

// TestBodiesDoNotMix compares many events of several streams that come at once.
func TestBodiesDoNotMix(t *testing.T) {
	const streams, events = 5, 200
	body := func(id string, i int) string {
		return fmt.Sprintf(`{"data":"%s %d %s"}`, id, i, strings.Repeat(id, i))
	}
	url := peers(t, func(p *peer) {
		p.greet()
		for range streams {
			p.expect("subscribe")
		}
		for i := range events {
			for id := range streams {
				id := strconv.Itoa(id + 1)
				p.next(id, body(id, i))
			}
		}
		p.closed()
	})
	source := newStreams(t, ws(url, SubscriptionOptions{}))
	var open []Stream
	for i := range streams {
		open = append(open, subscribe(t, source, watch1, values(strconv.Itoa(i))))
	}
	for id, stream := range open {
		for i := range events {
			next(t, stream, body(strconv.Itoa(id+1), i))
		}
	}
}
