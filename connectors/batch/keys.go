package batch

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"math"
	"math/bits"
	"strconv"
)

// A canonical key is a sequence of parts, each a tag and its value with its
// length: equal keys are equal bytes, and no two different ones are.
const (
	tagNull   = 'n'
	tagText   = 's'
	tagNumber = 'd'
	tagBool   = 'b'
	tagList   = 'l'
	tagObject = 'o'
	tagOther  = 'j'
)

// AppendNull appends a part that has no value.
func AppendNull(key []byte) []byte { return append(key, tagNull) }

// AppendText appends a string, decoded.
func AppendText(key, text []byte) []byte { return appendPart(key, tagText, text) }

// AppendBool appends a boolean.
func AppendBool(key []byte, value bool) []byte {
	if value {
		return append(key, tagBool, 1)
	}
	return append(key, tagBool, 0)
}

// AppendList opens a list of n parts.
func AppendList(key []byte, n int) []byte {
	return binary.AppendUvarint(append(key, tagList), uint64(n))
}

// AppendObject opens an object; its parts follow in an order both sides know.
func AppendObject(key []byte) []byte { return append(key, tagObject) }

// AppendOther appends a value nothing is known of: equal if its text is.
func AppendOther(key, value []byte) []byte { return appendPart(key, tagOther, value) }

// AppendNumber appends a JSON number by value: 1, 1.0 and 1e0 are the same.
// Integers are exact whatever their size; other numbers are floats.
func AppendNumber(key, number []byte) []byte {
	if !bytes.ContainsAny(number, ".eE") {
		if string(number) == "-0" {
			number = number[1:]
		}
		return appendPart(key, tagNumber, number)
	}
	f, err := strconv.ParseFloat(string(number), 64)
	if err != nil {
		return AppendOther(key, number)
	}
	var text [32]byte
	if f == math.Trunc(f) && math.Abs(f) < 1<<63 {
		return appendPart(key, tagNumber, strconv.AppendInt(text[:0], int64(f), 10))
	}
	return appendPart(key, tagNumber, strconv.AppendFloat(text[:0], f, 'g', -1, 64))
}

func appendPart(key []byte, tag byte, value []byte) []byte {
	key = binary.AppendUvarint(append(key, tag), uint64(len(value)))
	return append(key, value...)
}

// Keys is a set of canonical keys in the order they were added. Its memory is
// kept by [Keys.Reset], so that a pooled one allocates nothing. The zero value
// is ready for use.
type Keys struct {
	seed  maphash.Seed
	bytes []byte
	ends  []int
	table []uint32 // index + 1 by hash, 0 for none
}

// Reset empties the set and makes room for n keys.
func (k *Keys) Reset(n int) {
	k.bytes, k.ends = k.bytes[:0], k.ends[:0]
	k.resize(n)
}

func (k *Keys) resize(n int) {
	size := 1 << bits.Len(uint(2*n|7)) // at most half full
	if cap(k.table) < size {
		k.table = make([]uint32, size)
		return
	}
	k.table = k.table[:size]
	clear(k.table)
}

// Size returns how much memory the set holds on to.
func (k *Keys) Size() int { return cap(k.bytes) + 8*cap(k.ends) + 4*cap(k.table) }

// Len returns how many keys there are.
func (k *Keys) Len() int { return len(k.ends) }

// At returns the i-th key; it is valid until Reset.
func (k *Keys) At(i int) []byte {
	from := 0
	if i > 0 {
		from = k.ends[i-1]
	}
	return k.bytes[from:k.ends[i]]
}

// Texts appends all keys to dst. They share one text.
func (k *Keys) Texts(dst []string) []string {
	all, from := string(k.bytes), 0
	for _, end := range k.ends {
		dst = append(dst, all[from:end])
		from = end
	}
	return dst
}

// Add returns the index of a key, which is added if it is new.
func (k *Keys) Add(key []byte) (index int, added bool) {
	if 2*(len(k.ends)+1) > len(k.table) {
		k.grow()
	}
	index, at := k.find(key)
	if index >= 0 {
		return index, false
	}
	k.bytes = append(k.bytes, key...)
	k.ends = append(k.ends, len(k.bytes))
	k.table[at] = uint32(len(k.ends))
	return len(k.ends) - 1, true
}

// Find returns the index of a key, -1 if it is not there.
func (k *Keys) Find(key []byte) int {
	if len(k.table) == 0 {
		return -1
	}
	index, _ := k.find(key)
	return index
}

func (k *Keys) find(key []byte) (index int, at uint64) {
	mask := uint64(len(k.table) - 1)
	for at = k.hash(key) & mask; ; at = (at + 1) & mask {
		n := int(k.table[at])
		if n == 0 {
			return -1, at
		}
		if bytes.Equal(k.At(n-1), key) {
			return n - 1, at
		}
	}
}

func (k *Keys) hash(key []byte) uint64 {
	if k.seed == (maphash.Seed{}) {
		k.seed = maphash.MakeSeed()
	}
	return maphash.Bytes(k.seed, key)
}

func (k *Keys) grow() {
	k.resize(2*len(k.ends) + 4)
	mask := uint64(len(k.table) - 1)
	for i := range k.ends {
		at := k.hash(k.At(i)) & mask
		for k.table[at] != 0 {
			at = (at + 1) & mask
		}
		k.table[at] = uint32(i + 1)
	}
}
