// Package shop is the demo: the backends of a small furniture shop, served on
// free loopback ports from one process. Four are GraphQL subgraphs, one speaks
// REST and one gRPC.
package shop

import (
	"context"
	"embed"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"
	"google.golang.org/grpc"

	"github.com/weftql/weft/examples/shop/accounts"
	"github.com/weftql/weft/examples/shop/inventory"
	"github.com/weftql/weft/examples/shop/pricing"
	"github.com/weftql/weft/examples/shop/products"
	"github.com/weftql/weft/examples/shop/reviews"
	"github.com/weftql/weft/examples/shop/shipping"
)

// Files are the configuration of a gateway in front of the shop: weft.yaml, the
// schemas it names, and a folder for each kind of client.
//
//go:embed weft.yaml bff shipping/schema.graphql pricing/schema.graphql
var Files embed.FS

// Subgraph is one running backend.
type Subgraph struct {
	Name string
	// URL is its GraphQL endpoint; of a REST service the base URL, of a gRPC
	// service the target.
	URL string
	// SDL is its schema.
	SDL string
	// Source is what the schema of a REST or gRPC service calls it, "" for
	// GraphQL.
	Source string
	// Counted says that its subscriptions count for each subscriber anew, so
	// that two subscribers cannot share one.
	Counted bool
}

// Shop is the running demo.
type Shop struct {
	Subgraphs []Subgraph
	servers   []*http.Server
	grpc      *grpc.Server
}

// Queries are requests worth trying, each with a sentence on what it shows.
var Queries = []struct{ Title, Query string }{
	{"A query over four subgraphs in three rounds", `{ products { name price inStock reviews { rating body author { username } } } }`},
	{"One request to a REST and one to a gRPC service, for all products", `{ products { name shipping { days fee carrier { label } } offer { discount reason } } }`},
	{"A partial failure: chairs do not ship", `{ products { name shippingEstimate } }`},
	{"A mutation whose result continues in other subgraphs", `mutation { addReview(productId: "2", body: "Soft.", rating: 4) { id author { username } product { name } } }`},
}

// Start serves the backends until Close. It returns the first listener error.
func Start(ctx context.Context) (*Shop, error) {
	s := &Shop{grpc: pricing.New()}
	for _, g := range []struct {
		subgraph Subgraph
		schema   graphql.ExecutableSchema
	}{
		{Subgraph{Name: "accounts", SDL: accounts.SDL}, accounts.New()},
		{Subgraph{Name: "inventory", SDL: inventory.SDL}, inventory.New()},
		{Subgraph{Name: "products", SDL: products.SDL, Counted: true}, products.New()},
		{Subgraph{Name: "reviews", SDL: reviews.SDL}, reviews.New()},
	} {
		if err := s.serve(ctx, g.subgraph, "/graphql", endpoint(g.schema)); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if err := s.serve(ctx, Subgraph{Name: "shipping", SDL: shipping.SDL, Source: "depot"}, "/v1", shipping.New()); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if err := s.serveGRPC(ctx, Subgraph{Name: "pricing", SDL: pricing.SDL, Source: "pricing", Counted: true}); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// serve starts one HTTP backend, whose handler expects path. Its goroutine ends
// when Close closes the server.
func (s *Shop) serve(ctx context.Context, g Subgraph, path string, h http.Handler) error {
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(path, h)
	mux.Handle(path+"/", h)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, server)
	g.URL = "http://" + listener.Addr().String() + path
	s.Subgraphs = append(s.Subgraphs, g)
	go func() { _ = server.Serve(listener) }() // returns ErrServerClosed after Close
	return nil
}

// serveGRPC starts the gRPC backend. Its goroutine ends when Close stops the
// server.
func (s *Shop) serveGRPC(ctx context.Context, g Subgraph) error {
	listener, err := listen(ctx)
	if err != nil {
		return err
	}
	g.URL = listener.Addr().String()
	s.Subgraphs = append(s.Subgraphs, g)
	go func() { _ = s.grpc.Serve(listener) }() // returns nil after Stop
	return nil
}

func listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

// endpoint is a gqlgen server with the transports a federation gateway uses.
func endpoint(schema graphql.ExecutableSchema) http.Handler {
	h := handler.New(schema)
	h.AddTransport(transport.Websocket{KeepAlivePingInterval: 10 * time.Second})
	h.AddTransport(transport.SSE{})
	h.AddTransport(transport.POST{})
	h.AddTransport(transport.GET{})
	h.Use(extension.Introspection{})
	return h
}

// Close stops the backends.
func (s *Shop) Close() error {
	s.grpc.Stop()
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}
