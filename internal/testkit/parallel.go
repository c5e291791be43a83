package testkit

import "sync"

// Parallel works on the numbers first … first+count-1 with so many workers at
// once, at least one, and returns what came of each, in order: a run that draws
// everything from a number depends on nothing else.
func Parallel[T any](workers, first, count int, work func(number uint64) T) []T {
	out := make([]T, count)
	var wait sync.WaitGroup
	next := make(chan int)
	for range max(1, workers) {
		wait.Go(func() { // ends when next is closed
			for i := range next {
				out[i] = work(uint64(first + i))
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	wait.Wait()
	return out
}
