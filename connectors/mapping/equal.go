package mapping

import "bytes"

// equal compares deeply; the order of keys does not matter. Two numbers at the
// top are compared by value unless strict, so that 1 equals 1.0; those inside
// lists and objects, and strict ones, must both be written as integers, or both
// not.
func (e *evaluation) equal(a, b value, strict bool) bool {
	if !e.spend(1) || a.kind != b.kind {
		return false
	}
	switch a.kind {
	case kindNumber:
		if strict && isInteger(a.raw) != isInteger(b.raw) {
			return false
		}
		return bytes.Equal(a.raw, b.raw) || compareNumbers(a.raw, b.raw) == 0
	case kindString:
		return bytes.Equal(a.raw, b.raw) || bytes.Equal(a.text(), b.text())
	case kindList:
		return e.equalLists(a.open(), b.open())
	case kindObject:
		return e.equalObjects(a.open(), b.open())
	default:
	}
	return true
}

func (e *evaluation) equalLists(a, b value) bool {
	if len(a.kids) != len(b.kids) {
		return false
	}
	for i := range a.kids {
		if !e.equal(a.kids[i].val, b.kids[i].val, true) {
			return false
		}
	}
	return true
}

func (e *evaluation) equalObjects(a, b value) bool {
	if len(a.kids) != len(b.kids) {
		return false
	}
	index := make(map[string]value, len(b.kids))
	for _, m := range b.kids {
		index[string(m.key)] = m.val
	}
	for _, m := range a.kids {
		other, ok := index[string(m.key)]
		if !ok || !e.equal(m.val, other, true) {
			return false
		}
	}
	return true
}
