package planner

import "math/bits"

// The weights: a round costs network latency, a request load, a further alias
// in a request little. Their order is what counts: rounds, requests, aliases.
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

// drop takes the pair out of o, in place.
func (o opens) drop(words, round, sub int) { o[round*words+sub/64] &^= 1 << (sub % 64) }

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

// requests counts the requests.
func (o opens) requests() int {
	n := 0
	for _, w := range o {
		n += bits.OnesCount64(w)
	}
	return n
}

// prices weigh requests. Those to paid subgraphs cost discount less: a plan that
// was found before asks them anyway, so sharing is likely.
type prices struct {
	words    int
	round    int
	discount int
	paid     opens // one round's worth
	dear     *dearRows
}

func (g *graph) listPrices() prices {
	return prices{words: g.words, round: costRound, dear: &g.dear}
}

// cost is the price of all requests in o and of its rounds.
func (p *prices) cost(o opens) int {
	sum := o.last(p.words) * p.round
	for i, w := range o {
		sum += p.requests(i, w)
	}
	return sum
}

// added is what o would cost more with other besides it.
func (p *prices) added(o, other opens) int {
	sum := 0
	last := o.last(p.words)
	then := last
	for i, w := range other {
		if w == 0 {
			continue
		}
		then = max(then, i/p.words)
		if i < len(o) {
			w &^= o[i]
		}
		sum += p.requests(i, w)
	}
	return sum + (then-last)*p.round
}

// requests is the price of the requests in word i of some opens.
func (p *prices) requests(i int, w uint64) int {
	sum := bits.OnesCount64(w) * costRequest
	if p.discount > 0 && w != 0 {
		sum -= bits.OnesCount64(w&p.paid[i%p.words]) * p.discount
	}
	if len(p.dear.rows) > 0 && w != 0 {
		sum += p.dear.of(i, p.words, w)
	}
	return sum
}
