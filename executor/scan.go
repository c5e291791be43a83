package executor

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// The scanners below work on bytes that end in a sentinel: the byte after the
// last one is 0, which no token can contain, so reading one byte ahead never
// needs a bounds test of its own. Each takes the position of the token and
// returns the position behind it, or malformed.

// malformed is the position a scanner returns for bytes that are not JSON.
const malformed = -1

// maxDepth bounds the nesting of values the plan says nothing about. Chosen:
// encoding/json allows 10 000, real answers stay below 50.
const maxDepth = 512

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// space skips white space.
func space(buf []byte, pos int) int {
	for {
		switch buf[pos] {
		case ' ', '\n', '\t', '\r':
			pos++
		default:
			return pos
		}
	}
}

// str scans a string whose opening quote is at pos. high collects the high bits
// of its bytes: while they are all clear the text needs no UTF-8 check.
func str(buf []byte, pos int, high *uint64) int {
	pos++
	for short := pos + 16; pos < short && pos+8 <= len(buf); pos += 8 {
		w := binary.LittleEndian.Uint64(buf[pos:])
		if hit := special(w); hit != 0 {
			n := bits.TrailingZeros64(hit) >> 3
			if buf[pos+n] != '"' {
				return strSlow(buf, pos, high)
			}
			*high |= w & (1<<(8*n) - 1)
			return pos + n + 1
		}
		*high |= w
	}
	// A long string: find its end first, then look at what is in between.
	n := bytes.IndexByte(buf[pos:], '"')
	if n < 0 || bytes.IndexByte(buf[pos:pos+n], '\\') >= 0 {
		return strSlow(buf, pos, high)
	}
	if !plain(buf[pos:pos+n], high) {
		return malformed
	}
	return pos + n + 1
}

// special leaves the high bit of each byte that is a quote, a backslash or a
// control character. Only the lowest hit is exact: a borrow may fake others
// above it.
func special(w uint64) uint64 {
	quote := w ^ (ones * '"')
	slash := w ^ (ones * '\\')
	return (((quote - ones) &^ quote) | ((slash - ones) &^ slash) | ((w - ones*0x20) &^ w)) & highs
}

// plain reports whether text holds no control characters.
func plain(text []byte, high *uint64) bool {
	var seen, control uint64
	for len(text) >= 32 {
		a := binary.LittleEndian.Uint64(text)
		b := binary.LittleEndian.Uint64(text[8:])
		c := binary.LittleEndian.Uint64(text[16:])
		d := binary.LittleEndian.Uint64(text[24:])
		seen |= a | b | c | d
		control |= (a-ones*0x20)&^a | (b-ones*0x20)&^b | (c-ones*0x20)&^c | (d-ones*0x20)&^d
		text = text[32:]
	}
	for len(text) >= 8 {
		a := binary.LittleEndian.Uint64(text)
		seen |= a
		control |= (a - ones*0x20) &^ a
		text = text[8:]
	}
	for _, c := range text {
		seen |= uint64(c)
		if c < ' ' {
			return false
		}
	}
	*high |= seen
	return control&highs == 0
}

// strSlow scans the rest of a string from pos, whatever is in it.
func strSlow(buf []byte, pos int, high *uint64) int {
	var seen uint64
	for pos+8 <= len(buf) {
		w := binary.LittleEndian.Uint64(buf[pos:])
		hit := special(w)
		if hit == 0 {
			seen |= w
			pos += 8
			continue
		}
		n := bits.TrailingZeros64(hit) >> 3
		seen |= w & (1<<(8*n) - 1)
		pos += n
		switch {
		case buf[pos] == '"':
			*high |= seen
			return pos + 1
		case buf[pos] == '\\':
			if pos = escape(buf, pos); pos < 0 {
				return malformed
			}
		default:
			return malformed
		}
	}
	*high |= seen
	return strTail(buf, pos, high)
}

// strTail is strSlow for the last seven bytes.
func strTail(buf []byte, pos int, high *uint64) int {
	for pos < len(buf) {
		switch c := buf[pos]; {
		case c == '"':
			return pos + 1
		case c == '\\':
			if pos = escape(buf, pos); pos < 0 {
				return malformed
			}
		case c < ' ':
			return malformed
		default:
			*high |= uint64(c)
			pos++
		}
	}
	return malformed
}

