package executor

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Runs are pooled so that a request allocates nothing that the last one left
// behind. What a single large answer left is not kept: a buffer is dropped when
// it exceeds keepBytes, or four times what runs use on average.
const (
	keepBytes  = 1 << 20
	alwaysKeep = 64 << 10 // below this a buffer is not worth judging
)

// usage is a running average of the bytes runs use.
type usage struct{ average atomic.Int64 }

// add counts a run in, with a weight of one sixteenth.
func (u *usage) add(n int) {
	old := u.average.Load()
	u.average.Store(old + (int64(n)-old)/16)
}

// keeps reports whether a buffer of n bytes goes back to the pool.
func (u *usage) keeps(n int) bool {
	return n <= alwaysKeep || n <= keepBytes && int64(n) <= 4*u.average.Load()
}

// take gets a run from the pool and prepares it.
func (x *Executor) take(ctx context.Context, p *Program, in *Input) *run {
	r, _ := x.pool.Get().(*run)
	if r == nil {
		r = &run{seed: maphash.MakeSeed(), arrived: make(chan *flight)}
	}
	r.program, r.in, r.ctx, r.conditions = p, in, ctx, in.Conditions
	r.limits, r.inline, r.omitNulls = x.limits, p.inline && !x.goroutines, p.omitNulls
	r.chunk = largeAnswer
	r.fit(p)
	r.reset(p)
	return r
}

// fit sizes what depends on the program.
func (r *run) fit(p *Program) {
	for len(r.targets) < p.targets {
		r.targets = append(r.targets, nil)
	}
	if len(r.steps) < p.steps {
		r.steps = make([]fault.Step, p.steps)
	}
	if len(r.tuple) < p.tuple {
		r.tuple = make([]slot, p.tuple)
	}
	r.need, r.waiting, r.joinNeed = r.need[:0], r.waiting[:0], r.joinNeed[:0]
	for i := range p.fetches {
		r.need = append(r.need, p.fetches[i].need)
		r.waiting = append(r.waiting, 0)
	}
	for i := range p.joins {
		r.joinNeed = append(r.joinNeed, p.joins[i].need)
	}
}

// reset empties the run and makes its root record. Slot 0 stands for no record.
func (r *run) reset(p *Program) {
	r.buf = append(r.buf[:0], 0) // so that no value starts at 0
	r.arena = append(r.arena[:0], slot{})
	for i := range r.targets {
		r.targets[i] = r.targets[i][:0]
	}
	r.reps, r.ends, r.members, r.leafs = r.reps[:0], r.ends[:0], r.members[:0], r.leafs[:0]
	r.ready, r.used = r.ready[:0], 0
	r.queue, r.pending, r.landed = r.queue[:0], r.pending[:0], r.landed[:0]
	r.inflight, r.flying, r.interrupted = 0, 0, false
	clear(r.notes)
	clear(r.once)
	r.notes, r.once, r.marks, r.open = r.notes[:0], r.once[:0], nil, 0
	r.said = nil
	r.out, r.dry, r.stopped, r.sink = r.out[:0], false, false, nil
	r.ordinal, r.muted, r.cause, r.replay = 0, 0, -1, false
	r.nulled, r.external = r.nulled[:0], r.external[:0]
	r.scratch, r.over = 0, false
	r.result = Result{run: r, Fetches: r.result.Fetches[:0]}
	r.root = r.alloc(p.root.size)
	if p.root.target >= 0 {
		r.targets[p.root.target] = append(r.targets[p.root.target], r.root)
	}
}

// give puts a run back. Nothing of a request stays reachable from the pool.
func (x *Executor) give(r *run) {
	used := len(r.buf) + 8*len(r.arena) + len(r.out) + len(r.reps)
	x.usage.add(used)
	r.program, r.in, r.ctx, r.sink = nil, nil, nil, nil
	r.result.run, r.result.Errors = nil, nil
	r.errors, r.pathSteps, r.room = nil, nil, 0
	bodies := 0 // of all requests together
	for _, fl := range r.flights {
		clear(fl.values)
		fl.req, fl.pend, fl.err, fl.info = subgraphs.Request{}, nil, nil, FetchInfo{}
		fl.res.Header = nil
		if bodies += cap(fl.body); !x.usage.keeps(bodies) {
			bodies -= cap(fl.body)
			fl.body = nil
		}
	}
	clear(r.result.Fetches)
	r.trim(&x.usage)
	x.pool.Put(r)
}

// trim drops what grew too large.
func (r *run) trim(u *usage) {
	if !u.keeps(cap(r.buf)) {
		r.buf = nil
	}
	if !u.keeps(8 * cap(r.arena)) {
		r.arena = nil
	}
	if !u.keeps(cap(r.out)) {
		r.out = nil
	}
	if !u.keeps(cap(r.made)) {
		r.made = nil
	}
	if !u.keeps(cap(r.reps)) {
		r.reps = nil
	}
	if !u.keeps(8 * cap(r.members)) {
		r.members = nil
	}
	if !u.keeps(8 * cap(r.leafs)) {
		r.leafs = nil
	}
	if !u.keeps(8 * cap(r.stack)) {
		r.stack = nil
	}
	if !u.keeps(4 * cap(r.table)) {
		r.table = nil
	}
	if !u.keeps(4 * cap(r.ends)) {
		r.ends = nil
	}
	for i := range r.targets {
		if !u.keeps(4 * cap(r.targets[i])) {
			r.targets[i] = nil
		}
	}
	if cap(r.flights) > 256 {
		r.flights = nil
	}
}
