package grpcapi

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"math"
	"slices"
	"strconv"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// emit writes the message b whose slots begin at base.
func (w *walker) emit(dst []byte, p *plan, b []byte, base, depth int) ([]byte, error) {
	switch p.special {
	case ordinary:
	case empty:
		return append(dst, "true"...), nil
	default:
		return w.special(dst, p, b, base, depth)
	}
	dst = append(dst, '{')
	var err error
	for i := range p.fields {
		f := &p.fields[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, f.key...)
		if dst, err = w.field(dst, f, b, w.slots[base+i], depth); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// field writes the value of one field.
func (w *walker) field(dst []byte, f *planField, b []byte, s slot, depth int) ([]byte, error) {
	switch {
	case s.count == 0:
		return append(dst, f.unset...), nil
	case f.pairs != nil:
		return w.mapEntries(dst, f, b, s, depth)
	case f.list:
		return w.list(dst, f, b, s, depth)
	case f.message != nil:
		return w.singular(dst, f, b, s, depth)
	}
	dst, _ = w.scalar(dst, f, b[s.start:s.end])
	return dst, nil
}

// singular writes a message that is set.
func (w *walker) singular(dst []byte, f *planField, b []byte, s slot, depth int) ([]byte, error) {
	merged := len(w.merged)
	inner, err := w.payload(b, f, s)
	if err == nil {
		dst, err = w.message(dst, f.message, inner, depth+1)
	}
	w.merged = w.merged[:merged]
	return dst, err
}

func (w *walker) list(dst []byte, f *planField, b []byte, s slot, depth int) ([]byte, error) {
	dst = append(dst, '[')
	empty := len(dst)
	err := w.each(b, f, s, func(o occurrence) (err error) {
		if f.message != nil {
			if len(dst) > empty {
				dst = append(dst, ',')
			}
			dst, err = w.message(dst, f.message, b[o.start:o.end], depth+1)
			return err
		}
		// One value, or any number of packed ones.
		packed := o.wire != f.wire
		for rest, n := b[o.start:o.end], 0; len(rest) > 0 || !packed; rest = rest[n:] {
			if len(dst) > empty {
				dst = append(dst, ',')
			}
			if dst, n = w.scalar(dst, f, rest); n < 0 {
				return errMalformed
			}
			if w.full(dst) {
				return errTooLarge
			}
			if !packed {
				break
			}
		}
		return nil
	})
	return append(dst, ']'), err
}

// scalar writes the value at the start of b and returns its length, -1 if there
// is none. Text and bytes are all of b.
func (w *walker) scalar(dst []byte, f *planField, b []byte) ([]byte, int) {
	switch f.wire {
	case protowire.BytesType:
		if f.kind == protoreflect.BytesKind {
			return appendBase64(dst, b), len(b)
		}
		return w.text(dst, b), len(b)
	case protowire.Fixed32Type:
		if len(b) < 4 {
			return dst, -1
		}
		return w.fixed32(dst, f.kind, binary.LittleEndian.Uint32(b)), 4
	case protowire.Fixed64Type:
		if len(b) < 8 {
			return dst, -1
		}
		return w.fixed64(dst, f.kind, binary.LittleEndian.Uint64(b)), 8
	default:
		v, n := uvarint(b, 0)
		if n < 0 {
			return dst, -1
		}
		return w.varint(dst, f, v), n
	}
}

func (w *walker) varint(dst []byte, f *planField, v uint64) []byte {
	switch f.kind {
	case protoreflect.BoolKind:
		return strconv.AppendBool(dst, v != 0)
	case protoreflect.EnumKind:
		if name := f.enum.name(int32(v)); name != nil {
			return append(dst, name...)
		}
		w.replaced.unknownEnum++
		return append(dst, "null"...)
	case protoreflect.Int32Kind:
		return strconv.AppendInt(dst, int64(int32(v)), 10)
	case protoreflect.Sint32Kind:
		return strconv.AppendInt(dst, int64(int32(protowire.DecodeZigZag(v&math.MaxUint32))), 10)
	case protoreflect.Sint64Kind:
		return strconv.AppendInt(dst, protowire.DecodeZigZag(v), 10)
	case protoreflect.Int64Kind:
		return strconv.AppendInt(dst, int64(v), 10)
	case protoreflect.Uint32Kind:
		return strconv.AppendUint(dst, uint64(uint32(v)), 10)
	default: // uint64
		return strconv.AppendUint(dst, v, 10)
	}
}

func (w *walker) fixed32(dst []byte, kind protoreflect.Kind, v uint32) []byte {
	switch kind {
	case protoreflect.FloatKind:
		return w.float(dst, float64(math.Float32frombits(v)), 32)
	case protoreflect.Sfixed32Kind:
		return strconv.AppendInt(dst, int64(int32(v)), 10)
	default:
		return strconv.AppendUint(dst, uint64(v), 10)
	}
}

func (w *walker) fixed64(dst []byte, kind protoreflect.Kind, v uint64) []byte {
	switch kind {
	case protoreflect.DoubleKind:
		return w.float(dst, math.Float64frombits(v), 64)
	case protoreflect.Sfixed64Kind:
		return strconv.AppendInt(dst, int64(v), 10)
	default:
		return strconv.AppendUint(dst, v, 10)
	}
}

func (w *walker) float(dst []byte, v float64, bits int) []byte {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		w.replaced.notFinite++
		return append(dst, "null"...)
	}
	format := byte('f')
	if abs := math.Abs(v); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e' // as JavaScript writes numbers, whom most clients are
	}
	return strconv.AppendFloat(dst, v, format, -1, bits)
}

func (w *walker) text(dst, b []byte) []byte {
	dst, ok := appendText(dst, b)
	if !ok {
		w.replaced.invalidUTF8++
	}
	return dst
}

