package grpcapi

import (
	"strconv"
	"strings"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
)

// The range of google.protobuf.Timestamp, years 0001 to 9999, and of Duration,
// 10 000 years of 365.25 days.
const (
	minTimestamp, maxTimestamp = -62135596800, 253402300799
	maxDuration                = 315576000000
)

// special writes a message of a well-known type. Its plan is the whole one, so
// that slot i is the field numbered i+1.
func (w *walker) special(dst []byte, p *plan, b []byte, base, depth int) ([]byte, error) {
	switch p.special {
	case timestamp:
		return w.timestamp(dst, w.integer(b, base), w.integer(b, base+1)), nil
	case duration:
		return w.duration(dst, w.integer(b, base), w.integer(b, base+1)), nil
	case structure:
		return w.structure(dst, &p.fields[0], b, w.slots[base], depth)
	case anyJSON:
		for i := range p.fields {
			if s := w.slots[base+i]; s.count > 0 {
				return w.field(dst, &p.fields[i], b, s, depth)
			}
		}
		return append(dst, "null"...), nil
	case anything:
		return w.any(dst, b, w.slots[base], w.slots[base+1], depth)
	case absent: // bind refuses plans with such; an Any may still lead to one
		return append(dst, "null"...), nil
	default: // wrapper, jsonList, fieldMask: as their one field
		return w.field(dst, &p.fields[0], b, w.slots[base], depth)
	}
}

// integer reads an int32 or int64 field.
func (w *walker) integer(b []byte, slot int) int64 {
	s := w.slots[slot]
	if s.count == 0 {
		return 0
	}
	v, _ := uvarint(b, s.start)
	return int64(v)
}

func (w *walker) timestamp(dst []byte, seconds, nanos int64) []byte {
	nanos = int64(int32(nanos))
	if seconds < minTimestamp || seconds > maxTimestamp || nanos < 0 || nanos > 999999999 {
		w.replaced.outOfRange++
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	dst = time.Unix(seconds, 0).UTC().AppendFormat(dst, "2006-01-02T15:04:05")
	dst = appendFraction(dst, nanos, 3)
	return append(dst, 'Z', '"')
}

func (w *walker) duration(dst []byte, seconds, nanos int64) []byte {
	nanos = int64(int32(nanos))
	if seconds < -maxDuration || seconds > maxDuration || nanos < -999999999 || nanos > 999999999 ||
		seconds > 0 && nanos < 0 || seconds < 0 && nanos > 0 {
		w.replaced.outOfRange++
		return append(dst, "null"...)
	}
	dst = append(dst, '"')
	if seconds < 0 || nanos < 0 {
		dst, seconds, nanos = append(dst, '-'), -seconds, -nanos
	}
	dst = strconv.AppendInt(dst, seconds, 10)
	dst = appendFraction(dst, nanos, 1)
	return append(dst, 's', '"')
}

// appendFraction writes the fraction of a second without trailing zeros, but in
// multiples of step digits; none for 0.
func appendFraction(dst []byte, nanos int64, step int) []byte {
	if nanos == 0 {
		return dst
	}
	digits := strconv.AppendInt(nil, 1e9+nanos, 10)[1:]
	end := len(digits)
	for end > 0 && digits[end-1] == '0' {
		end--
	}
	if over := end % step; over > 0 {
		end += step - over
	}
	return append(append(dst, '.'), digits[:end]...)
}

// structure writes google.protobuf.Struct: an object, keys in order.
func (w *walker) structure(dst []byte, f *planField, b []byte, s slot, depth int) ([]byte, error) {
	if s.count == 0 {
		return append(dst, "{}"...), nil
	}
	name := f.pairs.keyField
	dst, err := w.entries(append(dst, '{'), f, b, s, depth, func(dst, entry []byte, base int) ([]byte, error) {
		dst, err := w.half(dst, name, entry, w.slots[base], depth)
		if err != nil {
			return dst, err
		}
		return w.half(append(dst, ':'), f.pairs.valueField, entry, w.slots[base+1], depth)
	})
	return append(dst, '}'), err
}

// any writes google.protobuf.Any: the members of the message it holds behind
// "@type", or, for a message whose JSON is no object, {"@type", "value"}. A type
// the descriptors lack has its bytes as value, in base64. An Any that holds
// nothing is null.
func (w *walker) any(dst, b []byte, url, content slot, depth int) ([]byte, error) {
	name, payload := b[url.start:url.end], b[content.start:content.end]
	if len(name) == 0 && len(payload) == 0 {
		return append(dst, "null"...), nil
	}
	dst = w.text(append(dst, `{"@type":`...), name)
	md := w.messageType(name)
	if md == nil {
		dst = appendBase64(append(dst, `,"value":`...), payload)
		return append(dst, '}'), nil
	}
	p := w.types.whole(md)
	switch p.special {
	case empty:
		return append(dst, '}'), nil
	case ordinary:
		at := len(dst)
		dst, err := w.message(dst, p, payload, depth+1)
		if err == nil {
			dst[at] = ',' // instead of the brace: a type with fields has members
		}
		return dst, err
	default:
		dst, err := w.message(append(dst, `,"value":`...), p, payload, depth+1)
		return append(dst, '}'), err
	}
}

// messageType returns the type an Any's URL names, nil if it is not known.
func (w *walker) messageType(url []byte) protoreflect.MessageDescriptor {
	if w.types == nil || w.types.find == nil {
		return nil
	}
	name := string(url)
	return w.types.find(protoreflect.FullName(name[strings.LastIndexByte(name, '/')+1:]))
}
