package restapi

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

func TestPrivate(t *testing.T) {
	for _, a := range []string{
		"127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "0.0.0.0", "0.1.2.3",
		"100.64.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "198.18.0.1", "192.0.0.8", "::", "::1", "::ffff:127.0.0.1",
		"::ffff:10.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "::a00:1", "fec0::1", "2001:db8::1%eth0",
	} {
		if !private(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as public", a)
		}
	}
	for _, a := range []string{"8.8.8.8", "172.32.0.1", "100.128.0.1", "192.169.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "2a00::1"} {
		if private(netip.MustParseAddr(a)) {
			t.Errorf("%s counts as private", a)
		}
	}
}

// A host that $context took part in is not private; one of the operator's may
// be, and an allowed one.
func TestPrivateHosts(t *testing.T) {
	asked := 0
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { asked++; w.WriteHeader(204) })
	_, number, _ := strings.Cut(strings.TrimPrefix(url, "http://"), ":")
	for _, c := range []struct {
		name, host, vars string
		settings         Settings
		refused          bool
	}{
		{name: "an address of $context", host: "{$context.h}", vars: `{"$context":{"h":"127.0.0.1"}}`, refused: true},
		{name: "a name of $context", host: "{$context.h}", vars: `{"$context":{"h":"localhost"}}`, refused: true},
		{name: "a part of $context", host: "127.0.0.{$context.h}", vars: `{"$context":{"h":"1"}}`, refused: true},
		{name: "mixed", host: "{$config.a}.0.0.{$context.h}", vars: `{"$config":{"a":127},"$context":{"h":"1"}}`, refused: true},
		{name: "allowed", host: "{$context.h}", vars: `{"$context":{"h":"127.0.0.1"}}`, settings: Settings{AllowPrivate: true}},
		{name: "of $config", host: "{$config.h}", vars: `{"$config":{"h":"127.0.0.1"}}`},
		{name: "of $env", host: "{$env.h}", vars: `{"$env":{"h":"127.0.0.1"}}`},
		{name: "text", host: "127.0.0.1", vars: `{}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked = 0
			connector := &text{URL: "http://" + c.host + ":" + number + "/x"}
			_, err := call(t, open(t, connector.connector(t), c.settings), c.vars)
			if c.refused {
				wantCode(t, err, fault.ConnectorRequest, "private address")
			} else if err != nil {
				t.Fatal(err)
			}
			if (asked == 0) != c.refused {
				t.Errorf("asked %d times", asked)
			}
		})
	}
}

// Snapshots share the connections of a source whose connection settings did not
// change, and the last one to close them closes them.
func TestConnectionsAreSharedBySettings(t *testing.T) {
	transports := New(Options{})
	defer transports.Close()
	connector := fromSource("http://svc.test", "/x").connector(t)
	opened := func(name string, settings Settings) (*Subgraph, *pool) {
		s, err := transports.Subgraph(name, map[string]Settings{"s": settings})
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.Open(connector, nil)
		if err != nil {
			t.Fatal(err)
		}
		return s, b.(*backend).pool
	}
	one, p1 := opened("a", Settings{})
	two, p2 := opened("a", Settings{Concurrency: 2, Timeout: 1})
	three, p3 := opened("a", Settings{NoHTTP2: true})
	four, p4 := opened("b", Settings{})
	if p1 != p2 || p1 == p3 || p1 == p4 {
		t.Error("connections are shared wrongly")
	}
	one.Close()
	if len(transports.pools) != 3 {
		t.Errorf("%d pools", len(transports.pools))
	}
	for _, s := range []*Subgraph{one, two, three, four} {
		s.Close()
	}
	if len(transports.pools) != 0 || len(transports.states) != 0 {
		t.Errorf("%d pools and %d states stay", len(transports.pools), len(transports.states))
	}
	late, err := four.Open(connector, nil)
	if err != nil || late == nil || len(transports.pools) != 0 {
		t.Error(err, len(transports.pools))
	}
}

// TLS: authorities of a file, a client certificate, another name, and HTTP/2
// where both sides have it.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `"%s %d"`, r.Proto, len(r.TLS.PeerCertificates))
	}))
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are what we want
	server.StartTLS()
	defer server.Close()
	ca := writePEM(t, "CERTIFICATE", server.Certificate().Raw)
	private, err := x509.MarshalPKCS8PrivateKey(server.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	key := writePEM(t, "PRIVATE KEY", private)
	for _, c := range []struct {
		name     string
		settings Settings
		want     string
		words    string
	}{
		{"http/2", Settings{TLS: TLS{CA: ca}}, `"HTTP/2.0 0"`, ""},
		{"client certificate", Settings{TLS: TLS{CA: ca, Cert: ca, Key: key}}, `"HTTP/2.0 1"`, ""},
		{"http/1.1", Settings{TLS: TLS{CA: ca}, NoHTTP2: true}, `"HTTP/1.1 0"`, ""},
		{"a name of the certificate", Settings{TLS: TLS{CA: ca, ServerName: "example.com"}}, `"HTTP/2.0 0"`, ""},
		{"a name that is not", Settings{TLS: TLS{CA: ca, ServerName: "svc.test"}}, "", "not trusted"},
		{"the system's authorities", Settings{}, "", "not trusted"},
		{"insecure", Settings{TLS: TLS{Insecure: true}}, `"HTTP/2.0 0"`, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := call(t, open(t, get(server.URL).connector(t), c.settings), "")
			if c.words != "" {
				wantCode(t, err, fault.HTTPClientError, c.words)
			} else if err != nil || string(out.Body) != c.want {
				t.Fatal(err, string(out.Body))
			}
		})
	}
}

func writePEM(t *testing.T, kind string, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSettings(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, settings := range map[string]Settings{
		"must not be negative":    {Timeout: -1},
		"allowed host":            {AllowHosts: []string{"http://x"}},
		"needs both cert and key": {TLS: TLS{Cert: "x"}},
		"no such file":            {TLS: TLS{CA: "/nonexistent"}},
		"holds no certificate":    {TLS: TLS{CA: empty}},
		"certificate " + empty:    {TLS: TLS{Cert: empty, Key: empty}},
		"must have no query":      {OverrideURL: "http://x/?a"},
		"http:// or https://":     {OverrideURL: "ftp://x"},
		"letters, digits, dots":   {OverrideURL: "http://x:99999"},
	} {
		transports := New(Options{})
		_, err := transports.Subgraph("a", map[string]Settings{"s": settings})
		wantCode(t, err, fault.ConfigInvalid, want)
		if len(transports.states) != 0 {
			t.Error("a state stays")
		}
	}
	_, err := New(Options{}).Subgraph("a", map[string]Settings{"": {OverrideURL: "http://svc.test"}})
	wantCode(t, err, fault.ConfigInvalid, "connectors without a source")
}

// What tells requests apart is all that may change the answer.
func TestIdentity(t *testing.T) {
	id := func(c *text, vars string, in connectors.Input) string {
		in.Vars = varsOf(t, vars)
		made, ok := open(t, c.connector(t), Settings{}).Identity(nil, &in)
		if !ok {
			return ""
		}
		return string(made)
	}
	query := connectors.Input{Retry: true}
	base := fromSource("http://svc.test", "/x/{$args.a}?b={$args.b}")
	base.Headers = []headerText{{Name: "x-c", Value: "{$args.c}"}}
	first := id(base, `{"$args":{"a":"1","b":"2","c":"3"}}`, query)
	if first == "" || first != id(base, `{"$args":{"a":1,"b":"2","c":"3","d":4}}`, query) {
		t.Error("equal requests differ")
	}
	for _, vars := range []string{`{"$args":{"a":"2","b":"2","c":"3"}}`, `{"$args":{"a":"1","b":"","c":"3"}}`, `{"$args":{"a":"1","b":"2","c":"4"}}`} {
		if id(base, vars, query) == first {
			t.Errorf("%s: different requests are one", vars)
		}
	}
	if id(base, `{"$args":{"a":"1","b":"2","c":"3"}}`, connectors.Input{}) != "" {
		t.Error("a mutation's request has an identity")
	}
	post := *base
	post.Method = "POST"
	if id(&post, `{"$args":{"a":"1","b":"2","c":"3"}}`, query) != "" {
		t.Error("a POST has an identity")
	}
	if id(base, `{"$args":{"a":".."}}`, query) != "" {
		t.Error("a request that cannot be made has an identity")
	}
}

// TestIdentityMakesTheRequest: what Identity made is what Call sends, and its
// problems are told once.
func TestIdentityMakesTheRequest(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "%q", r.URL.RequestURI())
	})
	c := text{Method: "GET", URL: url + "/x?a={$args.a}&b={$args.none}"}
	b := open(t, c.connector(t), Settings{})
	var problems mapping.Problems
	in := &connectors.Input{Vars: varsOf(t, `{"$args": {"a": 1}}`), Retry: true, Problems: &problems}
	if _, ok := b.Identity(nil, in); !ok {
		t.Fatal("a query's GET has no identity")
	}
	in.Vars = varsOf(t, `{"$args": {"a": 2}}`)
	var out connectors.Answer
	if err := b.Call(t.Context(), in, &out); err != nil || string(out.Body) != `"/x?a=1&b="` {
		t.Fatalf("sent %s, %v", out.Body, err)
	}
	if list := problems.List(); len(list) != 1 || list[0].Count != 1 {
		t.Errorf("problems %+v", list)
	}
	bad := &connectors.Input{Vars: varsOf(t, `{"$args": {"a": [1]}}`), Retry: true, Problems: &mapping.Problems{}}
	if _, ok := b.Identity(nil, bad); ok {
		t.Error("a request that cannot be made has an identity")
	}
	wantCode(t, b.Call(t.Context(), bad, &out), fault.ConnectorRequest, "list or an object")
	if len(bad.Problems.List()) > 1 {
		t.Errorf("problems %+v", bad.Problems.List())
	}
}
