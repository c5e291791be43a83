package server

import (
	"fmt"
	"net/http"
	"regexp"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// Route is a face of the graph beside the GraphQL endpoint: a REST path or a
// screen. Whoever assembles the gateway makes it.
type Route struct {
	// Method and Pattern are as in http.ServeMux; an empty Method is any.
	Method, Pattern string
	// Handler, if set, answers by itself.
	Handler http.Handler
	// Decode and Encode turn requests into operations and answers into
	// responses. Encode gets every failure too. Without them, and without a
	// Handler, the pattern is another GraphQL endpoint.
	Decode func(*http.Request) (*operation.Request, error)
	Encode func(http.ResponseWriter, *http.Request, *Answer) error
}

// Routes are faces ready to be asked. They are immutable.
type Routes struct{ mux *http.ServeMux }

// Router is optional on an [Engine] whose faces come and go while it runs.
type Router interface {
	// Routes returns the faces there are now, nil if there are none. It is called
	// for every request that is not for the endpoint, so it must be cheap.
	Routes() *Routes
}

// registeredAt is what a ServeMux says of weft's own source.
var registeredAt = regexp.MustCompile(` \(registered at [^)]*\)`)

// NewRoutes returns CONFIG_INVALID if a pattern is none, or clashes with
// another. No routes are nil.
func NewRoutes(list []Route) (r *Routes, err error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // nil is no routes
	}
	r = &Routes{mux: http.NewServeMux()}
	defer func() {
		if cause := recover(); cause != nil { // how a ServeMux refuses a pattern
			r, err = nil, &fault.Error{Code: fault.ConfigInvalid, Message: registeredAt.ReplaceAllString(fmt.Sprint(cause), "")}
		}
	}()
	for i := range list {
		route := list[i]
		pattern := route.Pattern
		if route.Method != "" {
			pattern = route.Method + " " + pattern
		}
		r.mux.Handle(pattern, &routeHandler{route})
	}
	return r, nil
}

// routeHandler is what a ServeMux finds: it only tells which route it is.
type routeHandler struct{ route Route }

func (h *routeHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if m, ok := w.(*match); ok {
		m.route, m.r = &h.route, r
	}
}

// match is what a ServeMux says to a request: a route, or the status it would
// answer with.
type match struct {
	route  *Route
	r      *http.Request // with the values of the path
	header http.Header
	status int
}

// Header collects what goes with a status.
func (m *match) Header() http.Header {
	if m.header == nil {
		m.header = http.Header{}
	}
	return m.header
}

// WriteHeader takes note of the status.
func (m *match) WriteHeader(status int) { m.status = status }

// Write ignores the text of a ServeMux.
func (m *match) Write(p []byte) (int, error) { return len(p), nil }

// find asks for the route of a request.
func (r *Routes) find(request *http.Request) match {
	var m match
	if r != nil {
		r.mux.ServeHTTP(&m, request)
	}
	return m
}

// serveOther answers what is not for the endpoint: through a route, if there
// is one, else with the landing page.
func (x *exchange) serveOther() {
	var m match
	if router, ok := x.h.engine.(Router); ok {
		m = router.Routes().find(x.r)
	}
	if m.route == nil && m.status != http.StatusMethodNotAllowed {
		if fixed := x.s.routes.find(x.r); fixed.route != nil || fixed.status == http.StatusMethodNotAllowed {
			m = fixed
		}
	}
	switch {
	case m.route != nil:
		x.r = m.r
		x.serveRoute(m.route)
	case m.status == http.StatusMethodNotAllowed:
		x.w.Header()["Allow"] = m.header["Allow"]
		x.problem(m.status)
	default:
		x.page()
	}
}

// problem answers without a face that could say it in its own way, RFC 9457.
func (x *exchange) problem(status int) {
	x.status = status
	x.w.Header()["Content-Type"] = problemHeader
	x.w.WriteHeader(status)
	_, _ = fmt.Fprintf(x.w, `{"type":"about:blank","title":%q,"status":%d,"requestId":%s}`, http.StatusText(status), status, fault.AppendString(nil, x.id[0])) // a client that went away is nobody's failure
}

var problemHeader = []string{"application/problem+json"}

// serveRoute runs the operation a route makes of a request. A request that the
// route cannot read is answered through its own Encode, like every failure.
func (x *exchange) serveRoute(route *Route) {
	if route.Handler != nil {
		route.Handler.ServeHTTP(x.w, x.r)
		return
	}
	if route.Decode == nil {
		switch {
		case x.wantsUpgrade():
			x.upgrade()
		case x.wantsPage():
			x.page()
		default:
			x.serve()
		}
		return
	}
	x.route = route
	err := x.checkRouteCSRF()
	var request *operation.Request
	if err == nil {
		request, err = route.Decode(x.r)
	}
	if err != nil {
		x.encode(&Answer{Errors: fault.Of(err)})
		return
	}
	request.Caller = &x.caller
	x.answer = x.h.engine.Do(x.r.Context(), request)
	defer x.release()
	x.encode(x.answer)
}

// encode lets the route write an answer; its headers are there already.
func (x *exchange) encode(a *Answer) {
	x.errors = a.Errors
	x.addHeaders(a)
	told := &statusWriter{ResponseWriter: x.w, id: x.id[0]}
	defer func() { x.status, x.outcome.Bytes = told.status, told.bytes }() // after a panic too
	err := x.route.Encode(told, x.r, a)
	if err != nil {
		x.s.Logger.DebugContext(x.r.Context(), "a route's answer could not be written", "cause", err)
	}
	if told.status == 0 { // nothing was written, which net/http takes for 200
		told.status = http.StatusOK
	}
}

// statusWriter remembers the status, and knows the request's name.
type statusWriter struct {
	http.ResponseWriter
	id     string
	status int
	bytes  int64
}

// WriteHeader takes note of the first status that is final.
func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write stands for status 200 unless there was another.
func (w *statusWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
