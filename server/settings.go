package server

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/textproto"

	"github.com/weftql/weft/fault"
)

// Options configure a Handler. The zero value works.
type Options struct {
	// Path of the GraphQL endpoint; default /graphql.
	Path string
	// StatusPolicy; default Compatible.
	StatusPolicy StatusPolicy
	// MaxBodyBytes bounds a request body, after decompression; default 2 MiB.
	MaxBodyBytes int64
	// MaxURLBytes bounds path and query of a GET; default 8 KiB.
	MaxURLBytes int
	// TrustedProxies are the peers whose word counts on whom a request comes
	// from; default none. Forwarded is the header they write that in; "" looks at
	// all, and believes none of them when they contradict each other.
	TrustedProxies []netip.Prefix
	Forwarded      ForwardedHeader
	// RequestID says how requests get their name.
	RequestID RequestIDOptions
	// CORS says which pages elsewhere may read answers; nil is none.
	CORS *CORS
	// Strip are names of headers that are deleted from every request before
	// anybody sees it, in every spelling: weft writes them itself.
	Strip []string
	// NoCSRF switches CSRF prevention off; PreflightHeaders name the headers that
	// prove a preflight, default x-weft-csrf, apollo-require-preflight,
	// graphql-require-preflight and x-apollo-operation-name.
	NoCSRF           bool
	PreflightHeaders []string
	// Landing answers GET requests that prefer HTML, and every path that is
	// neither the endpoint nor a route; nil answers 404.
	Landing http.Handler
	// Routes are faces beside the endpoint that stay; an Engine that is a Router
	// has those that come and go. Their patterns must not clash.
	Routes      []Route
	WebSocket   WebSocketOptions
	EventStream EventStreamOptions
	Refused     Refused      // nil tells nobody
	Metrics     *Metrics     // nil counts nothing
	Logger      *slog.Logger // nil discards
}

func (o Options) withDefaults() Options {
	if o.Path == "" {
		o.Path = "/graphql"
	}
	if o.StatusPolicy == "" {
		o.StatusPolicy = Compatible
	}
	if o.MaxBodyBytes == 0 {
		o.MaxBodyBytes = 2 << 20
	}
	if o.MaxURLBytes == 0 {
		o.MaxURLBytes = 8 << 10
	}
	if o.PreflightHeaders == nil {
		o.PreflightHeaders = []string{"x-weft-csrf", "apollo-require-preflight", "graphql-require-preflight", "x-apollo-operation-name"}
	}
	o.RequestID = o.RequestID.withDefaults()
	o.WebSocket = o.WebSocket.withDefaults(o.Path)
	o.EventStream = o.EventStream.withDefaults()
	if o.Landing == nil {
		o.Landing = http.HandlerFunc(http.NotFound)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// settings are options ready for use. They are immutable: a request, and a
// WebSocket as long as it lives, goes by those it began with.
type settings struct {
	Options
	routes *Routes
	strip  []string // canonical
}

// newSettings returns CONFIG_INVALID for routes that clash.
func newSettings(o Options) (*settings, error) {
	s := &settings{Options: o.withDefaults()}
	for _, name := range o.Strip {
		s.strip = append(s.strip, textproto.CanonicalMIMEHeaderKey(name))
	}
	var err error
	s.routes, err = NewRoutes(o.Routes)
	return s, err
}

// Reconfigure takes other options for all requests that come from now on.
// Requests under way and open WebSockets go on as they began; nothing is
// closed. It returns CONFIG_INVALID, and changes nothing, for routes that clash.
func (h *Handler) Reconfigure(o Options) error {
	s, err := newSettings(o)
	if err != nil {
		return err
	}
	h.live.limit(&s.WebSocket)
	h.settings.Store(s)
	return nil
}

// mustSettings is newSettings for options that a program wrote.
func mustSettings(o Options) *settings {
	s, err := newSettings(o)
	if err != nil {
		panic(fmt.Sprintf("server: %v", err))
	}
	return s
}

func invalid(path, problem string) *fault.Error {
	return &fault.Error{Code: fault.ConfigInvalid, Message: path + ": " + problem}
}
