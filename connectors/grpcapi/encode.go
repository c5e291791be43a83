package grpcapi

import (
	"bytes"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/internal/jsonscan"
)

// encoder turns JSON into the bytes of a message. It is reused, not shared.
type encoder struct {
	types *types
	// marks is a stack: every message being written has an element for each of
	// its oneofs, the member that was set, and one for each required field.
	marks []*encField
	text  []byte // a string being decoded
}

// inputError is a value that cannot be sent.
type inputError struct {
	path    string
	message string
}

func (e *inputError) Error() string {
	if e.path == "" {
		return "the request " + e.message
	}
	return "request field " + e.path + " " + e.message
}

// refuse makes an inputError.
func refuse(parts ...string) error {
	return &inputError{message: strings.Join(parts, "")}
}

// within puts name in front of an inputError's path.
func within(err error, name string) error {
	if e, ok := err.(*inputError); ok { //nolint:errorlint // made by refuse, never wrapped
		switch {
		case e.path == "" || e.path[0] == '[':
			e.path = name + e.path
		default:
			e.path = name + "." + e.path
		}
	}
	return err
}

// append writes value, which is JSON, as a message. A missing value and null
// are the empty message. After an error dst's tail is undefined.
func (e *encoder) append(dst []byte, m *encMessage, value []byte) ([]byte, error) {
	e.marks = e.marks[:0]
	value = bytes.TrimSpace(value)
	if jsonscan.Null(value) {
		value = []byte("{}")
		if m.special != ordinary && m.special != empty {
			return dst, nil
		}
	}
	return e.message(dst, m, value, 0)
}

// message writes the content of a message.
func (e *encoder) message(dst []byte, m *encMessage, value []byte, depth int) ([]byte, error) {
	if depth == maxDepth {
		return dst, refuse("nests deeper than 64 levels")
	}
	switch m.special {
	case ordinary:
		return e.object(dst, m, value, nil, depth)
	case empty:
		if string(value) == "true" {
			return dst, nil
		}
		return e.object(dst, m, value, nil, depth)
	default:
		return e.special(dst, m, value, depth)
	}
}

// object writes the members of a JSON object. skip is a member that is no field.
func (e *encoder) object(dst []byte, m *encMessage, value, skip []byte, depth int) ([]byte, error) {
	if value[0] != '{' {
		return dst, refuse("expects an object (", string(m.name), "), not ", describe(value))
	}
	base := len(e.marks)
	for range m.oneofs + len(m.required) {
		e.marks = append(e.marks, nil)
	}
	var err error
	whole := jsonscan.Each(value, func(name, value []byte) bool {
		if skip != nil && bytes.Equal(name, skip) {
			return true
		}
		dst, err = e.member(dst, m, name, value, base, depth)
		return err == nil
	})
	if err == nil && !whole {
		err = refuse("is not JSON")
	}
	for i, name := range m.required {
		if err == nil && e.marks[base+m.oneofs+i] == nil {
			err = refuse("lacks ", name, ", which ", string(m.name), " requires")
		}
	}
	e.marks = e.marks[:base]
	return dst, err
}

// member writes one member of an object. null is the same as leaving it out.
func (e *encoder) member(dst []byte, m *encMessage, name, value []byte, base, depth int) ([]byte, error) {
	f := m.fields[string(name[1:len(name)-1])]
	if f == nil {
		text, _ := jsonscan.AppendText(nil, name)
		return dst, refuse("has no field ", strconv.Quote(string(text)), " in ", string(m.name))
	}
	if jsonscan.Null(value) {
		return dst, nil
	}
	if f.oneof >= 0 {
		mark := &e.marks[base+f.oneof]
		if *mark != nil && *mark != f {
			return dst, refuse("sets both ", (*mark).name, " and ", f.name, ", of which ", string(m.name), " takes one")
		}
		*mark = f
	}
	if f.required >= 0 {
		e.marks[base+m.oneofs+f.required] = f
	}
	dst, err := e.field(dst, f, value, depth)
	return dst, within(err, f.name)
}

// field writes a field whose value is not null.
func (e *encoder) field(dst []byte, f *encField, value []byte, depth int) ([]byte, error) {
	switch {
	case f.key != nil:
		return e.mapField(dst, f, value, depth)
	case f.list:
		return e.list(dst, f, value, depth)
	}
	at := len(dst)
	dst, err := e.element(append(dst, f.tag...), f, value, depth)
	if err == nil && f.implicit && zero(dst[at+len(f.tag):]) {
		dst = dst[:at]
	}
	return dst, err
}

// zero tells whether an encoded scalar is the zero value: 0 in every byte, a
// length included.
func zero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

