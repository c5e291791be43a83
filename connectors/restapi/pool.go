package restapi

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// source is one source's settings in one snapshot.
type source struct {
	key      sourceKey
	settings *Settings
	override *template // nil without
	hosts    []hostPattern
	tls      loadedTLS
	state    *state
	pools    []*pool // held until close; guarded by Subgraph.mu
}

// state is what of a source outlives a snapshot.
type state struct {
	key    sourceKey
	refs   int // guarded by Transports.mu
	gate   gate
	budget budget
}

// state returns a source's state, held once more.
func (t *Transports) state(key sourceKey) *state {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := t.states[key]
	if s == nil {
		s = &state{key: key}
		t.states[key] = s
	}
	s.refs++
	return s
}

// poolKey says which requests may share connections.
type poolKey struct {
	source  sourceKey
	tls     [32]byte
	connect time.Duration
	http1   bool
	guarded bool
}

// pool is connections. Its transport follows no redirects, keeps no cookies and
// uses no proxy of the environment.
type pool struct {
	key       poolKey
	transport *http.Transport
	refs      int // guarded by Transports.mu
}

// pool returns the connections of a source, held once more. Guarded ones are
// never made to private addresses.
func (t *Transports) pool(s *source, guarded bool) *pool {
	guarded = guarded && !s.settings.AllowPrivate
	key := poolKey{source: s.key, tls: s.tls.digest, connect: s.settings.ConnectTimeout, http1: s.settings.NoHTTP2, guarded: guarded}
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.pools[key]
	if p == nil {
		p = &pool{key: key, transport: newTransport(s, guarded, t.idle)}
		t.pools[key] = p
	}
	p.refs++
	return p
}

// maxHead bounds a response's head: a larger one is an attack or an accident.
const maxHead = 64 << 10

func newTransport(s *source, guarded bool, idle time.Duration) *http.Transport {
	dialer := &net.Dialer{Timeout: s.settings.ConnectTimeout, KeepAlive: 15 * time.Second}
	if guarded {
		dialer.ControlContext = refusePrivate
	}
	config := s.tls.config
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	config = config.Clone()
	config.ClientSessionCache = tls.NewLRUClientSessionCache(64)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!s.settings.NoHTTP2)
	return &http.Transport{
		DialContext:            dialer.DialContext,
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    s.settings.ConnectTimeout,
		DisableCompression:     true, // its size would be unbounded
		MaxIdleConnsPerHost:    256,
		IdleConnTimeout:        idle,
		Protocols:              protocols,
		MaxResponseHeaderBytes: maxHead,
		ReadBufferSize:         16 << 10,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 10 * time.Second},
	}
}

// hold keeps a pool until the source is closed; one reference is enough.
func (s *source) hold(t *Transports, p *pool) {
	for _, held := range s.pools {
		if held == p {
			t.release(p)
			return
		}
	}
	s.pools = append(s.pools, p)
}

// release gives back one reference; the last one closes idle connections.
func (t *Transports) release(p *pool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p.refs--; p.refs == 0 {
		delete(t.pools, p.key)
		p.transport.CloseIdleConnections()
	}
}

func (s *source) close(t *Transports) {
	for _, p := range s.pools {
		t.release(p)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if s.state.refs--; s.state.refs == 0 {
		delete(t.states, s.state.key)
	}
}

var errPrivate = errors.New("the host is a private address")

// refusePrivate is asked with the address a connection is about to be made to,
// after the name was resolved: a check of the name would be too early.
func refusePrivate(_ context.Context, _, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || private(to.Addr()) {
		return errPrivate
	}
	return nil
}

// private reports whether an address leads into a network of one's own or to
// this machine, or is none to connect to at all: the blocks of RFC 6890 that
// are not globally reachable, and those that carry an IPv4 address within.
func private(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	if !a.IsGlobalUnicast() || a.IsPrivate() { // loopback, link-local, multicast, unspecified are no global unicast
		return true
	}
	for _, block := range notPublic {
		if block.Contains(a) {
			return true
		}
	}
	return false
}

var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"), // shared by carriers
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"),        // IPv4-compatible
	netip.MustParsePrefix("64:ff9b::/96"), // IPv4 translated
	netip.MustParsePrefix("64:ff9b:1::/48"),
	netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), // Teredo among others
	netip.MustParsePrefix("2001:db8::/32"),
	netip.MustParsePrefix("2002::/16"), // 6to4
	netip.MustParsePrefix("fec0::/10"),
}
