package executor

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/fault"
)

// Errors a subgraph sends name places in its own answer. Here they are moved to
// the places of the client's answer: a path is followed through the records as
// far as it leads; what is left of it is translated name by name by the writer,
// which knows the client's names. The writer reports the error wherever that place is written, so an entity
// that stands in five places reports five. This is the slow path: it may
// allocate.

// remote is an error of a subgraph.
type remote struct {
	err  *fault.Error
	path []fault.Step
	set  int  // the entity set the path leads into, -1 for none
	done bool // its place is found
}

// mark is a place with a value that has an error nevertheless: a slot, or a
// record, which may be linked from several slots.
type mark struct {
	at     uint32
	record bool
}

// remotes reads the errors of an answer, up to the limit. A malformed one is
// kept with what can be read of it. list is JSON, checked before.
func (r *run) remotes(list []byte) []remote {
	var errs []remote
	var like remote
	each(list, func(_, value []byte) bool {
		like = r.remote(value, &like)
		errs = append(errs, like)
		return len(errs) < r.limits.errors
	})
	return errs
}

// each calls do with the members of an object or, without names, the items of a
// list, until it returns false. Names keep their quotes. raw was scanned
// before; any other value has no members.
func each(raw []byte, do func(name, value []byte) bool) {
	if len(raw) < 2 || raw[0] != '{' && raw[0] != '[' {
		return
	}
	var high uint64
	object := raw[0] == '{'
	pos := space(raw, 1)
	for raw[pos] != '}' && raw[pos] != ']' {
		var key []byte
		if object {
			start := pos
			pos = str(raw, pos, &high)
			key = raw[start:pos]
			pos = space(raw, space(raw, pos)+1)
		}
		start := pos
		pos = skip(raw, pos, &high)
		if !do(key, raw[start:pos]) {
			return
		}
		if pos = space(raw, pos); raw[pos] == ',' {
			pos = space(raw, pos+1)
		}
	}
}

// remote reads one error. Errors of an answer are mostly alike: texts the one
// before has too are taken from it.
func (r *run) remote(raw []byte, before *remote) remote {
	e := r.newError()
	e.Code, e.Message, e.Subgraph = fault.DownstreamServiceError, "unknown subgraph error", r.subgraph
	out := remote{err: e, set: -1}
	each(raw, func(name, value []byte) bool {
		switch string(name) {
		case `"message"`:
			var known string
			if before.err != nil {
				known = before.err.Message
			}
			if text := unquoteLike(value, known); text != "" {
				e.Message = text
			}
		case `"path"`:
			out.path = r.remotePath(value, before.path)
		case `"extensions"`:
			e.Code, e.Extensions = extensions(value)
		}
		return true
	})
	return out
}

// unquoteLike is unquote for a string that may be a known one.
func unquoteLike(raw []byte, known string) string {
	if len(raw) == len(known)+2 && raw[0] == '"' && string(raw[1:len(raw)-1]) == known && strings.IndexByte(known, '\\') < 0 {
		return known
	}
	return unquote(raw)
}

// unquote decodes a JSON string; "" for any other value.
func unquote(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' {
		return ""
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var text string
	_ = json.Unmarshal(raw, &text) // raw was scanned as a string
	return text
}

// extensions splits raw extensions into the code and the other members, raw and
// in order.
func extensions(raw []byte) (code fault.Code, kept []byte) {
	code = fault.DownstreamServiceError
	if raw[0] != '{' {
		return code, nil
	}
	each(raw, func(name, value []byte) bool {
		if string(name) == `"code"` {
			if text := unquote(value); text != "" {
				code = fault.Code(text)
			}
			return true
		}
		if kept != nil {
			kept = append(kept, ',')
		}
		kept = append(append(append(kept, name...), ':'), value...)
		return true
	})
	return code, kept
}

// remotePath reads a path. Indices written as strings are numbers; a path that
// is not a list of names and indices, or deeper than any answer, is none.
func (r *run) remotePath(raw []byte, before []fault.Step) []fault.Step {
	start := len(r.pathSteps)
	ok := raw[0] == '['
	each(raw, func(name, value []byte) bool {
		var step fault.Step
		if n := len(r.pathSteps) - start; n < len(before) {
			step.Key = unquoteLike(value, before[n].Key)
		} else {
			step.Key = unquote(value)
		}
		if digits := bytes.Trim(value, `"`); len(digits) > 0 && digits[0] >= '0' && digits[0] <= '9' {
			if n, err := strconv.ParseUint(string(digits), 10, 31); err == nil {
				step = fault.Step{Index: int(n)}
			} else if step.Key == "" {
				step.Index = listBit // an index no list reaches
			}
		} else if step.Key == "" {
			ok = false
		}
		ok = ok && name == nil && len(r.pathSteps)-start < maxDepth
		r.pathSteps = append(r.pathSteps, step)
		return ok
	})
	path := r.pathSteps[start:len(r.pathSteps):len(r.pathSteps)]
	if !ok {
		r.pathSteps = r.pathSteps[:start]
		return nil
	}
	return path
}

