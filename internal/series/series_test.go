package series

import (
	"sync"
	"testing"
)

// TestMap looks up once, from many goroutines, and allocates nothing then.
func TestMap(t *testing.T) {
	type key struct{ a, b string }
	var m Map[key, *int]
	all := map[key]*int{{"x", "y"}: new(int), {"x", "z"}: new(int)}
	find := func(k key) *int { return all[k] }
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for k, v := range all {
				if got := m.Get(k, find); got != v {
					t.Errorf("%v is %p, want %p", k, got, v)
				}
			}
		})
	}
	group.Wait()
	never := func(key) *int { t.Error("looked up again"); return new(int) }
	if n := testing.AllocsPerRun(100, func() { m.Get(key{"x", "y"}, never) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
