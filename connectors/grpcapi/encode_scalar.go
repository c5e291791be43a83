package grpcapi

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/internal/jsonscan"
)

// scalar writes a value that is no message, without its tag.
func (e *encoder) scalar(dst []byte, f *encField, value []byte) ([]byte, error) {
	switch f.kind {
	case protoreflect.StringKind:
		return e.stringValue(dst, value)
	case protoreflect.BytesKind:
		return e.bytesValue(dst, value)
	case protoreflect.BoolKind:
		switch string(value) {
		case "true":
			return append(dst, 1), nil
		case "false":
			return append(dst, 0), nil
		}
		return dst, refuse("expects a boolean, not ", describe(value))
	case protoreflect.EnumKind:
		n, err := e.enumValue(f.enum, value)
		return protowire.AppendVarint(dst, uint64(int64(n))), err
	case protoreflect.FloatKind, protoreflect.DoubleKind:
		return e.floatValue(dst, f.kind, value)
	default:
		return e.integer(dst, f.kind, value)
	}
}

// decode returns the text of a JSON string; it is valid until the next decode.
func (e *encoder) decode(value []byte) ([]byte, bool) {
	var ok bool
	e.text, ok = jsonscan.AppendText(e.text[:0], value)
	return e.text, ok
}

func (e *encoder) stringValue(dst, value []byte) ([]byte, error) {
	if value[0] != '"' {
		return dst, refuse("expects a string, not ", describe(value))
	}
	at := len(dst)
	dst, ok := jsonscan.AppendText(append(dst, 0), value)
	if !ok {
		return dst, refuse("is not valid text")
	}
	return closeLength(dst, at), nil
}

// bytesValue takes base64 in the standard and the URL alphabet, padded or not.
func (e *encoder) bytesValue(dst, value []byte) ([]byte, error) {
	if value[0] != '"' {
		return dst, refuse("expects base64, not ", describe(value))
	}
	text, ok := e.decode(value)
	if !ok {
		return dst, refuse("is not base64")
	}
	text = bytes.TrimRight(text, "=")
	for i, c := range text {
		switch c {
		case '-':
			text[i] = '+'
		case '_':
			text[i] = '/'
		}
	}
	at := len(dst)
	dst, err := base64.RawStdEncoding.AppendDecode(append(dst, 0), text)
	if err != nil {
		return dst, refuse("is not base64")
	}
	return closeLength(dst, at), nil
}

// enumValue takes a name, or a number as it would be on the wire.
func (e *encoder) enumValue(enum *encEnum, value []byte) (int32, error) {
	if value[0] == '"' {
		text, _ := e.decode(value)
		n, ok := enum.numbers[string(text)]
		if !ok {
			return 0, refuse("is ", strconv.Quote(string(text)), ", which is no value of ", string(enum.name))
		}
		return n, nil
	}
	n, ok := jsonscan.Integer(value)
	if !ok || n != int64(int32(n)) || enum.closed && !enum.known[int32(n)] {
		return 0, refuse("expects the name of a value of ", string(enum.name))
	}
	return int32(n), nil
}

// number returns the text of a number, given as number or as string.
func (e *encoder) number(value []byte, what string) ([]byte, error) {
	switch c := value[0]; {
	case c == '"':
		if text, ok := e.decode(value); ok && len(text) > 0 {
			return text, nil
		}
	case c == '-' || c >= '0' && c <= '9':
		return value, nil
	}
	return nil, refuse("expects ", what, ", not ", describe(value))
}

func (e *encoder) floatValue(dst []byte, kind protoreflect.Kind, value []byte) ([]byte, error) {
	text, err := e.number(value, "a number")
	if err != nil {
		return dst, err
	}
	bits := 64
	if kind == protoreflect.FloatKind {
		bits = 32
	}
	var v float64
	switch string(text) {
	case "NaN":
		v = math.NaN()
	case "Infinity":
		v = math.Inf(1)
	case "-Infinity":
		v = math.Inf(-1)
	default:
		if !decimal(text) {
			return dst, refuse("is not a number")
		}
		if v, err = strconv.ParseFloat(string(text), bits); err != nil {
			return dst, refuse("is out of range")
		}
	}
	if bits == 32 {
		return protowire.AppendFixed32(dst, math.Float32bits(float32(v))), nil
	}
	return protowire.AppendFixed64(dst, math.Float64bits(v)), nil
}

