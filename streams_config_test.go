package weft_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// TestStreamsConfig starts processes from files and looks at what the keys of
// WebSockets do.
func TestStreamsConfig(t *testing.T) {
	for _, c := range []struct {
		name, keys, path string
		sockets          int // that may be opened
	}{
		{"default", "", "/graphql", 3},
		{"path", "websocket: { path: /live }", "/live", 3},
		{"off", "websocket: { protocols: [] }", "/graphql", 0},
		{"limit of all", "websocket: { max_connections: 2 }", "/graphql", 2},
		{"limit of one", "websocket: { max_connections_per_client: 1 }", "/graphql", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "names.graphql"), []byte(itemNames), 0o600); err != nil {
				t.Fatal(err)
			}
			text := fmt.Sprintf("listeners: { public: { address: \"127.0.0.1:0\" }, admin: { address: \"-\" } }\ngraphs: [{ %s }]\nsubgraphs: { list: [{ name: names, url: \"http://127.0.0.1:1/\", schema: names.graphql }] }\n", c.keys)
			settings, err := config.Parse(filepath.Join(dir, "weft.yaml"), []byte(text), config.Environment{ReadFile: os.ReadFile})
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(t.Context())
			p, err := weft.Start(ctx, settings, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- p.Run(ctx) }() // ends with stop
			var opened []*websocket.Conn
			for range 3 {
				dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
				ws, response, err := dialer.Dial("ws://"+p.Addr()+c.path, http.Header{})
				if err != nil {
					if response == nil || c.sockets > 0 && response.StatusCode != http.StatusServiceUnavailable {
						t.Errorf("%v %v", response, err)
					}
					continue
				}
				opened = append(opened, ws)
			}
			if len(opened) != c.sockets {
				t.Errorf("%d sockets were opened, want %d", len(opened), c.sockets)
			}
			for _, ws := range opened {
				ws.Close()
			}
			stop()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
	settings := &config.Config{Graphs: []config.Graph{{Subscriptions: config.Subscriptions{Buffer: 8, BufferBytes: 64 << 10, OnOverflow: "latest", Dedupe: new(bool)}}}}
	settings.Subgraphs.List = []config.Subgraph{{Name: "a", Subscriptions: config.UpstreamSubscriptions{Share: new(bool)}}, {Name: "b"}}
	o := weft.FromConfig(settings, false)
	want := weft.SubscriptionOptions{Buffer: 8, BufferBytes: 64 << 10, Overflow: weft.KeepLatest, NoDedupe: true}
	if o.Subscriptions != want || !o.Subgraphs[0].NoDedupe || o.Subgraphs[1].NoDedupe {
		t.Errorf("%+v %+v", o.Subscriptions, o.Subgraphs)
	}
	if strings.Contains(config.Page(), "legacy_ws") {
		t.Error("the page promises what is not there")
	}
}
