package executor

import (
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

// ask adds a record to a set. Representations may repeat values of enclosing
// objects, so a small answer can ask for any number of bytes: what goes beyond
// the limit is not written, and the request fails.
func (r *run) ask(p *part, s *set, t *target, rec uint32) {
	switch {
	case len(r.reps) > r.limits.bytes:
		r.members = append(r.members, member{at: rec + t.link})
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

// appendLeaf appends a leaf or a list of leafs, null for none.
func (r *run) appendLeaf(dst []byte, v slot) []byte {
	switch {
	case v.off == 0:
		return append(dst, "null"...)
	case v.n&listBit == 0:
		return append(dst, r.buf[v.off:v.off+v.n]...)
	}
	dst = append(dst, '[')
	for k := range v.n &^ listBit {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = r.appendLeaf(dst, r.arena[v.off+k])
	}
	return append(dst, ']')
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
	fl.root, fl.err, fl.pend, fl.direct = 0, nil, nil, false
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
	if len(r.reps) > r.limits.bytes {
		fl.err = &fault.Error{Code: fault.LimitExceeded, Message: "the operation asks for too many bytes of representations", Subgraph: f.subgraph}
	}
	if r.used > r.limits.requests {
		fl.err = &fault.Error{Code: fault.LimitExceeded, Message: "the operation needs too many subgraph requests", Subgraph: f.subgraph}
	}
	if r.in.Depart != nil {
		fl.req.Trace = r.in.Depart(&fl.info)
	}
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
