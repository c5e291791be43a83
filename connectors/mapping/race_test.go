//go:build race

package mapping

// raced: under the race detector sync.Pool drops what it is given at random.
const raced = true
