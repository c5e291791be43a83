package grpcapi

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
)

func TestTargets(t *testing.T) {
	for _, test := range []struct {
		target, name string
		local        bool
	}{
		{"dns:///catalog:50051", "dns:///catalog:50051", false},
		{"catalog:50051", "dns:///catalog:50051", false},
		{"catalog", "dns:///catalog", false},
		{"localhost:1", "dns:///localhost:1", true},
		{"dns:localhost:1", "dns:localhost:1", true},
		{"dns:///127.0.0.9:1", "dns:///127.0.0.9:1", true},
		{"[::1]:5", "dns:///[::1]:5", true},
		{"dns://8.8.8.8/catalog:1", "dns://8.8.8.8/catalog:1", false},
		{"passthrough:///10.0.0.1:1", "passthrough:///10.0.0.1:1", false},
		{"passthrough:///127.0.0.1:1", "passthrough:///127.0.0.1:1", true},
		{"unix:/run/x.sock", "unix:/run/x.sock", true},
		{"localhost.example:1", "dns:///localhost.example:1", false},
		{"", "", false}, {"http://x", "", false}, {"unix:", "", false}, {"dns:///", "", false}, {"xds:///x", "", false}, {"dns://x", "", false},
	} {
		name, local, err := parseTarget(test.target)
		if (err != nil) != (test.name == "") || name != test.name || local != test.local {
			t.Errorf("%q: %q %v %v", test.target, name, local, err)
		}
		if err != nil && fault.CodeOf(err) != TargetInvalid {
			t.Errorf("%q: %v", test.target, err)
		}
	}
}

// Plaintext leaves the machine only where that is allowed.
func TestPlaintext(t *testing.T) {
	c := product.at("dns:///catalog:1")
	sub := c.subgraph(t)
	tr := New(Options{})
	defer tr.Close()
	if _, err := tr.Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir}); fault.CodeOf(err) != TargetInvalid {
		t.Error(err)
	}
	s, err := tr.Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir, Sources: map[string]Settings{"catalog": {AllowPlaintext: true}}})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
}

// echo answers with the id it was asked for.
var echo = reply(func(in, out *dynamicpb.Message, _ grpc.ServerStream) error {
	set(out, "id", idOf(in))
	return nil
})

func call(t testing.TB, b *backend) string {
	t.Helper()
	var out connectors.Answer
	if err := b.Call(t.Context(), input(`{"id":"1"}`), &out); err != nil {
		return err.Error()
	}
	if out.Failed {
		return out.Fault.Error()
	}
	return string(out.Body)
}

func TestUnixSocket(t *testing.T) {
	noLeaks(t)
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	f := shopFiles(t)
	server := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		name, _ := grpc.MethodFromServerStream(stream)
		md, err := method(stream.Context(), f.registry, name)
		if err != nil {
			return err
		}
		return echo(t, md, stream)
	}))
	go func() { _ = server.Serve(listener) }() // ends with Stop
	t.Cleanup(server.Stop)
	if got := call(t, product.at("unix:"+path).open(t)); got != `{"id":"1","name":null}` {
		t.Error(got)
	}
}

// identity is a certificate and its key, as files.
type identity struct {
	cert              *x509.Certificate
	key               *ecdsa.PrivateKey
	tls               tls.Certificate
	certFile, keyFile string
}

// issue makes a certificate for name, signed by the authority or by itself.
func issue(t *testing.T, name string, authority *identity) *identity {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, IsCA: authority == nil,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := cert, key
	if authority != nil {
		parent, signer = authority.cert, authority.key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certPEM := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyPEM := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	id := &identity{cert: cert, key: key, certFile: filepath.Join(t.TempDir(), "cert.pem"), keyFile: filepath.Join(t.TempDir(), "key.pem")}
	if id.tls, err = tls.X509KeyPair(certPEM, keyPEM); err != nil {
		t.Fatal(err)
	}
	for file, b := range map[string][]byte{id.certFile: certPEM, id.keyFile: keyPEM} {
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return id
}

// TLS is checked against the given authority and name, and shows a certificate
// to servers that want one.
func TestTLS(t *testing.T) {
	noLeaks(t)
	authority := issue(t, "authority", nil)
	server, client := issue(t, "catalog.test", authority), issue(t, "weft", authority)
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.tls.Certificate[0]}))
	address := serve(t, shopFiles(t), echo, grpc.Creds(credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{server.tls}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool, MinVersion: tls.VersionTLS12,
	})))
	c := product.at(address)
	c.tls = true
	full := TLS{CA: authority.certFile, Cert: client.certFile, Key: client.keyFile, ServerName: "catalog.test"}
	c.settings.TLS = full
	if got := call(t, c.open(t)); got != `{"id":"1","name":null}` {
		t.Error(got)
	}
	for _, wrong := range []TLS{
		{CA: full.CA, Cert: full.Cert, Key: full.Key, ServerName: "other.test"},
		{Cert: full.Cert, Key: full.Key, ServerName: full.ServerName},
		{CA: full.CA, ServerName: full.ServerName},
	} {
		c.settings.TLS = wrong
		var out connectors.Answer
		if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &out); err != nil || !out.Failed || out.Fault.Code != "UNAVAILABLE" {
			t.Errorf("%+v: %v %+v", wrong, err, out.Fault)
		}
	}
	for _, broken := range []TLS{{CA: "no.such"}, {CA: full.Key}, {Cert: full.Cert}, {Cert: full.Cert, Key: full.Cert}} {
		_, err := New(Options{}).Subgraph(SubgraphOptions{Spec: c.subgraph(t), Dir: protoDir, Sources: map[string]Settings{"catalog": {TLS: broken}}})
		if fault.CodeOf(err) != TargetInvalid {
			t.Errorf("%+v: %v", broken, err)
		}
	}
}

