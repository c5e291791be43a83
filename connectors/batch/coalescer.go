package batch

import (
	"context"
	"sync"
	"time"

	"github.com/graph-gophers/dataloader/v7"
)

// Options configure a [Coalescer]. Window is required.
type Options struct {
	// Window is how long an item waits for others. Timers make it at least
	// about a millisecond.
	Window time.Duration
	// Threshold is how many items a second must be asked for before any waits:
	// below it a window only costs time. Default 200; negative is none.
	Threshold int
	// Capacity is how many items go in one call of a Load; as soon as there are
	// so many nobody waits any longer. Default 1000.
	Capacity int
	// Timeout bounds a call of a Load, which goes on when those who wait for it
	// give up. Default 10 s.
	Timeout time.Duration
	// Trace is told of each call of a Load: how many items were wanted, how many
	// of them are distinct, and how long the first waited. nil is off.
	Trace func(wanted, distinct int, waited time.Duration)
}

// idle is how long a partition is kept without use.
const idle = time.Minute

func (o Options) withDefaults() Options {
	if o.Threshold == 0 {
		o.Threshold = 200
	}
	if o.Capacity <= 0 {
		o.Capacity = 1000
	}
	if o.Timeout <= 0 {
		o.Timeout = 10 * time.Second
	}
	return o
}

// Coalescer brings together items that different operations ask for within a
// short window. Items of different partitions never meet.
type Coalescer[V any] struct {
	options Options

	mu       sync.Mutex // guards all below
	loaders  map[Partition]*loader[V]
	sweeping bool
	load     meter
}

// loader is the dataloader of a partition. Its keys are what callers wait for,
// so that one batch may hold a key twice: it keeps nothing, and finding
// duplicates is left to the batch.
type loader[V any] struct {
	*dataloader.Loader[*wanted[V], struct{}]
	used time.Time
}

// wanted is one item of one call of Do.
type wanted[V any] struct {
	item   Item
	result Result[V]
	call   *call[V]
}

// call is one call of Do. done is closed when all its items have results.
type call[V any] struct {
	load  Load[V]
	since time.Time

	mu   sync.Mutex // guards left
	left int
	done chan struct{}
}

// NewCoalescer returns a coalescer for one look-up.
func NewCoalescer[V any](o Options) *Coalescer[V] {
	return &Coalescer[V]{options: o.withDefaults(), loaders: map[Partition]*loader[V]{}}
}

// Busy counts items and reports whether so many are asked for that it is worth
// to wait for others. Who is told no asks for its items itself.
func (c *Coalescer[V]) Busy(items int) bool {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.load.add(now, items) >= c.options.Threshold
}

// Do returns the results of items, which are distinct. They wait for those of
// other callers of the partition; then any of the callers' loads is called for
// all, with a context of its own, so load must depend on nothing but the
// partition and must keep what it needs. Do returns early, with ctx's error for
// every item, when ctx is done.
func (c *Coalescer[V]) Do(ctx context.Context, partition Partition, items []Item, load Load[V]) []Result[V] {
	if len(items) == 0 {
		return nil
	}
	to := c.loader(partition)
	mine := &call[V]{load: load, since: time.Now(), left: len(items), done: make(chan struct{})}
	list := make([]wanted[V], len(items))
	for i := range items {
		list[i] = wanted[V]{item: items[i], call: mine}
		// The thunk is left alone: it cannot be waited for with a context.
		to.Load(context.Background(), &list[i])
	}
	select {
	case <-mine.done:
	case <-ctx.Done():
		return failed[V](len(items), ctx.Err())
	}
	results := make([]Result[V], len(list))
	for i := range list {
		results[i] = list[i].result
	}
	return results
}

// loader returns the partition's loader.
func (c *Coalescer[V]) loader(partition Partition) *loader[V] {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.loaders[partition]
	if l == nil {
		o := &c.options
		l = &loader[V]{Loader: dataloader.NewBatchedLoader(c.batch,
			dataloader.WithWait[*wanted[V], struct{}](o.Window),
			dataloader.WithBatchCapacity[*wanted[V], struct{}](o.Capacity),
			dataloader.WithInputCapacity[*wanted[V], struct{}](4*o.Capacity),
			dataloader.WithCache[*wanted[V], struct{}](&dataloader.NoCache[*wanted[V], struct{}]{}))}
		c.loaders[partition] = l
	}
	l.used = now
	if !c.sweeping {
		c.sweeping = true
		time.AfterFunc(idle, c.sweep)
	}
	return l
}

// sweep drops loaders nobody used for a while. One that still waits finishes:
// its callers hold it.
func (c *Coalescer[V]) sweep() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for partition, l := range c.loaders {
		if now.Sub(l.used) >= idle {
			delete(c.loaders, partition)
		}
	}
	if c.sweeping = len(c.loaders) > 0; c.sweeping {
		time.AfterFunc(idle, c.sweep)
	}
}

// batch gets what one window brought. The loader wants a result in every slot;
// what callers wait for is in their own items. ctx is nobody's: the batch ends
// by its own deadline, whoever gives up.
func (c *Coalescer[V]) batch(ctx context.Context, list []*wanted[V]) []*dataloader.Result[struct{}] {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	at := make(map[string]int, len(list))
	var items []Item
	for _, w := range list {
		if _, known := at[w.item.Key]; !known {
			at[w.item.Key] = len(items)
			items = append(items, w.item)
		}
	}
	first := list[0].call
	results := guarded(ctx, items, func(ctx context.Context, items []Item) []Result[V] {
		if c.options.Trace != nil {
			c.options.Trace(len(list), len(items), time.Since(first.since))
		}
		return first.load(ctx, items)
	})
	slots := make([]*dataloader.Result[struct{}], len(list))
	for i, w := range list {
		w.result = results[at[w.item.Key]]
		slots[i] = &dataloader.Result[struct{}]{}
	}
	for _, w := range list {
		w.call.arrived()
	}
	return slots
}

// arrived counts an item of a call that has its result.
func (c *call[V]) arrived() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.left--; c.left == 0 {
		close(c.done)
	}
}

// meter measures items a second.
type meter struct {
	since        time.Time
	before, here int
}

// add counts items and returns those of the busier of this second and the one
// before.
func (m *meter) add(now time.Time, n int) int {
	switch age := now.Sub(m.since); {
	case age >= 2*time.Second:
		m.since, m.before, m.here = now, 0, 0
	case age >= time.Second:
		m.since, m.before, m.here = now, m.here, 0
	}
	m.here += n
	return max(m.before, m.here)
}
