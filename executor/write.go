package executor

import (
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// The writer walks records in client order and appends prepared names and raw
// bytes. It is compiled from plan.Object: one object per client object, which
// reads from a tuple of records.

// object is a client object. Its records are found from the first by links.
type object struct {
	records []recordStep
	shapes  []*shape // by records
	fields  []field
	// static is the quoted runtime type; "" when it is read at typ.
	static string
	typ    loc
	// types are the quoted runtime types the fields tell apart; field.on stands by
	// them. With closed, any other type must not be shown.
	types  []string
	shown  []bool
	closed bool
	typed  bool // the runtime type must be read
}

type recordStep struct {
	of int
	at uint32
}

// loc is a slot of one of the tuple's records; self is the record itself.
type loc struct {
	record int
	at     uint32
	self   bool
}

// field is a member of a client object.
type field struct {
	key         string
	first, next string // `"name":`, and with a comma before
	from        loc
	typename    bool
	plain       bool   // a leaf in a slot: neither typename, nor object, nor self
	conditional bool   // on, guard or unless is set
	on          []bool // by object.types, nil for all
	guard       plan.Guard
	unless      plan.Guard
	lists       uint8
	nullable    uint32
	object      *object // nil for a leaf
	write       *write  // nil for a value as it stands
}

// outcome is what became of a place.
type outcome uint8

const (
	written outcome = iota
	isNull          // nothing written: the caller writes null
	failed          // null where null may not be
)

// writeObject writes the object whose first record is s. It returns false when a
// non-null member is null: the object then has to become null, and what was
// written of it is to be cut off. steps[:d] is its path, its tuple starts at
// base. Plain leafs, most of an answer, are written without a call.
func (r *run) writeObject(o *object, s slot, d, base int) bool {
	t := r.tuple[base : base+len(o.records)]
	reason := r.resolve(o, s, t, d)
	kind := -1
	if o.typed {
		var ok bool
		if kind, ok = r.runtimeType(o, t, d); !ok {
			r.blame(reason)
			return false
		}
	}
	base += len(t)
	out := append(r.out, '{') // kept in a register; r.out is current around every call
	buf, arena, marked := r.buf, r.arena, r.marks != nil
	wrote, ok := false, true
	for i := range o.fields {
		f := &o.fields[i]
		if f.conditional && !f.applies(kind, r.conditions) {
			continue
		}
		mark := len(out)
		if wrote {
			out = append(out, f.next...)
		} else {
			out = append(out, f.first...)
		}
		if f.plain && !marked {
			if v := t[f.from.record]; v.off != 0 {
				if v = arena[v.off+f.from.at]; v.off != 0 && v.n&listBit == 0 {
					out = append(out, buf[v.off:v.off+v.n]...)
					wrote = true
					continue
				}
			}
		}
		r.out = out
		done := r.writeField(o, f, t, d, base)
		out = r.out
		switch done {
		case written:
			wrote = true
		case isNull:
			if r.omitNulls {
				out = out[:mark]
				continue
			}
			wrote = true
			out = append(out, "null"...)
		case failed:
			// Later members are only walked for errors subgraphs sent about them.
			r.blame(reason)
			if r.open == 0 {
				r.muted -= b2i(!ok)
				return false
			}
			r.muted += b2i(ok)
			ok, wrote = false, true
		}
	}
	r.muted -= b2i(!ok)
	r.out = append(out, '}')
	return ok
}

// applies reports whether an object of the type has the member.
func (f *field) applies(kind int, conditions uint64) bool {
	return (f.on == nil || kind >= 0 && f.on[kind]) && (f.guard == nil || f.guard.Holds(conditions)) && (f.unless == nil || !f.unless.Holds(conditions))
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// resolve finds the object's records. It returns the index of the first error it
// told about one that is missing, which explains why required members are
// null, -1 for none.
func (r *run) resolve(o *object, s slot, t []slot, d int) (reason int) {
	reason = -1
	t[0] = s
	for i := 1; i < len(t); i++ {
		step := o.records[i]
		v := t[step.of]
		if v.off != 0 {
			v = r.arena[v.off+step.at]
			switch {
			case v.off != 0:
			case v.n >= noteBase:
				reason = r.tellRecord(v.n, d, spot{object: o, record: i}, reason)
				v.n = explained
			case v.n == stated:
				v.n = absent // the object was not found: its fields are absent
			}
		}
		t[i] = v
	}
	if r.marks != nil {
		for i := range t {
			if t[i].off != 0 {
				reason = r.tellRecord(r.marks[mark{t[i].off, true}], d, spot{object: o, record: i}, reason)
			}
		}
	}
	return reason
}

// tellRecord is tell for a record of an object; it returns reason, or the index
// of what it told when there was none.
func (r *run) tellRecord(why uint32, d int, at spot, reason int) int {
	first := len(r.result.Errors)
	r.tell(why, d, at)
	if reason < 0 && first < len(r.result.Errors) {
		return first
	}
	return reason
}

// blame makes an error the cause of the null that is on its way up, unless that
// has one.
func (r *run) blame(reason int) {
	if r.cause < 0 {
		r.cause = reason
	}
}

// runtimeType finds the object's type among those the fields tell apart, -1 when
// it is none of them. It returns false when the object cannot be shown.
func (r *run) runtimeType(o *object, t []slot, d int) (int, bool) {
	v := t[o.typ.record]
	if v.off != 0 {
		v = r.arena[v.off+o.typ.at]
	}
	if v.off == 0 {
		if v.n >= noteBase {
			r.tellCause(v.n, d, spot{})
		} else if v.n != explained {
			r.violation("the subgraph did not say the object's type", d)
		}
		return 0, false
	}
	name := r.buf[v.off : v.off+v.n]
	for i, known := range o.types {
		if known == string(name) {
			if o.closed && !o.shown[i] {
				break
			}
			return i, true
		}
	}
	if o.closed {
		r.violation("the subgraph answered an object of a type that cannot be shown here", d)
		return 0, false
	}
	return -1, true
}

// writeField writes a member's value.
func (r *run) writeField(o *object, f *field, t []slot, d, base int) outcome {
	if f.write != nil {
		return r.rewrite(o, f, t, d, base)
	}
	if f.typename {
		return r.writeTypename(o, t)
	}
	v := t[f.from.record]
	if v.off != 0 && !f.from.self {
		if r.marks != nil {
			r.steps[d] = fault.Step{Key: f.key}
			r.tell(r.marks[mark{v.off + f.from.at, false}], d+1, spot{field: f})
		}
		v = r.arena[v.off+f.from.at]
	}
	if v.off == 0 {
		r.steps[d] = fault.Step{Key: f.key}
		return r.null(v.n, f, 0, d+1)
	}
	if f.object == nil && v.n&listBit == 0 {
		r.out = append(r.out, r.buf[v.off:v.off+v.n]...)
		return written
	}
	r.steps[d] = fault.Step{Key: f.key}
	return r.place(f, 0, v, d+1, base)
}

// writeTypename writes the object's runtime type.
func (r *run) writeTypename(o *object, t []slot) outcome {
	if o.static != "" {
		r.out = append(r.out, o.static...)
		return written
	}
	v := t[o.typ.record]
	v = r.arena[v.off+o.typ.at]
	r.out = append(r.out, r.buf[v.off:v.off+v.n]...)
	return written
}

// place writes an object or a list, which becomes null where a non-null value
// below it is missing and it may be null itself. level counts the lists
// around v.
func (r *run) place(f *field, level uint8, v slot, d, base int) outcome {
	if r.stopped {
		return failed
	}
	r.ordinal++
	id := r.ordinal
	if r.replayed(id) {
		return isNull
	}
	mark, errors := len(r.out), len(r.result.Errors)
	var ok bool
	switch {
	case level < f.lists:
		ok = r.writeList(f, level, v, d, base)
	case f.write != nil && f.write.flat:
		done := r.inPlace(f.object, v, d, base)
		if ok = done == written; done == isNull && f.nullable&(1<<level) != 0 {
			r.back(mark)
			return isNull
		}
	default:
		ok = r.writeObject(f.object, v, d, base)
	}
	if ok {
		return written
	}
	if f.nullable&(1<<level) == 0 {
		return failed
	}
	r.cut(mark, errors, id)
	return isNull
}

// writeList writes a list that was read item by item: of objects, of further
// lists, or of leafs with a null among them. level counts the lists around it.
func (r *run) writeList(f *field, level uint8, v slot, d, base int) bool {
	r.out = append(r.out, '[')
	ok := true
	n := v.n &^ listBit
	if f.write != nil && level == 0 && f.write.cap > 0 {
		n = min(n, uint32(f.write.cap))
	}
	for k := range n {
		if k > 0 {
			r.out = append(r.out, ',')
		}
		r.steps[d] = fault.Step{Index: int(k)}
		item := r.arena[v.off+k]
		var done outcome
		switch {
		case item.off == 0:
			done = r.null(item.n, f, level+1, d+1)
		case f.object == nil && item.n&listBit == 0:
			r.writeLeaf(f, r.buf[item.off:item.off+item.n])
		default:
			done = r.place(f, level+1, item, d+1, base)
		}
		if done == isNull {
			r.out = append(r.out, "null"...)
		}
		if done == failed {
			if r.open == 0 {
				r.muted -= b2i(!ok)
				return false
			}
			r.muted += b2i(ok)
			ok = false
		}
		if len(r.out) >= r.chunk {
			r.spill()
		}
	}
	r.muted -= b2i(!ok)
	r.out = append(r.out, ']')
	return ok
}
