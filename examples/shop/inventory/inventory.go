// Package inventory is the shop's subgraph for stock and shipping.
package inventory

import (
	"context"
	_ "embed" // for the SDL
	"errors"

	"github.com/99designs/gqlgen/graphql"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphqls
var SDL string

// stock says which products are on the shelf.
type stock map[string]bool

// New returns the subgraph with its stock.
func New() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Resolvers: stock{"1": true, "2": false, "3": true}})
}

func (s stock) Entity() EntityResolver   { return s }
func (s stock) Product() ProductResolver { return s }

// FindProductByID returns nil, without an error, for an unknown id.
func (s stock) FindProductByID(_ context.Context, id string) (*Product, error) {
	in, known := s[id]
	if !known {
		return nil, nil
	}
	return &Product{ID: id, InStock: in}, nil
}

// ShippingEstimate is a flat rate plus insurance of a tenth of the price, which
// the gateway sends along. Chairs do not ship: the error shows what a client
// gets when one field of a subgraph fails.
func (s stock) ShippingEstimate(_ context.Context, p *Product) (*int, error) {
	if p.ID == "3" {
		return nil, errors.New("chairs are picked up, not shipped")
	}
	cost := 20 + p.Price/10
	return &cost, nil
}
