package executor

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// Strings are most of the bytes of an answer. Short ones are looked at eight
// bytes at a time; of longer ones the end is searched first, with the machine's
// fastest instructions, and what is in between is checked afterwards.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

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
		switch buf[pos] {
		case '"':
			*high |= seen
			return pos + 1
		case '\\':
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
