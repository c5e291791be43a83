package operation

import (
	"math"
	"strconv"

	"github.com/weftql/weft/fault"
)

// check reads one value and says whether it must be rewritten to be a value of
// t, or what is wrong with it. After an error the position is anywhere.
func (r *reader) check(t *inputType) (rewrite bool, bad *badInput) {
	c := r.peek()
	if c == 'n' {
		if r.word("null"); t.nonNull && !r.broken {
			return false, &badInput{why: `Expected a value of non-null type "` + t.String() + `", found null.`, null: true}
		}
		return false, nil
	}
	switch t.kind {
	case listInput:
		return r.checkList(t, c)
	case objectInput:
		return r.checkObject(t, c)
	case anyInput:
		r.skip()
		return false, nil
	case booleanInput:
		if c != 't' && c != 'f' {
			return false, &badInput{why: "Boolean cannot represent a non boolean value."}
		}
		r.skip()
		return false, nil
	case enumInput:
		return r.checkEnum(t, c)
	default:
		return r.checkScalar(t.kind, c)
	}
}

// checkScalar is check for strings and numbers.
func (r *reader) checkScalar(kind inputKind, c byte) (rewrite bool, bad *badInput) {
	if c == '"' {
		if kind == stringInput || kind == idInput {
			r.text()
			return false, nil
		}
	} else if (c == '-' || c >= '0' && c <= '9') && kind != stringInput {
		text, whole := r.number()
		if r.broken {
			return false, nil
		}
		return checkNumber(kind, text, whole)
	}
	switch kind {
	case intInput:
		return false, &badInput{why: "Int cannot represent a non-integer value."}
	case floatInput:
		return false, &badInput{why: "Float cannot represent a non numeric value."}
	case idInput:
		return false, &badInput{why: "ID cannot represent a value that is neither a string nor an integer."}
	default:
		return false, &badInput{why: "String cannot represent a non string value."}
	}
}

// checkNumber judges a number for Int, Float or ID. Numbers like 1.0 and 1e3
// are integers to JSON.
func checkNumber(kind inputKind, text []byte, whole bool) (rewrite bool, bad *badInput) {
	switch kind {
	case floatInput:
		// Without an exponent, only hundreds of digits leave the range.
		if whole && len(text) < 300 {
			return false, nil
		}
		if f, err := strconv.ParseFloat(string(text), 64); err != nil || math.IsInf(f, 0) {
			return false, &badInput{why: "Float cannot represent a number of this size."}
		}
		return false, nil
	case idInput:
		if n, ok := integer(text); !whole && (!ok || n == inexact) {
			return false, &badInput{why: "ID cannot represent a value that is neither a string nor an integer."}
		}
		return true, nil
	default:
		return checkInt(text, whole)
	}
}

func checkInt(text []byte, whole bool) (rewrite bool, bad *badInput) {
	if whole && len(text) <= 9 {
		return false, nil
	}
	n, ok := integer(text)
	switch {
	case !ok:
		return false, &badInput{why: "Int cannot represent a non-integer value."}
	case n < math.MinInt32 || n > math.MaxInt32:
		return false, &badInput{why: "Int cannot represent a non 32-bit signed integer value."}
	}
	return !whole, nil
}

// inexact stands for an integer that is too large to be taken from a float.
const inexact = math.MaxInt64

// integer returns the value of a number without fractional part, inexact where
// it was written with a fraction or an exponent and is beyond 2^53.
func integer(text []byte) (int64, bool) {
	if n, err := strconv.ParseInt(string(text), 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || f != math.Trunc(f) {
		return 0, false
	}
	if math.Abs(f) > 1<<53 {
		return inexact, true
	}
	return int64(f), true
}

func (r *reader) checkEnum(t *inputType, c byte) (rewrite bool, bad *badInput) {
	if c != '"' {
		return false, &badInput{why: `Enum "` + t.name + `" cannot represent a non-string value.`}
	}
	name, escaped := r.text()
	if escaped {
		if s, ok := unescape(string(name)); ok {
			name = []byte(s)
		}
	}
	if t.values[string(name)] {
		return escaped, nil
	}
	if r.broken {
		return false, nil
	}
	return false, &badInput{why: `The value does not exist in enum "` + t.name + `".`}
}

func (r *reader) checkList(t *inputType, c byte) (rewrite bool, bad *badInput) {
	if c != '[' {
		_, bad = r.check(t.elem)
		return true, bad
	}
	if !r.enter() {
		return false, nil
	}
	for i := 0; r.item(i == 0); i++ {
		again, bad := r.check(t.elem)
		if bad != nil {
			return false, bad.under(fault.Step{Index: i})
		}
		rewrite = rewrite || again
	}
	r.leave()
	return rewrite, nil
}

func (r *reader) checkObject(t *inputType, c byte) (rewrite bool, bad *badInput) {
	if c != '{' {
		return false, &badInput{why: `Expected an object of type "` + t.name + `".`}
	}
	if !r.enter() {
		return false, nil
	}
	fields := t.object.list()
	var given seen
	count, next := 0, 0
	for first := true; ; first = false {
		key, more := r.member(first)
		if !more {
			break
		}
		i := t.object.find(key, next)
		if i < 0 {
			return false, &badInput{why: `Field "` + clip(string(key)) + `" is not defined by type "` + t.name + `".`}
		}
		if given.add(i) {
			return false, &badInput{why: `Field "` + fields[i].name + `" is given twice.`}
		}
		next = i + 1
		count++
		null := r.peek() == 'n'
		again, bad := r.check(fields[i].typ)
		if bad == nil && null && t.object.oneOf {
			bad = &badInput{why: "The field of a OneOf input object must not be null."}
		}
		if bad != nil {
			return false, bad.under(fault.Step{Key: fields[i].name})
		}
		rewrite = rewrite || again
	}
	r.leave()
	if r.broken {
		return false, nil
	}
	if t.object.oneOf && count != 1 {
		return false, &badInput{why: `Exactly one field must be given for OneOf type "` + t.name + `".`}
	}
	if count == len(fields) {
		return rewrite, nil
	}
	for i := range fields {
		switch {
		case given.has(i):
		case fields[i].fallback != nil:
			rewrite = true
		case fields[i].typ.nonNull:
			return false, &badInput{why: `Field "` + fields[i].name + `" of required type "` + fields[i].typ.String() + `" was not provided.`}
		}
	}
	return rewrite, nil
}

// seen notes which fields of an object were given; the first 128 need no
// allocation.
type seen struct {
	low  [2]uint64
	high []uint64
}

func (s *seen) word(i int) *uint64 {
	if i < 128 {
		return &s.low[i>>6]
	}
	w := i>>6 - 2
	for len(s.high) <= w {
		s.high = append(s.high, 0)
	}
	return &s.high[w]
}

// add notes i and reports whether it was noted before.
func (s *seen) add(i int) bool {
	w, bit := s.word(i), uint64(1)<<(i&63)
	before := *w&bit != 0
	*w |= bit
	return before
}

func (s *seen) has(i int) bool { return *s.word(i)&(1<<(i&63)) != 0 }
