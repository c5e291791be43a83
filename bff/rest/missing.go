package rest

import (
	"net/http"
	"slices"
	"strings"

	"github.com/weftql/weft/fault"
)

// missing answers below the prefix where there is no endpoint: 405 if the path
// exists for another method, else 404.
func missing(o Options, routes []*route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		allowed := allowedAt(strings.TrimPrefix(req.URL.EscapedPath(), o.Prefix), o, routes)
		res := &Result{Status: http.StatusNotFound,
			Errors: fault.List{{Code: fault.NotFound, Message: "There is no such path in the profile " + o.Profile + "."}}}
		if len(allowed) > 0 {
			list := strings.Join(allowed, ", ")
			w.Header().Set("Allow", list)
			if req.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			res = &Result{Errors: fault.List{{Code: fault.MethodNotAllowed, Message: "This path is served with " + list + "."}}}
		}
		_ = Refuse(w, req, res) // a client that went away is nobody's failure
	})
}

// allowedAt returns the methods a path is served with, sorted.
func allowedAt(path string, o Options, routes []*route) []string {
	var methods []string
	if path == openAPIPath && !o.NoOpenAPI {
		methods = append(methods, http.MethodGet, http.MethodHead)
	}
	for _, r := range routes {
		if !r.path.matches(path) {
			continue
		}
		methods = append(methods, r.face.Method)
		if r.face.Method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}
