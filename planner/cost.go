package planner

import "math/bits"

// The weights of planner.md §8.1: a round costs network latency, a request
// load, a further alias in a request little.
const (
	costRound   = 10_000
	costRequest = 1_000
	costAlias   = 60
)

// opens says which subgraphs get a request in which round: one bit set of
// subgraphs per round, flattened. Rounds count from where the place begins.
// Two positions that open the same pair share the request, so the cost of a
// union is what counts, not a sum.
type opens []uint64

// with returns o with the pair added; o is not changed.
func (o opens) with(words, round, sub int) opens {
	n := max(len(o), (round+1)*words)
	out := make(opens, n)
	copy(out, o)
	out[round*words+sub/64] |= 1 << (sub % 64)
	return out
}

// or adds other, moved by shift rounds, in place where there is room.
func (o opens) or(words int, other opens, shift int) opens {
	if len(other) == 0 {
		return o
	}
	if n := len(other) + shift*words; n > len(o) {
		grown := make(opens, n)
		copy(grown, o)
		o = grown
	}
	for i, w := range other {
		o[i+shift*words] |= w
	}
	return o
}

// clone returns a copy with nothing shared.
func (o opens) clone() opens { return append(opens(nil), o...) }

// last is the last round with a request, 0 if there is none.
func (o opens) last(words int) int {
	for i := len(o) - 1; i >= 0; i-- {
		if o[i] != 0 {
			return i / words
		}
	}
	return 0
}

// cost is the price of all requests in o and of its rounds.
func (o opens) cost(words int) int {
	requests := 0
	for _, w := range o {
		requests += bits.OnesCount64(w)
	}
	return requests*costRequest + o.last(words)*costRound
}

// added is what o would cost more with other, moved by shift, besides it.
func (o opens) added(words int, other opens, shift int) int {
	requests := 0
	last := o.last(words)
	then := last
	for i, w := range other {
		if w == 0 {
			continue
		}
		at := i + shift*words
		if at < len(o) {
			w &^= o[at]
		}
		requests += bits.OnesCount64(w)
		then = max(then, at/words)
	}
	return requests*costRequest + (then-last)*costRound
}
