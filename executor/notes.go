package executor

import (
	"slices"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// A note is an error that waits for its place in the answer. Errors are known
// while parsing, client paths only while writing: so a null slot holds the
// index of its note, and the writer, which walks the answer in response order,
// reports it with the path it stands at, once for each place the value is
// written to.
type note struct {
	err *fault.Error // without path; nil for a mismatch, which is put into words when reported
	// what the parser expected, for a mismatch.
	want     want
	key      *key
	subgraph string
	// below is the rest of the subgraph's path under the place that holds the note.
	below []fault.Step
	// once marks a failure of a whole fetch: it is reported once for each place
	// of the client's answer that it concerns, without list indices.
	once bool
	// place is where a note is reported that no place showed.
	place []fault.Step
	// external: sent by a subgraph or about a whole request. Such notes are always
	// reported; the executor's own findings are not when the object
	// around them became null for another reason.
	external bool
	reported bool
	fetch    int // whose answer it is about
	// next is another note of the same place, as in a slot; last, in the first, is
	// the end of the chain. 0 is none.
	next, last uint32
}

// want is what stood in the plan where an answer had something else.
type want uint8

const (
	wantObject want = iota
	wantList
	wantLeaf
)

// mismatch notes that the value at pos is not what the plan expects there, and
// skips it.
func (r *run) mismatch(k *key, w want, buf []byte, pos int) (slot, int) {
	n := r.note(note{want: w, key: k, subgraph: r.subgraph, place: k.place})
	return slot{0, n}, skip(buf, pos, &r.high)
}

// note keeps a note and returns how a slot refers to it. Above the limit nothing
// is kept and the place only counts as explained.
func (r *run) note(n note) uint32 {
	if len(r.notes) >= r.limits.errors {
		return explained
	}
	n.fetch = r.current
	r.notes = append(r.notes, n)
	if n.external {
		r.open++
	}
	return noteBase + uint32(len(r.notes)-1)
}

// chain adds a note to those a null place has already and returns how the slot
// refers to them. The chain belongs to everyone who holds its head.
func (r *run) chain(why uint32, n note) uint32 {
	added := r.note(n)
	if why < noteBase {
		return added
	}
	if added >= noteBase {
		head := &r.notes[why-noteBase]
		last := head
		if head.last != 0 {
			last = &r.notes[head.last-noteBase]
		}
		last.next, head.last = added, added
	}
	return why
}

// forget drops notes from mark on, of an answer that turned out malformed.
func (r *run) forget(mark int) {
	for _, n := range r.notes[mark:] {
		if n.external {
			r.open--
		}
	}
	r.notes = r.notes[:mark]
}

// spot is where in the writer's program a place is: a value of field below level
// lists, or a record of object.
type spot struct {
	field  *field
	level  uint8
	object *object
	record int
}

// tell reports the notes of a place whose path is steps[:d]. A thousand places may
// each hold a thousand notes: those told once a place are not looked at twice
// for a spot, and once the answer has all the errors it may, none is.
func (r *run) tell(why uint32, d int, at spot) {
	if r.replay || why < noteBase {
		return
	}
	if len(r.result.Errors) >= r.limits.errors {
		r.open = 0
		return
	}
	head := said{why, at}
	if r.said[head] {
		return
	}
	once := true
	for why >= noteBase {
		n := &r.notes[why-noteBase]
		why = n.next
		once = once && n.once
		if !n.external && r.muted > 0 {
			continue
		}
		if n.external && !n.reported && r.open > 0 {
			r.open--
		}
		n.reported = true
		if n.once {
			r.tellOnce(n, r.names(d))
			continue
		}
		r.report(r.fault(n, r.path(d, at.translate(n.below))), n.external)
	}
	if once {
		if r.said == nil {
			r.said = map[said]bool{}
		}
		r.said[head] = true
	}
}

// said is a chain of notes and a spot they were told at.
type said struct {
	why uint32
	at  spot
}

// translate puts the rest of a subgraph's path into the client's names, as far as
// the client sees it.
func (s spot) translate(path []fault.Step) []fault.Step {
	if len(path) == 0 {
		return nil
	}
	var out []fault.Step
	o, record, lists := s.object, s.record, uint8(0)
	if s.field != nil {
		if s.field.moved() {
			return nil
		}
		o, record, lists = s.field.object, 0, s.field.lists-s.level
	}
	for _, step := range path {
		switch {
		case step.Key == "" && lists > 0:
			lists--
			out = append(out, step)
		case step.Key != "" && lists == 0 && o != nil:
			f := o.member(record, step.Key)
			if f == nil {
				return out
			}
			out = append(out, fault.Step{Key: f.key})
			if f.moved() {
				return out
			}
			o, record, lists = f.object, 0, f.lists
		default:
			return out
		}
	}
	return out
}

// moved reports whether what is below the field stands elsewhere for the client.
func (f *field) moved() bool {
	return f.write != nil && (f.write.flat || f.write.item > 0 || f.write.where != nil)
}

// member finds the client field that a key of a record is written as.
func (o *object) member(record int, name string) *field {
	for i := range o.fields {
		f := &o.fields[i]
		if !f.typename && !f.from.self && f.from.record == record && o.shapes[record].keys[f.from.at].name == name {
			return f
		}
	}
	return nil
}

// names is steps[:d] without indices, valid until the next call.
func (r *run) names(d int) []fault.Step {
	r.named = r.named[:0]
	for _, step := range r.steps[:d] {
		if step.Key != "" {
			r.named = append(r.named, step)
		}
	}
	return r.named
}

// tellOnce reports a note at a place unless it was reported there, by this note
// or by that of another set of the same request.
func (r *run) tellOnce(n *note, place []fault.Step) {
	for i := range r.once {
		if r.once[i].err == n.err && slices.Equal(r.once[i].place, place) {
			return
		}
	}
	place = slices.Clone(place)
	r.once = append(r.once, told{n.err, place})
	r.report(r.fault(n, place), n.external)
}

// told is an error that was reported at a place of its request.
type told struct {
	err   *fault.Error
	place []fault.Step
}

// sweep reports what no place showed, at the place of the fetch and in the order
// of fetches: errors of subgraphs at values only the plan needs, and such
// values of the wrong kind.
func (r *run) sweep() {
	slices.SortStableFunc(r.notes, func(a, b note) int { return a.fetch - b.fetch })
	for i := range r.notes {
		n := &r.notes[i]
		switch {
		case n.reported || !n.external && n.key.client != "":
		case n.once:
			r.tellOnce(n, n.place)
		default:
			r.report(r.fault(n, n.place), true)
		}
	}
}

// fault puts the note into words.
func (r *run) fault(n *note, path []fault.Step) *fault.Error {
	e := r.newError()
	if n.err != nil {
		*e = *n.err
		e.Path = path
		return e
	}
	var text string
	switch n.want {
	case wantObject:
		text = "the subgraph answered something else than an object"
	case wantList:
		text = "the subgraph answered something else than a list"
	case wantLeaf:
		text = leafMessages[n.key.class]
	}
	e.Code, e.Message, e.Subgraph, e.Path = fault.ResponseValidationFailed, text, n.subgraph, path
	return e
}

var leafMessages = [...]string{
	plan.Any:     "the subgraph answered an invalid value",
	plan.Int:     "the subgraph answered something else than a 32-bit integer",
	plan.Float:   "the subgraph answered something else than a number",
	plan.Boolean: "the subgraph answered something else than true or false",
	plan.String:  "the subgraph answered something else than a string",
	plan.ID:      "the subgraph answered something else than an ID",
	plan.Enum:    "the subgraph answered a value the enum does not have",
}

// report keeps an error up to the limit.
func (r *run) report(e *fault.Error, external bool) {
	if len(r.result.Errors) >= r.limits.errors {
		return
	}
	r.result.Errors = append(r.result.Errors, e)
	r.external = append(r.external, external)
}

// Errors and their paths outlive the run, so they are not pooled; they are taken
// from blocks because a broken subgraph makes many of them, the larger the more
// there are.
const fewErrors, manyErrors, stepsPerError = 4, 64, 4

// newError returns an empty error. Its members are to be set one by one: an
// error is 17 words, of which few are used.
func (r *run) newError() *fault.Error {
	if len(r.errors) == 0 {
		r.room = min(max(2*r.room, fewErrors), manyErrors)
		r.errors = make([]fault.Error, r.room)
	}
	e := &r.errors[0]
	r.errors = r.errors[1:]
	return e
}

// path is steps[:d] followed by below, as a slice of its own.
func (r *run) path(d int, below []fault.Step) []fault.Step {
	n := d + len(below)
	if cap(r.pathSteps)-len(r.pathSteps) < n {
		r.pathSteps = make([]fault.Step, 0, max(stepsPerError*r.room, n))
	}
	start := len(r.pathSteps)
	r.pathSteps = append(r.pathSteps, r.steps[:d]...)
	r.pathSteps = append(r.pathSteps, below...)
	return r.pathSteps[start:len(r.pathSteps):len(r.pathSteps)]
}
