package mapping

import (
	"bytes"
	"math"
	"strconv"
)

// writer writes values as an Output has them. The path of its problems leads
// through the output, by the names that the mapping has for keys.
type writer struct {
	*evaluation
	dst   []byte
	limit int // of dst
}

// node counts a value that is written.
func (w *writer) node() bool {
	if w.nodes--; w.nodes < 0 && w.over == "" {
		w.over = "the mapping yields more than 1000000 values"
	}
	if len(w.dst) > w.limit && w.over == "" {
		w.over = "the mapping yields too much text"
	}
	return w.over == ""
}

// plain writes a value as it is.
func (w *writer) plain(v value) {
	if !w.node() {
		return
	}
	if v.raw != nil {
		if len(w.dst)+len(v.raw) <= w.limit {
			w.dst = append(w.dst, v.raw...)
		} else {
			w.over = "the mapping yields too much text"
		}
		return
	}
	open, end := byte('['), byte(']')
	if v.kind == kindObject {
		open, end = '{', '}'
	}
	w.dst = append(w.dst, open)
	for i, m := range v.kids {
		if w.over != "" {
			return
		}
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		if v.kind == kindObject {
			w.dst = append(appendQuoted(w.dst, m.key), ':')
		}
		w.plain(m.val)
	}
	w.dst = append(w.dst, end)
}

// compact writes a value for jsonStringify: without space, and with its strings
// spelt in one way, so that equal strings give equal text.
func (e *evaluation) compact(v value) []byte {
	w := writer{evaluation: e, limit: max(e.made, 0)}
	w.plain(v)
	if e.over != "" || bytes.IndexByte(w.dst, '\\') < 0 && (v.kind < kindList || !bytes.ContainsAny(w.dst, " \n\t\r")) {
		return w.dst
	}
	return compactJSON(w.dst)
}

func compactJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	from := 0
	for i := 0; i < len(b); {
		switch b[i] {
		case '"':
			start := i
			if i = skipString(b, i); bytes.IndexByte(b[start:i], '\\') >= 0 {
				out = append(out, b[from:start]...)
				out = appendQuoted(out, unquote(b[start:i]))
				from = i
			}
			continue
		case ' ', '\n', '\t', '\r':
			out = append(out, b[from:i]...)
			from = i + 1
		}
		i++
	}
	return append(out, b[from:]...)
}

// typed writes a value as out has it, null and a problem if it does not fit.
// off is where the mapping makes the value.
func (w *writer) typed(v value, out *Output, lists int, t *trail) {
	switch {
	case w.over != "":
	case out == nil || out.Kind == Any && lists == 0:
		w.plain(orNull(v))
	case v.kind == kindNull || v.kind == kindAbsent:
		w.null()
	case lists > 0:
		w.list(v, out, lists, t)
	case out.Kind == Object:
		w.object(v, out, t)
	case w.node():
		var ok bool
		if w.dst, ok = appendScalar(w.dst, v.kind, v.raw, out); !ok {
			w.misfit(v, out.Kind.String(), t)
		}
	}
}

func (w *writer) null() {
	if w.node() {
		w.dst = append(w.dst, "null"...)
	}
}

func (w *writer) misfit(v value, want string, t *trail) {
	w.dst = append(w.dst, "null"...)
	w.problem(t, 0, "%s", misfit(v.kind, want))
}

func misfit(k kind, want string) string { return k.typeName() + " is no " + want }

func (w *writer) list(v value, out *Output, lists int, t *trail) {
	if v.kind != kindList {
		w.node()
		w.misfit(v, "list", t)
		return
	}
	if !w.node() {
		return
	}
	w.dst = append(w.dst, '[')
	for i, m := range v.open().kids {
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		if w.typed(m.val, out, lists-1, w.index(t, i)); w.over != "" {
			return
		}
	}
	w.dst = append(w.dst, ']')
}

func (w *writer) object(v value, out *Output, t *trail) {
	if !w.node() {
		return
	}
	if v.kind != kindObject {
		w.misfit(v, out.Kind.String(), t)
		return
	}
	v = v.open()
	w.dst = append(w.dst, '{')
	for i := range out.Fields {
		f := &out.Fields[i]
		if i > 0 {
			w.dst = append(w.dst, ',')
		}
		w.dst = append(appendQuoted(w.dst, []byte(f.Response)), ':')
		if f.Name == "__typename" && out.Typename != "" {
			w.dst = appendQuoted(w.dst, []byte(out.Typename))
			continue
		}
		if w.typed(v.field(f.Name), f.Output, f.Output.lists(), w.key(t, f.Name)); w.over != "" {
			return
		}
	}
	w.dst = append(w.dst, '}')
}

// lists of a nil Output are none.
func (o *Output) lists() int {
	if o == nil {
		return 0
	}
	return o.Lists
}

// appendScalar writes a scalar of JSON as a kind of GraphQL.
func appendScalar(dst []byte, k kind, raw []byte, out *Output) ([]byte, bool) {
	switch out.Kind {
	case ID:
		switch {
		case k == kindString:
			return append(dst, raw...), true
		case k == kindNumber && isInteger(raw):
			return append(append(append(dst, '"'), raw...), '"'), true
		}
	case String:
		switch {
		case k == kindString:
			return append(dst, raw...), true
		case out.Lenient && (k == kindNumber || k == kindTrue || k == kindFalse):
			return append(append(append(dst, '"'), raw...), '"'), true
		}
	case Int:
		if n, ok := int32Of(k, raw); ok {
			return strconv.AppendInt(dst, n, 10), true
		}
	case Float:
		if k == kindNumber {
			return append(dst, raw...), true
		}
	case Boolean:
		if k == kindTrue || k == kindFalse {
			return append(dst, raw...), true
		}
	case Enum:
		if k == kindString {
			return appendOneOf(dst, raw, out.Values)
		}
	case Any, Object:
	}
	return dst, false
}

// int32Of is a number with an integral value of 32 bits: 3, 3.0 and 3e0.
func int32Of(k kind, raw []byte) (int64, bool) {
	if k != kindNumber {
		return 0, false
	}
	if isInteger(raw) {
		n, ok := integer(raw)
		return n, ok && n >= math.MinInt32 && n <= math.MaxInt32
	}
	f := float(raw)
	return int64(f), f == math.Trunc(f) && f >= math.MinInt32 && f <= math.MaxInt32
}

// appendOneOf appends the value that raw is, plainly, whatever escapes raw has:
// who reads an enum compares its text.
func appendOneOf(dst, raw []byte, values []string) ([]byte, bool) {
	for _, v := range values {
		if sameKey(raw[1:len(raw)-1], v) {
			return append(append(append(dst, '"'), v...), '"'), true
		}
	}
	return dst, false
}

// String is the kind as messages call it.
func (k Kind) String() string {
	switch k {
	case ID:
		return "ID"
	case String:
		return "String"
	case Int:
		return "Int of 32 bits"
	case Float:
		return "Float"
	case Boolean:
		return "Boolean"
	case Enum:
		return "value of the enum"
	case Object:
		return "object"
	case Any:
	}
	return "JSON value"
}
