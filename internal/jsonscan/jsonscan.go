// Package jsonscan walks JSON where it stands: it finds values, members and
// items in bytes without decoding them.
//
// It checks no more than it needs in order not to run out of the text: who
// must know that bytes are JSON to their end asks [Valid]. Work and depth are
// bounded by the length of the input; nothing recurses.
package jsonscan

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// None is the position returned for text that ends too early or is no JSON.
const None = -1

// MaxDepth is how deep a value may be nested.
const MaxDepth = 512

// Space returns the position of the next byte that is no white space;
// len(text) at the end.
func Space(text []byte, at int) int {
	for at < len(text) {
		switch text[at] {
		case ' ', '\t', '\n', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// Skip returns the position behind the value that begins at at.
func Skip(text []byte, at int) int {
	if at >= len(text) {
		return None
	}
	switch text[at] {
	case '"':
		return skipString(text, at)
	case '{', '[':
		return skipNested(text, at)
	}
	end := at
	for end < len(text) && scalar(text[end]) {
		end++
	}
	if end == at {
		return None
	}
	return end
}

// scalar reports whether c can be part of a number or a literal.
func scalar(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c == '-' || c == '+' || c == '.' || c == 'E'
}

func skipString(text []byte, at int) int {
	for i := at + 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return None
}

// skipNested matches brackets; kinds holds one bit per level, set for objects.
func skipNested(text []byte, at int) int {
	var kinds [MaxDepth / 64]uint64
	depth := 0
	for at < len(text) {
		switch c := text[at]; c {
		case '"':
			if at = skipString(text, at); at == None {
				return None
			}
			continue
		case '{', '[':
			if depth == MaxDepth {
				return None
			}
			word, bit := depth/64, uint64(1)<<(depth%64)
			kinds[word] &^= bit
			if c == '{' {
				kinds[word] |= bit
			}
			depth++
		case '}', ']':
			depth--
			if object := kinds[depth/64]&(1<<(depth%64)) != 0; object != (c == '}') {
				return None
			}
			if depth == 0 {
				return at + 1
			}
		}
		at++
	}
	return None
}

// Each calls do with the members of an object or, without names, the items of
// a list, until it returns false. Names keep their quotes. It reports false if
// value is neither, or ends too early; do may have been called by then.
func Each(value []byte, do func(name, value []byte) bool) bool {
	at := Space(value, 0)
	if at >= len(value) || value[at] != '{' && value[at] != '[' {
		return false
	}
	object := value[at] == '{'
	at = Space(value, at+1)
	if at < len(value) && (value[at] == '}' || value[at] == ']') {
		return object == (value[at] == '}')
	}
	for {
		var name []byte
		if object {
			if at >= len(value) || value[at] != '"' {
				return false
			}
			end := skipString(value, at)
			if end == None {
				return false
			}
			name = value[at:end]
			if at = Space(value, end); at >= len(value) || value[at] != ':' {
				return false
			}
			at = Space(value, at+1)
		}
		end := Skip(value, at)
		if end == None {
			return false
		}
		if !do(name, value[at:end]) {
			return true
		}
		if at = Space(value, end); at >= len(value) {
			return false
		}
		switch value[at] {
		case ',':
			at = Space(value, at+1)
		case '}', ']':
			return object == (value[at] == '}')
		default:
			return false
		}
	}
}

// Member returns the value of an object's member, nil if there is none. name
// is compared with the member's text as written.
func Member(object []byte, name string) []byte {
	var found []byte
	Each(object, func(quoted, value []byte) bool {
		if len(quoted) == len(name)+2 && string(quoted[1:len(quoted)-1]) == name {
			found = value
			return false
		}
		return true
	})
	return found
}

// Dotted returns the member of an object that is called path, or with a.b what
// is b in the object a; nil if there is none. The whole name comes first, and a
// may have dots itself: names of claims may be URLs. It goes as deep as path has
// dots.
func Dotted(object []byte, path string) []byte {
	if value := Member(object, path); value != nil {
		return value
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if inner := Member(object, path[:i]); len(inner) > 0 && inner[0] == '{' {
			if value := Dotted(inner, path[i+1:]); value != nil {
				return value
			}
		}
	}
	return nil
}

// Null reports whether a value is missing or null.
func Null(value []byte) bool { return len(value) == 0 || value[0] == 'n' }

// AppendText appends the text of a JSON string, decoded. ok is false for any
// other value and for malformed escapes; dst is then as it was.
func AppendText(dst, value []byte) (text []byte, ok bool) {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return dst, false
	}
	inner := value[1 : len(value)-1]
	for i, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return appendEscaped(dst, value, i)
		}
	}
	return append(dst, inner...), true
}

// appendEscaped is for text that is not all plain; the first plain bytes are.
func appendEscaped(dst, value []byte, plain int) ([]byte, bool) {
	inner := value[1 : len(value)-1]
	for _, c := range inner[plain:] {
		if c == '\\' {
			var text string
			if json.Unmarshal(value, &text) != nil {
				return dst, false
			}
			return append(dst, text...), true
		}
	}
	if !utf8.Valid(inner) {
		return dst, false
	}
	return append(dst, inner...), true
}

// Integer returns the value of a number without fraction and exponent that
// fits 64 bits.
func Integer(value []byte) (int64, bool) {
	if len(value) == 0 || len(value) > len("-9223372036854775808") {
		return 0, false
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	return n, err == nil && value[0] != '+'
}

// Valid reports whether text is one JSON value.
func Valid(text []byte) bool { return json.Valid(text) }
