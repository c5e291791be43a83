package acceptance

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"google.golang.org/grpc"
)

// Proxy stands in front of a server and notes the requests that pass: HTTP/1.1
// and gRPC without TLS.
type Proxy struct {
	server  *httptest.Server
	backend *grpc.ClientConn

	mu    sync.Mutex
	calls []string
}

// NewProxy starts a proxy in front of address; Close stops it.
func NewProxy(address string) (*Proxy, error) {
	p := &Proxy{}
	calls, backend, err := newGRPCProxy(address)
	if err != nil {
		return nil, err
	}
	p.backend = backend
	plain := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: address}) },
		FlushInterval: -1,
	}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.note(r)
		if r.ProtoMajor == 2 {
			calls.ServeHTTP(w, r)
			return
		}
		plain.ServeHTTP(w, r)
	}))
	p.server.Config.Protocols = &http.Protocols{}
	p.server.Config.Protocols.SetHTTP1(true)
	p.server.Config.Protocols.SetUnencryptedHTTP2(true)
	p.server.Start()
	return p, nil
}

// Address is host:port.
func (p *Proxy) Address() string { return p.server.Listener.Addr().String() }

// Close stops the proxy and what passes through it.
func (p *Proxy) Close() {
	p.server.CloseClientConnections()
	p.server.Close()
	_ = p.backend.Close() // it has nothing to say any more
}

// note remembers a request. Looking a schema up by reflection does not count.
func (p *Proxy) note(r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/grpc.reflection.") {
		return
	}
	call := r.Method + " " + r.URL.RequestURI()
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/grpc") {
		call = strings.TrimPrefix(r.URL.Path, "/")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls = append(p.calls, call)
}

// Calls returns what passed since the last time, sorted, equal requests as one
// line with their number.
func (p *Proxy) Calls() []string {
	p.mu.Lock()
	calls := p.calls
	p.calls = nil
	p.mu.Unlock()
	slices.Sort(calls)
	var lines []string
	for i := 0; i < len(calls); {
		n := 1
		for i+n < len(calls) && calls[i+n] == calls[i] {
			n++
		}
		line := calls[i]
		if n > 1 {
			line += " x" + strconv.Itoa(n)
		}
		lines = append(lines, line)
		i += n
	}
	return lines
}