func appendBase64(dst, b []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, b)
	return append(dst, '"')
}

// pair is one entry of a map: where it and its key are in the message. There may
// be as many of them as half the message has bytes, so they are small; the entry
// is scanned once more when it is written. Keys are compared as text or as number.
type pair struct {
	start, end       uint32 // a message of gRPC is shorter than 4 GiB
	keyStart, keyEnd uint32
	num              uint64 // signed keys with the sign flipped, so that all order as unsigned
}

// pairSize is the memory of a pair.
const pairSize = int(unsafe.Sizeof(pair{}))

// mapEntries writes a map as a list of {"key", "value"} in the order of keys.
func (w *walker) mapEntries(dst []byte, f *planField, b []byte, s slot, depth int) ([]byte, error) {
	dst, err := w.entries(append(dst, '['), f, b, s, depth, func(dst, entry []byte, base int) ([]byte, error) {
		var err error
		dst = append(dst, '{')
		if f.pairs.wantKey {
			dst = append(dst, `"key":`...)
			dst, err = w.half(dst, f.pairs.keyField, entry, w.slots[base], depth)
		}
		if f.pairs.wantKey && f.pairs.wantValue {
			dst = append(dst, ',')
		}
		if f.pairs.wantValue && err == nil {
			dst = append(dst, `"value":`...)
			dst, err = w.half(dst, f.pairs.valueField, entry, w.slots[base+1], depth)
		}
		return append(dst, '}'), err
	})
	return append(dst, ']'), err
}

// entries writes the entries of a map, in the order of their keys and the last of
// each, with commas in between. The slots of an entry begin at base.
func (w *walker) entries(dst []byte, f *planField, b []byte, s slot, depth int, write func(dst, entry []byte, base int) ([]byte, error)) ([]byte, error) {
	if depth+1 == maxDepth {
		return dst, errTooDeep
	}
	first := len(w.pairs)
	if err := w.collect(f, b, s); err != nil {
		return dst, err
	}
	for i := first; i < len(w.pairs); i++ {
		if i > first {
			dst = append(dst, ',')
		}
		base, entry := len(w.slots), b[w.pairs[i].start:w.pairs[i].end]
		err := w.scan(f.pairs.entry, entry)
		if err == nil {
			dst, err = write(dst, entry, base)
		}
		if err == nil && w.full(dst) {
			err = errTooLarge
		}
		if err != nil {
			return dst, err
		}
		w.slots = w.slots[:base]
	}
	w.pairs = w.pairs[:first]
	return dst, nil
}

// half writes an entry's key or value. A value that is not there is the zero
// value of its type: of a message the empty one.
func (w *walker) half(dst []byte, f *planField, entry []byte, s slot, depth int) ([]byte, error) {
	if s.count == 0 && f.message != nil {
		return w.message(dst, f.message, nil, depth+1)
	}
	return w.field(dst, f, entry, s, depth)
}

// collect pushes the entries of a map on the stack, in the order of their keys,
// the last one of each.
func (w *walker) collect(f *planField, b []byte, s slot) error {
	first := len(w.pairs)
	err := w.each(b, f, s, func(o occurrence) error {
		base := len(w.slots)
		if err := w.scan(f.pairs.entry, b[o.start:o.end]); err != nil {
			return err
		}
		p, key := pair{start: uint32(o.start), end: uint32(o.end)}, w.slots[base]
		if p.keyStart, p.keyEnd = p.start, p.start; key.count > 0 {
			p.keyStart, p.keyEnd = uint32(o.start+key.start), uint32(o.start+key.end)
		}
		w.slots = w.slots[:base]
		p.setKey(f.pairs.keyField, b)
		if w.pairs = append(w.pairs, p); w.full(nil) {
			return errTooLarge
		}
		return nil
	})
	if err != nil {
		return err
	}
	compare := func(p, q pair) int {
		if p.num != q.num || f.pairs.keyField.wire != protowire.BytesType {
			return cmp.Compare(p.num, q.num)
		}
		return bytes.Compare(b[p.keyStart:p.keyEnd], b[q.keyStart:q.keyEnd])
	}
	pairs := w.pairs[first:]
	slices.SortStableFunc(pairs, compare)
	kept := 0
	for i := range pairs {
		if i+1 == len(pairs) || compare(pairs[i], pairs[i+1]) != 0 {
			pairs[kept] = pairs[i]
			kept++
		}
	}
	w.pairs = w.pairs[:first+kept]
	return nil
}

// setKey makes a key that is a number comparable; one that is not there is 0.
func (p *pair) setKey(f *planField, b []byte) {
	const sign = 1 << 63
	var v uint64
	switch b = b[p.keyStart:p.keyEnd]; {
	case f.wire == protowire.BytesType:
		return
	case len(b) == 0:
	case f.wire == protowire.Fixed32Type:
		v = uint64(binary.LittleEndian.Uint32(b))
	case f.wire == protowire.Fixed64Type:
		v = binary.LittleEndian.Uint64(b)
	default:
		v, _ = uvarint(b, 0)
	}
	switch f.kind {
	case protoreflect.Int32Kind, protoreflect.Sfixed32Kind:
		v = uint64(int64(int32(v))) ^ sign
	case protoreflect.Sint32Kind:
		v = uint64(int64(int32(protowire.DecodeZigZag(v&math.MaxUint32)))) ^ sign
	case protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		v ^= sign
	case protoreflect.Sint64Kind:
		v = uint64(protowire.DecodeZigZag(v)) ^ sign
	case protoreflect.Uint32Kind:
		v = uint64(uint32(v))
	case protoreflect.BoolKind:
		v = min(v, 1)
	default:
	}
	p.num = v
}
