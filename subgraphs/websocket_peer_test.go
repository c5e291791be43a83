package subgraphs

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/gorilla/websocket"
)

// peer is the subgraph's end of a WebSocket, driven by hand.
type peer struct {
	t      testing.TB
	conn   *websocket.Conn
	n      int // of the connection, from 0
	header http.Header
}

// peers serves WebSockets: serve is called once per connection.
func peers(t testing.TB, serve func(p *peer)) string {
	t.Helper()
	var n atomic.Int32
	var wg sync.WaitGroup
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		wg.Add(1)
		defer wg.Done()
		upgrader := websocket.Upgrader{Subprotocols: []string{transportWS}}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return // the answer is written
		}
		defer conn.Close()
		serve(&peer{t, conn, int(n.Add(1)) - 1, r.Header})
	}))
	t.Cleanup(func() { server.Close(); wg.Wait() })
	return server.URL + "/graphql"
}

// read returns the next message; at the end of the connection its type is
// "closed" and its payload the error.
func (p *peer) read() message {
	_, text, err := p.conn.ReadMessage()
	if err != nil {
		reason, _ := json.Marshal(err.Error()) // a string
		return message{Type: "closed", Payload: reason}
	}
	var m message
	if err := json.Unmarshal(text, &m); err != nil {
		p.t.Errorf("the source sent %s", text)
	}
	return m
}

// expect reads a message of the type.
func (p *peer) expect(kind string) message {
	m := p.read()
	if m.Type != kind {
		p.t.Errorf("the source sent %s %s, want %s", m.Type, m.Payload, kind)
	}
	return m
}

// write sends a text frame; the other end may be gone.
func (p *peer) write(text string) bool {
	return p.conn.WriteMessage(websocket.TextMessage, []byte(text)) == nil
}

func (p *peer) next(id, payload string) {
	p.write(`{"id":"` + id + `","type":"next","payload":` + payload + `}`)
}

func (p *peer) complete(id string) { p.write(`{"id":"` + id + `","type":"complete"}`) }

// greet acknowledges the connection and returns the payload of its init.
func (p *peer) greet() string {
	m := p.expect("connection_init")
	p.write(`{"type":"connection_ack"}`)
	return string(m.Payload)
}

// closed waits for the end and returns how it is told.
func (p *peer) closed() string {
	for {
		if m := p.read(); m.Type == "closed" {
			return string(m.Payload)
		}
	}
}

func ws(url string, o SubscriptionOptions) HTTPOptions {
	o.Protocol = TransportWS
	return HTTPOptions{URL: url, Subscriptions: o}
}

func values(v string) *Request { return &Request{Values: [][]byte{[]byte(v)}} }
