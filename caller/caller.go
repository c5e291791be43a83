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
	// Query is the undecoded query string of the URL. It may hold credentials:
	// it is never logged and never sent on.
	Query string
	// Scheme is https or http: what the client spoke, with this process or with a
	// trusted proxy, which may also have said the Host it was asked for.
	Scheme string
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

// Principal is the authenticated party, or the anonymous one. It is shared by
// the requests that bring the same credentials: nobody may change it.
type Principal struct {
	// Kind is jwt, api_key or anonymous. Subject is the token's sub, or the name
	// of the API key; KeyID is the id of the API key.
	Kind, Subject, Issuer, KeyID, Tenant string
	Scopes, Roles                        []string
	// Authenticator is the configured name of the one that found the
	// credentials; by default its kind.
	Authenticator string
	// BFF is the only client profile that the credentials are for; "" is any.
	BFF string
	// Claims is the raw JSON object of the token; of an API key it holds sub alone.
	// nil when there is none.
	Claims []byte
	// Expires is from when on the credentials are refused, the leeway for clocks
	// included; zero is never.
	Expires time.Time
}
