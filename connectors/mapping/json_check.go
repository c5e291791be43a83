package mapping

import (
	"fmt"
	"unicode/utf8"
)

// CheckJSON returns the text of the JSON value that b holds, without the space
// around it. Invalid UTF-8 and halves of surrogate pairs are replaced by U+FFFD,
// in a copy; otherwise the text is b's own. The error says where b stops being
// JSON, or that it is nested deeper than 512. [Program.AppendChecked] takes the
// text.
func CheckJSON(b []byte) ([]byte, error) {
	from, to, dirty, err := checkJSON(b)
	if err != nil {
		return nil, err
	}
	if dirty {
		return cleanJSON(b[from:to]), nil
	}
	return b[from:to:to], nil
}

// checkJSON reads one JSON value and says where it stands in b. Everything else
// in the package relies on text that passed here: it only skips. dirty says that
// a string holds invalid UTF-8 or half of a surrogate pair, see [cleanJSON].
func checkJSON(b []byte) (from, to int, dirty bool, err error) {
	c := checker{b: b}
	from = skipSpace(b, 0)
	to, ok := c.value(from, 0)
	if ok && skipSpace(b, to) != len(b) {
		to, ok = skipSpace(b, to), false
	}
	if ok {
		return from, to, c.dirty, nil
	}
	switch {
	case c.deep:
		return 0, 0, false, fmt.Errorf("JSON nested deeper than %d", maxJSONDepth)
	case len(b) == 0:
		return 0, 0, false, fmt.Errorf("no JSON: nothing at all")
	}
	return 0, 0, false, fmt.Errorf("no JSON at byte %d", to)
}

type checker struct {
	b           []byte
	dirty, deep bool
}

// value checks the value at i and returns where it ends, or where it goes
// wrong.
func (c *checker) value(i, depth int) (int, bool) {
	if i >= len(c.b) {
		return i, false
	}
	switch c.b[i] {
	case '"':
		return c.str(i)
	case '{', '[':
		if depth == maxJSONDepth {
			c.deep = true
			return i, false
		}
		if c.b[i] == '{' {
			return c.object(i+1, depth+1)
		}
		return c.list(i+1, depth+1)
	case 'n':
		return c.word(i, "null")
	case 't':
		return c.word(i, "true")
	case 'f':
		return c.word(i, "false")
	}
	return c.number(i)
}

func (c *checker) word(i int, want string) (int, bool) {
	return i + len(want), len(c.b)-i >= len(want) && string(c.b[i:i+len(want)]) == want
}

func (c *checker) object(i, depth int) (int, bool) {
	b := c.b
	if i = skipSpace(b, i); i < len(b) && b[i] == '}' {
		return i + 1, true
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return i, false
		}
		var ok bool
		if i, ok = c.str(i); !ok {
			return i, false
		}
		if i = skipSpace(b, i); i >= len(b) || b[i] != ':' {
			return i, false
		}
		if i, ok = c.value(skipSpace(b, i+1), depth); !ok {
			return i, false
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, false
		}
		switch b[i] {
		case '}':
			return i + 1, true
		case ',':
			i = skipSpace(b, i+1)
		default:
			return i, false
		}
	}
}

func (c *checker) list(i, depth int) (int, bool) {
	b := c.b
	if i = skipSpace(b, i); i < len(b) && b[i] == ']' {
		return i + 1, true
	}
	for {
		var ok bool
		if i, ok = c.value(i, depth); !ok {
			return i, false
		}
		if i = skipSpace(b, i); i >= len(b) {
			return i, false
		}
		switch b[i] {
		case ']':
			return i + 1, true
		case ',':
			i = skipSpace(b, i+1)
		default:
			return i, false
		}
	}
}

// plain are the bytes of a string that need no look: ASCII but control
// characters, the quote and the backslash.
var plain = func() (t [256]bool) {
	for i := 0x20; i < 0x80; i++ {
		t[i] = i != '"' && i != '\\'
	}
	return t
}()

func (c *checker) str(i int) (int, bool) {
	b, from, wide := c.b, i+1, false
	for i++; i < len(b); i++ {
		ch := b[i]
		if plain[ch] {
			continue
		}
		switch {
		case ch == '"':
			if wide && !utf8.Valid(b[from:i]) {
				c.dirty = true
			}
			return i + 1, true
		case ch == '\\':
			var ok bool
			if i, ok = c.escape(i); !ok {
				return i, false
			}
		case ch < 0x20:
			return i, false
		default:
			wide = true
		}
	}
	return i, false
}

// escape checks the escape at i and returns its last byte.
func (c *checker) escape(i int) (int, bool) {
	b := c.b
	if i+1 >= len(b) {
		return i, false
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 1, true
	case 'u':
		r, ok := hex4(b, i+2)
		if !ok {
			return i, false
		}
		if r < 0xD800 || r > 0xDFFF {
			return i + 5, true
		}
		if low, ok := lowSurrogate(b, i+6); ok && low && r < 0xDC00 {
			return i + 11, true
		}
		c.dirty = true
		return i + 5, true
	}
	return i, false
}

// lowSurrogate says whether the second half of a surrogate pair is escaped at i.
func lowSurrogate(b []byte, i int) (low, ok bool) {
	if i+6 > len(b) || b[i] != '\\' || b[i+1] != 'u' {
		return false, false
	}
	r, ok := hex4(b, i+2)
	return r >= 0xDC00 && r <= 0xDFFF, ok
}

func hex4(b []byte, i int) (rune, bool) {
	if i+4 > len(b) {
		return 0, false
	}
	var r rune
	for _, c := range b[i : i+4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			r = r<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return r, true
}

func (c *checker) number(i int) (int, bool) {
	b := c.b
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b) || !isDigit(b[i]):
		return i, false
	case b[i] == '0':
		i++
	default:
		i = digitsEnd(b, i)
	}
	if i < len(b) && b[i] == '.' {
		end := digitsEnd(b, i+1)
		if end == i+1 {
			return end, false
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digitsEnd(b, i)
		return end, end > i
	}
	return i, true
}

func digitsEnd(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}
