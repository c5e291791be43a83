package executor

// A slot is eight bytes that say where a value is. Offsets instead of pointers:
// the garbage collector scans neither arena, and growing one by copying keeps
// every slot valid.
//
//	leaf          off, n    bytes buf[off:off+n]
//	object        off, 1    the record starting at arena[off]
//	list          off, n    the n slots arena[off:off+n]; off is never 0
//	list of leafs off, n|listBit   where an item is null; else raw bytes as a leaf
//	null          0, why
type slot struct{ off, n uint32 }

// Why a slot is null. From noteBase on it is the index of a note, which holds
// the error that belongs to the place.
const (
	absent    = 0 // never answered, or an entity nobody asked for
	stated    = 1 // the subgraph said null
	explained = 2 // an error was or will be reported elsewhere
	noteBase  = 3
)

// listBit marks a list of leafs that is kept item by item.
const listBit = 1 << 31

// maxBytes and maxSlots keep offsets and counts inside a slot. Numbers that become
// strings add up to three times the bytes of the answers.
const (
	maxBytes = listBit/4 - 1
	maxSlots = listBit - 1
)

// nowhere is the offset of an empty list's items; it is never read.
const nowhere = 1

// alloc takes n zeroed slots and returns the first. The caller checks the limit
// with [run.full].
func (r *run) alloc(n uint32) uint32 {
	at := len(r.arena)
	end := at + int(n)
	if end <= cap(r.arena) {
		r.arena = r.arena[:end]
		clear(r.arena[at:])
	} else {
		r.arena = append(r.arena, make([]slot, n)...)
	}
	return uint32(at)
}

// full reports whether another n slots would not fit. A few bytes ("{},") can
// mean a record of many slots, so memory is granted by what was received.
func (r *run) full(n int) bool {
	if len(r.arena)+len(r.stack)+n <= min(freeSlots+len(r.buf)/2, r.limits.slots) {
		return false
	}
	r.overflow = true
	return true
}
