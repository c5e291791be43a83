package schema

import "math/bits"

// Bits is a set of small numbers: subgraphs, TypeIDs, FieldIDs. The zero value
// is empty; where a field's comment gives nil a meaning of its own, that holds.
type Bits []uint64

// NewBits returns an empty set with room for numbers below n.
func NewBits(n int) Bits { return make(Bits, (n+63)/64) }

// Has reports whether i is in the set.
func (b Bits) Has(i int) bool {
	w := i >> 6
	return w < len(b) && b[w]&(1<<(i&63)) != 0
}

// Add puts i into the set, growing it as needed.
func (b *Bits) Add(i int) {
	for i>>6 >= len(*b) {
		*b = append(*b, 0)
	}
	(*b)[i>>6] |= 1 << (i & 63)
}

// Remove takes i out of the set.
func (b Bits) Remove(i int) {
	if w := i >> 6; w < len(b) {
		b[w] &^= 1 << (i & 63)
	}
}

// Empty reports whether nothing is in the set.
func (b Bits) Empty() bool {
	for _, w := range b {
		if w != 0 {
			return false
		}
	}
	return true
}

// Count returns how many numbers are in the set.
func (b Bits) Count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

// Clone returns a copy.
func (b Bits) Clone() Bits { return append(Bits(nil), b...) }

// And returns the intersection as a new, non-nil set.
func (b Bits) And(c Bits) Bits {
	out := make(Bits, min(len(b), len(c)))
	for i := range out {
		out[i] = b[i] & c[i]
	}
	return out
}

// Or returns the union as a new set.
func (b Bits) Or(c Bits) Bits {
	if len(b) < len(c) {
		b, c = c, b
	}
	out := b.Clone()
	for i, w := range c {
		out[i] |= w
	}
	return out
}

// Minus returns what is in b and not in c, as a new, non-nil set.
func (b Bits) Minus(c Bits) Bits {
	out := make(Bits, len(b))
	copy(out, b)
	for i := 0; i < len(b) && i < len(c); i++ {
		out[i] &^= c[i]
	}
	return out
}

// Within reports whether every member of b is in c.
func (b Bits) Within(c Bits) bool {
	for i, w := range b {
		if i < len(c) {
			w &^= c[i]
		}
		if w != 0 {
			return false
		}
	}
	return true
}

// Meets reports whether b and c have a member in common.
func (b Bits) Meets(c Bits) bool {
	for i := 0; i < len(b) && i < len(c); i++ {
		if b[i]&c[i] != 0 {
			return true
		}
	}
	return false
}

// Equal reports whether both sets have the same members.
func (b Bits) Equal(c Bits) bool { return b.Within(c) && c.Within(b) }

// All yields the members in ascending order.
func (b Bits) All() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for w, word := range b {
			for word != 0 {
				i := bits.TrailingZeros64(word)
				word &^= 1 << i
				if !yield(w<<6 | i) {
					return
				}
			}
		}
	}
}
