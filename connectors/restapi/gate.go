package restapi

import (
	"container/list"
	"context"
	"sync"
)

// gate lets a number of requests through at once; further ones wait in order.
type gate struct {
	mu      sync.Mutex
	limit   int
	inside  int
	waiting list.List // of chan struct{}, closed when it is one's turn
}

// enter waits for a turn. Who got nil must leave.
func (g *gate) enter(ctx context.Context) error {
	g.mu.Lock()
	if g.inside < g.limit && g.waiting.Len() == 0 {
		g.inside++
		g.mu.Unlock()
		return nil
	}
	turn := make(chan struct{})
	place := g.waiting.PushBack(turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-turn: // it came at the same moment
		g.inside--
	default:
		g.waiting.Remove(place)
	}
	g.admit()
	return ctx.Err()
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	g.admit()
}

// resize changes the limit. Requests above a lower one finish.
func (g *gate) resize(limit int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.limit = limit
	g.admit()
}

// admit is called with mu held.
func (g *gate) admit() {
	for g.inside < g.limit && g.waiting.Len() > 0 {
		turn, _ := g.waiting.Remove(g.waiting.Front()).(chan struct{})
		g.inside++
		close(turn)
	}
}
