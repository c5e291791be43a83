package operation

import "strconv"

// rewrite reads one value that check accepted and appends it as a value of t.
func (r *reader) rewrite(dst []byte, t *inputType) []byte {
	c := r.peek()
	start := r.i
	if c == 'n' {
		r.skip()
		return append(dst, r.raw[start:r.i]...)
	}
	switch t.kind {
	case listInput:
		return r.rewriteList(dst, t, c)
	case objectInput:
		return r.rewriteObject(dst, t)
	case intInput:
		return appendInteger(dst, r)
	case idInput:
		if c != '"' {
			dst = appendInteger(append(dst, '"'), r)
			return append(dst, '"')
		}
	case enumInput:
		if name, escaped := r.text(); escaped {
			s, _ := unescape(string(name))
			return appendString(dst, s)
		}
		return append(dst, r.raw[start:r.i]...)
	default:
	}
	r.skip()
	return append(dst, r.raw[start:r.i]...)
}

// appendInteger reads a number and appends it without fraction and exponent;
// the digits of an integer stay as they are, however many.
func appendInteger(dst []byte, r *reader) []byte {
	text, whole := r.number()
	if !whole {
		if n, ok := integer(text); ok {
			return strconv.AppendInt(dst, n, 10)
		}
	}
	return append(dst, text...)
}

func (r *reader) rewriteList(dst []byte, t *inputType, c byte) []byte {
	dst = append(dst, '[')
	if c != '[' {
		return append(r.rewrite(dst, t.elem), ']')
	}
	r.i++
	for first := true; r.item(first); first = false {
		if !first {
			dst = append(dst, ',')
		}
		dst = r.rewrite(dst, t.elem)
	}
	return append(dst, ']')
}

func (r *reader) rewriteObject(dst []byte, t *inputType) []byte {
	r.i++
	dst = append(dst, '{')
	fields := t.object.list()
	var given seen
	count, next := 0, 0
	for ; ; count++ {
		key, more := r.member(count == 0)
		if !more {
			break
		}
		i := t.object.find(key, next)
		next = i + 1
		given.add(i)
		if count > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, fields[i].name), ':')
		dst = r.rewrite(dst, fields[i].typ)
	}
	for i := range fields {
		if fields[i].fallback == nil || given.has(i) || t.object.oneOf {
			continue
		}
		if count > 0 {
			dst = append(dst, ',')
		}
		count++
		dst = append(appendString(dst, fields[i].name), ':')
		dst = r.fallback(dst, &fields[i])
	}
	return append(dst, '}')
}

// maxDefaults bounds how deep defaults within defaults are filled in: a schema
// may have types whose defaults lead to each other. Chosen; deeper ones are
// filled in by the subgraph.
const maxDefaults = 8

// fallback appends a field's default, itself coerced.
func (r *reader) fallback(dst []byte, f *inputField) []byte {
	inner := reader{raw: f.fallback, deepest: r.deepest, defaults: r.defaults + 1}
	if inner.defaults > maxDefaults {
		return append(dst, f.fallback...)
	}
	if rewrite, bad := inner.check(f.typ); !rewrite || bad != nil || inner.broken {
		return append(dst, f.fallback...)
	}
	inner.i = 0
	return inner.rewrite(dst, f.typ)
}
