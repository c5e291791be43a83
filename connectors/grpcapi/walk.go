package grpcapi

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// walker turns a message's bytes into JSON in two passes per message: scan notes
// where the fields of the plan are, emit writes them. It is reused, not shared.
type walker struct {
	types *types
	// slots, current and pairs are stacks: every message being walked has its
	// part of them. merged holds messages put together from several occurrences.
	slots   []slot
	current []int32
	pairs   []pair
	merged  []byte
	// room is how much JSON an append may write, and how much memory pairs and
	// merged may take; 0 is any. Two bytes of a message may stand for all fields
	// of a type.
	room     int
	end      int // of dst while append runs
	replaced replaced
}

// full tells whether dst, or a stack, is longer than it may be.
func (w *walker) full(dst []byte) bool {
	return w.room > 0 && (len(dst) > w.end || len(w.merged) > w.room || len(w.pairs) > w.room/pairSize)
}

// slot says where a field is: from the first occurrence that counts to the end
// of the last, and the value of the last.
type slot struct {
	count       int
	first, last int // the first's tag; the end of the last one
	start, end  int // the value of the last
}

// append writes the message b as JSON. After an error dst's tail is undefined.
func (w *walker) append(dst []byte, p *plan, b []byte) ([]byte, error) {
	w.end = len(dst) + w.room
	dst, err := w.message(dst, p, b, 0)
	if err == nil && w.full(dst) {
		err = errTooLarge
	}
	return dst, err
}

// message writes one message; what it pushed on the stacks is gone afterwards.
func (w *walker) message(dst []byte, p *plan, b []byte, depth int) ([]byte, error) {
	if depth == maxDepth {
		return dst, errTooDeep
	}
	if w.full(dst) {
		return dst, errTooLarge
	}
	base := len(w.slots)
	if err := w.scan(p, b); err != nil {
		return dst, err
	}
	dst, err := w.emit(dst, p, b, base, depth)
	w.slots = w.slots[:base]
	return dst, err
}

// scan pushes one slot for each field of p and fills them from b.
func (w *walker) scan(p *plan, b []byte) error {
	base, current := len(w.slots), len(w.current)
	for range p.fields {
		w.slots = append(w.slots, slot{})
	}
	for range p.oneofs {
		w.current = append(w.current, 0)
	}
	slots := w.slots[base:]
	for i := 0; i < len(b); {
		o, after, err := next(b, i)
		if err != nil {
			return err
		}
		entry, id := p.find(o.num)
		if entry == nil || !standsAs(o.wire, entry.wire, entry.packable) {
			i = after // not asked for, or what the schema calls unknown
			continue
		}
		if entry.oneof >= 0 {
			// The last member wins, and a member that comes back starts anew.
			member := &w.current[current+int(entry.oneof)]
			if *member != id && *member != 0 {
				if other := p.entries[*member-1].slot; other >= 0 {
					slots[other] = slot{}
				}
			}
			*member = id
		}
		if entry.slot >= 0 {
			s := &slots[entry.slot]
			if s.count == 0 {
				s.first = i
			}
			s.count++
			s.start, s.end, s.last = o.start, o.end, after
		}
		i = after
	}
	w.current = w.current[:current]
	return nil
}

// standsAs tells whether a field may stand on the wire as it does: as its kind
// says, or packed.
func standsAs(is, want protowire.Type, packable bool) bool {
	return is == want || packable && is == protowire.BytesType
}

// each calls visit for the occurrences of f that slot s covers, in order.
func (w *walker) each(b []byte, f *planField, s slot, visit func(o occurrence) error) error {
	for i, left := s.first, s.count; left > 0; {
		o, after, err := next(b, i)
		if err != nil {
			return err
		}
		i = after
		if o.num != f.num || !standsAs(o.wire, f.wire, f.packable) {
			continue
		}
		left--
		if err := visit(o); err != nil {
			return err
		}
	}
	return nil
}

// payload returns the bytes of a singular message. Several occurrences are
// merged, and merging messages is joining their bytes.
func (w *walker) payload(b []byte, f *planField, s slot) ([]byte, error) {
	if s.count == 1 {
		return b[s.start:s.end], nil
	}
	at := len(w.merged)
	err := w.each(b, f, s, func(o occurrence) error {
		if w.merged = append(w.merged, b[o.start:o.end]...); w.full(nil) {
			return errTooLarge
		}
		return nil
	})
	return w.merged[at:len(w.merged):len(w.merged)], err
}