// Channels are shared by all that want the same, and go with the last of them.
func TestChannelsOutliveSnapshots(t *testing.T) {
	noLeaks(t)
	tr := New(Options{})
	c := product.at(serve(t, shopFiles(t), echo))
	open := func(settings Settings) *Subgraph {
		s, err := tr.Subgraph(SubgraphOptions{Spec: c.subgraph(t), Dir: protoDir, Sources: map[string]Settings{"catalog": settings}})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	only := func(s *Subgraph) *source {
		for _, src := range s.sources {
			return src
		}
		return nil
	}
	old := open(Settings{})
	next := open(Settings{ExposeDetails: true, Timeout: time.Second})
	other := open(Settings{Concurrency: 3})
	if only(old).pool != only(next).pool || only(old).pool == only(other).pool || len(tr.pools) != 2 {
		t.Error("channels are not shared as they should be")
	}
	old.Close()
	old.Close()
	if len(tr.pools) != 2 {
		t.Error("a channel went while it was in use")
	}
	other.Close()
	if len(tr.pools) != 1 {
		t.Error("a channel nobody uses stays")
	}
	next.Close()
	if len(tr.pools) != 0 {
		t.Error("a channel nobody uses stays")
	}
	tr.Close()
}

// A subgraph reports everything that is wrong with it.
func TestAllProblems(t *testing.T) {
	sub := product.at("localhost:1").subgraph(t)
	more := []connector{
		{target: "localhost:1", method: "Nothing"},
		{target: "localhost:1", method: "WatchPrice"},
		{target: "xds:///x", method: "GetProduct"},
		{target: "localhost:1", method: "GetProduct", descriptors: &spec.Descriptors{Set: "no.such"}},
		{target: "localhost:1", method: "GetProduct", descriptors: &spec.Descriptors{}},
	}
	for _, c := range more {
		s := c.subgraph(t)
		sub.Sources = append(sub.Sources, s.Sources...)
		sub.Connectors = append(sub.Connectors, s.Connectors...)
	}
	tr := New(Options{})
	_, err := tr.Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir})
	var codes []fault.Code
	for _, f := range fault.Of(err) {
		codes = append(codes, f.Code)
		if f.Subgraph != "shop" {
			t.Error(f)
		}
	}
	want := []fault.Code{TargetInvalid, DescriptorsInvalid, DescriptorsInvalid, UnknownMethod, StreamingKind}
	if len(codes) != len(want) {
		t.Fatal(err)
	}
	for i := range want {
		if codes[i] != want[i] {
			t.Error(err)
		}
	}
	if len(tr.pools) != 0 {
		t.Error("channels are left")
	}
}

// Only gRPC connectors with a source can be opened.
func TestOpenRefuses(t *testing.T) {
	b := product.at("localhost:1").open(t)
	for _, c := range []*spec.Connector{
		{ID: "rest", HTTP: &spec.HTTP{}},
		{ID: "lost", GRPC: &spec.GRPC{}, Source: &spec.Source{Name: "x", GRPC: &spec.GRPCSource{}}},
		{ID: "none", GRPC: &spec.GRPC{}},
	} {
		if _, err := b.subgraph.Open(c, &mapping.Reads{}); fault.CodeOf(err) != ConnectorInvalid {
			t.Errorf("%s: %v", c.ID, err)
		}
	}
}
