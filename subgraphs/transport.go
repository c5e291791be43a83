package subgraphs

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// TransportOptions configure NewTransport.
type TransportOptions struct {
	// ConnectTimeout bounds the TCP connect, and the TLS handshake anew; default
	// 1 s.
	ConnectTimeout time.Duration
	// IdlePerHost is how many unused connections are kept; default 256.
	IdlePerHost int
	// IdleTimeout closes a connection unused for so long; default 90 s, which
	// should be below the subgraph's own keep-alive.
	IdleTimeout time.Duration
	// TLS is the configuration for https; nil is the system's.
	TLS *tls.Config
}

func (o TransportOptions) withDefaults() TransportOptions {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = time.Second
	}
	if o.IdlePerHost == 0 {
		o.IdlePerHost = 256
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 90 * time.Second
	}
	return o
}

// NewTransport returns a net/http transport for one subgraph: many kept connections, no
// proxy from the environment, no hidden decompression (its size would be
// unbounded). HTTP/2 is used where TLS offers it.
func NewTransport(o TransportOptions) *http.Transport {
	o = o.withDefaults()
	dialer := &net.Dialer{Timeout: o.ConnectTimeout, KeepAlive: 15 * time.Second}
	return &http.Transport{
		Proxy:               nil,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: o.ConnectTimeout,
		DisableCompression:  true,
		MaxIdleConnsPerHost: o.IdlePerHost,
		IdleConnTimeout:     o.IdleTimeout,
		TLSClientConfig:     o.TLS,
		ForceAttemptHTTP2:   true,
		// A head larger than this is an attack or an accident.
		MaxResponseHeaderBytes: 64 << 10,
		ReadBufferSize:         32 << 10,
		WriteBufferSize:        16 << 10,
	}
}
