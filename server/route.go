package server

import (
	"net/http"

	"github.com/weftql/weft/fault"
)

// routes returns the handler of everything but the endpoint.
func (h *Handler) routes() http.Handler {
	if len(h.options.Routes) == 0 {
		return h.options.Landing
	}
	mux := http.NewServeMux()
	for i := range h.options.Routes {
		route := &h.options.Routes[i]
		pattern := route.Pattern
		if route.Method != "" {
			pattern = route.Method + " " + pattern
		}
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { h.serveRoute(route, w, r) })
	}
	mux.Handle("/", h.options.Landing)
	return mux
}

// serveRoute runs the operation a route makes of a request. A request that the
// route cannot read is answered through its own Encode, like every failure.
func (h *Handler) serveRoute(route *Route, w http.ResponseWriter, r *http.Request) {
	x := &exchange{h: h, w: w, r: r}
	answer := &Answer{}
	request, err := route.Decode(r)
	if err != nil {
		answer.Errors = fault.Of(err)
	} else {
		x.identify()
		request.Caller = &x.caller
		answer = h.engine.Do(r.Context(), request)
	}
	if answer.Release != nil {
		defer answer.Release()
	}
	if err := route.Encode(w, r, answer); err != nil {
		h.options.Logger.DebugContext(r.Context(), "a route's answer could not be written", "cause", err)
	}
}
