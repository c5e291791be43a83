package mapping

import "bytes"

// merge puts b over a: objects by key and lists by index, null over and under
// anything, otherwise b. Another type than before is a problem. a must be the
// caller's own if it is a built object: its members are changed.
func (e *evaluation) merge(a, b value, t *trail, off int) value {
	if !e.spend(1) {
		return absent
	}
	switch {
	case b.kind == kindAbsent:
		return a
	case a.kind == kindAbsent:
		return b
	case a.kind == kindNull || b.kind == kindNull:
		return nullValue
	case a.kind == kindObject && b.kind == kindObject:
		return e.mergeObjects(a, b, t, off)
	case a.kind == kindList && b.kind == kindList:
		return e.mergeLists(a, b, t, off)
	}
	if x, y := a.kind.typeName(), b.kind.typeName(); x != y {
		e.problem(t, off, "%s replaces %s of the same name", y, x)
	}
	return b
}

func (e *evaluation) mergeObjects(a, b value, t *trail, off int) value {
	b = b.open()
	if len(b.kids) == 0 {
		return a
	}
	a = a.open()
	kids := a.kids
	if a.raw != nil || len(b.kids) > 1 || cap(kids) == len(kids) {
		kids = append(make([]member, 0, len(a.kids)+len(b.kids)), a.kids...)
	}
	for _, m := range b.kids {
		i := 0
		for i < len(kids) && !bytes.Equal(kids[i].key, m.key) {
			i++
		}
		if !e.spend(1 + i/8) {
			return absent
		}
		if i == len(kids) {
			kids = append(kids, m)
			continue
		}
		kids[i].val = e.merge(detached(kids[i].val), m.val, t, off)
	}
	return value{kind: kindObject, kids: kids}
}

func (e *evaluation) mergeLists(a, b value, t *trail, off int) value {
	a, b = a.open(), b.open()
	kids := append(make([]member, 0, max(len(a.kids), len(b.kids))), a.kids...)
	for i, m := range b.kids {
		if i < len(kids) {
			kids[i].val = e.merge(detached(kids[i].val), m.val, t, off)
		} else {
			kids = append(kids, m)
		}
	}
	return value{kind: kindList, kids: kids}
}

// detached is a value whose members may be changed without others seeing it.
func detached(v value) value {
	v.kids = v.kids[:len(v.kids):len(v.kids)]
	return v
}