// attach finds the place of an error among the records of an answer with data.
// It reports false when the path leads nowhere, or into a set whose entities
// are read once per holder.
func (r *run) attach(fl *flight, e *remote) bool {
	if !e.locate(fl) {
		return false
	}
	f := fl.fetch
	if e.set >= 0 {
		s, p := &f.sets[e.set], &fl.parts[e.set]
		if s.apart || !p.got || p.answer.off == 0 || int(p.answer.n) != p.count || len(e.path) < 2 || e.path[1].Key != "" || e.path[1].Index >= int(p.answer.n) {
			return false
		}
		r.walk(p.answer.off+uint32(e.path[1].Index), &s.entities, 0, e.path[2:], e, s.place)
		return true
	}
	k := f.root.shape.find(e.path[0].Key)
	r.walk(fl.root+k.at, k, k.lists, e.path[1:], e, f.root.member(k))
	return true
}

// member is the client's place of a root answer's key.
func (s *set) member(k *key) []fault.Step {
	if k.client == "" {
		return s.place
	}
	return append(s.place[:len(s.place):len(s.place)], fault.Step{Key: k.client})
}

// locate says which set the path leads into, or that it is a root field's.
func (e *remote) locate(fl *flight) bool {
	if len(e.path) == 0 {
		return false
	}
	f := fl.fetch
	for i := range f.sets {
		if s := &f.sets[i]; !s.root && s.alias == e.path[0].Key && fl.parts[i].sent {
			e.set = i
			return true
		}
	}
	return f.root != nil && f.root.shape.find(e.path[0].Key) != nil
}

// find returns the key of a name, nil for none.
func (s *shape) find(name string) *key {
	for i := range s.keys {
		if s.keys[i].name == name {
			return &s.keys[i]
		}
	}
	return nil
}

// walk follows a path from the value in slot at, which stands below k with the
// given levels of lists left, and puts the error where it ends. The writer looks
// for errors of values at members and at objects: that of an item of a list
// which is neither null nor an object is kept at the member around it.
func (r *run) walk(at uint32, k *key, lists uint8, path []fault.Step, e *remote, place []fault.Step) {
	n := note{err: e.err, external: true, place: place}
	member, indices := at, path
	for {
		v := r.arena[at]
		if v.off == 0 {
			n.below = path
			r.arena[at].n = r.chain(v.n, n)
			return
		}
		object := lists == 0 && k.shape != nil
		if object && len(path) > 0 && path[0].Key != "" {
			if child := k.shape.find(path[0].Key); child != nil && child.client != "" {
				at, k, lists, path = v.off+child.at, child, child.lists, path[1:]
				member, indices = at, path
				continue
			} else if child != nil && r.arena[v.off+child.at].off == 0 {
				r.arena[v.off+child.at].n = explained
			}
		}
		structured := k.shape != nil || v.n&listBit != 0
		if lists > 0 && structured && len(path) > 0 && path[0].Key == "" && path[0].Index < int(v.n&^listBit) {
			at, lists, path = v.off+uint32(path[0].Index), lists-1, path[1:]
			continue
		}
		if object {
			r.mark(mark{v.off, true}, n)
			return
		}
		for len(n.below) < len(indices) && indices[len(n.below)].Key == "" {
			n.below = indices[:len(n.below)+1]
		}
		r.mark(mark{member, false}, n)
		return
	}
}

// mark notes an error of a place that has a value.
func (r *run) mark(m mark, n note) {
	if r.marks == nil {
		r.marks = map[mark]uint32{}
	}
	r.marks[m] = r.chain(r.marks[m], n)
}

// attachApart is attach for a set whose entities were read once per holder.
func (r *run) attachApart(fl *flight, i int, e *remote) bool {
	s, p := &fl.fetch.sets[i], &fl.parts[i]
	if len(e.path) < 2 || e.path[1].Key != "" {
		return false
	}
	found := false
	for _, span := range p.spans {
		for _, m := range r.members[span.from:span.to] {
			if int(m.ref) == e.path[1].Index {
				r.walk(m.at, &s.entities, 0, e.path[2:], e, span.target.place)
				found = true
			}
		}
	}
	return found
}

