package executor

import (
	"hash/maphash"
	"math/bits"

	"github.com/weftql/weft/fault"
)

// target says which records get a set's answers, and how they are represented.
type target struct {
	shape *shape
	link  uint32   // slot
	on    []string // quoted runtime types, nil for all
	typ   ref
	open  string // `{"__typename":"T"`, or `{` where rep says the type itself
	rep   []repField
	// place is where a failure of the request is reported.
	place []fault.Step
}

// ref finds a value from a record.
type ref struct {
	up    []uint32 // slots that hold the enclosing record, one per step
	links []uint32
	key   uint32
	self  bool // the record itself instead of a key
	shape *shape
}

// repField is one member of a representation.
type repField struct {
	text   string // `"name":`
	konst  string
	from   ref
	lists  uint8
	nested bool // from is an object, written by sub
	sub    []repField
	on     []string // quoted
	typ    ref      // where the objects of from have their type
	must   bool
}

// follow finds the slot a ref means. A missing record on the way gives its
// reason.
func (r *run) follow(rec uint32, f *ref) slot {
	v := slot{rec, 1}
	for _, at := range f.up {
		if v = r.arena[v.off+at]; v.off == 0 {
			return v
		}
	}
	for _, at := range f.links {
		if v = r.arena[v.off+at]; v.off == 0 {
			return slot{0, min(v.n, explained)}
		}
	}
	if f.self {
		return v
	}
	return r.arena[v.off+f.key]
}

// member is a record that waits for an answer: at is its link slot, ref counts
// the set's representations.
type member struct{ at, ref uint32 }

// applies reports whether a record is of one of the target's types.
func (r *run) applies(t *target, rec uint32) bool {
	if t.on == nil {
		return true
	}
	return r.typed(r.follow(rec, &t.typ), t.on)
}

// typed reports whether the value at v is one of the quoted type names.
func (r *run) typed(v slot, on []string) bool {
	return v.off != 0 && oneOf(on, r.buf[v.off:v.off+v.n])
}

// represent adds a record to a set: as a new representation, or as a further
// holder of a known one. A record whose key is null is left out.
func (r *run) represent(p *part, t *target, rec uint32) {
	start := len(r.reps)
	if start > p.reps {
		r.reps = append(r.reps, ',')
	}
	body := len(r.reps)
	r.reps = append(r.reps, t.open...)
	var kind slot
	if t.typ.shape != nil {
		kind = r.follow(rec, &t.typ)
	}
	if why := r.repFields(t.rep, rec, kind, len(t.open) > 1); why != written {
		r.reps = r.reps[:start]
		if why == failed {
			r.arena[rec+t.link] = slot{0, explained}
		}
		return
	}
	r.reps = append(r.reps, '}')
	n := r.distinct(p, body)
	if n == p.count {
		p.count++
		r.ends = append(r.ends, uint32(len(r.reps)-p.reps))
	} else {
		r.reps = r.reps[:start]
	}
	r.members = append(r.members, member{rec + t.link, uint32(n)})
}

// representFlat is represent for sets whose representations are all of the same
// few leafs: those are compared where they stand, and written only when new.
func (r *run) representFlat(p *part, t *target, rec uint32) {
	base := len(r.leafs)
	var hash uint64
	for i := range t.rep {
		f := &t.rep[i]
		var v slot
		if f.from.links == nil && f.from.up == nil {
			v = r.arena[rec+f.from.key]
		} else {
			v = r.follow(rec, &f.from)
		}
		if f.must {
			if v.off == 0 {
				if r.excused(v.n) {
					r.arena[rec+t.link] = slot{0, explained}
				}
				r.leafs = r.leafs[:base]
				return
			}
			hash = bits.RotateLeft64(hash, 23) ^ maphash.Bytes(r.seed, r.buf[v.off:v.off+v.n])
		}
		r.leafs = append(r.leafs, v)
	}
	n := r.distinctFlat(p, base, hash)
	if n < p.count {
		r.leafs = r.leafs[:base]
	} else {
		p.count++
		r.writeFlat(p, t, base)
	}
	r.members = append(r.members, member{rec + t.link, uint32(n)})
}

// excused reports whether an error explains that a key is null. That error then
// explains whatever is missing for want of the key as well, so it is told even
// if the place of the key is not: in an answer that is null there.
func (r *run) excused(why uint32) bool {
	if why >= noteBase {
		if n := &r.notes[why-noteBase]; !n.external {
			n.external = true
			r.open++
		}
	}
	return why >= explained
}

