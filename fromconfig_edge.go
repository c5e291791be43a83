package weft

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/graphiql"
	"github.com/weftql/weft/server"
)

// handlerOptions returns the options of the GraphQL handler. It returns
// CONFIG_INVALID for policies that cannot be.
func handlerOptions(g *Gateway, c *config.Config, dev bool, log *slog.Logger, m *server.Metrics) (server.Options, error) {
	graph := theGraph(c)
	o := server.Options{
		Path:             graph.Path,
		StatusPolicy:     server.StatusPolicy(graph.HTTP.StatusPolicy),
		MaxBodyBytes:     int64(c.Limits.Document.MaxBody),
		MaxURLBytes:      int(c.Limits.Document.MaxURL),
		Forwarded:        server.ForwardedHeader(c.Edge.Forwarded),
		RequestID:        server.RequestIDOptions{Header: c.Edge.RequestID.Header, Trust: server.Trust(c.Edge.RequestID.Trust)},
		NoCSRF:           c.Edge.CSRF.Enabled != nil && !*c.Edge.CSRF.Enabled,
		PreflightHeaders: c.Edge.CSRF.Headers,
		WebSocket:        webSocketFrom(&graph.WebSocket),
		Logger:           log,
		Metrics:          m,
	}
	o.WebSocket.Upgrade, o.WebSocket.Init = g.AdmitUpgrade, g.Admit
	for _, claim := range c.Auth.Propagate.Claims { // weft writes these itself
		o.Strip = append(o.Strip, claim.Header)
	}
	if c.Edge.Forwarded == "auto" {
		o.Forwarded = ""
	}
	for _, text := range c.Listeners.Public.TrustedProxies {
		o.TrustedProxies = append(o.TrustedProxies, config.Prefix(text))
	}
	if dev {
		o.Landing = landing(o.Path)
	}
	var err error
	o.CORS, err = corsFrom(c.Edge.CORS)
	return o, err
}

func corsFrom(list []config.CORSPolicy) (*server.CORS, error) {
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // nil is none
	}
	policies := make([]server.CORSPolicy, len(list))
	for i, p := range list {
		policies[i] = server.CORSPolicy{
			Origins: p.Origins, Matching: p.Matching, Methods: p.Methods, AllowHeaders: p.AllowHeaders, ExposeHeaders: p.ExposeHeaders,
			Credentials: p.Credentials, MaxAge: time.Duration(p.MaxAge), PrivateNetwork: p.PrivateNetwork,
		}
	}
	return server.NewCORS(policies)
}

// landing serves the GraphiQL page, at the endpoint too.
func landing(endpoint string) http.Handler {
	page := graphiql.Handler()
	if endpoint == "" {
		endpoint = "/graphql"
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == endpoint {
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		page.ServeHTTP(w, r)
	})
}

func listenOptions(c *config.Config) server.ListenOptions {
	h := c.Listeners.Public.HTTP
	return server.ListenOptions{
		Address:           c.Listeners.Public.Address,
		AdminAddress:      c.Listeners.Admin.Address,
		ReadHeaderTimeout: time.Duration(h.ReadHeaderTimeout),
		RequestTimeout:    time.Duration(h.RequestTimeout),
		OperationTimeout:  time.Duration(theGraph(c).Timeout),
		IdleTimeout:       time.Duration(h.IdleTimeout),
		MaxHeaderBytes:    int(h.MaxHeaderBytes),
		PreDrain:          time.Duration(c.Runtime.PreDrain),
		Drain:             time.Duration(c.Runtime.Drain),
	}
}
