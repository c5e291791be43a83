package executor

import (
	"unicode/utf8"

	"github.com/weftql/weft/fault"
)

// answer is what the top level of an answer holds.
type answer struct {
	hasData, dataNull bool
	// errors is the extent of the errors list, at 0 when there is none.
	errors, errorsEnd int
	bad               string // why it is malformed
}

// read parses a flight's answer into records. data may come after errors. It says
// what is wrong with an answer that cannot be used; of such a one nothing is
// kept.
func (r *run) read(fl *flight) answer {
	arena, notes := len(r.arena), len(r.notes)
	buf := r.buf[:fl.end+1]
	r.high = 0
	r.stack = r.stack[:0]
	r.subgraph = fl.fetch.subgraph
	a := r.envelope(fl, buf, fl.at)
	if a.bad == "" && r.high&highs != 0 && !utf8.Valid(buf[fl.at:fl.end]) {
		a.bad = "the subgraph's answer is not valid UTF-8"
	}
	if r.overflow {
		a.bad = "the subgraphs' answers hold too many values"
		r.overflow = false
	}
	if a.bad != "" {
		r.forget(notes)
		r.undo(fl, arena)
	}
	return a
}

const notJSON = "the subgraph's answer is not valid JSON"

// envelope parses {"data":…,"errors":…} and what may follow it: nothing.
func (r *run) envelope(fl *flight, buf []byte, at int) (a answer) {
	pos := space(buf, at)
	if buf[pos] != '{' {
		return answer{bad: notJSON}
	}
	if pos = space(buf, pos+1); buf[pos] == '}' {
		pos++
	} else {
		pos = r.envelopeMembers(&a, fl, buf, pos)
	}
	if pos < 0 || space(buf, pos) != len(buf)-1 {
		return answer{bad: notJSON}
	}
	a.check(buf)
	return a
}

// envelopeMembers parses the members of the top level up to its end.
func (r *run) envelopeMembers(a *answer, fl *flight, buf []byte, pos int) int {
	for {
		start := pos
		if pos = name(buf, pos, &r.high); pos < 0 {
			return malformed
		}
		switch member := plainName(buf[start:pos]); {
		case !a.hasData && prefixed(member, `"data"`):
			a.hasData = true
			a.dataNull = buf[pos] == 'n'
			pos = r.data(fl, buf, pos)
		case a.errors == 0 && prefixed(member, `"errors"`):
			if a.errors = pos; buf[pos] == 'n' {
				a.errors = 0
			}
			pos = skip(buf, pos, &r.high)
			a.errorsEnd = pos
		default:
			pos = skip(buf, pos, &r.high)
		}
		if pos < 0 {
			return malformed
		}
		pos = space(buf, pos)
		if buf[pos] == '}' {
			return pos + 1
		}
		if buf[pos] != ',' {
			return malformed
		}
		pos = space(buf, pos+1)
	}
}

// check applies the rules of GraphQL to an answer that is JSON.
func (a *answer) check(buf []byte) {
	switch {
	case !a.hasData && a.errors == 0:
		a.bad = "the subgraph's answer has neither data nor errors"
	case a.errors == 0:
		if a.dataNull {
			a.bad = "the subgraph answered null without an error"
		}
	case buf[a.errors] != '[':
		a.bad = "the subgraph's errors are not a list"
	case buf[space(buf, a.errors+1)] == ']':
		a.bad = "the subgraph's list of errors is empty"
	}
}

// data parses the value of data.
func (r *run) data(fl *flight, buf []byte, pos int) int {
	f := fl.fetch
	switch buf[pos] {
	case 'n':
		return word(buf, pos, "null")
	case '{':
	default:
		return malformed
	}
	if f.root != nil {
		fl.root = r.rootRecord(f.root)
		if len(f.sets) == 1 {
			return r.fill(f.root.shape, fl.root, buf, pos)
		}
	}
	if pos = space(buf, pos+1); buf[pos] == '}' {
		return pos + 1
	}
	for {
		if pos = r.dataMember(fl, buf, pos); pos < 0 {
			return malformed
		}
		pos = space(buf, pos)
		switch buf[pos] {
		case ',':
			pos = space(buf, pos+1)
		case '}':
			return pos + 1
		default:
			return malformed
		}
	}
}

