package executor

// The scanners below work on bytes that end in a sentinel: the byte after the
// last one is 0, which no token can contain, so reading one byte ahead never
// needs a bounds test of its own. Each takes the position of the token and
// returns the position behind it, or malformed.

// malformed is the position a scanner returns for bytes that are not JSON.
const malformed = -1

// maxDepth bounds the nesting of values the plan says nothing about. Chosen:
// encoding/json allows 10 000, real answers stay below 50.
const maxDepth = 512

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
