package mapping

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions here read JSON text that [checkJSON] accepted, and only that.

// skipValue returns the end of the value at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) {
		switch b[i] {
		case ',', ']', '}', ' ', '\n', '\t', '\r':
			return i
		}
		i++
	}
	return i
}

// shortString is up to where a loop finds the end of a string sooner than a
// search does; measured.
const shortString = 32

// skipString returns the end of the string at i.
func skipString(b []byte, i int) int {
	i++
	for end := min(i+shortString, len(b)); i < end; i++ {
		switch b[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	for {
		i += bytes.IndexByte(b[i:], '"') + 1
		if b[i-2] != '\\' || !escaped(b, i-1) {
			return i
		}
	}
}

// escaped says whether an odd number of backslashes stands before i.
func escaped(b []byte, i int) bool {
	n := 0
	for i--; b[i] == '\\'; i-- {
		n++
	}
	return n%2 == 1
}

// brackets are the bytes that matter where lists and objects are skipped.
var brackets = [256]int8{'{': 1, '[': 1, '}': -1, ']': -1, '"': 2}

// skipNested returns the end of the list or object at i.
func skipNested(b []byte, i int) int {
	for depth := 0; ; i++ {
		switch brackets[b[i]] {
		case 0:
		case 2:
			i = skipString(b, i) - 1
		case 1:
			depth++
		default:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// nextElement returns where the element of a list begins that comes at or after
// i, which is behind the bracket or the end of another element; at the end of the
// list ok is false and from behind it.
func nextElement(b []byte, i int) (from int, ok bool) {
	if i = skipSpace(b, i); b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	if b[i] == ']' {
		return i + 1, false
	}
	return i, true
}

// nextMember is nextElement for objects. The key is without its quotes, as it
// is written, and from is where its value begins.
func nextMember(b []byte, i int) (key []byte, from int, ok bool) {
	if i = skipSpace(b, i); b[i] == ',' {
		i = skipSpace(b, i+1)
	}
	if b[i] == '}' {
		return nil, i + 1, false
	}
	end := skipString(b, i)
	key = b[i+1 : end-1]
	if b[end] != ':' {
		end = skipSpace(b, end)
	}
	if end++; b[end] <= ' ' {
		end = skipSpace(b, end)
	}
	return key, end, true
}

// openList reads one level of a list.
func openList(raw []byte) []member {
	kids := make([]member, 0, 8)
	for from, ok := nextElement(raw, 1); ok; {
		to := skipValue(raw, from)
		kids = append(kids, member{val: rawValue(raw[from:to])})
		from, ok = nextElement(raw, to)
	}
	return kids
}

// indexedMembers is the number of members from which on duplicates are looked
// up in a map.
const indexedMembers = 16

// openObject reads one level of an object.
func openObject(raw []byte) []member {
	kids := make([]member, 0, 8)
	var index map[string]int
	for key, from, ok := nextMember(raw, 1); ok; {
		to := skipValue(raw, from)
		m := member{key: unescape(key), val: rawValue(raw[from:to])}
		key, from, ok = nextMember(raw, to)
		if len(kids) == indexedMembers && index == nil {
			index = make(map[string]int, 2*indexedMembers)
			for i := range kids {
				index[string(kids[i].key)] = i
			}
		}
		if i := indexOf(kids, index, m.key); i >= 0 {
			kids[i].val = m.val
			continue
		}
		if index != nil {
			index[string(m.key)] = len(kids)
		}
		kids = append(kids, m)
	}
	return kids
}

// indexOf finds a key among members, in the index if there is one; none without.
func indexOf(kids []member, index map[string]int, key []byte) int {
	if index != nil {
		if i, ok := index[string(key)]; ok {
			return i
		}
		return none
	}
	for i := range kids {
		if bytes.Equal(kids[i].key, key) {
			return i
		}
	}
	return none
}

// findField returns the value of the last member with the key.
func findField(raw []byte, name string) value {
	found := absent
	for key, from, ok := nextMember(raw, 1); ok; {
		to := skipValue(raw, from)
		if sameKey(key, name) {
			found = rawValue(raw[from:to])
		}
		key, from, ok = nextMember(raw, to)
	}
	return found
}

// sameKey compares a key as it is written with a name.
func sameKey(key []byte, name string) bool {
	if string(key) == name {
		return true
	}
	return len(key) > len(name) && bytes.IndexByte(key, '\\') >= 0 && string(unescape(key)) == name
}

// unquote is the content of a string.
func unquote(raw []byte) []byte { return unescape(raw[1 : len(raw)-1]) }

// unescape decodes the inside of a string, which it returns itself if there is
// nothing to decode.
func unescape(s []byte) []byte {
	if bytes.IndexByte(s, '\\') < 0 {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' {
			out = append(out, s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(s, i+1)
			i += 4
			if r >= 0xD800 && r <= 0xDFFF {
				low, _ := hex4(s, i+3)
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
	}
	return out
}

const hexDigits = "0123456789abcdef"

// appendQuoted writes a string as JSON. What is not UTF-8 in it becomes U+FFFD.
func appendQuoted(dst, s []byte) []byte {
	if !utf8.Valid(s) {
		s = bytes.ToValidUTF8(s, []byte("\ufffd"))
	}
	dst = append(dst, '"')
	from := 0
	for i, c := range s {
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, '\\', 'b')
		case '\f':
			dst = append(dst, '\\', 'f')
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	dst = append(dst, s[from:]...)
	return append(dst, '"')
}

// cleanJSON writes JSON text anew with U+FFFD for what is not UTF-8 and for
// halves of surrogate pairs. All else stays as it is.
func cleanJSON(b []byte) []byte {
	out := make([]byte, 0, len(b)+16)
	from := 0
	for i := 0; i < len(b); {
		if b[i] != '"' {
			i++
			continue
		}
		end := skipString(b, i)
		out = append(out, b[from:i]...)
		out = appendClean(out, b[i:end])
		i, from = end, end
	}
	return append(out, b[from:]...)
}

// appendClean writes one string of cleanJSON.
func appendClean(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\' && s[i+1] == 'u':
			r, _ := hex4(s, i+2)
			n := 6
			if r >= 0xD800 && r <= 0xDFFF {
				low, _ := lowSurrogate(s, i+6)
				if low && r < 0xDC00 {
					n = 12
				} else {
					dst = append(dst, `\ufffd`...)
					i += n
					continue
				}
			}
			dst = append(dst, s[i:i+n]...)
			i += n
		case c == '\\':
			dst = append(dst, c, s[i+1])
			i += 2
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
		default:
			r, n := utf8.DecodeRune(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
		}
	}
	return dst
}