// distinctFlat is distinct for the leafs from base on.
func (r *run) distinctFlat(p *part, base int, hash uint64) int {
	mine := r.leafs[base:]
	mask := uint64(len(r.table) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		n := int(r.table[i])
		if n == 0 {
			r.table[i] = uint32(p.count + 1)
			return p.count
		}
		from := p.leafs + (n-1)*len(mine)
		if r.sameLeafs(r.leafs[from:from+len(mine)], mine) {
			return n - 1
		}
	}
}

func (r *run) sameLeafs(a, b []slot) bool {
	for i := range a {
		if a[i].n != b[i].n && (a[i].off != 0 || b[i].off != 0) {
			return false
		}
		if a[i].off == b[i].off {
			continue
		}
		if a[i].off == 0 || b[i].off == 0 || string(r.buf[a[i].off:a[i].off+a[i].n]) != string(r.buf[b[i].off:b[i].off+b[i].n]) {
			return false
		}
	}
	return true
}

// writeFlat appends the representation of the leafs from base on.
func (r *run) writeFlat(p *part, t *target, base int) {
	if len(r.reps) > p.reps {
		r.reps = append(r.reps, ',')
	}
	r.reps = append(r.reps, t.open...)
	for i := range t.rep {
		r.reps = append(r.reps, ',')
		r.reps = append(r.reps, t.rep[i].text...)
		r.reps = r.appendLeaf(r.reps, r.leafs[base+i])
	}
	r.reps = append(r.reps, '}')
	r.ends = append(r.ends, uint32(len(r.reps)-p.reps))
}

// repFields writes the members of a representation of rec. isNull means that a
// key leaf has no value, failed that an error explains why.
func (r *run) repFields(fields []repField, rec uint32, kind slot, comma bool) outcome {
	for i := range fields {
		f := &fields[i]
		if f.on != nil && !r.typed(kind, f.on) {
			continue
		}
		if comma {
			r.reps = append(r.reps, ',')
		}
		comma = true
		r.reps = append(r.reps, f.text...)
		if f.konst != "" {
			r.reps = append(r.reps, f.konst...)
			continue
		}
		if done := r.repValue(f, r.follow(rec, &f.from), f.lists); done != written {
			return done
		}
	}
	return written
}

// repValue writes one value of a representation.
func (r *run) repValue(f *repField, v slot, lists uint8) outcome {
	switch {
	case v.off == 0:
		if f.must {
			if r.excused(v.n) {
				return failed
			}
			return isNull
		}
		r.reps = append(r.reps, "null"...)
	case lists == 0 && f.nested:
		var kind slot
		if f.typ.shape != nil {
			kind = r.follow(v.off, &f.typ)
		}
		r.reps = append(r.reps, '{')
		if done := r.repFields(f.sub, v.off, kind, false); done != written {
			return done
		}
		r.reps = append(r.reps, '}')
	case f.nested || f.must && v.n&listBit != 0:
		r.reps = append(r.reps, '[')
		for k := range v.n &^ listBit {
			if k > 0 {
				r.reps = append(r.reps, ',')
			}
			if done := r.repValue(f, r.arena[v.off+k], lists-1); done != written {
				return done
			}
		}
		r.reps = append(r.reps, ']')
	default:
		r.reps = r.appendLeaf(r.reps, v)
	}
	return written
}

// distinct returns the number of the representation written from body on: that
// of an equal one, or the next.
func (r *run) distinct(p *part, body int) int {
	rep := r.reps[body:]
	mask := uint64(len(r.table) - 1)
	for i := maphash.Bytes(r.seed, rep) & mask; ; i = (i + 1) & mask {
		n := int(r.table[i])
		if n == 0 {
			r.table[i] = uint32(p.count + 1)
			return p.count
		}
		if string(r.rep(p, n-1)) == string(rep) {
			return n - 1
		}
	}
}

// rep returns a representation already in the request.
func (r *run) rep(p *part, n int) []byte {
	from := 0
	if n > 0 {
		from = int(r.ends[p.ends+n-1]) + 1
	}
	return r.reps[p.reps+from : p.reps+int(r.ends[p.ends+n])]
}

// clearTable makes room for n records at a load of at most one half.
func (r *run) clearTable(n int) {
	size := 1 << bits.Len(uint(2*n|7))
	if cap(r.table) < size {
		r.table = make([]uint32, size)
		return
	}
	r.table = r.table[:size]
	clear(r.table)
}
