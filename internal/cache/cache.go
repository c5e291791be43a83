// Package cache is the one cache of weft: bounded in entries and in weight,
// sharded, and single-flight.
//
// [Cache.Get] returns the stored value or computes it; callers that ask for a
// key while it is being computed wait for that computation. A computation runs
// apart from the callers: it is cancelled only when the last of them has gone,
// and a failed or cancelled one is never stored. Everything is safe for
// concurrent use. There is no expiry: an entry leaves when others need its room.
package cache

import (
	"context"
	"hash/maphash"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Options configure a Cache. The zero value works.
type Options[K comparable, V any] struct {
	// Entries bounds the number of values; default 1024.
	Entries int
	// Weigh returns the weight of a value, in any unit; nil weighs nothing.
	Weigh func(K, V) int
	// Weight bounds the sum of weights; 0 is no bound. A value heavier than its
	// shard's share is returned but not stored.
	Weight int
	// Admit decides, when a shard is full, whether a value that took cost to
	// compute may push out the least recently used one, which took victim. A
	// refusal halves what the victim counts for, so none stays for ever. nil
	// admits everything.
	Admit func(cost, victim time.Duration) bool
	// Shards is rounded up to a power of two; default 16.
	Shards int
}

func (o Options[K, V]) withDefaults() Options[K, V] {
	if o.Entries <= 0 {
		o.Entries = 1024
	}
	if o.Shards <= 0 {
		o.Shards = 16
	}
	for o.Shards&(o.Shards-1) != 0 {
		o.Shards++
	}
	for o.Shards > 1 && o.Entries/o.Shards < 8 {
		o.Shards /= 2 // shards of a few entries evict by chance
	}
	return o
}

// Cache maps keys to computed values.
type Cache[K comparable, V any] struct {
	options Options[K, V]
	seed    maphash.Seed
	shards  []shard[K, V]
}

type shard[K comparable, V any] struct {
	mu      sync.Mutex
	lru     *simplelru.LRU[K, *entry[V]]
	weight  int
	flights map[K]*flight[V]
	_       [24]byte // keeps two shards' locks off one cache line
}

type entry[V any] struct {
	value  V
	weight int
	cost   time.Duration
}

// New returns an empty cache.
func New[K comparable, V any](o Options[K, V]) *Cache[K, V] {
	o = o.withDefaults()
	c := &Cache[K, V]{options: o, seed: maphash.MakeSeed(), shards: make([]shard[K, V], o.Shards)}
	for i := range c.shards {
		s := &c.shards[i]
		// The size is positive, which is all NewLRU checks.
		s.lru, _ = simplelru.NewLRU(max(1, o.Entries/o.Shards), func(_ K, e *entry[V]) { s.weight -= e.weight })
		s.flights = map[K]*flight[V]{}
	}
	return c
}

func (c *Cache[K, V]) shard(key K) *shard[K, V] {
	return &c.shards[maphash.Comparable(c.seed, key)&uint64(len(c.shards)-1)]
}

// Lookup returns the stored value. It does not wait for a computation and does
// not keep key, which may point into a buffer that is used again.
func (c *Cache[K, V]) Lookup(key K) (V, bool) {
	s := c.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.lru.Get(key)
	if !ok {
		var none V
		return none, false
	}
	return e.value, true
}

// Get returns the stored value or the result of compute, which runs at most
// once at a time per key, on a goroutine of its own. ctx bounds the wait; the
// context compute receives carries ctx's values, but ends only when every
// waiting caller has gone. Get keeps key.
//
// A panic in compute is a panic in every caller that waited for it.
func (c *Cache[K, V]) Get(ctx context.Context, key K, compute func(context.Context) (V, error)) (V, error) {
	s := c.shard(key)
	s.mu.Lock()
	if e, ok := s.lru.Get(key); ok {
		s.mu.Unlock()
		return e.value, nil
	}
	f := s.flights[key]
	if f == nil {
		f = newFlight[V](ctx)
		s.flights[key] = f
		go c.run(s, key, f, compute) // ends with compute
	}
	f.waiters++
	s.mu.Unlock()

	select {
	case <-f.done:
		return f.result()
	case <-ctx.Done():
	}
	s.mu.Lock()
	f.waiters--
	if f.waiters == 0 {
		f.cancel()
		// Whoever asks next starts afresh instead of inheriting the cancellation.
		if s.flights[key] == f {
			delete(s.flights, key)
		}
	}
	s.mu.Unlock()
	var none V
	return none, context.Cause(ctx)
}

// run computes one value and stores it unless it failed or was cancelled.
func (c *Cache[K, V]) run(s *shard[K, V], key K, f *flight[V], compute func(context.Context) (V, error)) {
	start := time.Now()
	f.run(compute)
	cost := time.Since(start)
	s.mu.Lock()
	if s.flights[key] == f {
		delete(s.flights, key)
	}
	if f.err == nil && f.panicked == nil && f.ctx.Err() == nil {
		c.store(s, key, f.value, cost)
	}
	s.mu.Unlock()
	f.cancel()
	close(f.done)
}

// store adds a value; s is locked.
func (c *Cache[K, V]) store(s *shard[K, V], key K, value V, cost time.Duration) {
	e := &entry[V]{value: value, cost: cost}
	if c.options.Weigh != nil {
		e.weight = c.options.Weigh(key, value)
	}
	share := c.options.Weight / len(c.shards)
	if c.options.Weight > 0 && e.weight > share {
		return
	}
	if s.lru.Len() >= max(1, c.options.Entries/len(c.shards)) && !c.admits(s, cost) {
		return
	}
	s.weight += e.weight
	s.lru.Add(key, e)
	for c.options.Weight > 0 && s.weight > share {
		s.lru.RemoveOldest()
	}
}

// admits asks whether a value may push out the least recently used one.
func (c *Cache[K, V]) admits(s *shard[K, V], cost time.Duration) bool {
	if c.options.Admit == nil {
		return true
	}
	_, victim, ok := s.lru.GetOldest()
	if !ok || c.options.Admit(cost, victim.cost) {
		return true
	}
	victim.cost /= 2
	return false
}

// Len returns the number of stored values.
func (c *Cache[K, V]) Len() int {
	n := 0
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		n += s.lru.Len()
		s.mu.Unlock()
	}
	return n
}
