// Package shop is the demo: four GraphQL subgraphs of a small furniture shop,
// served on free loopback ports from one process.
package shop

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/handler"
	"github.com/99designs/gqlgen/graphql/handler/extension"
	"github.com/99designs/gqlgen/graphql/handler/transport"

	"github.com/weftql/weft/examples/shop/accounts"
	"github.com/weftql/weft/examples/shop/inventory"
	"github.com/weftql/weft/examples/shop/products"
	"github.com/weftql/weft/examples/shop/reviews"
)

// Subgraph is one running subgraph.
type Subgraph struct {
	Name string
	// URL is its GraphQL endpoint.
	URL string
	// SDL is its schema.
	SDL string
}

// Shop is the running demo.
type Shop struct {
	Subgraphs []Subgraph
	servers   []*http.Server
}

// Queries are requests worth trying, each with a sentence on what it shows.
var Queries = []struct{ Title, Query string }{
	{"A query over four subgraphs in three rounds", `{ products { name price inStock reviews { rating body author { username } } } }`},
	{"A partial failure: chairs do not ship", `{ products { name shippingEstimate } }`},
	{"A mutation whose result continues in other subgraphs", `mutation { addReview(productId: "2", body: "Soft.", rating: 4) { id author { username } product { name } } }`},
}

// Start serves the subgraphs until Close. It returns the first listener error.
func Start(ctx context.Context) (*Shop, error) {
	s := &Shop{}
	for _, g := range []struct {
		name, sdl string
		schema    graphql.ExecutableSchema
	}{
		{"accounts", accounts.SDL, accounts.New()},
		{"inventory", inventory.SDL, inventory.New()},
		{"products", products.SDL, products.New()},
		{"reviews", reviews.SDL, reviews.New()},
	} {
		if err := s.serve(ctx, g.name, g.sdl, g.schema); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// serve starts one subgraph. Its goroutine ends when Close closes the server.
func (s *Shop) serve(ctx context.Context, name, sdl string, schema graphql.ExecutableSchema) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/graphql", endpoint(schema))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	s.servers = append(s.servers, server)
	s.Subgraphs = append(s.Subgraphs, Subgraph{Name: name, URL: "http://" + listener.Addr().String() + "/graphql", SDL: sdl})
	go func() { _ = server.Serve(listener) }() // returns ErrServerClosed after Close
	return nil
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

// Close stops the subgraphs.
func (s *Shop) Close() error {
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.Close())
	}
	return errors.Join(errs...)
}
