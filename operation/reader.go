package operation

// reader goes through JSON text. broken is set, and stays set, once the text is
// not JSON or nests deeper than deepest; what methods return then means
// nothing.
type reader struct {
	raw     []byte
	i       int
	depth   int
	deepest int
	broken  bool
	tooDeep bool // why it is broken
	// defaults counts defaults within defaults while they are filled in.
	defaults int
}

func (r *reader) fail() { r.broken, r.i = true, len(r.raw) }

// space skips white space.
func (r *reader) space() {
	for r.i < len(r.raw) {
		switch r.raw[r.i] {
		case ' ', '\t', '\n', '\r':
			r.i++
		default:
			return
		}
	}
}

// peek skips white space and returns the next byte, 0 at the end.
func (r *reader) peek() byte {
	if r.space(); r.i < len(r.raw) {
		return r.raw[r.i]
	}
	r.fail()
	return 0
}

// member reads the next key of an object whose brace was read, with its colon;
// it reads the closing brace and returns false after the last.
func (r *reader) member(first bool) (key []byte, more bool) {
	switch r.peek() {
	case '}':
		r.i++
		return nil, false
	case ',':
		if first {
			r.fail()
			return nil, false
		}
		r.i++
	default:
		if !first {
			r.fail()
			return nil, false
		}
	}
	if r.peek() != '"' {
		r.fail()
		return nil, false
	}
	key, escaped := r.text()
	if r.peek() != ':' {
		r.fail()
		return nil, false
	}
	r.i++
	if escaped {
		if s, ok := unescape(string(key)); ok {
			key = []byte(s)
		}
	}
	return key, true
}

// item moves to the next item of a list whose bracket was read; it reads the
// closing bracket and returns false after the last.
func (r *reader) item(first bool) bool {
	switch r.peek() {
	case ']':
		r.i++
		return false
	case ',':
		if first {
			r.fail()
			return false
		}
		r.i++
		return !r.broken
	}
	if !first {
		r.fail()
	}
	return !r.broken
}

// enter counts one level of nesting and reads its bracket.
func (r *reader) enter() bool {
	if r.depth++; r.depth > r.deepest {
		r.tooDeep = true
		r.fail()
		return false
	}
	r.i++
	return true
}

func (r *reader) leave() { r.depth-- }

// text reads a string at r.i and returns what is between the quotes.
func (r *reader) text() (content []byte, escaped bool) {
	r.i++
	start := r.i
	for r.i < len(r.raw) {
		switch c := r.raw[r.i]; {
		case c == '"':
			r.i++
			return r.raw[start : r.i-1], escaped
		case c < 0x20:
			r.fail()
			return nil, false
		case c == '\\':
			escaped = true
			n := escapeLength(r.raw[r.i:])
			if n == 0 {
				r.fail()
				return nil, false
			}
			r.i += n
		default:
			r.i++
		}
	}
	r.fail()
	return nil, false
}

// escapeLength returns the length of the escape s starts with, 0 for none. Half
// a surrogate pair passes: it is the receiver's to judge.
func escapeLength(s []byte) int {
	if len(s) < 2 {
		return 0
	}
	switch s[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(s) >= 6 {
			if _, ok := hex4(string(s[2:6])); ok {
				return 6
			}
		}
	}
	return 0
}

// number reads a number at r.i; whole says it has neither fraction nor
// exponent.
func (r *reader) number() (text []byte, whole bool) {
	start := r.i
	if r.raw[r.i] == '-' {
		r.i++
	}
	switch {
	case r.i < len(r.raw) && r.raw[r.i] == '0':
		r.i++
	case !r.digits():
		r.fail()
		return nil, false
	}
	whole = true
	if r.i < len(r.raw) && r.raw[r.i] == '.' {
		r.i++
		if whole = false; !r.digits() {
			r.fail()
			return nil, false
		}
	}
	if r.i < len(r.raw) && r.raw[r.i]|0x20 == 'e' {
		r.i++
		if r.i < len(r.raw) && (r.raw[r.i] == '+' || r.raw[r.i] == '-') {
			r.i++
		}
		if whole = false; !r.digits() {
			r.fail()
			return nil, false
		}
	}
	return r.raw[start:r.i], whole
}

// digits reads at least one digit.
func (r *reader) digits() bool {
	start := r.i
	for r.i < len(r.raw) && r.raw[r.i] >= '0' && r.raw[r.i] <= '9' {
		r.i++
	}
	return r.i > start
}

// word reads one of true, false and null.
func (r *reader) word(w string) {
	if len(r.raw)-r.i < len(w) || string(r.raw[r.i:r.i+len(w)]) != w {
		r.fail()
		return
	}
	r.i += len(w)
}

// skip reads any value.
func (r *reader) skip() {
	switch c := r.peek(); {
	case c == '"':
		r.text()
	case c == '{':
		if !r.enter() {
			return
		}
		for first := true; ; first = false {
			if _, more := r.member(first); !more {
				break
			}
			r.skip()
		}
		r.leave()
	case c == '[':
		if !r.enter() {
			return
		}
		for first := true; r.item(first); first = false {
			r.skip()
		}
		r.leave()
	case c == 't':
		r.word("true")
	case c == 'f':
		r.word("false")
	case c == 'n':
		r.word("null")
	case c == '-' || c >= '0' && c <= '9':
		r.number()
	default:
		r.fail()
	}
}
