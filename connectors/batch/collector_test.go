package batch

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
)

func TestCollector(t *testing.T) {
	var r recorder
	c := NewCollector[string]()
	ctx := context.Background()
	a, b := c.Want(Item{Key: "a"}), c.Want(Item{Key: "b"})
	if c.Want(Item{Key: "a"}) != a {
		t.Error("one key has two refs")
	}
	c.Dispatch(ctx, r.load)
	c.Dispatch(ctx, r.load)
	if c.Want(Item{Key: "b"}) != b {
		t.Error("a result was forgotten")
	}
	third := c.Want(Item{Key: "c"})
	c.Dispatch(ctx, r.load)
	for ref, want := range map[*Ref[string]]string{a: "value of a", b: "value of b", third: "value of c"} {
		if got, err := ref.Get(ctx); got != want || err != nil {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
	if got := r.seen(); got != "a,b | c" {
		t.Error(got)
	}
}

// TestCollectorAcrossBranches has parallel branches want overlapping keys.
func TestCollectorAcrossBranches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		release := make(chan struct{})
		c := NewCollector[string]()
		load := func(ctx context.Context, list []Item) []Result[string] {
			<-release
			return r.load(ctx, list)
		}
		var wait sync.WaitGroup
		for _, keys := range [][]string{{"a", "b"}, {"b", "c"}, {"a", "c"}} {
			wait.Go(func() {
				var refs []*Ref[string]
				for _, k := range keys {
					refs = append(refs, c.Want(Item{Key: k}))
				}
				c.Dispatch(context.Background(), load)
				for i, ref := range refs {
					if got, _ := ref.Get(context.Background()); got != "value of "+keys[i] {
						t.Error(got)
					}
				}
			})
			synctest.Wait()
		}
		close(release)
		wait.Wait()
		if got := r.seen(); got != "a,b | c" {
			t.Error(got)
		}
	})
}

func TestCollectorForgetsCancelledRequests(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := NewCollector[string]()
	load := func(ctx context.Context, list []Item) []Result[string] {
		return failed[string](len(list), ctx.Err())
	}
	ref := c.Want(Item{Key: "a"})
	if _, err := func() (string, error) { cancel(); return ref.Get(ctx) }(); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	c.Dispatch(ctx, load)
	again := c.Want(Item{Key: "a"})
	c.Dispatch(context.Background(), load)
	if _, err := again.Get(context.Background()); err != nil || again == ref {
		t.Error(err)
	}
}

func TestCollectorSurvivesPanics(t *testing.T) {
	c := NewCollector[string]()
	ref := c.Want(Item{Key: "a"})
	c.Dispatch(context.Background(), func(context.Context, []Item) []Result[string] { panic("a bug") })
	if _, err := ref.Get(context.Background()); err == nil {
		t.Error("no error")
	}
}
