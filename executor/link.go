package executor

import (
	"github.com/weftql/weft/fault"
)

// land takes in the answer of a request: parse, errors, links.
func (r *run) land(fl *flight) {
	if fl.err != nil {
		r.fail(fl, fl.err)
		return
	}
	a := r.read(fl)
	if a.bad != "" {
		r.fail(fl, malformedFault(a.bad, fl.fetch.subgraph))
		return
	}
	var errs []remote
	if a.errors != 0 {
		errs = r.remotes(r.buf[a.errors:a.errorsEnd])
	}
	if !a.hasData || a.dataNull {
		r.nothing(fl, errs)
		return
	}
	for i := range errs {
		errs[i].done = r.attach(fl, &errs[i])
	}
	for i := range fl.parts {
		s := &fl.fetch.sets[i]
		if s.root {
			r.linkRoot(fl, i)
		} else if fl.parts[i].sent {
			r.linkSet(fl, i, errs)
		}
	}
	r.lost(fl, errs)
}

// linkSet hangs the entities of a set on the records that asked for them.
func (r *run) linkSet(fl *flight, i int, errs []remote) {
	s, p := &fl.fetch.sets[i], &fl.parts[i]
	v := p.answer
	switch {
	case !p.got || v.off == 0:
		if !r.failSet(fl, i, errs) {
			r.failPart(fl, i, malformedFault("the subgraph's answer lacks the entities", fl.fetch.subgraph))
		}
		return
	case int(v.n) != p.count:
		r.failPart(fl, i, malformedFault("the subgraph answered another number of entities than it was asked for", fl.fetch.subgraph))
		return
	}
	for j := range p.spans {
		span := &p.spans[j]
		for _, m := range r.members[span.from:span.to] {
			item := r.arena[v.off+m.ref]
			if s.apart {
				item, _ = r.object(&s.entities, r.buf[:fl.end+1], int(item.off))
			}
			r.arena[m.at] = item
			if s.shape.parent != 0 && item.off != 0 {
				r.arena[item.off+s.shape.parent] = slot{m.at - span.target.link, 1}
			}
		}
	}
	if s.apart {
		for k := range errs {
			if !errs[k].done && errs[k].set == i {
				errs[k].done = r.attachApart(fl, i, &errs[k])
			}
		}
	}
}

// linkRoot hangs a root answer on its records.
func (r *run) linkRoot(fl *flight, i int) {
	s := &fl.fetch.sets[i]
	if !s.first {
		r.hang(fl, i, slot{fl.root, 1})
	}
}

// hang stores a root answer in the links of all its targets.
func (r *run) hang(fl *flight, i int, v slot) {
	for _, span := range fl.parts[i].spans {
		for _, m := range r.members[span.from:span.to] {
			r.arena[m.at] = v
		}
	}
}

// fail makes everything a request was to answer null, with one error per place.
func (r *run) fail(fl *flight, e *fault.Error) {
	fl.info.Error = e
	for i := range fl.parts {
		r.failPart(fl, i, e)
	}
}

// failPart makes everything a set was to answer null.
func (r *run) failPart(fl *flight, i int, e *fault.Error) {
	s, p := &fl.fetch.sets[i], &fl.parts[i]
	if s.root {
		n := r.note(note{err: e, external: true})
		r.hollow(fl, i, n)
		return
	}
	for j := range p.spans {
		span := &p.spans[j]
		if span.from == span.to {
			continue
		}
		n := r.note(note{err: e, external: true, once: true, place: span.target.place})
		for _, m := range r.members[span.from:span.to] {
			r.arena[m.at] = slot{0, n}
		}
	}
}

// hollow makes a root answer a record in which every key is null for the given
// reason: so each of the client's root fields reports it, and later joins and
// links still find a record.
func (r *run) hollow(fl *flight, i int, why uint32) {
	s := &fl.fetch.sets[i]
	rec := fl.root
	if rec == 0 {
		rec = r.rootRecord(s)
		fl.root = rec
	}
	for k := range s.shape.keys {
		if at := rec + s.shape.keys[k].at; r.arena[at].off == 0 && r.arena[at].n < noteBase {
			r.arena[at] = slot{0, why}
		}
	}
	if !s.first {
		r.hang(fl, i, slot{rec, 1})
	}
}