func (e *encoder) list(dst []byte, f *encField, value []byte, depth int) ([]byte, error) {
	if value[0] != '[' {
		return dst, refuse("expects a list, not ", describe(value))
	}
	at, length := len(dst), 0
	if f.packed {
		dst = append(dst, f.tag...)
		length = len(dst)
		dst = append(dst, 0)
	}
	index, err := 0, error(nil)
	whole := jsonscan.Each(value, func(_, item []byte) bool {
		if jsonscan.Null(item) && (f.message == nil || f.message.special != anyJSON) {
			err = refuse("is null, which a list cannot hold")
		} else {
			if !f.packed {
				dst = append(dst, f.tag...)
			}
			dst, err = e.element(dst, f, item, depth)
		}
		if err != nil {
			err = within(err, "["+strconv.Itoa(index)+"]")
		}
		index++
		return err == nil
	})
	if err == nil && !whole {
		err = refuse("is not JSON")
	}
	if f.packed && err == nil {
		if index == 0 {
			return dst[:at], nil
		}
		dst = closeLength(dst, length)
	}
	return dst, err
}

// element writes one value behind its tag.
func (e *encoder) element(dst []byte, f *encField, value []byte, depth int) ([]byte, error) {
	if f.message == nil {
		return e.scalar(dst, f, value)
	}
	if f.end != nil {
		dst, err := e.message(dst, f.message, value, depth+1)
		return append(dst, f.end...), err
	}
	at := len(dst)
	dst, err := e.message(append(dst, 0), f.message, value, depth+1)
	if err != nil {
		return dst, err
	}
	return closeLength(dst, at), nil
}

// closeLength puts the length of what follows into the byte at at, moving it
// where one byte is too little. Most messages are shorter than 128 bytes.
func closeLength(dst []byte, at int) []byte {
	n := len(dst) - at - 1
	size := protowire.SizeVarint(uint64(n))
	if size > 1 {
		dst = append(dst, make([]byte, size-1)...)
		copy(dst[at+size:], dst[at+1:at+1+n])
	}
	protowire.AppendVarint(dst[:at], uint64(n))
	return dst
}

// mapField writes a map from a list of {"key", "value"} or from an object.
func (e *encoder) mapField(dst []byte, f *encField, value []byte, depth int) ([]byte, error) {
	if depth+1 == maxDepth {
		return dst, refuse("nests deeper than 64 levels")
	}
	if value[0] != '[' && value[0] != '{' {
		return dst, refuse("expects an object or a list of {key, value}, not ", describe(value))
	}
	index, err := 0, error(nil)
	whole := jsonscan.Each(value, func(name, item []byte) bool {
		key, place := name, ""
		if name == nil {
			place = "[" + strconv.Itoa(index) + "]"
			key, item, err = pairOf(item)
		}
		if err == nil {
			dst, err = e.pair(dst, f, key, item, depth)
		}
		if err != nil {
			if name != nil {
				place = "[" + string(name) + "]"
			}
			err = within(err, place)
		}
		index++
		return err == nil
	})
	if err == nil && !whole {
		err = refuse("is not JSON")
	}
	return dst, err
}

// pairOf takes {"key", "value"} apart.
func pairOf(item []byte) (key, value []byte, err error) {
	if item[0] != '{' {
		return nil, nil, refuse("expects {key, value}, not ", describe(item))
	}
	jsonscan.Each(item, func(name, v []byte) bool {
		switch string(name) {
		case `"key"`:
			key = v
		case `"value"`:
			value = v
		default:
			err = refuse("has ", string(name), " beside key and value")
		}
		return err == nil
	})
	if err == nil && jsonscan.Null(key) {
		err = refuse("has no key")
	}
	return key, value, err
}

// pair writes one entry. A name of an object stands for a key of any kind.
func (e *encoder) pair(dst []byte, f *encField, key, value []byte, depth int) ([]byte, error) {
	if jsonscan.Null(value) && (f.value.message == nil || f.value.message.special != anyJSON) {
		return dst, refuse("has no value")
	}
	if value == nil {
		value = jsonNull
	}
	dst = append(dst, f.tag...)
	at := len(dst)
	dst = append(append(dst, 0), f.key.tag...)
	if f.key.kind == protoreflect.BoolKind && key[0] == '"' {
		key = key[1 : len(key)-1]
	}
	dst, err := e.scalar(dst, f.key, key)
	if err != nil {
		return dst, within(err, "key")
	}
	dst, err = e.element(append(dst, f.value.tag...), f.value, value, depth+1)
	if err != nil {
		return dst, err
	}
	return closeLength(dst, at), nil
}

// describe names a JSON value's kind, for messages.
func describe(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}
