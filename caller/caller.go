// Package caller says who asks: one Caller per operation, filled in by the
// server and the stages, read by everything behind them. It imports nothing
// of weft.
package caller

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"time"
)

// Caller describes the origin of one operation. A WebSocket operation carries
// a copy of its connection's. It is completed before planning and read-only
// from then on.
type Caller struct {
	Method, Host, Path, RequestID, Profile string
	Header                                 http.Header
	// Remote is the client's address after the trusted-proxy walk.
	Remote netip.Addr
	TLS    *tls.ConnectionState
	// Init is the raw connection_init payload of a WebSocket, else nil.
	Init   []byte
	Client Client
	// Principal is never nil once authentication ran; nobody is anonymous.
	Principal *Principal
}

// Client is the application that calls, as it names itself.
type Client struct {
	Name, Version string
}

// Principal is the authenticated party, or the anonymous one.
type Principal struct {
	Kind, Subject, Issuer, KeyID, Tenant string
	Scopes, Roles                        []string
	// Claims is the raw JSON object of the token, nil when there is none.
	Claims  []byte
	Expires time.Time
}
