package limit

import (
	"hash/maphash"
	"math"
	"sync"
	"sync/atomic"
)

// demand is what one rate is asked for one operation, and the answer.
type demand struct {
	rule *rule
	key  []byte
	cost int64 // at the rate's pace

	refused bool
	owed    int64 // after the operation, or before it if refused
	wait    int64 // if refused, how long to wait
	// cell is where it is counted in memory, taken what was charged there.
	cell  *cell
	taken int64
}

// local counts in memory. A key is known by 128 bits of hash under seeds of
// this process; what it owes is one number, changed without a lock.
type local struct {
	seeds  [2]maphash.Seed
	shards [shards]shard
	most   int // keys in a shard
}

// shards is a power of two; chosen.
const shards = 64

type shard struct {
	mu    sync.RWMutex
	cells map[digest]*cell
	_     [64]byte // a cache line apart
}

type digest [2]uint64

// cell is the time at which a key owes nothing any more; forgotten if the cell
// is not in its shard any more, so that nobody adds to it.
type cell struct{ tat atomic.Int64 }

const forgotten = math.MinInt64

func newLocal(most int) *local {
	l := &local{seeds: [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()}, most: max(1, most/shards)}
	for i := range l.shards {
		l.shards[i].cells = map[digest]*cell{}
	}
	return l
}

// take charges all demands, or nothing if an enforced one is refused. Those that
// are only observed are charged unless they are refused themselves. times is
// how much more than in a count of their own the demands weigh.
func (l *local) take(now int64, demands []demand, times int64) bool {
	allowed := true
	for i := range demands {
		d := &demands[i]
		d.cell = l.cell(d.key, now)
		tat := d.cell.at(now, d.rule.tolerance)
		_, d.wait = admit(tat, now, d.cost*times, d.rule.tolerance)
		d.owed, d.refused = max(0, tat-now), d.wait > 0
		allowed = allowed && (!d.refused || d.rule.observed)
	}
	if !allowed {
		return false
	}
	for i := range demands {
		d := &demands[i]
		if d.refused || l.charge(d, now, times) || d.rule.observed {
			continue
		}
		giveBack(now, demands[:i]) // somebody was faster
		return false
	}
	return true
}

// giveBack takes back what was charged in memory.
func giveBack(now int64, demands []demand) {
	for i := range demands {
		if d := &demands[i]; d.taken > 0 {
			d.adjust(now, -d.taken)
			d.taken = 0
		}
	}
}

// at returns the cell's time. One that a clock left behind that went backwards
// is set right for good, or the key would wait for the clock to catch up.
func (c *cell) at(now, tolerance int64) int64 {
	tat := c.tat.Load()
	if right := sane(tat, now, tolerance); right < tat {
		c.tat.CompareAndSwap(tat, right)
		return right
	}
	return tat
}

// charge adds the demand's cost, unless that is too much by now.
func (l *local) charge(d *demand, now, times int64) bool {
	for {
		tat := d.cell.tat.Load()
		if tat == forgotten {
			d.cell = l.cell(d.key, now)
			continue
		}
		next, wait := admit(tat, now, d.cost*times, d.rule.tolerance)
		if wait > 0 {
			d.owed, d.wait, d.refused = max(0, tat-now), wait, true
			return false
		}
		if d.cell.tat.CompareAndSwap(tat, next) {
			d.owed = next - now
			d.taken += d.cost * times
			return true
		}
	}
}

// adjust adds delta to what the demand's key owes.
func (d *demand) adjust(now, delta int64) { d.cell.adjust(now, delta, d.rule.tolerance) }

func (c *cell) adjust(now, delta, tolerance int64) {
	for {
		tat := c.tat.Load()
		if tat == forgotten { // it owed nothing, or the least of many
			return
		}
		if c.tat.CompareAndSwap(tat, settle(tat, now, delta, tolerance)) {
			return
		}
	}
}

// cell returns the cell of a key, a new one if there is none.
func (l *local) cell(key []byte, now int64) *cell {
	d := digest{maphash.Bytes(l.seeds[0], key), maphash.Bytes(l.seeds[1], key)}
	s := &l.shards[d[0]%shards]
	s.mu.RLock()
	c := s.cells[d]
	s.mu.RUnlock()
	if c != nil {
		return c
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c = s.cells[d]; c == nil {
		s.forget(now, l.most)
		c = &cell{}
		s.cells[d] = c
	}
	return c
}

// sample is how many cells are looked at for each new one. Cells that owe
// nothing go away at least as fast as new ones come. Chosen.
const sample = 4

// forget makes room: it drops what owes nothing among a few cells, and, if there
// are too many still, the one of them that owes least.
func (s *shard) forget(now int64, most int) {
	var least digest
	var owes int64
	seen := 0
	for d, c := range s.cells { // any will do
		tat := c.tat.Load()
		switch {
		case tat <= now && c.tat.CompareAndSwap(tat, forgotten):
			delete(s.cells, d)
		case owes == 0 || tat < owes:
			least, owes = d, tat
		}
		if seen++; seen == sample {
			break
		}
	}
	if len(s.cells) >= most && owes > 0 {
		s.cells[least].tat.Store(forgotten)
		delete(s.cells, least)
	}
}

// size returns how many keys are counted.
func (l *local) size() int {
	n := 0
	for i := range l.shards {
		s := &l.shards[i]
		s.mu.RLock()
		n += len(s.cells)
		s.mu.RUnlock()
	}
	return n
}
