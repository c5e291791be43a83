package executor

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// flight is one request on its way. A fetch is one flight, or several when its
// targets differ in context values. Flights are pooled with the run.
type flight struct {
	fetch  *fetch
	req    subgraphs.Request
	res    subgraphs.Response
	values [][]byte
	sets   []subgraphs.Set
	parts  []part // by fetch.sets
	root   uint32 // record of the root answer
	pend   subgraphs.Pending
	err    *fault.Error
	body   []byte // answer of the goroutine path
	direct bool   // the answer is in the run's bytes already
	at     int    // where it begins there
	end    int    // the sentinel behind it
	done   bool   // Interrupt must not be called any more
	start  time.Time
	info   FetchInfo
}

// part is what a flight asks for one set.
type part struct {
	sent       bool
	reps, ends int // where the set's begin in run.reps and run.ends
	leafs      int // likewise, of a flat set
	count      int // of representations
	spans      []span
	got        bool
	answer     slot // the list of entities
}

// span is the members of one target.
type span struct {
	target   *target
	from, to uint32
}

// build makes the flights of a fetch, none when there is nothing to ask for.
func (r *run) build(f *fetch) {
	if f.guard != nil && !f.guard.Holds(r.conditions) {
		return
	}
	if len(f.context) > 0 {
		r.buildApart(f)
		return
	}
	fl := r.flight(f)
	ask := f.unconditional
	for i := range f.sets {
		s, p := &f.sets[i], &fl.parts[i]
		if s.guard != nil && !s.guard.Holds(r.conditions) {
			continue
		}
		r.begin(p, s)
		for j := range s.targets {
			t := &s.targets[j]
			from := uint32(len(r.members))
			for _, rec := range r.targets[t.shape.target] {
				r.ask(p, s, t, rec)
			}
			p.spans = append(p.spans, span{t, from, uint32(len(r.members))})
		}
		ask = ask || p.asked()
	}
	if ask {
		r.commit(fl)
	} else {
		r.used--
	}
}

// begin starts a set's representations.
func (r *run) begin(p *part, s *set) {
	p.sent, p.reps, p.ends, p.leafs = true, len(r.reps), len(r.ends), len(r.leafs)
	if s.root {
		return
	}
	n := 0
	for i := range s.targets {
		n += len(r.targets[s.targets[i].shape.target])
	}
	r.clearTable(n)
}

// ask adds a record to a set.
func (r *run) ask(p *part, s *set, t *target, rec uint32) {
	switch {
	case !r.applies(t, rec):
	case s.root:
		r.members = append(r.members, member{at: rec + t.link})
	case s.flat:
		r.representFlat(p, t, rec)
	default:
		r.represent(p, t, rec)
	}
}

// asked reports whether any record waits for the part.
func (p *part) asked() bool {
	for i := range p.spans {
		if p.spans[i].from < p.spans[i].to {
			return true
		}
	}
	return false
}

// buildApart makes one flight per combination of context values.
func (r *run) buildApart(f *fetch) {
	type entry struct {
		group, set, target int
		rec                uint32
	}
	var entries []entry
	var values [][]slot
	groups := map[string]int{}
	for i := range f.sets {
		s := &f.sets[i]
		if s.guard != nil && !s.guard.Holds(r.conditions) {
			continue
		}
		for j := range s.targets {
			for _, rec := range r.targets[s.targets[j].shape.target] {
				var name []byte
				var found []slot
				for k := range f.context {
					v := r.follow(rec, &f.context[k].refs[i][j])
					found = append(found, v)
					name = append(append(name, r.raw(v)...), 0)
				}
				g, ok := groups[string(name)]
				if !ok {
					g = len(groups)
					groups[string(name)] = g
					values = append(values, found)
				}
				entries = append(entries, entry{g, i, j, rec})
			}
		}
	}
	slices.SortStableFunc(entries, func(a, b entry) int { return a.group - b.group })
	for len(entries) > 0 {
		fl := r.flight(f)
		group := entries[0].group
		ask := false
		for i := range f.sets {
			s, p := &f.sets[i], &fl.parts[i]
			if s.guard != nil && !s.guard.Holds(r.conditions) {
				continue
			}
			r.begin(p, s)
			for j := range s.targets {
				from := uint32(len(r.members))
				for len(entries) > 0 && entries[0].group == group && entries[0].set == i && entries[0].target == j {
					r.ask(p, s, &s.targets[j], entries[0].rec)
					entries = entries[1:]
				}
				p.spans = append(p.spans, span{&s.targets[j], from, uint32(len(r.members))})
			}
			ask = ask || p.asked()
		}
		if !ask {
			r.used--
			continue
		}
		r.commit(fl)
		for k := range f.context {
			fl.values[f.context[k].value] = append([]byte(nil), r.raw(values[group][k])...)
		}
	}
}

