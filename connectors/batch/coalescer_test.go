package batch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/subgraphs"
)

// recorder is a Load that answers with its keys, and notes them.
type recorder struct {
	mu    sync.Mutex
	calls []string
}

func (r *recorder) load(_ context.Context, items []Item) []Result[string] {
	results := make([]Result[string], len(items))
	keys := make([]string, len(items))
	for i, item := range items {
		keys[i] = item.Key
		results[i].Value = "value of " + item.Key
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, strings.Join(keys, ","))
	return results
}

// seen returns the calls, sorted, and forgets them.
func (r *recorder) seen() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls = nil
	slices.Sort(calls)
	return strings.Join(calls, " | ")
}

func items(keys ...string) []Item {
	list := make([]Item, len(keys))
	for i, k := range keys {
		list[i].Key = k
	}
	return list
}

func text(results []Result[string]) string {
	var parts []string
	for _, r := range results {
		parts = append(parts, fmt.Sprint(r.Value, r.Err))
	}
	return strings.Join(parts, ";")
}

// always coalesces with a window.
func always(o Options) *Coalescer[string] {
	o.Window, o.Threshold = 2*time.Millisecond, -1
	return NewCoalescer[string](o)
}

func partition(parts ...string) Partition {
	p := NewPartitioner()
	for _, part := range parts {
		p.AddText(part)
	}
	return p.Sum()
}

func TestWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		c := always(Options{})
		var wait sync.WaitGroup
		start := time.Now()
		for i := range 10 {
			wait.Go(func() {
				got := text(c.Do(context.Background(), partition("a"), items(fmt.Sprint("k", i%3), "all"), r.load))
				if want := fmt.Sprintf("value of k%d<nil>;value of all<nil>", i%3); got != want {
					t.Errorf("%s, want %s", got, want)
				}
			})
		}
		wait.Wait()
		if waited := time.Since(start); waited != 2*time.Millisecond {
			t.Errorf("waited %v", waited)
		}
		calls := strings.Split(r.seen(), " | ")
		if len(calls) != 1 || len(strings.Split(calls[0], ",")) != 4 {
			t.Errorf("calls: %q", calls)
		}
	})
}

func TestPartitionsNeverMeet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		c := always(Options{})
		var wait sync.WaitGroup
		for _, who := range []string{"a", "b", "a", "b"} {
			wait.Go(func() { c.Do(context.Background(), partition(who), items("of "+who), r.load) })
		}
		wait.Wait()
		if got := r.seen(); got != "of a | of b" {
			t.Error(got)
		}
	})
}

func TestPartitionsTellEverythingApart(t *testing.T) {
	header := func(list ...string) func(*Partitioner) {
		return func(p *Partitioner) {
			var headers []subgraphs.Header
			for i := 0; i < len(list); i += 2 {
				headers = append(headers, subgraphs.Header{Name: list[i], Value: list[i+1]})
			}
			p.AddHeaders(headers)
		}
	}
	who := func(of caller.Principal) func(*Partitioner) {
		return func(p *Partitioner) { p.AddPrincipal(&caller.Caller{Principal: &of}) }
	}
	seen := map[Partition]int{}
	for i, add := range []func(*Partitioner){
		func(*Partitioner) {}, func(p *Partitioner) { p.Add(nil) }, func(p *Partitioner) { p.Add([]byte{}) },
		func(p *Partitioner) { p.AddText("ab"); p.AddText("c") }, func(p *Partitioner) { p.AddText("a"); p.AddText("bc") },
		header(), header("a", "b"), header("a", "b", "a", "b"), header("a", "bc"), header("ab", "c"),
		who(caller.Principal{}), who(caller.Principal{Subject: "a"}), who(caller.Principal{Issuer: "a"}), who(caller.Principal{Tenant: "a"}),
		who(caller.Principal{KeyID: "a"}), who(caller.Principal{Kind: "a"}), who(caller.Principal{Scopes: []string{"a"}}), who(caller.Principal{Roles: []string{"a"}}),
	} {
		p := NewPartitioner()
		add(p)
		if other, known := seen[p.Sum()]; known {
			t.Errorf("%d and %d are one partition", i, other)
		}
		seen[p.Sum()] = i
	}
}

func TestCapacityEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		c := always(Options{Capacity: 3})
		start := time.Now()
		c.Do(context.Background(), partition("a"), items("1", "2", "3"), r.load)
		if time.Since(start) != 0 {
			t.Errorf("waited %v", time.Since(start))
		}
		got := text(c.Do(context.Background(), partition("a"), items("1", "2", "3", "4"), r.load))
		if got != "value of 1<nil>;value of 2<nil>;value of 3<nil>;value of 4<nil>" || time.Since(start) != 2*time.Millisecond {
			t.Errorf("%s after %v", got, time.Since(start))
		}
		if calls := r.seen(); calls != "1,2,3 | 1,2,3 | 4" {
			t.Error(calls)
		}
	})
}

func TestFirstCallerGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := always(Options{})
		slow := func(ctx context.Context, list []Item) []Result[string] {
			time.Sleep(time.Second) // of the bubble
			if ctx.Err() != nil {
				t.Error("the batch was cancelled with its first caller")
			}
			return make([]Result[string], len(list))
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		var wait sync.WaitGroup
		wait.Go(func() {
			got := c.Do(ctx, partition("a"), items("1"), slow)
			if !errors.Is(got[0].Err, context.DeadlineExceeded) {
				t.Error(got[0].Err)
			}
		})
		synctest.Wait()
		wait.Go(func() {
			if got := c.Do(context.Background(), partition("a"), items("2"), slow); got[0].Err != nil {
				t.Error(got[0].Err)
			}
		})
		wait.Wait()
	})
}

func TestBatchEndsByItsOwnDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := always(Options{Timeout: time.Second})
		got := c.Do(context.Background(), partition("a"), items("1"), func(ctx context.Context, list []Item) []Result[string] {
			<-ctx.Done()
			return failed[string](len(list), ctx.Err())
		})
		if !errors.Is(got[0].Err, context.DeadlineExceeded) {
			t.Error(got[0].Err)
		}
	})
}

func TestEverySlotIsFilled(t *testing.T) {
	for name, load := range map[string]Load[string]{
		"panic":   func(context.Context, []Item) []Result[string] { panic("a bug") },
		"nothing": func(context.Context, []Item) []Result[string] { return nil },
		"more":    func(_ context.Context, l []Item) []Result[string] { return make([]Result[string], len(l)+1) },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := always(Options{})
			got := c.Do(context.Background(), partition("a"), items("1", "2"), load)
			if len(got) != 2 || got[0].Err == nil || got[1].Err == nil {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}

func TestTracePanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		c := always(Options{Trace: func(int, int, time.Duration) { panic("a bug") }})
		if got := c.Do(context.Background(), partition("a"), items("1"), r.load); got[0].Err == nil {
			t.Error("no error")
		}
	})
}

func TestTraceOfBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		told := ""
		c := always(Options{Trace: func(wanted, distinct int, waited time.Duration) { told += fmt.Sprint(wanted, distinct, waited) }})
		var wait sync.WaitGroup
		for range 2 {
			wait.Go(func() { c.Do(context.Background(), partition("a"), items("1", "2"), r.load) })
		}
		wait.Wait()
		if told != "4 2 2ms" {
			t.Error(told)
		}
	})
}

func TestThreshold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := NewCoalescer[string](Options{Window: time.Millisecond, Threshold: 5})
		for i, want := range []bool{false, false, true, true} {
			if got := c.Busy(2); got != want {
				t.Errorf("call %d: %v", i, got)
			}
		}
		time.Sleep(time.Second)
		if !c.Busy(1) {
			t.Error("a second later it is forgotten")
		}
		time.Sleep(3 * time.Second)
		if c.Busy(1) {
			t.Error("after a pause it is remembered")
		}
		if !always(Options{}).Busy(0) {
			t.Error("no threshold is one")
		}
	})
}

func TestIdleLoadersAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		c := always(Options{})
		count := func() int {
			c.mu.Lock()
			defer c.mu.Unlock()
			return len(c.loaders)
		}
		c.Do(context.Background(), partition("a"), items("1"), r.load)
		time.Sleep(idle / 2)
		c.Do(context.Background(), partition("b"), items("1"), r.load)
		if count() != 2 {
			t.Errorf("%d loaders", count())
		}
		time.Sleep(idle/2 + time.Second)
		if count() != 1 {
			t.Errorf("%d loaders after a minute", count())
		}
		time.Sleep(2 * idle)
		if count() != 0 || c.sweeping {
			t.Errorf("%d loaders at the end", count())
		}
	})
}
