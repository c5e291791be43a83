package operation

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// unescape decodes the content of a JSON string literal. It reports false for
// what JSON does not allow in a string, including escapes of half a surrogate
// pair: a document with one cannot be sent on as UTF-8.
func unescape(s string) (string, bool) {
	if strings.IndexByte(s, '\\') < 0 {
		return s, strings.IndexByte(s, '"') < 0
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c < 0x20:
			return "", false
		case c != '\\':
			b.WriteByte(c)
			i++
		default:
			r, n := escapeAt(s[i:])
			if n == 0 {
				return "", false
			}
			b.WriteRune(r)
			i += n
		}
	}
	return b.String(), true
}

// escapeAt decodes the JSON escape s starts with and returns its length, 0 if
// it is none.
func escapeAt(s string) (rune, int) {
	if len(s) < 2 {
		return 0, 0
	}
	switch s[1] {
	case '"', '\\', '/':
		return rune(s[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		first, ok := hex4(s[2:])
		if !ok {
			return 0, 0
		}
		if !utf16.IsSurrogate(first) {
			return first, 6
		}
		if len(s) < 12 || s[6] != '\\' || s[7] != 'u' {
			return 0, 0
		}
		second, ok := hex4(s[8:])
		if r := utf16.DecodeRune(first, second); ok && r != utf8.RuneError {
			return r, 12
		}
	}
	return 0, 0
}

// hex4 reads four hexadecimal digits.
func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