// raw is a leaf's bytes, null for none.
func (r *run) raw(v slot) []byte {
	if v.off == 0 || v.n&listBit != 0 {
		return []byte("null")
	}
	return r.buf[v.off : v.off+v.n]
}

// flight takes a flight for a fetch from those the run keeps.
func (r *run) flight(f *fetch) *flight {
	if r.used == len(r.flights) {
		r.flights = append(r.flights, &flight{})
	}
	fl := r.flights[r.used]
	r.used++
	fl.fetch = f
	for len(fl.parts) < len(f.sets) {
		if len(fl.parts) < cap(fl.parts) {
			fl.parts = fl.parts[:len(fl.parts)+1]
		} else {
			fl.parts = append(fl.parts, part{})
		}
	}
	fl.parts = fl.parts[:len(f.sets)]
	for i := range fl.parts {
		fl.parts[i] = part{spans: fl.parts[i].spans[:0]}
	}
	fl.root, fl.err, fl.pend, fl.done, fl.direct = 0, nil, nil, false, false
	return fl
}

// commit completes a flight's request and queues it.
func (r *run) commit(fl *flight) {
	f := fl.fetch
	fl.sets = fl.sets[:0]
	reps := 0
	for i := range fl.parts {
		p := &fl.parts[i]
		if f.sets[i].root {
			continue
		}
		if !p.sent {
			fl.sets = append(fl.sets, subgraphs.Set{})
			continue
		}
		var end int
		if p.count > 0 {
			end = int(r.ends[p.ends+p.count-1])
		}
		fl.sets = append(fl.sets, subgraphs.Set{
			Reps: r.reps[p.reps : p.reps+end : p.reps+end],
			Ends: r.ends[p.ends : p.ends+p.count : p.ends+p.count],
		})
		reps += p.count
	}
	fl.values = valuesOf(f, r.in, fl.values[:0])
	fl.req = subgraphs.Request{Values: fl.values, Sets: fl.sets, Caller: r.in.Caller, Deadline: r.in.Deadline}
	if f.sub < len(r.in.Header) {
		fl.req.Header = r.in.Header[f.sub]
	}
	fl.info = FetchInfo{Fetch: f.index, Subgraph: f.subgraph, Representations: reps}
	r.queue = append(r.queue, fl)
	r.inflight++
	r.waiting[f.index]++
}

// valuesOf appends the client's values a fetch sends.
func valuesOf(f *fetch, in *Input, values [][]byte) [][]byte {
	for _, v := range f.variables {
		var value []byte
		if v < len(in.Values) {
			value = in.Values[v]
		}
		values = append(values, value)
	}
	return values
}

// expired returns the error of a run that may not send any more.
func (r *run) expired() *fault.Error {
	if err := r.ctx.Err(); err != nil {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the request was cancelled", Cause: err}
	}
	if !r.in.Deadline.IsZero() && !time.Now().Before(r.in.Deadline) {
		return &fault.Error{Code: fault.GatewayTimeout, Message: "the operation took too long", Cause: context.DeadlineExceeded}
	}
	return nil
}

// send starts the flights of the queue.
func (r *run) send() {
	queue := r.queue
	r.queue = r.queue[:0]
	alone := len(queue) == 1 && r.inflight == 1
	expired := r.expired()
	for _, fl := range queue {
		fl.start = time.Now()
		switch {
		case expired != nil:
			e := *expired
			e.Subgraph = fl.fetch.subgraph
			fl.err = &e
			r.landed = append(r.landed, fl)
		case r.inline:
			r.startInline(fl)
		case alone:
			r.fetchDirect(fl)
		default:
			r.flying++
			go fl.fly(r.ctx, r.arrived) // ends when the source's Fetch returns; the run takes every flight off the channel
		}
	}
}

