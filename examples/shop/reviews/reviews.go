// Package reviews is the shop's subgraph for what people say.
package reviews

import (
	"context"
	_ "embed" // for the SDL
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// SDL is the schema as its owner registers it.
//
//go:embed schema.graphqls
var SDL string

// readTime is how long the subgraph takes to list a product's reviews, so that
// the demo has something to wait for.
const readTime = 60 * time.Millisecond

// author writes every review of the demo: its only signed-in user.
const author = "u1"

// store holds the reviews and who waits for new ones.
type store struct {
	mu       sync.Mutex
	reviews  []*Review
	watchers map[chan *Review]string // by product id, "" for all
}

// New returns the subgraph with one review.
func New() graphql.ExecutableSchema {
	s := &store{watchers: map[chan *Review]string{}}
	s.insert("1", "Solid oak, solid table.", 5)
	return NewExecutableSchema(Config{Resolvers: s})
}

func (s *store) Entity() EntityResolver             { return s }
func (s *store) Mutation() MutationResolver         { return s }
func (s *store) Subscription() SubscriptionResolver { return s }
func (s *store) Product() ProductResolver           { return s }

// FindProductByID knows every product: one without reviews has none.
func (s *store) FindProductByID(_ context.Context, id string) (*Product, error) {
	return &Product{ID: id}, nil
}

// FindReviewByID returns nil, without an error, for an unknown id.
func (s *store) FindReviewByID(_ context.Context, id string) (*Review, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.reviews {
		if r.ID == id {
			return r, nil
		}
	}
	return nil, nil
}

// Reviews lists a product's reviews, oldest first.
func (s *store) Reviews(ctx context.Context, p *Product) ([]*Review, error) {
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(readTime):
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []*Review{}
	for _, r := range s.reviews {
		if r.Product.ID == p.ID {
			found = append(found, r)
		}
	}
	return found, nil
}

// AddReview stores a review and tells whoever watches the product.
func (s *store) AddReview(_ context.Context, productID, body string, rating int) (*Review, error) {
	if rating < 1 || rating > 5 {
		return nil, fmt.Errorf("rating is %d, want 1 to 5", rating)
	}
	return s.insert(productID, body, rating), nil
}

func (s *store) insert(productID, body string, rating int) *Review {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Review{
		ID: "r" + strconv.Itoa(len(s.reviews)+1), Body: body, Rating: rating,
		Author: User{ID: author}, Product: Product{ID: productID},
	}
	s.reviews = append(s.reviews, r)
	for watcher, of := range s.watchers {
		if of != "" && of != productID {
			continue
		}
		select {
		case watcher <- r:
		default: // a watcher that far behind misses the review; nobody waits for it
		}
	}
	return r
}

// ReviewAdded delivers new reviews until ctx ends.
func (s *store) ReviewAdded(ctx context.Context, productID *string) (<-chan *Review, error) {
	watcher := make(chan *Review, 64)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.watchers[watcher] = ""
	if productID != nil {
		s.watchers[watcher] = *productID
	}
	context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.watchers, watcher)
		close(watcher)
	})
	return watcher, nil
}
