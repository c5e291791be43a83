package traffic

import (
	"sync"
	"sync/atomic"
	"time"
)

// Budget bounds retries by requests, so that a subgraph in trouble is not
// buried under them: over any TTL there are at most Ratio times as many retries
// as requests, and MinPerSecond beside.
type Budget struct {
	Ratio        float64       // default 0.2, negative is 0
	MinPerSecond float64       // default 10, negative is 0
	TTL          time.Duration // default 10 s
}

func (b Budget) withDefaults() Budget {
	if b.Ratio == 0 {
		b.Ratio = 0.2
	}
	if b.MinPerSecond == 0 {
		b.MinPerSecond = 10
	}
	if b.TTL == 0 {
		b.TTL = 10 * time.Second
	}
	return b
}

// spans is how many slices a TTL is counted in: the oldest leaves as a whole.
const spans = 10

// fresh is how many requests are counted before somebody looks at the clock.
const fresh = 256

// budget counts in slices of time. Counting a request is an atomic addition;
// when it is put into a slice, it is into the oldest it can belong to, so that
// it counts too short a time rather than too long.
type budget struct {
	ratio, reserve float64
	slice          time.Duration
	begin          time.Time
	fresh          atomic.Int64 // requests that are in no slice yet

	mu     sync.Mutex // guards all below
	folded int64      // the turn in which fresh was last emptied
	counts [spans]counts
}

// counts are those of one slice; turn is its number since the beginning.
type counts struct{ turn, requests, retries int64 }

func newBudget(o Budget, now time.Time) *budget {
	return &budget{ratio: max(0, o.Ratio), reserve: max(0, o.MinPerSecond) * o.TTL.Seconds(), slice: max(1, o.TTL/spans), begin: now, folded: spans}
}

// earn counts a request.
func (b *budget) earn() {
	if b.fresh.Add(1) >= fresh {
		b.mu.Lock()
		b.fold(b.turn())
		b.mu.Unlock()
	}
}

// spend counts a retry, if it may be made.
func (b *budget) spend() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	turn := b.turn()
	b.fold(turn)
	var requests, retries int64
	for _, c := range b.counts {
		if c.turn > turn-spans {
			requests += c.requests
			retries += c.retries
		}
	}
	if float64(retries+1) > b.ratio*float64(requests)+b.reserve {
		return false
	}
	b.at(turn).retries++
	return true
}

// turn is the number of the present slice; slice 0 is long over.
func (b *budget) turn() int64 { return int64(time.Since(b.begin)/b.slice) + spans }

// fold puts the requests counted since the last time into a slice, if that time
// is not too long ago; b.mu is held.
func (b *budget) fold(turn int64) {
	n := b.fresh.Swap(0)
	if b.folded > turn-spans {
		b.at(b.folded).requests += n
	}
	b.folded = turn
}

// at returns the counts of a slice, which is not over; b.mu is held.
func (b *budget) at(turn int64) *counts {
	c := &b.counts[turn%spans]
	if c.turn != turn {
		*c = counts{turn: turn}
	}
	return c
}
