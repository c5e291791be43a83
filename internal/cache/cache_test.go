package cache

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// always returns a computation of v.
func always[V any](v V) func(context.Context) (V, error) {
	return func(context.Context) (V, error) { return v, nil }
}

func must(t *testing.T, c *Cache[string, int], key string, want int) {
	t.Helper()
	if got, ok := c.Lookup(key); !ok || got != want {
		t.Errorf("%s is %d, %v; want %d", key, got, ok, want)
	}
}

func TestGetStores(t *testing.T) {
	c := New(Options[string, int]{})
	if _, ok := c.Lookup("a"); ok {
		t.Error("an empty cache has a")
	}
	if v, err := c.Get(t.Context(), "a", always(1)); v != 1 || err != nil {
		t.Error(v, err)
	}
	must(t, c, "a", 1)
	if v, err := c.Get(t.Context(), "a", always(2)); v != 1 || err != nil {
		t.Error(v, err)
	}
}

// TestSingleFlight lets 50 callers ask for one key while it is computed.
func TestSingleFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options[string, int]{})
		var runs atomic.Int32
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				v, err := c.Get(t.Context(), "a", func(context.Context) (int, error) {
					time.Sleep(time.Second)
					return int(runs.Add(1)), nil
				})
				if v != 1 || err != nil {
					t.Error(v, err)
				}
			})
		}
		wg.Wait()
		if runs.Load() != 1 {
			t.Errorf("computed %d times", runs.Load())
		}
	})
}

func TestFailureIsNotStored(t *testing.T) {
	c := New(Options[string, int]{})
	boom := errors.New("boom")
	if _, err := c.Get(t.Context(), "a", func(context.Context) (int, error) { return 7, boom }); !errors.Is(err, boom) {
		t.Error(err)
	}
	if _, ok := c.Lookup("a"); ok {
		t.Error("a failed value was stored")
	}
	if v, err := c.Get(t.Context(), "a", always(2)); v != 2 || err != nil {
		t.Error(v, err)
	}
}

// TestFirstCallerLeaves cancels the caller that started the computation: the
// second one gets the value all the same.
func TestFirstCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options[string, int]{})
		ctx, cancel := context.WithCancel(t.Context())
		slow := func(ctx context.Context) (int, error) {
			select {
			case <-time.After(time.Second):
				return 1, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Get(ctx, "a", slow); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if v, err := c.Get(t.Context(), "a", always(99)); v != 1 || err != nil {
				t.Error(v, err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		must(t, c, "a", 1)
	})
}

// TestAllCallersLeave cancels the computation with its last caller, and the
// next caller starts a new one although the old has not returned.
func TestAllCallersLeave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options[string, int]{})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("too late"))
		defer cancel()
		var ended atomic.Bool
		_, err := c.Get(ctx, "a", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(time.Minute) // is slow to notice, and then returns a value
			ended.Store(true)
			return 1, nil
		})
		if err == nil || err.Error() != "too late" {
			t.Error(err)
		}
		if v, err := c.Get(t.Context(), "a", always(2)); v != 2 || err != nil {
			t.Error(v, err)
		}
		time.Sleep(2 * time.Minute)
		if !ended.Load() {
			t.Error("the computation was not cancelled")
		}
		must(t, c, "a", 2)
	})
}

func TestPanicReachesCallers(t *testing.T) {
	c := New(Options[string, int]{})
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || p.Value != "bug" || !strings.Contains(p.Error(), "TestPanicReachesCallers") {
			t.Errorf("recovered %v", p)
		}
		if v, err := c.Get(t.Context(), "a", always(2)); v != 2 || err != nil {
			t.Error(v, err)
		}
	}()
	c.Get(t.Context(), "a", func(context.Context) (int, error) { panic("bug") })
}

func TestBounds(t *testing.T) {
	fill := func(c *Cache[string, int], n int) {
		for i := range n {
			c.Get(t.Context(), strconv.Itoa(i), always(i))
		}
	}
	c := New(Options[string, int]{Entries: 100})
	if fill(c, 1000); c.Len() > 100 || c.Len() < 80 {
		t.Errorf("%d entries of 100", c.Len())
	}
	c = New(Options[string, int]{Entries: 4, Shards: 1, Weight: 10, Weigh: func(_ string, v int) int { return v }})
	if fill(c, 7); c.Len() != 1 {
		t.Errorf("%d entries of weight 10 in all", c.Len())
	}
	must(t, c, "6", 6)
	c.Get(t.Context(), "11", always(11))
	if _, ok := c.Lookup("11"); ok {
		t.Error("a value heavier than the cache was stored")
	}
	c.Get(t.Context(), "4", always(4))
	must(t, c, "4", 4)
	must(t, c, "6", 6)
}

// TestAdmission fills a cache with costly values and offers cheap ones: they
// get in only after the victim's cost was halved often enough.
func TestAdmission(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(Options[string, int]{Entries: 2, Shards: 1, Admit: func(cost, victim time.Duration) bool { return cost*8 >= victim }})
		take := func(key string, d time.Duration) bool {
			c.Get(t.Context(), key, func(context.Context) (int, error) { time.Sleep(d); return 0, nil })
			_, ok := c.Lookup(key)
			return ok
		}
		take("a", time.Second)
		take("b", time.Second)
		refused := 0
		for i := 0; !take("cheap"+strconv.Itoa(i), 10*time.Millisecond); i++ {
			refused++
		}
		if refused != 4 { // 1000 → 500 → 250 → 125 → 62 ms ≤ 80 ms
			t.Errorf("refused %d times", refused)
		}
		if !take("costly", time.Second) {
			t.Error("a value as costly as the victim was refused")
		}
	})
}

// TestConcurrent is for the race detector.
func TestConcurrent(t *testing.T) {
	c := New(Options[int, int]{Entries: 32})
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				key := (i*7 + g) % 64
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 {
					cancel()
				}
				v, err := c.Get(ctx, key, func(context.Context) (int, error) {
					if i%11 == 0 {
						return 0, errors.New("no")
					}
					return key, nil
				})
				if err == nil && v != key {
					t.Errorf("key %d has %d", key, v)
				}
				cancel()
			}
		})
	}
	wg.Wait()
}

func BenchmarkLookup(b *testing.B) {
	c := New(Options[string, int]{})
	text := strings.Repeat("x", 1000)
	for i := range 500 {
		c.Get(b.Context(), text+strconv.Itoa(i), always(i))
	}
	key := text + "77"
	b.ReportAllocs()
	for b.Loop() {
		c.Lookup(key)
	}
}