// decimal tells whether text has only what JSON numbers have: strconv takes
// hexadecimal, underscores and words besides.
func decimal(text []byte) bool {
	for i, c := range text {
		switch {
		case c >= '0' && c <= '9', c == '.', c == 'e', c == 'E', c == '-', c == '+' && i > 0:
		default:
			return false
		}
	}
	return true
}

// integer writes a whole number that is in its kind's range.
func (e *encoder) integer(dst []byte, kind protoreflect.Kind, value []byte) ([]byte, error) {
	text, err := e.number(value, "a whole number")
	if err != nil {
		return dst, err
	}
	switch kind {
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind, protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		bits := 64
		if kind == protoreflect.Uint32Kind || kind == protoreflect.Fixed32Kind {
			bits = 32
		}
		v, err := unsigned(text, bits)
		if err != nil {
			return dst, err
		}
		switch kind {
		case protoreflect.Fixed32Kind:
			return protowire.AppendFixed32(dst, uint32(v)), nil
		case protoreflect.Fixed64Kind:
			return protowire.AppendFixed64(dst, v), nil
		default:
			return protowire.AppendVarint(dst, v), nil
		}
	case protoreflect.Int32Kind, protoreflect.Sint32Kind, protoreflect.Sfixed32Kind:
		v, err := signed(text, 32)
		if err != nil {
			return dst, err
		}
		return appendSigned(dst, kind, v), nil
	default:
		v, err := signed(text, 64)
		if err != nil {
			return dst, err
		}
		return appendSigned(dst, kind, v), nil
	}
}

func appendSigned(dst []byte, kind protoreflect.Kind, v int64) []byte {
	switch kind {
	case protoreflect.Sint32Kind, protoreflect.Sint64Kind:
		return protowire.AppendVarint(dst, protowire.EncodeZigZag(v))
	case protoreflect.Sfixed32Kind:
		return protowire.AppendFixed32(dst, uint32(int32(v)))
	case protoreflect.Sfixed64Kind:
		return protowire.AppendFixed64(dst, uint64(v))
	default:
		return protowire.AppendVarint(dst, uint64(v))
	}
}

func signed(text []byte, bits int) (int64, error) {
	v, err := strconv.ParseInt(string(text), 10, bits)
	if err == nil && text[0] != '+' {
		return v, nil
	}
	if whole, ok := wholeNumber(text); ok {
		if v, err = strconv.ParseInt(whole, 10, bits); err == nil {
			return v, nil
		}
		return 0, refuse("is out of range")
	}
	return 0, refuse("is not a whole number")
}

func unsigned(text []byte, bits int) (uint64, error) {
	v, err := strconv.ParseUint(string(text), 10, bits)
	if err == nil {
		return v, nil
	}
	if whole, ok := wholeNumber(text); ok {
		if v, err = strconv.ParseUint(whole, 10, bits); err == nil {
			return v, nil
		}
		return 0, refuse("is out of range")
	}
	return 0, refuse("is not a whole number")
}

// wholeNumber writes 3.0, 1e3 and the like without fraction and exponent; ok is
// false for what is not whole. No float64 stands in between: it has 53 bits.
func wholeNumber(text []byte) (whole string, ok bool) {
	if !decimal(text) {
		return "", false
	}
	mantissa, exponent := text, 0
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		n, err := strconv.Atoi(string(text[i+1:]))
		if err != nil || n > 20 || n < -1000 {
			return "", false
		}
		mantissa, exponent = text[:i], n
	}
	sign := ""
	if len(mantissa) > 0 && mantissa[0] == '-' {
		sign, mantissa = "-", mantissa[1:]
	}
	digits, fraction, _ := bytes.Cut(mantissa, []byte("."))
	if len(digits) == 0 || bytes.ContainsAny(fraction, ".-+") || bytes.ContainsAny(digits, "-+") {
		return "", false
	}
	all := append(bytes.Clone(digits), fraction...)
	switch point := len(digits) + exponent; { // where the point stands in all
	case point >= len(all):
		all = append(all, bytes.Repeat([]byte("0"), point-len(all))...)
	default:
		cut := max(point, 0)
		if len(bytes.Trim(all[cut:], "0")) > 0 {
			return "", false
		}
		all = all[:cut]
	}
	all = bytes.TrimLeft(all, "0")
	if len(all) == 0 {
		return "0", true
	}
	return sign + string(all), true
}
