package server

import (
	"encoding/json"
	"strconv"
)

// maxJSONDepth bounds the nesting of a request body.
const maxJSONDepth = 200

// scanner checks JSON (RFC 8259) and finds extents in it, without decoding and
// without recursion. The text is UTF-8 already.
type scanner struct {
	text []byte
	at   int
}

func (s *scanner) fail(message string) error {
	return badRequest(message + ", at byte " + strconv.Itoa(s.at))
}

func (s *scanner) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// members walks the object at hand: visit is called with each decoded key while
// the scanner stands on the value, and must pass it.
func (s *scanner) members(visit func(key []byte) error) error {
	s.at++ // {
	s.space()
	if s.peek() == '}' {
		s.at++
		return nil
	}
	for {
		key, err := s.key()
		if err != nil {
			return err
		}
		if err := visit(key); err != nil {
			return err
		}
		s.space()
		switch s.peek() {
		case ',':
			s.at++
			s.space()
		case '}':
			s.at++
			return nil
		default:
			return s.fail("the body is not JSON: , or } is missing")
		}
	}
}

// key passes a member's key and colon and returns the decoded key.
func (s *scanner) key() ([]byte, error) {
	from := s.at
	if s.peek() != '"' {
		return nil, s.fail("the body is not JSON: a member name is missing")
	}
	if err := s.str(); err != nil {
		return nil, err
	}
	key := s.text[from+1 : s.at-1]
	if hasEscape(key) {
		var decoded string
		// Cannot fail: the string was checked.
		_ = json.Unmarshal(s.text[from:s.at], &decoded)
		key = []byte(decoded)
	}
	s.space()
	if s.peek() != ':' {
		return nil, s.fail("the body is not JSON: a colon is missing")
	}
	s.at++
	s.space()
	return key, nil
}

// value passes one value of any kind. Open containers are kept as bits, so the
// depth costs no stack.
func (s *scanner) value() error {
	var open [maxJSONDepth/64 + 1]uint64 // 1: an object
	depth := 0
	for {
		// One value, or the opening of a container.
		switch c := s.peek(); c {
		case '{', '[':
			if depth == maxJSONDepth {
				return s.fail("the body is nested too deeply")
			}
			s.at++
			s.space()
			if s.peek() == c+2 { // { } and [ ] are two apart
				s.at++
				break
			}
			open[depth/64] &^= 1 << (depth % 64)
			if c == '{' {
				open[depth/64] |= 1 << (depth % 64)
				if _, err := s.key(); err != nil {
					return err
				}
			}
			depth++
			continue
		default:
			if err := s.leaf(); err != nil {
				return err
			}
		}
		// A value ended: close containers until one goes on.
		more, err := s.next(&open, &depth)
		if err != nil || !more {
			return err
		}
	}
}

// next passes what follows a value and reports whether another one does.
func (s *scanner) next(open *[maxJSONDepth/64 + 1]uint64, depth *int) (bool, error) {
	for *depth > 0 {
		s.space()
		object := open[(*depth-1)/64]&(1<<((*depth-1)%64)) != 0
		switch c := s.peek(); {
		case c == ',':
			s.at++
			s.space()
			if object {
				if _, err := s.key(); err != nil {
					return false, err
				}
			}
			return true, nil
		case c == '}' && object, c == ']' && !object:
			s.at++
			*depth--
		default:
			return false, s.fail("the body is not JSON: a comma or bracket is missing")
		}
	}
	return false, nil
}

// leaf passes a string, number or literal.
func (s *scanner) leaf() error {
	switch c := s.peek(); {
	case c == '"':
		return s.str()
	case c == '-' || c >= '0' && c <= '9':
		return s.number()
	case c == 't':
		return s.literal("true")
	case c == 'f':
		return s.literal("false")
	case c == 'n':
		return s.literal("null")
	}
	if s.at >= len(s.text) {
		return s.fail("the body ends in the middle of its JSON")
	}
	return s.fail("the body is not JSON: a value is missing")
}

func (s *scanner) literal(word string) error {
	if len(s.text)-s.at < len(word) || string(s.text[s.at:s.at+len(word)]) != word {
		return s.fail("the body is not JSON: a value is missing")
	}
	s.at += len(word)
	return nil
}

// str passes a string with its quotes.
func (s *scanner) str() error {
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			s.at = i + 1
			return nil
		case c < ' ':
			s.at = i
			return s.fail("the body is not JSON: a control character in a string")
		case c == '\\':
			n := escapeLength(s.text[i:])
			if n == 0 {
				s.at = i
				return s.fail("the body is not JSON: an unknown escape")
			}
			i += n - 1
		}
	}
	s.at = len(s.text)
	return s.fail("the body is not JSON: a string does not end")
}

// escapeLength returns the length of the escape text starts with, 0 if it is
// none.
func escapeLength(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(text) < 6 {
			return 0
		}
		for _, c := range text[2:6] {
			if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
				return 0
			}
		}
		return 6
	}
	return 0
}

// number passes a number.
func (s *scanner) number() error {
	if s.peek() == '-' {
		s.at++
	}
	if s.peek() == '0' {
		s.at++
	} else if !s.digits() {
		return s.fail("the body is not JSON: a malformed number")
	}
	if s.peek() == '.' {
		s.at++
		if !s.digits() {
			return s.fail("the body is not JSON: a malformed number")
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		if c := s.peek(); c == '+' || c == '-' {
			s.at++
		}
		if !s.digits() {
			return s.fail("the body is not JSON: a malformed number")
		}
	}
	return nil
}

func (s *scanner) digits() bool {
	from := s.at
	for s.at < len(s.text) && s.text[s.at] >= '0' && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at > from
}