// lost keeps the errors of an answer with data that name no place in it: they
// belong to the fetch.
func (r *run) lost(fl *flight, errs []remote) {
	for i := range errs {
		if errs[i].done {
			continue
		}
		for j := range fl.parts {
			s, p := &fl.fetch.sets[j], &fl.parts[j]
			if errs[i].set >= 0 && errs[i].set != j {
				continue
			}
			if s.root {
				r.lostRoot(fl, s, errs[i].err)
				continue
			}
			for _, span := range p.spans {
				if span.from < span.to {
					r.note(note{err: errs[i].err, external: true, once: true, place: span.target.place})
				}
			}
		}
	}
}

// lostRoot gives an error without a place to the root fields that are null, or
// to none. The fields share the note: some of them may be guarded away, and what
// another one tells is not to be swept up for them.
func (r *run) lostRoot(fl *flight, s *set, err *fault.Error) {
	n := note{err: err, external: true, place: s.place}
	var shared uint32
	var heads []uint32 // chains it was added to
	for i := range s.shape.keys {
		at := fl.root + s.shape.keys[i].at
		v := r.arena[at]
		switch {
		case v.off != 0 || s.shape.keys[i].client == "":
		case v.n >= noteBase:
			if !slices.Contains(heads, v.n) {
				heads = append(heads, v.n)
				r.chain(v.n, n)
			}
		default:
			if shared == 0 {
				shared = r.note(n)
			}
			r.arena[at].n = shared
		}
	}
	if shared == 0 && heads == nil {
		r.note(n)
	}
}

// nothing takes in an answer without data: its errors stand for all of it.
func (r *run) nothing(fl *flight, errs []remote) {
	for i := range errs {
		errs[i].locate(fl)
	}
	for i := range fl.parts {
		switch {
		case fl.fetch.sets[i].root:
			r.nothingRoot(fl, i, errs)
		case fl.parts[i].sent:
			r.failSet(fl, i, errs)
		}
	}
}

// nothingRoot gives each error to the root field it names; fields no error names
// get those without a name.
func (r *run) nothingRoot(fl *flight, i int, errs []remote) {
	s := &fl.fetch.sets[i]
	if fl.root == 0 {
		fl.root = r.rootRecord(s)
	}
	var rest uint32 = explained
	for j := range errs {
		e := &errs[j]
		if e.set >= 0 {
			continue
		}
		n := note{err: e.err, external: true, place: s.place}
		if len(e.path) == 0 || s.shape.find(e.path[0].Key) == nil {
			rest = r.chain(rest, n)
			continue
		}
		k := s.shape.find(e.path[0].Key)
		n.below, n.place = e.path[1:], s.member(k)
		at := fl.root + k.at
		r.arena[at] = slot{0, r.chain(r.arena[at].n, n)}
	}
	r.hollow(fl, i, rest)
}

// failSet makes all entities of a set null because of errors: those that name
// an entity go to its holders, the others to the set's places. It reports
// whether any error is the set's.
func (r *run) failSet(fl *flight, i int, errs []remote) bool {
	p := &fl.parts[i]
	heads := map[uint32]uint32{} // by representation
	var general []*remote
	for j := range errs {
		e := &errs[j]
		if e.set != i && e.set >= 0 || e.set < 0 && fl.fetch.root != nil {
			continue
		}
		e.done = true
		if len(e.path) > 1 && e.set == i && e.path[1].Key == "" && e.path[1].Index < p.count {
			ref := uint32(e.path[1].Index)
			heads[ref] = r.chain(heads[ref], note{err: e.err, external: true, below: e.path[2:], place: fl.fetch.sets[i].place})
			continue
		}
		general = append(general, e)
	}
	if len(general) == 0 && len(heads) == 0 {
		return false
	}
	for _, span := range p.spans {
		if span.from == span.to {
			continue
		}
		var head uint32 = explained
		for _, e := range general {
			head = r.chain(head, note{err: e.err, external: true, once: true, place: span.target.place})
		}
		for _, m := range r.members[span.from:span.to] {
			if own := heads[m.ref]; own != 0 {
				r.arena[m.at] = slot{0, own}
			} else {
				r.arena[m.at] = slot{0, head}
			}
		}
	}
	return true
}

// describe makes a fault of what a source returned instead of an answer.
func describe(err error, subgraph string) *fault.Error {
	var e fault.Error
	switch known := fault.CodeOf(err) != ""; {
	case known:
		e = *fault.Of(err)[0]
	case isTimeout(err):
		e = fault.Error{Code: fault.GatewayTimeout, Message: "the subgraph did not answer in time", Cause: err}
	default:
		e = fault.Error{Code: fault.DownstreamServiceError, Message: "the subgraph could not be asked", Cause: err}
	}
	if e.Subgraph == "" {
		e.Subgraph = strings.Clone(subgraph)
	}
	e.Path = nil
	return &e
}
