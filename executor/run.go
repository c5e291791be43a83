package executor

import (
	"context"
	"hash/maphash"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// run is one execution: the bytes of all answers, the records parsed from them,
// the requests, and the output. Its goroutine alone touches it, but for what mu
// guards. Runs are pooled.
type run struct {
	program    *Program
	in         *Input
	ctx        context.Context //nolint:containedctx // a run is one request
	conditions uint64
	limits     limits
	inline     bool
	omitNulls  bool

	buf     []byte     // all answers
	arena   []slot     // all records and lists
	stack   []slot     // items of lists being parsed
	targets [][]uint32 // records by shape.target
	root    uint32     // the record of shape 1
	high    uint64     // of the strings of the answer being parsed
	// overflow: that answer has more values than fit.
	overflow bool

	// Requests under construction or on their way.
	seed    maphash.Seed
	reps    []byte
	ends    []uint32
	table   []uint32
	members []member
	leafs   []slot // of flat representations

	ready    []int // fetches in the order they start
	need     []int // by fetch: what it still waits for
	waiting  []int // by fetch: flights that have not landed
	joinNeed []int // by join
	flights  []*flight
	used     int
	queue    []*flight // built, not sent
	pending  []*flight // sent inline, not read
	landed   []*flight // answered without waiting
	inflight int
	flying   int          // on goroutines
	arrived  chan *flight // from goroutines

	// mu guards changes of pending, and interrupted, against the cancellation of
	// ctx, which comes from another goroutine.
	mu          sync.Mutex
	interrupted bool

	// Errors.
	subgraph string // of the answer being parsed
	current  int    // the fetch whose answer is taken in
	once     []told
	said     map[said]bool
	named    []fault.Step
	notes    []note
	marks    map[mark]uint32
	open     int // external notes not reported yet
	// Blocks that errors and paths are taken from.
	errors    []fault.Error
	room      int // errors the last block had room for
	pathSteps []fault.Step

	// Output.
	out          []byte
	chunk        int  // spill above this
	dry          bool // the first walk goes on without output
	stopped      bool // the walk ends as soon as it can
	sink         io.Writer
	sinkErr      error
	wrote        int64
	steps        []fault.Step
	tuple        []slot
	ordinal      uint32
	muted        int
	cause        int
	nulled       []nulled
	pendingNulls []nulled
	replay       bool
	external     []bool // by result.Errors
	// Of the expression being computed: where its arguments begin in out, 0 while
	// they are not written, where each ends, and its result. over: there was no
	// room for all.
	scratch int
	over    bool
	argEnds []int
	args    [][]byte
	made    []byte
	result  Result
}

// fetchAll runs the plan's fetches: each starts the moment what it waits for is
// linked.
func (r *run) fetchAll() {
	defer r.settle(r.watch())
	p := r.program
	for i := range p.fetches {
		if p.fetches[i].need == 0 && r.waiting[i] == 0 {
			r.ready = append(r.ready, i)
		}
	}
	started := 0
	for {
		for ; started < len(r.ready); started++ {
			f := r.ready[started]
			r.build(&p.fetches[f])
			if r.waiting[f] == 0 {
				r.complete(f)
			}
		}
		if len(r.queue) > 0 {
			r.send()
		}
		fl := r.await()
		if fl == nil {
			break
		}
		r.take(fl)
	}
}

// settle ends what fetchAll began. After a panic, a bug, requests are still on
// their way: they end first, so that no goroutine waits for this run and no
// connection for its reader.
func (r *run) settle(stop func() bool) {
	for _, fl := range r.pending {
		fl.pend.Interrupt()
		_ = guardFinish(fl.pend, &subgraphs.Response{}) // nobody wants the answer
	}
	for ; r.flying > 0; r.flying-- {
		<-r.arrived
	}
	if stop != nil {
		stop()
	}
}

// watch interrupts pending requests when ctx is done.
func (r *run) watch() func() bool {
	if !r.inline || r.ctx.Done() == nil {
		return nil
	}
	stopped := make(chan struct{})
	stop := context.AfterFunc(r.ctx, func() {
		defer close(stopped)
		r.interrupt()
	})
	return func() bool {
		if stop() {
			return true
		}
		<-stopped // the run is pooled: nothing may touch it later
		return false
	}
}

func (r *run) interrupt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.interrupted = true
	for _, fl := range r.pending {
		fl.pend.Interrupt()
	}
}