// startInline sends a request whose answer is read later, on this goroutine.
func (r *run) startInline(fl *flight) {
	pend, err := guardStart(r.ctx, fl.fetch.starter, &fl.req)
	if err != nil {
		fl.err = describe(err, fl.fetch.subgraph)
		r.landed = append(r.landed, fl)
		return
	}
	r.mu.Lock()
	fl.pend = pend
	if r.interrupted {
		pend.Interrupt()
	}
	r.mu.Unlock()
	r.pending = append(r.pending, fl)
}

func guardStart(ctx context.Context, s subgraphs.Starter, req *subgraphs.Request) (p subgraphs.Pending, err error) {
	defer recovered(&err)
	return s.Start(ctx, req)
}

// finishInline reads the answer of the earliest request that was sent.
func (r *run) finishInline() *flight {
	first := 0
	for i, fl := range r.pending {
		if fl.fetch.index < r.pending[first].fetch.index {
			first = i
		}
	}
	fl := r.pending[first]
	r.pending = slices.Delete(r.pending, first, first+1)
	fl.res = subgraphs.Response{Body: r.buf}
	at := len(r.buf)
	err := guardFinish(fl.pend, &fl.res)
	r.mu.Lock()
	fl.done = true
	r.mu.Unlock()
	r.received(fl, at, err)
	return fl
}

func guardFinish(p subgraphs.Pending, res *subgraphs.Response) (err error) {
	defer recovered(&err)
	return p.Finish(res)
}

// fetchDirect asks on the run's goroutine, when nothing else is on its way.
func (r *run) fetchDirect(fl *flight) {
	fl.res = subgraphs.Response{Body: r.buf}
	at := len(r.buf)
	err := guardFetch(r.ctx, fl.fetch.call, &fl.req, &fl.res)
	r.received(fl, at, err)
	r.landed = append(r.landed, fl)
}

func guardFetch(ctx context.Context, c subgraphs.Call, req *subgraphs.Request, res *subgraphs.Response) (err error) {
	defer recovered(&err)
	return c.Fetch(ctx, req, res)
}

// received takes over an answer that was appended to the run's bytes at at.
func (r *run) received(fl *flight, at int, err error) {
	body := fl.res.Body
	fl.res.Body = nil
	if len(body) >= at {
		r.buf = body
	} else if err == nil {
		err = errors.New("the source returned less than the buffer it was given")
	}
	switch {
	case err != nil:
		fl.err = describe(err, fl.fetch.subgraph)
	case len(r.buf) >= r.limits.bytes:
		fl.err = tooLarge(fl.fetch.subgraph)
	}
	fl.direct = true
	if fl.err != nil {
		r.buf = r.buf[:at]
		return
	}
	fl.info.Bytes = len(r.buf) - at
	fl.at, fl.end = at, len(r.buf)
	r.buf = append(r.buf, 0) // the scanners' sentinel
}

// fly asks on a goroutine of its own and hands the answer over.
func (fl *flight) fly(ctx context.Context, arrived chan<- *flight) {
	fl.res = subgraphs.Response{Body: fl.body[:0]}
	if err := guardFetch(ctx, fl.fetch.call, &fl.req, &fl.res); err != nil {
		fl.err = describe(err, fl.fetch.subgraph)
		fl.res.Body = fl.res.Body[:0]
	}
	fl.body = fl.res.Body
	fl.info.Bytes = len(fl.body)
	arrived <- fl
}

// recovered turns a panic of a source into an error of its fetch.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &fault.Error{Code: fault.InternalServerError, Message: "internal server error", Cause: fmt.Errorf("panic: %v\n%s", p, debug.Stack())}
	}
}

// isTimeout reports whether an error means that time ran out.
func isTimeout(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return true
	}
	var timeout interface{ Timeout() bool }
	return errors.As(err, &timeout) && timeout.Timeout()
}