// escape scans one escape sequence.
func escape(buf []byte, pos int) int {
	switch buf[pos+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return pos + 2
	case 'u':
		if pos+6 > len(buf) {
			return malformed
		}
		for _, c := range buf[pos+2 : pos+6] {
			if (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'f') {
				return malformed
			}
		}
		return pos + 6
	}
	return malformed
}

// number scans a number; whole is false when it has a fraction or an exponent.
func number(buf []byte, pos int) (end int, whole bool) {
	if buf[pos] == '-' {
		pos++
	}
	switch c := buf[pos]; {
	case c == '0':
		pos++
	case c >= '1' && c <= '9':
		pos = digits(buf, pos)
	default:
		return malformed, false
	}
	whole = true
	if buf[pos] == '.' {
		whole = false
		at := pos + 1
		if pos = digits(buf, at); pos == at {
			return malformed, false
		}
	}
	if buf[pos]|0x20 == 'e' {
		whole = false
		pos++
		if buf[pos] == '+' || buf[pos] == '-' {
			pos++
		}
		at := pos
		if pos = digits(buf, at); pos == at {
			return malformed, false
		}
	}
	return pos, whole
}

func digits(buf []byte, pos int) int {
	for buf[pos] >= '0' && buf[pos] <= '9' {
		pos++
	}
	return pos
}

// word scans a given literal: null, true or false.
func word(buf []byte, pos int, w string) int {
	if len(buf)-pos > len(w) && string(buf[pos:pos+len(w)]) == w {
		return pos + len(w)
	}
	return malformed
}

// scalar scans a string, number or literal.
func scalar(buf []byte, pos int, high *uint64) int {
	switch c := buf[pos]; {
	case c == '"':
		return str(buf, pos, high)
	case c == '-' || c >= '0' && c <= '9':
		end, _ := number(buf, pos)
		return end
	case c == 't':
		return word(buf, pos, "true")
	case c == 'f':
		return word(buf, pos, "false")
	case c == 'n':
		return word(buf, pos, "null")
	}
	return malformed
}

// nesting is a stack of open brackets: one bit each, set for objects.
type nesting struct {
	open  [maxDepth / 64]uint64
	depth int
}

func (n *nesting) push(object bool) bool {
	if n.depth == maxDepth {
		return false
	}
	bit := uint64(1) << (n.depth & 63)
	if object {
		n.open[n.depth>>6] |= bit
	} else {
		n.open[n.depth>>6] &^= bit
	}
	n.depth++
	return true
}

// object reports whether the innermost bracket is an object's.
func (n *nesting) object() bool {
	d := n.depth - 1
	return n.open[d>>6]&(1<<(d&63)) != 0
}

// skip scans any value, without recursion.
func skip(buf []byte, pos int, high *uint64) int {
	if c := buf[pos]; c != '{' && c != '[' {
		return scalar(buf, pos, high)
	}
	var open nesting
	for {
		// A value starts at pos.
		switch c := buf[pos]; c {
		case '{', '[':
			if !open.push(c == '{') {
				return malformed
			}
			pos = space(buf, pos+1)
			if buf[pos] == '}' || buf[pos] == ']' {
				break // the closing loop below checks which
			}
			if c == '{' {
				pos = name(buf, pos, high)
			}
			if pos < 0 {
				return malformed
			}
			continue
		default:
			if pos = scalar(buf, pos, high); pos < 0 {
				return malformed
			}
			pos = space(buf, pos)
		}
		if pos = closing(buf, pos, &open, high); pos < 0 || open.depth == 0 {
			return pos
		}
	}
}

// closing goes on after a value: it closes brackets until one has a further
// member, and returns the start of that member's value.
func closing(buf []byte, pos int, open *nesting, high *uint64) int {
	for {
		object := open.object()
		switch c := buf[pos]; {
		case c == ',':
			pos = space(buf, pos+1)
			if object {
				return name(buf, pos, high)
			}
			return pos
		case c == '}' && object, c == ']' && !object:
			open.depth--
			if open.depth == 0 {
				return pos + 1
			}
			pos = space(buf, pos+1)
		default:
			return malformed
		}
	}
}

// name scans a member's name and colon, and the space around.
func name(buf []byte, pos int, high *uint64) int {
	if buf[pos] != '"' {
		return malformed
	}
	if pos = str(buf, pos, high); pos < 0 {
		return malformed
	}
	if pos = space(buf, pos); buf[pos] != ':' {
		return malformed
	}
	return space(buf, pos+1)
}
