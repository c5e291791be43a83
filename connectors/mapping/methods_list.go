package mapping

import "unicode/utf8"

func mapList(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	if c.at.kind != kindList {
		v := c.arg(0)
		if v.kind == kindAbsent {
			return absent
		}
		return value{kind: kindList, kids: []member{{val: v}}}
	}
	in := c.at.open()
	out := value{kind: kindList, kids: make([]member, len(in.kids))}
	for i := range in.kids {
		v, _ := c.element(i, in.kids[i].val)
		out.kids[i].val = orNull(v)
	}
	return out
}

// filter goes on after a condition that is no boolean, to report them all.
func filter(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	out := value{kind: kindList, kids: []member{}}
	if c.at.kind != kindList {
		switch c.condition(c.arg(0), c.trail, true) {
		case kindTrue:
			out.kids = append(out.kids, member{val: c.at})
		case kindFalse:
		default:
			return absent
		}
		return out
	}
	failed := false
	for i, m := range c.at.open().kids {
		switch c.condition(c.elementOf(i, m)) {
		case kindTrue:
			out.kids = append(out.kids, m)
		case kindFalse:
		default:
			failed = true
		}
	}
	if failed {
		return absent
	}
	return out
}

func find(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	if c.at.kind != kindList {
		if c.condition(c.arg(0), c.trail, true) == kindTrue {
			return c.at
		}
		return absent
	}
	for i, m := range c.at.open().kids {
		switch c.condition(c.elementOf(i, m)) {
		case kindTrue:
			return m.val
		case kindFalse:
		default:
			return absent
		}
	}
	return absent
}

func (c *call) elementOf(i int, m member) (value, *trail, bool) {
	v, t := c.element(i, m.val)
	return v, t, false
}

// condition returns kindTrue, kindFalse, or kindAbsent after reporting a
// condition that is neither. One that has no value at all was reported where it
// got lost, which is enough if silent.
func (c *call) condition(v value, t *trail, silent bool) kind {
	switch {
	case v.kind == kindTrue || v.kind == kindFalse:
		return v.kind
	case v.kind != kindAbsent || !silent:
		c.problem(t, c.step.off, "->%s takes a condition that is a boolean, not %s", c.step.name, v.kind.typeName())
	}
	return kindAbsent
}

func first(c *call) value { return c.end(false) }
func last(c *call) value  { return c.end(true) }

// end is the first or last element or character.
func (c *call) end(last bool) value {
	if !c.bare() {
		return absent
	}
	switch c.at.kind {
	case kindList:
		kids := c.at.open().kids
		switch {
		case len(kids) == 0:
			return absent
		case last:
			return kids[len(kids)-1].val
		}
		return kids[0].val
	case kindString:
		s := c.at.text()
		if len(s) == 0 {
			return absent
		}
		if last {
			_, n := utf8.DecodeLastRune(s)
			return stringValue(s[len(s)-n:])
		}
		_, n := utf8.DecodeRune(s)
		return stringValue(s[:n])
	default:
	}
	c.fail("takes a list or a string, not %s", c.at.kind.typeName())
	return c.at
}

// slice clamps its bounds. Strings are cut at bytes, which must not lie inside
// a character.
func slice(c *call) value {
	if c.at.kind != kindList && c.at.kind != kindString {
		return c.fail("takes a list or a string, not %s", c.at.kind.typeName())
	}
	if !c.step.called {
		return c.at
	}
	if c.at.kind == kindList {
		kids := c.at.open().kids
		from, to := c.bounds(len(kids))
		return value{kind: kindList, kids: kids[from:to:to]}
	}
	s := c.at.text()
	from, to := c.bounds(len(s))
	if from < len(s) && !utf8.RuneStart(s[from]) || to < len(s) && !utf8.RuneStart(s[to]) {
		return c.fail("would cut a character in two")
	}
	return stringValue(s[from:to])
}

// bounds are the first two arguments as offsets from 0 to n.
func (c *call) bounds(n int) (from, to int) {
	from, to = 0, n
	for i, bound := range []*int{&from, &to} {
		if i >= len(c.step.args) {
			break
		}
		if v := c.arg(i); v.kind == kindNumber {
			if x, ok := integer(v.raw); ok {
				*bound = int(max(0, min(x, int64(n))))
			}
		}
	}
	return from, max(from, to)
}

func size(c *call) value {
	if !c.bare() {
		return absent
	}
	switch c.at.kind {
	case kindList, kindObject:
		return intValue(int64(len(c.at.open().kids)))
	case kindString:
		return intValue(int64(len(c.at.text())))
	default:
	}
	return c.fail("takes a list, a string or an object, not %s", c.at.kind.typeName())
}

func entries(c *call) value {
	if !c.bare() {
		return absent
	}
	if c.at.kind != kindObject {
		return c.fail("takes an object, not %s", c.at.kind.typeName())
	}
	in := c.at.open()
	out := value{kind: kindList, kids: make([]member, len(in.kids))}
	for i, m := range in.kids {
		out.kids[i].val = value{kind: kindObject, kids: []member{
			{key: []byte("key"), val: stringValue(m.key)}, {key: []byte("value"), val: m.val},
		}}
	}
	return out
}

func get(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	if c.at.kind != kindList && c.at.kind != kindString && c.at.kind != kindObject {
		return c.fail("takes a list, a string or an object, not %s", c.at.kind.typeName())
	}
	at := c.arg(0)
	if at.kind == kindAbsent {
		return absent
	}
	if c.at.kind == kindObject {
		if at.kind != kindString {
			return c.fail("takes the key of an object as a string, not %s", at.kind.typeName())
		}
		name := string(at.text())
		if v := c.at.field(name); v.kind != kindAbsent {
			return v
		}
		return c.fail("found no key %q", name)
	}
	i, ok := int64(0), at.kind == kindNumber
	if ok {
		i, ok = integer(at.raw)
	}
	if !ok {
		return c.fail("takes an integer as the index of %s", c.at.kind.typeName())
	}
	if c.at.kind == kindList {
		kids := c.at.open().kids
		if i, ok = within(i, len(kids)); ok {
			return kids[i].val
		}
		return c.fail("found no element at %s of %d", at.raw, len(kids))
	}
	// A string is counted in bytes; a byte alone must be a character.
	s := c.at.text()
	if i, ok = within(i, len(s)); ok && s[i] < utf8.RuneSelf {
		return stringValue(s[i : i+1])
	}
	return c.fail("found no character at byte %s of %d", at.raw, len(s))
}

// within is an index of n elements, counted from the end if it is negative.
func within(i int64, n int) (int64, bool) {
	if i < 0 {
		i += int64(n)
	}
	return i, i >= 0 && i < int64(n)
}

// in and contains compare as eq does.
func in(c *call) value {
	if !c.wants(1, 1) {
		return absent
	}
	list := c.arg(0)
	switch list.kind {
	case kindAbsent:
		return absent
	case kindList:
		return c.member(list, c.at)
	default:
	}
	return c.fail("takes a list, not %s", list.kind.typeName())
}

func contains(c *call) value {
	if !c.wants(1, 1) {
		return absent
	}
	v := c.arg(0)
	switch {
	case v.kind == kindAbsent:
		return absent
	case c.at.kind == kindList:
		return c.member(c.at, v)
	}
	return c.fail("looks into a list, not %s", c.at.kind.typeName())
}

func (c *call) member(list, v value) value {
	for _, m := range list.open().kids {
		if c.equal(m.val, v, false) {
			return trueValue
		}
	}
	return falseValue
}
