package weft_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/gorilla/websocket"

	"github.com/weftql/weft"
	"github.com/weftql/weft/config"
)

// TestWebSocketCredentials opens WebSockets with a token in each place that one
// can stand in, good, bad and none, and asks for what needs one.
func TestWebSocketCredentials(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(expires time.Duration) string {
		text, err := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{"iss": "id", "sub": "ada", "exp": float64(time.Now().Add(expires).UnixMilli()) / 1000}).SignedString(private)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	encoded := func(token string) string { return "weft.bearer." + base64.RawURLEncoding.EncodeToString([]byte(token)) }
	good, bad := sign(time.Hour), sign(-time.Hour)
	address := startGuarded(t, base64.RawURLEncoding.EncodeToString(public))

	const data = `{"id":"1","type":"next","payload":{"data":{"me":"ada"}}}`
	const denied = `{"id":"1","type":"next","payload":{"errors":[{"message":"Unauthorized field or type","path":["me"],"extensions":{"code":"UNAUTHORIZED_FIELD_OR_TYPE"}}],"data":null}}`
	for _, c := range []struct {
		name, header, protocol, init, want string
	}{
		{"nothing", "", "", "", denied},
		{"upgrade", "Bearer " + good, "", "", data},
		{"upgrade, bad", "Bearer " + bad, "", "", "401"},
		{"payload", "", "", `{"Authorization":"Bearer ` + good + `"}`, data},
		{"payload, bad", "", "", `{"Authorization":"Bearer ` + bad + `"}`, "close 4403"},
		{"sub-protocol", "", encoded(good), "", data},
		{"sub-protocol, bad", "", encoded(bad), "", "401"},
		{"soon expired", "Bearer " + sign(2*time.Second), "", "", data + " close 4403"},
	} {
		t.Run(c.name, func(t *testing.T) {
			header := http.Header{}
			if c.header != "" {
				header.Set("Authorization", c.header)
			}
			if got := askOver(t, address, header, c.protocol, c.init, strings.Contains(c.want, " close")); got != c.want {
				t.Errorf("%s\nwant %s", got, c.want)
			}
		})
	}
}

// startGuarded runs a gateway whose only field needs credentials, and returns
// its address.
func startGuarded(t *testing.T, key string) string {
	t.Helper()
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"data":{"me":"ada"}}`))
	}))
	t.Cleanup(backend.Close)
	dir := t.TempDir()
	files := map[string]string{
		"a.graphql": `extend schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@authenticated"]) type Query { me: String @authenticated }`,
		"id.jwks":   `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + key + `"}]}`,
		"weft.yaml": fmt.Sprintf(`
listeners: { public: { address: "127.0.0.1:0" }, admin: { address: "-" } }
subgraphs: { list: [ { name: a, url: %q, schema: a.graphql } ] }
telemetry: { logs: { level: error } }
auth:
  authenticators:
    - jwt:
        issuers: [ { iss: id, jwks: { file: id.jwks }, algs: [EdDSA], leeway: 0s } ]
        sources: [ { header: authorization, prefix: Bearer }, { ws_subprotocol: weft.bearer }, { ws_init: Authorization } ]
`, backend.URL),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	settings, err := config.Load(filepath.Join(dir, "weft.yaml"), config.System())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p, err := weft.Start(ctx, settings, false, nil)
	if err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }() // ends with stop
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return p.Addr()
}

// askOver opens a WebSocket and asks; the result is the status of a refused
// upgrade, how the connection was closed, or the answer, with toEnd both.
func askOver(t *testing.T, address string, header http.Header, protocol, init string, toEnd bool) string {
	t.Helper()
	dialer := websocket.Dialer{Subprotocols: []string{"graphql-transport-ws"}}
	if protocol != "" {
		dialer.Subprotocols = append([]string{protocol}, dialer.Subprotocols...)
	}
	ws, response, err := dialer.Dial("ws://"+address+"/graphql", header)
	if err != nil {
		if response == nil {
			t.Fatal(err)
		}
		return fmt.Sprint(response.StatusCode)
	}
	defer ws.Close()
	if got := response.Header["Sec-Websocket-Protocol"]; len(got) != 1 || got[0] != "graphql-transport-ws" {
		t.Errorf("the server selected %q", got)
	}
	if init == "" {
		init = "{}"
	}
	_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"type":"connection_init","payload":`+init+`}`))
	answer := ""
	for {
		_, text, err := ws.ReadMessage()
		switch closed, ok := err.(*websocket.CloseError); { //nolint:errorlint // the library returns it as it is
		case ok:
			return strings.TrimSpace(fmt.Sprintf("%s close %d", answer, closed.Code))
		case err != nil:
			t.Fatal(err)
		}
		switch message := string(text); {
		case strings.Contains(message, "connection_ack"):
			_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"id":"1","type":"subscribe","payload":{"query":"{ me }"}}`))
		case strings.Contains(message, `"next"`):
			answer = message
		}
		if answer != "" && !toEnd {
			return answer
		}
	}
}
