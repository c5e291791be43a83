package executor

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/weftql/weft/planner/plan"
)

// The parser reads an answer once, by shape, straight into records. It guesses
// that the next member is the shape's next key, looks the name up when it is
// not, and skips members nobody asked for. A value of the wrong kind becomes
// null with a note; bytes that are not JSON fail the whole answer.
//
// Of members given twice the first holds.

// record parses the object at pos into a new record.
func (r *run) record(s *shape, buf []byte, pos int) (uint32, int) {
	if r.full(int(s.size)) {
		return 0, malformed
	}
	rec := r.alloc(s.size)
	if pos = r.fill(s, rec, buf, pos); pos < 0 {
		return 0, malformed
	}
	if s.target >= 0 {
		r.targets[s.target] = append(r.targets[s.target], rec)
	}
	return rec, pos
}

// fill parses the object at pos into rec. It is one long loop because nearly all
// of an answer passes through it.
func (r *run) fill(s *shape, rec uint32, buf []byte, pos int) int {
	pos = space(buf, pos+1)
	if buf[pos] == '}' {
		return pos + 1
	}
	next := 0
	for {
		var k *key
		if next < len(s.keys) {
			k = &s.keys[next]
			if len(buf)-pos > len(k.text) && string(buf[pos:pos+len(k.text)]) == k.text {
				pos += len(k.text)
				if buf[pos] <= ' ' {
					pos = space(buf, pos)
				}
				next++
			} else {
				k = nil
			}
		}
		if k == nil {
			var n int
			if n, pos = r.lookup(s, buf, pos); pos < 0 {
				return malformed
			}
			if n >= 0 {
				k, next = &s.keys[n], n+1
			}
		}
		switch {
		case k == nil:
			pos = skip(buf, pos, &r.high)
		case k.quick && buf[pos] == '"' && r.arena[rec+k.at] == (slot{}):
			start := pos
			pos = str(buf, pos, &r.high)
			r.arena[rec+k.at] = slot{uint32(start), uint32(pos - start)}
		default:
			pos = r.member(k, rec, buf, pos)
		}
		if pos < 0 {
			return malformed
		}
		if buf[pos] <= ' ' {
			pos = space(buf, pos)
		}
		switch buf[pos] {
		case ',':
			pos++
			if buf[pos] <= ' ' {
				pos = space(buf, pos)
			}
		case '}':
			return pos + 1
		default:
			return malformed
		}
	}
}

// lookup scans a member's name and colon and finds its key, -1 for none.
func (r *run) lookup(s *shape, buf []byte, pos int) (int, int) {
	at := pos
	if pos = name(buf, pos, &r.high); pos < 0 {
		return -1, malformed
	}
	member := plainName(buf[at:pos])
	for i := range s.keys {
		if prefixed(member, s.keys[i].text[:len(s.keys[i].text)-1]) {
			return i, pos
		}
	}
	return -1, pos
}

// plainName is a scanned member name, and what is between it and the value,
// without escapes. Nobody writes GraphQL names with any, but they may.
func plainName(member []byte) []byte {
	if bytes.IndexByte(member, '\\') < 0 {
		return member
	}
	var text string
	if json.Unmarshal(member[:bytes.LastIndexByte(member, '"')+1], &text) != nil {
		return member
	}
	return append(strconv.AppendQuote(nil, text), ':')
}

// prefixed reports whether a scanned member begins with the quoted name.
func prefixed(member []byte, quoted string) bool {
	return len(member) > len(quoted) && string(member[:len(quoted)]) == quoted
}

// member parses the value of a key.
func (r *run) member(k *key, rec uint32, buf []byte, pos int) int {
	at := rec + k.at
	if r.arena[at] != (slot{}) {
		return skip(buf, pos, &r.high)
	}
	var v slot
	switch {
	case k.lists > 0:
		v, pos = r.list(k, k.lists, buf, pos)
	case k.shape == nil:
		v, pos = r.leaf(k, buf, pos)
	default:
		v, pos = r.object(k, buf, pos)
	}
	if pos < 0 {
		return malformed
	}
	r.arena[at] = v
	if k.shape != nil && k.shape.parent != 0 {
		r.adopt(k, rec, v, k.lists)
	}
	return pos
}

// adopt tells the records below a slot which one encloses them.
func (r *run) adopt(k *key, parent uint32, v slot, lists uint8) {
	switch {
	case v.off == 0:
	case lists == 0:
		r.arena[v.off+k.shape.parent] = slot{parent, 1}
	default:
		for i := range v.n {
			r.adopt(k, parent, r.arena[v.off+i], lists-1)
		}
	}
}

// object parses an object or null.
func (r *run) object(k *key, buf []byte, pos int) (slot, int) {
	switch buf[pos] {
	case '{':
		rec, end := r.record(k.shape, buf, pos)
		return slot{rec, 1}, end
	case 'n':
		return slot{0, stated}, word(buf, pos, "null")
	}
	return r.mismatch(k, wantObject, buf, pos)
}

