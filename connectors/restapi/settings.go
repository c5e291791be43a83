package restapi

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"
)

// Settings are what operating a source needs beside its @source. The zero
// value works.
type Settings struct {
	// OverrideURL stands for scheme, host and base path of the source's baseURL;
	// its query stays. "" leaves them.
	OverrideURL string
	// Timeout bounds one call: waiting for a turn, all attempts, and the answer
	// to its last byte; default 5 s.
	Timeout time.Duration
	// ConnectTimeout bounds the TCP connect, and the TLS handshake anew; default
	// 1 s.
	ConnectTimeout time.Duration
	// MaxResponseBytes bounds an answer after inflation; default 8 MiB.
	MaxResponseBytes int64
	// Concurrency is how many requests are under way at once in this process;
	// further ones wait in order. Default 64.
	Concurrency int
	Redirects   Redirects
	Retry       Retry
	TLS         TLS
	// AllowHosts are the hosts requests may go to: names, *.suffix for all names
	// below one, either with :port or without. Empty allows every host.
	AllowHosts []string
	// AllowPrivate lets a host that $context took part in be a private address.
	AllowPrivate bool
	// NoGzip asks for answers that are not compressed.
	NoGzip bool
	// NoHTTP2 keeps to HTTP/1.1 where TLS offers both.
	NoHTTP2 bool
}

// Redirects say what becomes of an answer that sends elsewhere.
type Redirects uint8

const (
	// RedirectsNone makes it a failure with its status.
	RedirectsNone Redirects = iota
	// RedirectsSameOrigin follows it, if method is GET or HEAD and scheme, host
	// and port stay the same; five times at most.
	RedirectsSameOrigin
)

// Retry says when a request is sent again. It never is for mutations.
type Retry struct {
	// Attempts are the further ones; default 0.
	Attempts int
	// Backoff is the longest pause before the first of them, doubled for each
	// further one; the pause is drawn below it. Default 25 ms. A backend's
	// Retry-After comes before it, and ends the attempts if it is behind the
	// deadline.
	Backoff time.Duration
	// Statuses are answers worth another attempt; default 502, 503 and 504.
	// Failed connects and connections that break before an answer always are.
	Statuses []int
	// Methods may be repeated; default GET. List POST for backends that are
	// queried with it.
	Methods []string
}

// TLS towards a source. Files are PEM and read once, by [Transports.Subgraph].
type TLS struct {
	// CA is a file with the authorities to trust instead of the system's.
	CA string
	// Cert and Key are the client's certificate; both or neither.
	Cert, Key string
	// ServerName to expect in the certificate; default the host.
	ServerName string
	// Insecure trusts every certificate.
	Insecure bool
}

func (s Settings) withDefaults() Settings {
	s.Timeout = cmp.Or(s.Timeout, 5*time.Second)
	s.ConnectTimeout = cmp.Or(s.ConnectTimeout, time.Second)
	s.MaxResponseBytes = cmp.Or(s.MaxResponseBytes, 8<<20)
	s.Concurrency = cmp.Or(s.Concurrency, 64)
	s.Retry.Backoff = cmp.Or(s.Retry.Backoff, 25*time.Millisecond)
	if s.Retry.Statuses == nil {
		s.Retry.Statuses = []int{http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout}
	}
	if s.Retry.Methods == nil {
		s.Retry.Methods = []string{http.MethodGet}
	}
	return s
}

// check returns the override's parts, nil without one.
func (s *Settings) check() (*template, error) {
	if s.Timeout < 0 || s.ConnectTimeout < 0 || s.MaxResponseBytes < 0 || s.Concurrency < 0 || s.Retry.Attempts < 0 || s.Retry.Backoff < 0 {
		return nil, errors.New("durations, sizes and counts must not be negative")
	}
	if s.OverrideURL == "" {
		return nil, nil
	}
	t, err := absoluteTemplate([]textOrMapping{{text: s.OverrideURL}})
	if err != nil {
		return nil, fmt.Errorf("the override of its URL: %w", err)
	}
	if len(t.query) > 0 {
		return nil, errors.New("the override of its URL must have no query")
	}
	return t, nil
}

// loadedTLS is a TLS configuration and what tells it from others: what its
// files held, so that rotated certificates make new connections.
type loadedTLS struct {
	config *tls.Config // nil: the system's
	digest [sha256.Size]byte
}

func (t TLS) load() (loadedTLS, error) {
	if t == (TLS{}) {
		return loadedTLS{}, nil
	}
	if (t.Cert == "") != (t.Key == "") {
		return loadedTLS{}, errors.New("a client certificate needs both cert and key")
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: t.ServerName, InsecureSkipVerify: t.Insecure}
	seen := fmt.Appendf(nil, "%q %v", t.ServerName, t.Insecure)
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return loadedTLS{}, fmt.Errorf("read the authorities: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return loadedTLS{}, fmt.Errorf("%s holds no certificate", t.CA)
		}
		seen = fmt.Appendf(seen, " ca %d %s", len(pem), pem)
	}
	if t.Cert != "" {
		cert, err := os.ReadFile(t.Cert)
		if err != nil {
			return loadedTLS{}, fmt.Errorf("read the certificate: %w", err)
		}
		key, err := os.ReadFile(t.Key)
		if err != nil {
			return loadedTLS{}, fmt.Errorf("read the key: %w", err)
		}
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return loadedTLS{}, fmt.Errorf("certificate %s and key %s: %w", t.Cert, t.Key, err)
		}
		config.Certificates = []tls.Certificate{pair}
		seen = fmt.Appendf(seen, " cert %d %s %d %s", len(cert), cert, len(key), key)
	}
	return loadedTLS{config, sha256.Sum256(seen)}, nil
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
