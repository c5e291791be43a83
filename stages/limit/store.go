package limit

import (
	"cmp"
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/weftql/weft/config"
)

// Store counts. It is safe for concurrent use.
type Store struct {
	local *local
	redis *shared // nil without
	// precheck: what this process alone knows to be too much is refused without
	// asking Redis.
	precheck  bool
	onError   string
	instances int64
	now       func() int64
	metrics   *Metrics

	mu    sync.Mutex
	gauge map[string]*atomic.Int64
}

// StoreOptions are what a store needs of its process.
type StoreOptions struct {
	Metrics *Metrics     // nil for none
	Logger  *slog.Logger // nil for none

	// now is the time in nanoseconds since any moment, 0 for the process's own
	// steady clock.
	now func() int64
}

// Open returns the store that the two sections ask for. It looks at no more of
// limits than [Key] does. A Redis that is away is no error.
func Open(stores config.Stores, limits config.Limits, o StoreOptions) (*Store, error) {
	if o.Metrics == nil {
		o.Metrics = NewMetrics(nil)
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Store{
		local: newLocal(cmp.Or(limits.MaxKeys, 1_000_000)), onError: limits.OnStoreError,
		instances: int64(cmp.Or(limits.Instances, 1)), now: o.now, gauge: map[string]*atomic.Int64{}, metrics: o.Metrics,
	}
	o.Metrics.up.Set(1)
	if s.now == nil {
		start := time.Now()
		s.now = func() int64 { return int64(time.Since(start)) + 1 }
	}
	if strings.HasPrefix(limits.Store, "redis") {
		r, err := openShared(stores.Redis, o)
		if err != nil {
			return nil, err
		}
		s.redis, s.precheck = r, limits.Store == "redis+local"
	}
	return s, nil
}

// Settings are what a store depends on.
type Settings struct {
	Redis                config.Redis
	Store, OnError       string
	Instances, MostCells int
}

// Key returns what a store depends on: with equal keys a process keeps its
// store, and what it counted, when the configuration changes.
func Key(stores config.Stores, limits config.Limits) Settings {
	k := Settings{Store: limits.Store, OnError: limits.OnStoreError, Instances: limits.Instances, MostCells: limits.MaxKeys}
	if strings.HasPrefix(limits.Store, "redis") {
		k.Redis = stores.Redis
	}
	return k
}

// Close ends what the store has under way.
func (s *Store) Close() {
	if s.redis != nil {
		s.redis.close()
	}
}

// answer is what became of demands.
type answer uint8

const (
	allowed answer = iota
	refused
	unknown // the store is away, and that is to be no reason either way
)

// take charges demands as [local.take] does, in one round trip where counts are
// shared.
func (s *Store) take(ctx context.Context, demands []demand) answer {
	now := s.now()
	if s.redis == nil {
		return verdict(s.local.take(now, demands, 1))
	}
	if s.precheck && !s.local.take(now, demands, 1) {
		return refused
	}
	is, ok := s.redis.take(ctx, demands)
	if ok {
		if s.precheck && !is {
			giveBack(now, demands)
		}
		return verdict(is)
	}
	switch {
	case s.onError == "open" || s.onError == "closed":
		return unknown
	case s.precheck && s.instances == 1:
		return allowed
	case s.precheck:
		giveBack(now, demands)
	}
	return verdict(s.local.take(now, demands, s.instances))
}

func verdict(is bool) answer {
	if is {
		return allowed
	}
	return refused
}

// settle charges or refunds the difference between estimate and actual cost. It
// does not wait for a shared store.
func (s *Store) settle(d *demand, delta int64) {
	if d.cell != nil {
		d.adjust(s.now(), delta)
	}
	if s.redis != nil {
		s.redis.settle(d, delta)
	}
}

// running returns the count of operations under way of a name.
func (s *Store) running(name string) *atomic.Int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.gauge[name]
	if n == nil {
		n = &atomic.Int64{}
		s.gauge[name] = n
	}
	return n
}