// await returns the next flight that has its answer, nil when all have landed.
func (r *run) await() *flight {
	switch {
	case len(r.landed) > 0:
		fl := r.landed[0]
		r.landed = r.landed[:copy(r.landed, r.landed[1:])]
		return fl
	case len(r.pending) > 0:
		return r.finishInline()
	case r.flying > 0:
		r.flying--
		return <-r.arrived
	}
	return nil
}

// take takes in a flight's answer. The answers of a fetch with several flights
// wait for the last of them and are taken in order, whatever the order they
// came in.
func (r *run) take(fl *flight) {
	f := fl.fetch
	r.inflight--
	fl.info.Start, fl.info.Duration = fl.start, time.Since(fl.start)
	r.waiting[f.index]--
	switch {
	case r.waiting[f.index] > 0:
		return
	case len(f.context) == 0:
		r.absorb(fl)
	default:
		for _, other := range r.flights[:r.used] {
			if other.fetch == f {
				r.absorb(other)
			}
		}
	}
	r.complete(f.index)
}

// absorb parses and links an answer.
func (r *run) absorb(fl *flight) {
	r.current = fl.fetch.index
	if !fl.direct && fl.err == nil {
		r.copyBody(fl)
	}
	r.land(fl)
	fl.info.Status, fl.info.Header = fl.res.Status, fl.res.Header
	r.result.Fetches = append(r.result.Fetches, fl.info)
}

// copyBody moves an answer from a goroutine's buffer into the run's bytes.
func (r *run) copyBody(fl *flight) {
	fl.at = len(r.buf)
	if fl.at+len(fl.body) >= r.limits.bytes {
		fl.err = tooLarge(fl.fetch.subgraph)
		return
	}
	r.buf = append(append(r.buf, fl.body...), 0)
	fl.end = len(r.buf) - 1
}

func tooLarge(subgraph string) *fault.Error {
	return &fault.Error{Code: fault.SubrequestMalformed, Message: "the subgraphs' answers are too large", Subgraph: subgraph}
}

// complete notes that all of a fetch is linked, runs the joins that waited for
// it and readies the fetches that did.
func (r *run) complete(f int) {
	p := r.program
	for _, j := range p.fetches[f].joins {
		if r.joinNeed[j]--; r.joinNeed[j] == 0 {
			r.current = p.joins[j].fetch
			r.join(&p.joins[j])
		}
	}
	for _, next := range p.fetches[f].next {
		if r.need[next]--; r.need[next] == 0 {
			r.ready = append(r.ready, next)
		}
	}
}

// finish writes the answer and returns it.
func (r *run) finish() *Result {
	r.answer()
	if !r.dry {
		r.result.Body = r.out
	}
	slices.SortStableFunc(r.result.Fetches, func(a, b FetchInfo) int { return a.Fetch - b.Fetch })
	return &r.result
}

// answer writes the client's answer.
func (r *run) answer() {
	r.out = append(r.out, `{"data":`...)
	mark := len(r.out)
	if !r.writeObject(r.program.data, slot{r.root, 1}, 0, 0) || r.stopped {
		r.cut(mark, 0, 0)
		if r.stopped {
			r.out, r.dry = append(r.out[:0], `{"data":`...), false
		}
		r.out = append(r.out, "null"...)
	}
	r.out = append(r.out, '}')
	r.sweep()
}
