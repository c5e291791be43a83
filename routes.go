package weft

import (
	"net/http"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/bff/rest"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/server"
)

var _ server.Router = (*Gateway)(nil)

// Routes returns the faces of the newest snapshot's profiles.
func (g *Gateway) Routes() *server.Routes {
	if s := g.current.Load(); s != nil {
		return s.routes
	}
	return nil
}

// newRoutes makes the faces of all profiles. One whose paths clash with those of
// profiles before it has none.
func (s *Snapshot) newRoutes() {
	var all []server.Route
	add := func(what string, more ...server.Route) {
		more = append(all[:len(all):len(all)], more...)
		routes, err := server.NewRoutes(more)
		if err != nil {
			s.profiles.err = append(fault.Of(s.profiles.err), &fault.Error{Code: fault.ConfigInvalid, Message: what + " is not served: " + err.Error()})
			return
		}
		all, s.routes = more, routes
	}
	for _, path := range s.profiles.bff.Paths() { // GraphQL is served where a path tells its clients, too
		add("GraphQL at "+path, server.Route{Pattern: path}, server.Route{Pattern: below(path, "graphql")})
	}
	for _, one := range s.profiles.bff.All() {
		if !one.Broken {
			add("the REST face of BFF "+one.Name, facesOf(one)...)
		}
	}
	for _, one := range s.profiles.bff.All() { // behind those that work: it may be broken because it wants their paths
		if one.Broken {
			more := append(all[:len(all):len(all)], brokenFaces(one)...)
			if routes, err := server.NewRoutes(more); err == nil {
				all, s.routes = more, routes
			}
		}
	}
}

// facesOf are a profile's REST paths.
func facesOf(one *bff.Profile) []server.Route {
	var list []server.Route
	for _, e := range one.Endpoints() {
		route := server.Route{Method: e.Method, Pattern: e.Pattern, Handler: e.Handler, Decode: e.Decode}
		if encode := e.Encode; encode != nil {
			route.Encode = func(w http.ResponseWriter, r *http.Request, a *server.Answer) error {
				return encode(w, r, &rest.Result{Body: a.Body, Large: a.Large, Errors: a.Errors, Header: a.Header, Status: a.Status, Extensions: a.Extensions, RequestID: server.RequestID(w)})
			}
		}
		list = append(list, route)
	}
	return list
}

// brokenFaces answer 503 where a profile's paths would be.
func brokenFaces(one *bff.Profile) []server.Route {
	prefix := one.Config.REST.Prefix
	if prefix == "" {
		prefix = "/" + one.Name
	}
	refuse := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = rest.Refuse(w, r, &rest.Result{RequestID: server.RequestID(w), Errors: []*fault.Error{{Code: fault.BFFUnavailable, Message: "the client profile cannot be served at the moment"}}}) // a client that went away is nobody's failure
	})
	return []server.Route{{Pattern: below(prefix, ""), Handler: refuse}}
}

// below appends a step to a path.
func below(path, step string) string {
	if path[len(path)-1] == '/' {
		return path + step
	}
	return path + "/" + step
}
