// Package products is the shop's subgraph for what it sells.
package products

import (
	"context"
	_ "embed" // for the SDL
	"fmt"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphqls
var SDL string

// priceInterval is the pause between two price changes.
const priceInterval = 20 * time.Millisecond

// catalogue is what the shop sells, best-selling first.
type catalogue []*Product

// New returns the subgraph with its catalogue.
func New() graphql.ExecutableSchema {
	return NewExecutableSchema(Config{Resolvers: catalogue{
		{ID: "1", Name: "Table", Price: 899, PurchasePrice: 510},
		{ID: "2", Name: "Couch", Price: 1299, PurchasePrice: 820},
		{ID: "3", Name: "Chair", Price: 54, PurchasePrice: 19},
	}})
}

func (c catalogue) Query() QueryResolver               { return c }
func (c catalogue) Entity() EntityResolver             { return c }
func (c catalogue) Subscription() SubscriptionResolver { return c }

// Product returns nil, without an error, for an unknown id.
func (c catalogue) Product(_ context.Context, id string) (*Product, error) {
	for _, p := range c {
		if p.ID == id {
			return p, nil
		}
	}
	return nil, nil
}

// FindProductByID answers entity look-ups.
func (c catalogue) FindProductByID(ctx context.Context, id string) (*Product, error) {
	return c.Product(ctx, id)
}

// Products returns the first ones; a negative or absent number means all.
func (c catalogue) Products(_ context.Context, first *int) ([]*Product, error) {
	if first == nil || *first < 0 || *first > len(c) {
		return c, nil
	}
	return c[:*first], nil
}

// PriceChanged sends count copies of the product, each one unit dearer. The
// goroutine ends with the last one or with ctx.
func (c catalogue) PriceChanged(ctx context.Context, id string, count int) (<-chan *Product, error) {
	product, _ := c.Product(ctx, id)
	if product == nil {
		return nil, fmt.Errorf("there is no product %q", id)
	}
	changes := make(chan *Product)
	go func() {
		defer close(changes)
		tick := time.NewTicker(priceInterval)
		defer tick.Stop()
		for i := 1; i <= count; i++ {
			next := *product
			next.Price += i
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			select {
			case <-ctx.Done():
				return
			case changes <- &next:
			}
		}
	}()
	return changes, nil
}
