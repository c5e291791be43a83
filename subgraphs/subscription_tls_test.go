package subgraphs

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"
)

// TestSubscribeOverTLS uses both protocols with a certificate that is trusted,
// and with one that is not.
func TestSubscribeOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, "event: complete\n\n")
			return
		}
		upgrader := websocket.Upgrader{Subprotocols: []string{transportWS}}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		p := &peer{t: t, conn: conn}
		p.greet()
		p.complete(p.expect("subscribe").ID)
		p.closed()
	}))
	server.EnableHTTP2 = true // which must not be chosen
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	for _, protocol := range []Protocol{TransportWS, EventStream} {
		t.Run(string(protocol), func(t *testing.T) {
			o := HTTPOptions{URL: server.URL, Subscriptions: SubscriptionOptions{Protocol: protocol}}
			_, err := callFor(t, newStreams(t, o), watch1).Subscribe(t.Context(), &Request{})
			expectError(t, err, "SUBREQUEST_HTTP_ERROR: the subgraph's certificate is not trusted")
			o.Connections.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
			nextEnds(t, subscribe(t, newStreams(t, o), watch1, &Request{}), io.EOF)
		})
	}
}
