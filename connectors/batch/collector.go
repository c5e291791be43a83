package batch

import (
	"context"
	"fmt"
	"sync"
)

// Collector shares what the parts of one operation want of one look-up: each
// key is asked for once, and those that wait for a Dispatch go in one request.
// It keeps all results, so it must not outlive the operation.
type Collector[V any] struct {
	mu      sync.Mutex // guards what follows, not the refs' results
	refs    map[string]*Ref[V]
	pending []*Ref[V]
	next    *dispatch // of pending
}

// dispatch is one call of Load; done is closed behind it.
type dispatch struct{ done chan struct{} }

// Ref is a wanted item. Its result is there when its dispatch is done.
type Ref[V any] struct {
	item     Item
	dispatch *dispatch
	result   Result[V]
}

// NewCollector returns a collector for one look-up.
func NewCollector[V any]() *Collector[V] {
	return &Collector[V]{next: &dispatch{make(chan struct{})}}
}

// Want notes that an item is wanted. Nothing is asked before Dispatch.
func (c *Collector[V]) Want(item Item) *Ref[V] {
	return c.WantAll([]Item{item}, nil)[0]
}

// WantAll is Want for many items: it appends their refs to dst.
func (c *Collector[V]) WantAll(items []Item, dst []*Ref[V]) []*Ref[V] {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refs == nil {
		c.refs = make(map[string]*Ref[V], len(items))
	}
	var made []Ref[V]
	for i, item := range items {
		ref := c.refs[item.Key]
		if ref == nil {
			if made == nil {
				made = make([]Ref[V], 0, len(items)-i)
			}
			made = append(made, Ref[V]{item: item, dispatch: c.next})
			ref = &made[len(made)-1]
			c.refs[item.Key] = ref
			c.pending = append(c.pending, ref)
		}
		dst = append(dst, ref)
	}
	return dst
}

// Dispatch asks load for all items that wait, whoever wants them, and returns
// when they are there. Items that an earlier Dispatch asks for are not waited
// for: Get does that.
func (c *Collector[V]) Dispatch(ctx context.Context, load Load[V]) {
	c.mu.Lock()
	refs, current := c.pending, c.next
	if len(refs) > 0 {
		c.pending, c.next = nil, &dispatch{make(chan struct{})}
	}
	c.mu.Unlock()
	if len(refs) == 0 {
		return
	}
	defer close(current.done)
	items := make([]Item, len(refs))
	for i, ref := range refs {
		items[i] = ref.item
	}
	results := guarded(ctx, items, load)
	for i, ref := range refs {
		ref.result = results[i]
	}
	if ctx.Err() != nil {
		c.forget(refs)
	}
}

// forget drops items whose request was cancelled: that says nothing about them.
func (c *Collector[V]) forget(refs []*Ref[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, ref := range refs {
		if c.refs[ref.item.Key] == ref {
			delete(c.refs, ref.item.Key)
		}
	}
}

// Get waits for the item's result. Somebody has to call Dispatch.
func (r *Ref[V]) Get(ctx context.Context) (V, error) {
	select {
	case <-r.dispatch.done:
		return r.result.Value, r.result.Err
	default:
	}
	select {
	case <-r.dispatch.done:
		return r.result.Value, r.result.Err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// guarded calls load and returns a result for every item, whatever load does.
func guarded[V any](ctx context.Context, items []Item, load Load[V]) (results []Result[V]) {
	defer func() {
		if p := recover(); p != nil {
			results = failed[V](len(items), fmt.Errorf("panic: %v", p))
		}
	}()
	if results = load(ctx, items); len(results) != len(items) {
		return failed[V](len(items), fmt.Errorf("%d results for %d items", len(results), len(items)))
	}
	return results
}

func failed[V any](n int, err error) []Result[V] {
	results := make([]Result[V], n)
	for i := range results {
		results[i].Err = err
	}
	return results
}
