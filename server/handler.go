// Package server speaks GraphQL over HTTP with clients: it frames and
// negotiates, and knows no planner.
//
// In comes an HTTP request; [Handler] checks it in a fixed order, makes an
// operation.Request of it without decoding the document, calls the [Engine] and
// writes the answer in one piece, or, of a subscription, as server-sent events
// (eventstream.go). A WebSocket (websocket.go, connection.go) carries many
// operations of any kind. [Server] runs the public and the admin listener and
// drains them. Everything is safe for concurrent use.
package server

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// StatusPolicy chooses between two generations of status codes.
type StatusPolicy string

// Compatible answers 200 under application/json for what the document caused;
// Draft follows the specification's draft of August 2026 (422, 294).
const (
	Compatible StatusPolicy = "compatible"
	Draft      StatusPolicy = "draft"
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
	// NoCSRF switches CSRF prevention off; PreflightHeaders name the headers
	// that prove a preflight, default apollo-require-preflight,
	// graphql-require-preflight and x-apollo-operation-name.
	NoCSRF           bool
	PreflightHeaders []string
	// Landing answers GET requests that prefer HTML, and every path that is
	// neither the endpoint nor a route; nil answers 404.
	Landing http.Handler
	// Routes are faces beside the endpoint. Their patterns must not clash.
	Routes      []Route
	WebSocket   WebSocketOptions
	EventStream EventStreamOptions
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
		o.PreflightHeaders = []string{"apollo-require-preflight", "graphql-require-preflight", "x-apollo-operation-name"}
	}
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

// Handler serves one graph.
type Handler struct {
	engine  Engine
	options Options
	others  http.Handler // routes and landing
	live    *live
	buffers sync.Pool // *[]byte: request bodies
	writes  sync.Pool // *[]byte: answers with errors
	frames  sync.Pool // what WebSockets write through
}

var _ http.Handler = (*Handler)(nil)

// NewHandler returns a handler that runs operations on e.
func NewHandler(e Engine, o Options) *Handler {
	h := &Handler{engine: e, options: o.withDefaults()}
	h.live = newLive(&h.options.WebSocket)
	h.others = h.routes()
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r, media: legacyJSON, start: time.Now()}
	defer x.end()
	if h.wantsUpgrade(r) {
		x.upgrade()
		return
	}
	if r.URL.Path != h.options.Path {
		h.others.ServeHTTP(w, r)
		return
	}
	if h.wantsPage(r) {
		h.options.Landing.ServeHTTP(w, r)
		return
	}
	x.serve()
}

// wantsPage reports whether a browser asks for a page rather than an answer.
func (h *Handler) wantsPage(r *http.Request) bool {
	return r.Method == http.MethodGet && prefersHTML(r.Header["Accept"]) && !strings.Contains("&"+r.URL.RawQuery, "&query=")
}

// exchange is one request and its response.
type exchange struct {
	h     *Handler
	w     http.ResponseWriter
	r     *http.Request
	media media // of a single answer
	// streams says that the client takes an event stream, streamOnly that it
	// takes nothing else; streamed that it got one.
	streams, streamOnly, streamed bool

	start time.Time
	body  *[]byte // pooled; nil when the request had none

	request operation.Request
	caller  caller.Caller
	status  int // 0 until the response was written
	errors  []*fault.Error
}

// serve checks the request in the order of the protocol page, so that of two
// mistakes always the same one is reported.
func (x *exchange) serve() {
	err := x.checkMethod()
	if err == nil {
		err = x.h.checkCSRF(x.r)
	}
	if err == nil {
		err = x.negotiate()
	}
	if err == nil {
		err = x.decode()
	}
	if err != nil {
		x.refuse(err)
		return
	}
	x.identify()
	x.request.Stream = x.streams
	answer := x.h.engine.Do(x.r.Context(), &x.request)
	if answer.Release != nil {
		defer answer.Release()
	}
	x.write(answer)
}

func (x *exchange) checkMethod() error {
	switch x.r.Method {
	case http.MethodGet, http.MethodPost:
		return nil
	}
	x.w.Header()["Allow"] = allowBoth
	return &fault.Error{Code: fault.MethodNotAllowed, Message: "GraphQL is served with GET and POST"}
}

// The header values written most, shared and never changed.
var (
	allowBoth = []string{"GET, POST"}
	allowPost = []string{"POST"}
)

// identify fills in who asks.
func (x *exchange) identify() {
	r := x.r
	x.caller = caller.Caller{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Header: r.Header, TLS: r.TLS,
		RequestID: first(r.Header["X-Request-Id"]),
		Client: caller.Client{
			Name:    first(r.Header["Graphql-Client-Name"], r.Header["Apollographql-Client-Name"]),
			Version: first(r.Header["Graphql-Client-Version"], r.Header["Apollographql-Client-Version"]),
		},
	}
	if remote, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		x.caller.Remote = remote.Addr().Unmap()
	}
	x.request.Caller = &x.caller
}

// first returns the first value given, "" without any.
func first(values ...[]string) string {
	for _, v := range values {
		if len(v) > 0 && v[0] != "" {
			return v[0]
		}
	}
	return ""
}

// end recovers a panic, gives the body buffer back and counts.
func (x *exchange) end() {
	if r := recover(); r != nil {
		if err, ok := r.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(r) // net/http's own way to hang up
		}
		x.incident(r)
	}
	x.returnBody()
	if x.status != 0 {
		x.h.options.Metrics.observe(x)
	}
}

// returnBody gives the body's buffer back.
func (x *exchange) returnBody() {
	if x.body != nil && cap(*x.body) <= maxKeptBuffer {
		x.h.buffers.Put(x.body)
	}
	x.body = nil
}

// maxKeptBuffer is the largest buffer kept for the next request; chosen, not
// measured.
const maxKeptBuffer = 1 << 20