// dataMember parses one member of data: an entity list, or a root field.
func (r *run) dataMember(fl *flight, buf []byte, pos int) int {
	f := fl.fetch
	start := pos
	if pos = name(buf, pos, &r.high); pos < 0 {
		return malformed
	}
	member := plainName(buf[start:pos])
	for i := range f.sets {
		s := &f.sets[i]
		if s.root || fl.parts[i].got || !prefixed(member, s.quoted) {
			continue
		}
		return r.entities(s, &fl.parts[i], buf, pos)
	}
	if f.root != nil {
		for i := range f.root.shape.keys {
			k := &f.root.shape.keys[i]
			if prefixed(member, k.text[:len(k.text)-1]) {
				return r.member(k, fl.root, buf, pos)
			}
		}
	}
	return skip(buf, pos, &r.high)
}

// entities parses the entities of a set. Of a list that is not as long as asked
// for only the length is kept: nothing may be fetched for its records.
func (r *run) entities(s *set, p *part, buf []byte, pos int) int {
	p.got = true
	if buf[pos] != '[' {
		return skip(buf, pos, &r.high) // the set fails for want of a list
	}
	if s.apart {
		p.answer, pos = r.extents(buf, pos)
		return pos
	}
	arena, notes := len(r.arena), len(r.notes)
	p.answer, pos = r.list(&s.entities, 1, buf, pos)
	if pos >= 0 && p.answer.off != 0 && int(p.answer.n) != p.count {
		r.forget(notes)
		r.drop(arena)
		p.answer.off = nowhere
	}
	return pos
}

// extents parses a list into the extents of its items, which are read once per
// holder later.
func (r *run) extents(buf []byte, pos int) (slot, int) {
	mark := len(r.stack)
	pos = space(buf, pos+1)
	for n := 0; buf[pos] != ']'; n++ {
		if n > 0 {
			if buf[pos] != ',' {
				return slot{}, malformed
			}
			pos = space(buf, pos+1)
		}
		start := pos
		if pos = skip(buf, pos, &r.high); pos < 0 {
			return slot{}, malformed
		}
		r.stack = append(r.stack, slot{uint32(start), uint32(pos - start)})
		pos = space(buf, pos)
	}
	n := len(r.stack) - mark
	if r.full(n) {
		return slot{}, malformed
	}
	v := slot{nowhere, uint32(n)}
	if n > 0 {
		v.off = r.alloc(v.n)
		copy(r.arena[v.off:], r.stack[mark:])
	}
	r.stack = r.stack[:mark]
	return v, pos + 1
}

// rootRecord is the record a root answer is read into: the run's own for the
// first root, else a new one.
func (r *run) rootRecord(s *set) uint32 {
	if s.first {
		return r.root
	}
	rec := r.alloc(s.shape.size)
	if s.shape.target >= 0 {
		r.targets[s.shape.target] = append(r.targets[s.shape.target], rec)
	}
	return rec
}

// undo takes back the records of an answer that turned out malformed.
func (r *run) undo(fl *flight, arena int) {
	if f := fl.fetch; f.root != nil && f.root.first {
		clear(r.arena[r.root : r.root+f.root.shape.links])
	}
	r.drop(arena)
	fl.root = 0
	for i := range fl.parts {
		fl.parts[i].got = false
	}
}

// drop takes back the records from arena on: nobody asks anything for them.
func (r *run) drop(arena int) {
	for i := range r.targets {
		t := r.targets[i]
		for len(t) > 0 && int(t[len(t)-1]) >= arena {
			t = t[:len(t)-1]
		}
		r.targets[i] = t
	}
	r.arena = r.arena[:arena]
}

// malformedFault is the error of an answer that cannot be used.
func malformedFault(message, subgraph string) *fault.Error {
	return &fault.Error{Code: fault.SubrequestMalformed, Message: message, Subgraph: subgraph}
}
