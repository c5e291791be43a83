package grpcapi

import (
	"google.golang.org/protobuf/encoding/protowire"
)

// wireError says why bytes are no message.
type wireError string

func (e wireError) Error() string { return string(e) }

const (
	errMalformed wireError = "the message is malformed"
	errTooDeep   wireError = "the message nests deeper than 64 levels"
	errTooLarge  wireError = "it is too long as JSON: max_response_bytes of the source allows eight bytes of JSON for one"
)

// maxDepth is how deep messages may nest, in requests and answers.
const maxDepth = 64

// uvarint reads a varint at i; next is -1 where there is none.
func uvarint(b []byte, i int) (v uint64, next int) {
	if i < len(b) && b[i] < 0x80 {
		return uint64(b[i]), i + 1
	}
	if i >= len(b) {
		return 0, -1
	}
	v, n := protowire.ConsumeVarint(b[i:])
	if n < 0 {
		return 0, -1
	}
	return v, i + n
}

// occurrence is one field as it stands on the wire: b[start:end] is the value,
// without the length in front of bytes and without the end tag of a group.
type occurrence struct {
	num        protowire.Number
	wire       protowire.Type
	start, end int
}

// next reads the field whose tag is at i and returns where the one after it
// begins. An end of a group that was not begun is malformed.
func next(b []byte, i int) (o occurrence, after int, err error) {
	tag, i := uvarint(b, i)
	if i < 0 {
		return o, 0, errMalformed
	}
	num := tag >> 3
	if num < uint64(protowire.MinValidNumber) || num > uint64(protowire.MaxValidNumber) {
		return o, 0, errMalformed
	}
	o = occurrence{num: protowire.Number(num), wire: protowire.Type(tag & 7), start: i}
	if o.wire == protowire.StartGroupType {
		o.end, after, err = group(b, i, o.num)
		return o, after, err
	}
	o.start, o.end, err = value(b, i, o.wire)
	return o, o.end, err
}

// value returns the extent of a value that is not a group.
func value(b []byte, i int, wire protowire.Type) (start, end int, err error) {
	switch wire {
	case protowire.VarintType:
		if _, end = uvarint(b, i); end < 0 {
			return 0, 0, errMalformed
		}
		return i, end, nil
	case protowire.Fixed32Type:
		end = i + 4
	case protowire.Fixed64Type:
		end = i + 8
	case protowire.BytesType:
		n, at := uvarint(b, i)
		if at < 0 || n > uint64(len(b)-at) {
			return 0, 0, errMalformed
		}
		return at, at + int(n), nil
	default: // a group's end, or one of the two types there are not
		return 0, 0, errMalformed
	}
	if end > len(b) {
		return 0, 0, errMalformed
	}
	return i, end, nil
}

// group finds the end of the group whose content begins at i: where the content
// ends and where the field after it begins. It keeps its own stack because a
// group it skips may nest as deep as a backend likes.
func group(b []byte, i int, num protowire.Number) (end, after int, err error) {
	var open [maxDepth]protowire.Number
	open[0] = num
	for depth := 1; ; {
		at := i
		tag, i2 := uvarint(b, i)
		if i2 < 0 || tag>>3 < 1 || tag>>3 > uint64(protowire.MaxValidNumber) {
			return 0, 0, errMalformed
		}
		i = i2
		switch wire := protowire.Type(tag & 7); wire {
		case protowire.StartGroupType:
			if depth == maxDepth {
				return 0, 0, errTooDeep
			}
			open[depth] = protowire.Number(tag >> 3)
			depth++
		case protowire.EndGroupType:
			depth--
			if open[depth] != protowire.Number(tag>>3) {
				return 0, 0, errMalformed
			}
			if depth == 0 {
				return at, i, nil
			}
		default:
			if _, i, err = value(b, i, wire); err != nil {
				return 0, 0, err
			}
		}
	}
}