// list parses a list of the given levels, or null. Lists of leafs without
// nulls or mistakes stay raw bytes.
func (r *run) list(k *key, levels uint8, buf []byte, pos int) (slot, int) {
	start := pos
	switch buf[pos] {
	case '[':
	case 'n':
		return slot{0, stated}, word(buf, pos, "null")
	default:
		return r.mismatch(k, wantList, buf, pos)
	}
	pos = space(buf, pos+1)
	if buf[pos] == ']' {
		pos++
		if k.shape == nil {
			return slot{uint32(start), uint32(pos - start)}, pos
		}
		return slot{nowhere, 0}, pos
	}
	mark := len(r.stack)
	raw, pos := r.items(k, levels, buf, pos, start)
	if pos < 0 {
		return slot{}, malformed
	}
	if raw {
		r.stack = r.stack[:mark]
		return slot{uint32(start), uint32(pos - start)}, pos
	}
	return r.keep(k, mark, pos)
}

// items parses the items of a list that is not empty onto the stack. raw reports
// whether they are all leafs that the bytes since start stand for.
func (r *run) items(k *key, levels uint8, buf []byte, pos, start int) (raw bool, end int) {
	raw = k.shape == nil
	for {
		var v slot
		switch {
		case levels > 1:
			v, pos = r.list(k, levels-1, buf, pos)
		case k.shape == nil:
			v, pos = r.leaf(k, buf, pos)
		default:
			v, pos = r.object(k, buf, pos)
		}
		if pos < 0 {
			return false, malformed
		}
		if r.full(1) {
			return false, malformed
		}
		raw = raw && v.off != 0 && v.n&listBit == 0 && int(v.off) >= start && int(v.off) < pos
		r.stack = append(r.stack, v)
		if buf[pos] <= ' ' {
			pos = space(buf, pos)
		}
		switch buf[pos] {
		case ',':
			pos++
			if buf[pos] <= ' ' {
				pos = space(buf, pos)
			}
		case ']':
			return raw, pos + 1
		default:
			return false, malformed
		}
	}
}

// keep moves the items on the stack into the arena.
func (r *run) keep(k *key, mark, pos int) (slot, int) {
	n := len(r.stack) - mark
	if r.full(n) {
		return slot{}, malformed
	}
	at := r.alloc(uint32(n))
	copy(r.arena[at:], r.stack[mark:])
	r.stack = r.stack[:mark]
	v := slot{at, uint32(n)}
	if k.shape == nil {
		v.n |= listBit
	}
	return v, pos
}

// leaf parses a leaf and checks its class.
func (r *run) leaf(k *key, buf []byte, pos int) (slot, int) {
	start, end := pos, malformed
	c := buf[pos]
	if c == 'n' {
		return slot{0, stated}, word(buf, pos, "null")
	}
	ok := true
	switch k.class {
	case plan.String:
		if ok = c == '"'; ok {
			end = str(buf, pos, &r.high)
		}
	case plan.Int:
		if ok = c == '-' || c >= '0' && c <= '9'; ok {
			if end, ok = number(buf, pos); end < 0 {
				return slot{}, malformed
			}
			ok = ok && fits32(buf[pos:end])
		}
	case plan.Float:
		if ok = c == '-' || c >= '0' && c <= '9'; ok {
			end, _ = number(buf, pos)
		}
	case plan.Boolean:
		if ok = c == 't' || c == 'f'; ok {
			end = scalar(buf, pos, &r.high)
		}
	case plan.ID:
		if ok = c == '"'; ok {
			end = str(buf, pos, &r.high)
		} else if c == '-' || c >= '0' && c <= '9' {
			if end, ok = number(buf, pos); ok {
				return r.requote(buf[pos:end]), end
			}
		}
	case plan.Enum:
		if ok = c == '"'; ok {
			if end = str(buf, pos, &r.high); end > 0 {
				ok = oneOf(k.enum, buf[pos:end])
			}
		}
	default:
		end = skip(buf, pos, &r.high)
	}
	if !ok {
		return r.mismatch(k, wantLeaf, buf, pos)
	}
	return slot{uint32(start), uint32(end - start)}, end
}

// requote keeps a number as a string, behind the answers.
func (r *run) requote(number []byte) slot {
	at := len(r.buf)
	r.buf = append(append(append(r.buf, '"'), number...), '"')
	return slot{uint32(at), uint32(len(r.buf) - at)}
}

// fits32 reports whether a whole number is in the range of Int.
func fits32(digits []byte) bool {
	limit := uint64(1<<31 - 1)
	if digits[0] == '-' {
		digits = digits[1:]
		limit++
	}
	if len(digits) > 10 {
		return false
	}
	var n uint64
	for _, c := range digits {
		n = n*10 + uint64(c-'0')
	}
	return n <= limit
}

// oneOf reports whether the quoted value is one of the list.
func oneOf(values []string, quoted []byte) bool {
	for _, v := range values {
		if v == string(quoted) {
			return true
		}
	}
	return false
}
