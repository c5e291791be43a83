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
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
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

// Handler serves one graph.
type Handler struct {
	engine   Engine
	settings atomic.Pointer[settings]
	live     *live
	buffers  sync.Pool // *[]byte: request bodies
	writes   sync.Pool // *[]byte: answers with errors
	frames   sync.Pool // what WebSockets write through
}

var _ http.Handler = (*Handler)(nil)

// NewHandler returns a handler that runs operations on e. It panics if
// o.Routes clash.
func NewHandler(e Engine, o Options) *Handler {
	h := &Handler{engine: e}
	s := mustSettings(o)
	h.live = newLive(&s.WebSocket)
	h.settings.Store(s)
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, s: h.settings.Load(), w: w, r: r, media: legacyJSON, start: time.Now()}
	x.s.Metrics.begun(1)
	defer x.end()
	w.Header()["X-Content-Type-Options"] = nosniff
	if len(r.TransferEncoding) > 0 && r.ProtoMajor == 1 {
		// It may have stated a length, too, which net/http no longer tells: then what
		// follows may be hidden from a proxy, RFC 9112 section 6.1.
		w.Header()["Connection"] = closing
	}
	x.identify()
	switch {
	case x.crossOrigin(): // a preflight, which is answered
	case r.URL.Path == x.s.WebSocket.Path && x.wantsUpgrade():
		x.upgrade()
	case r.URL.Path != x.s.Path:
		x.serveOther()
	case x.wantsPage():
		x.page()
	default:
		x.serve()
	}
}

// wantsPage reports whether a browser asks for a page rather than an answer.
func (x *exchange) wantsPage() bool {
	return x.r.Method == http.MethodGet && prefersHTML(x.r.Header["Accept"]) && !strings.Contains("&"+x.r.URL.RawQuery, "&query=")
}

// page answers with something for people. Nobody may frame it, whatever it is.
func (x *exchange) page() {
	header := x.w.Header()
	header["Content-Security-Policy"] = frameless
	header["Referrer-Policy"] = noReferrer
	x.s.Landing.ServeHTTP(x.w, x.r)
}

// exchange is one request and its response.
type exchange struct {
	h     *Handler
	s     *settings
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
	id      [1]string // the request's, as a header's value
	route   *Route    // the face asked, nil for the endpoint
	status  int       // 0 until the response was written
	errors  []*fault.Error

	answer        *Answer // the engine's, nil until there is one
	profile, kind string  // of it
	outcome       Outcome
}

// serve checks the request in the order of the protocol page, so that of two
// mistakes always the same one is reported.
func (x *exchange) serve() {
	err := x.checkMethod()
	if err == nil {
		err = x.checkCSRF()
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
	x.request.Stream = x.streams
	x.answer = x.h.engine.Do(x.r.Context(), &x.request)
	defer x.release()
	x.write(x.answer)
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
	nosniff    = []string{"nosniff"}
	closing    = []string{"close"}
	frameless  = []string{"frame-ancestors 'none'"}
	noReferrer = []string{"no-referrer"}
	allowBoth  = []string{"GET, POST"}
	allowPost  = []string{"POST"}
)

// identify fills in who asks.
func (x *exchange) identify() {
	r := x.r
	x.stripHeaders()
	x.caller = caller.Caller{
		Method: r.Method, Host: r.Host, Path: r.URL.Path, Query: r.URL.RawQuery, Header: r.Header, TLS: r.TLS, Scheme: "http",
		Client: caller.Client{
			Name:    first(r.Header["Graphql-Client-Name"], r.Header["Apollographql-Client-Name"]),
			Version: first(r.Header["Graphql-Client-Version"], r.Header["Apollographql-Client-Version"]),
		},
	}
	if r.TLS != nil {
		x.caller.Scheme = "https"
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		x.caller.Remote = plainAddr(peer.Addr())
	}
	trusted := x.s.trusts(x.caller.Remote)
	if trusted {
		x.s.believe(r.Header, &x.caller)
	}
	x.nameRequest(trusted)
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
	if x.answer == nil {
		x.tell()
	}
	x.s.Metrics.observe(x)
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
