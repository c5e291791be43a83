package connectors

import (
	"sync"
	"sync/atomic"
)

// each calls do with 0 to n-1, at most limit at once, and returns when all
// calls have. do must not panic.
func each(n, limit int, do func(i int)) {
	if n == 1 {
		do(0)
		return
	}
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	}
	var wait sync.WaitGroup
	for range min(n, limit) - 1 {
		wait.Go(work) // ends with the last call
	}
	work()
	wait.Wait()
}
