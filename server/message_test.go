package server

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// FuzzMessage holds the parser of messages against encoding/json: what it takes
// is JSON of the form the protocol wants.
func FuzzMessage(f *testing.F) {
	for _, seed := range []string{`{"type":"connection_init","payload":{}}`, `{"type":"ping"}`, ` { "id" : "1" , "type":"subscribe", "payload":{"query":"{a}","variables":null}} `,
		`{"type":"complete","id":"\u00e4\n"}`, `{"type":"subscribe","id":"1","payload":[]}`, `{"t\u0079pe":"pong"}`, `[]`, `{"type":"ping","payload":{"a":1}}x`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !utf8.ValidString(text) {
			return // closed with 1007 before
		}
		m, err := parseMessage([]byte(text))
		if err != nil {
			return
		}
		var reference struct {
			Type    string
			ID      string
			Payload json.RawMessage
		}
		decoded := map[string]json.RawMessage{}
		if err := json.Unmarshal([]byte(text), &decoded); err != nil {
			t.Fatalf("%q is taken, but is no JSON: %v", text, err)
		}
		_ = json.Unmarshal(decoded["type"], &reference.Type)
		_ = json.Unmarshal(decoded["id"], &reference.ID)
		if payload := decoded["payload"]; string(payload) != "null" {
			reference.Payload = payload
		}
		if m.kind != reference.Type || m.id != reference.ID || string(m.payload) != string(reference.Payload) {
			t.Errorf("%q: %q %q %s, want %+v", text, m.kind, m.id, m.payload, reference)
		}
	})
}

func TestCloseReason(t *testing.T) {
	for reason, want := range map[string]int{"": 0, "short": 5, strings.Repeat("x", 123): 123, strings.Repeat("x", 124): 123,
		strings.Repeat("ä", 62): 122, strings.Repeat("x", 121) + "€": 121, strings.Repeat("x", 120) + "€€": 123} {
		if got := closeReason(reason); len(got) != want || !utf8.ValidString(got) || !strings.HasPrefix(reason, got) {
			t.Errorf("%q is cut to %q", reason, got)
		}
	}
}

func TestBucket(t *testing.T) {
	b := bucket{rate: 50, size: 200}
	now := time.Now()
	for i := range 250 {
		if b.take(now) != (i < 200) {
			t.Fatalf("message %d", i)
		}
	}
	passed := 0
	for range 100 { // ten a tenth of a second
		now = now.Add(10 * time.Millisecond)
		if b.take(now) {
			passed++
		}
	}
	if passed < 49 || passed > 51 {
		t.Errorf("%d a second", passed)
	}
}

// TestChurn has clients come, start and stop operations and go in every way;
// nothing may be left of them.
func TestChurn(t *testing.T) {
	nothingLeft(t)
	engine := newStreaming()
	address := startStreams(t, engine, Options{WebSocket: WebSocketOptions{MessageBurst: 1000, WriteTimeout: time.Second}})
	documents := []string{"quiet", "count 3", "{a}", "wait", "GRAPHQL_PARSE_FAILED", "fails 1", "flood 1000", "partial"}
	var clients sync.WaitGroup
	for n := range 24 {
		clients.Go(func() { // ends after its connections
			random := rand.New(rand.NewPCG(7, uint64(n)))
			for range 4 {
				c := dialInit(t, address)
				for i := range random.IntN(12) {
					id := random.IntN(4)
					switch random.IntN(4) {
					case 0:
						_ = c.frame(true, opText, fmt.Appendf(nil, `{"id":"%d","type":"complete"}`, id))
					case 1:
						c.readFrameSoon()
					default:
						_ = c.frame(true, opText, fmt.Appendf(nil, `{"id":"%d","type":"subscribe","payload":{"query":"%s"}}`, id+10*i, documents[random.IntN(len(documents))]))
					}
				}
				if random.IntN(2) == 0 {
					_ = c.frame(true, opClose, []byte{3, 232})
				}
				_ = c.conn.Close()
			}
		})
	}
	clients.Wait()
}
