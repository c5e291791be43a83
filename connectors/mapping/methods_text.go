package mapping

import "strconv"

// scalarText is a scalar as text; null has none.
func scalarText(v value) (text []byte, ok bool) {
	switch v.kind {
	case kindString:
		return v.text(), true
	case kindNumber, kindTrue, kindFalse:
		return v.raw, true
	case kindNull:
		return nil, true
	default:
	}
	return nil, false
}

func toString(c *call) value {
	if len(c.step.args) > 0 {
		return c.fail("takes no arguments")
	}
	text, ok := scalarText(c.at)
	if !ok {
		return c.fail("takes a scalar, not %s; use ->jsonStringify or ->joinNotNull", c.at.kind.typeName())
	}
	return stringValue(text)
}

func joinNotNull(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	sep := c.arg(0)
	if sep.kind != kindString {
		return c.fail("takes a separator that is a string, not %s", sep.kind.typeName())
	}
	if c.at.kind != kindList {
		text, ok := scalarText(c.at)
		if !ok {
			return c.fail("takes a list of scalars, not %s", c.at.kind.typeName())
		}
		return stringValue(text)
	}
	between, joined, n := sep.text(), []byte(nil), 0
	for _, m := range c.at.open().kids {
		text, ok := scalarText(m.val)
		if !ok {
			return c.fail("takes a list of scalars, not with %s in it", m.val.kind.typeName())
		}
		if m.val.kind == kindNull {
			continue
		}
		if !c.produce(len(between) + len(text)) {
			return absent
		}
		if n++; n > 1 {
			joined = append(joined, between...)
		}
		joined = append(joined, text...)
	}
	return stringValue(joined)
}

// jsonStringify writes without space between tokens.
func jsonStringify(c *call) value {
	if !c.bare() {
		return absent
	}
	text := c.compact(c.at)
	if c.over != "" || !c.produce(len(text)) {
		return absent
	}
	return stringValue(text)
}

func jsonParse(c *call) value {
	if !c.bare() {
		return absent
	}
	if c.at.kind != kindString {
		return c.fail("takes a string, not %s", c.at.kind.typeName())
	}
	text := c.at.text()
	if len(text) > maxJSONParse {
		return c.fail("reads at most 1 MiB")
	}
	from, to, dirty, err := checkJSON(text)
	if err != nil {
		return c.fail("found %v", err)
	}
	if text = text[from:to]; dirty {
		text = cleanJSON(text)
	}
	return rawValue(text)
}

// parseInt reads a string in a base, and truncates a number first.
func parseInt(c *call) value {
	var text string
	switch c.at.kind {
	case kindString:
		text = string(c.at.text())
	case kindNumber:
		n, ok := truncated(c.at.raw)
		if !ok {
			return c.fail("takes a number of 64 bits")
		}
		text = strconv.FormatInt(n, 10)
	default:
		return c.fail("takes a string or a number, not %s", c.at.kind.typeName())
	}
	if !c.wants(0, 1) {
		return absent
	}
	base := int64(10)
	if len(c.step.args) == 1 {
		v := c.arg(0)
		if v.kind == kindAbsent {
			return absent
		}
		ok := v.kind == kindNumber
		if ok {
			base, ok = integer(v.raw)
		}
		if !ok || base < 2 || base > 36 {
			return c.fail("takes a base from 2 to 36")
		}
	}
	n, err := strconv.ParseInt(text, int(base), 64)
	if err != nil {
		return c.fail("found no integer of 64 bits in base %d", base)
	}
	return intValue(n)
}
