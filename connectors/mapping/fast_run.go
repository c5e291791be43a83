package mapping

import (
	"bytes"
	"slices"
)

// fastRun is one run of the fast path. Its methods return false to hand over to
// the general evaluator, which begins anew: the input holds something that the
// fast path has no rule for, or a limit is passed.
type fastRun struct {
	variables
	b, dst   []byte
	start    int // of the output in dst
	nodes    int // that may still be written
	problems Problems
	silent   bool   // nobody wants the problems
	spans    []span // of the members that open objects look for
	in, out  []place
}

// span is where a value lies in the input; the zero span is no value.
type span struct{ from, to int }

// place is one step of the path into the input or the output.
type place struct {
	key   string
	index int
	keyed bool
}

// run writes what v makes of the input. absent says that it has no value.
func (r *fastRun) run(v *fastValue) (found, ok bool) {
	return r.value(v, span{0, len(r.b)}, 0)
}

// value writes v of the value at s; the first done of its steps are taken.
func (r *fastRun) value(v *fastValue, s span, done int) (found, ok bool) {
	if v.constant != nil {
		return true, r.raw(v.constant)
	}
	if v.variable != "" {
		return r.ofVariable(v)
	}
	return r.walk(v, s, done)
}

// ofVariable writes v of its variable. The input is another one meanwhile.
func (r *fastRun) ofVariable(v *fastValue) (found, ok bool) {
	text, ok := r.find(v.variable)
	if !ok {
		if !r.silent && !r.problems.full() {
			r.problems.add(note{missingVariable(v.variable), trailOf(r.in), v.off})
		}
		return false, true
	}
	r.in = slices.Grow(r.in, 8) // so that what the variable adds is kept for the next
	b, in := r.b, r.in
	r.b, r.in = text, append(r.in[len(r.in):], place{key: v.variable, keyed: true})
	found, ok = r.walk(v, span{0, len(text)}, 0)
	r.b, r.in = b, in
	return found, ok
}

// walk takes the steps and writes what they lead to.
func (r *fastRun) walk(v *fastValue, s span, done int) (found, ok bool) {
	depth := len(r.in)
	for i := done; i < len(v.steps); i++ {
		if r.b[s.from] == '[' {
			if i < len(v.steps)-1 || v.object != nil {
				return false, false
			}
			ok = r.mapped(v, &v.steps[i], s, v.lists)
			r.in = r.in[:depth]
			return true, ok
		}
		s = r.step(&v.steps[i], s)
		if s.to == 0 {
			r.in = r.in[:depth]
			return false, true
		}
		r.in = append(r.in, place{key: v.steps[i].key, keyed: true})
	}
	ok = r.typed(v, s, v.lists)
	r.in = r.in[:depth]
	return true, ok
}

// step takes a key of the value at s. The zero span is no value.
func (r *fastRun) step(st *fastStep, s span) span {
	if r.b[s.from] != '{' {
		r.missing(st, s)
		return span{}
	}
	found := span{}
	for key, from, to, ok := nextMember(r.b, s.from+1); ok; key, from, to, ok = nextMember(r.b, to) {
		if sameKey(key, st.key) {
			found = span{from, to}
		}
	}
	return r.present(st, found, s)
}

// present applies ? to what a key has, and reports what it does not have.
func (r *fastRun) present(st *fastStep, found, of span) span {
	switch {
	case found.to == 0:
		if !st.optional || r.b[of.from] != '{' {
			r.missing(st, of)
		}
	case st.optional && r.b[found.from] == 'n':
		return span{}
	}
	return found
}

// typed writes the value at s.
func (r *fastRun) typed(v *fastValue, s span, lists int) bool {
	c := r.b[s.from]
	switch {
	case v.out == nil && v.object == nil || v.out != nil && v.out.Kind == Any && lists == 0:
		return r.raw(r.b[s.from:s.to])
	case c == '[':
		// Without a type braces go into lists of any depth.
		if v.out != nil && lists == 0 {
			return r.deviates(v, s)
		}
		return r.list(v, s, lists)
	case v.object != nil && !v.object.quiet:
		if v.out != nil && lists > 0 && (c != 'n' || v.object.always) {
			return false
		}
		return r.object(v.object, s)
	case c == 'n':
		return r.raw(nullValue.raw)
	case lists > 0:
		return r.misfit(s, "list")
	case v.object != nil:
		if c != '{' {
			return r.misfit(s, v.out.Kind.String())
		}
		return r.object(v.object, s)
	}
	return r.scalar(v.out, s)
}

// deviates is for a list where the type has none.
func (r *fastRun) deviates(v *fastValue, s span) bool {
	if v.object != nil && !v.object.quiet {
		return false
	}
	return r.misfit(s, v.out.Kind.String())
}

func (r *fastRun) scalar(out *Output, s span) bool {
	if !r.node() {
		return false
	}
	dst, ok := appendScalar(r.dst, kindOf(r.b[s.from]), r.b[s.from:s.to], out)
	if !ok {
		r.nodes++
		return r.misfit(s, out.Kind.String())
	}
	r.dst = dst
	return true
}

func (r *fastRun) list(v *fastValue, s span, lists int) bool {
	if !r.node() {
		return false
	}
	in, out := len(r.in), len(r.out)
	r.in = append(r.in, place{})
	r.out = append(r.out, place{})
	r.dst = append(r.dst, '[')
	i := 0
	for from, to, ok := nextElement(r.b, s.from+1); ok; from, to, ok = nextElement(r.b, to) {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.in[in].index, r.out[out].index = i, i
		if !r.typed(v, span{from, to}, lists-1) {
			return false
		}
		i++
	}
	r.dst = append(r.dst, ']')
	r.in, r.out = r.in[:in], r.out[:out]
	return true
}

// mapped takes the last key of a path of each element of the list at s.
func (r *fastRun) mapped(v *fastValue, st *fastStep, s span, lists int) bool {
	if v.out != nil && lists == 0 && v.out.Kind != Any {
		return false
	}
	if !r.node() {
		return false
	}
	in, out := len(r.in), len(r.out)
	r.in = append(r.in, place{})
	r.out = append(r.out, place{})
	r.dst = append(r.dst, '[')
	i := 0
	always := fastStep{key: st.key, off: st.off}
	for from, to, ok := nextElement(r.b, s.from+1); ok; from, to, ok = nextElement(r.b, to) {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.in[in].index, r.out[out].index = i, i
		if !r.mappedElement(v, &always, span{from, to}, max(lists-1, 0)) {
			return false
		}
		i++
	}
	r.dst = append(r.dst, ']')
	r.in, r.out = r.in[:in], r.out[:out]
	return true
}

func (r *fastRun) mappedElement(v *fastValue, st *fastStep, s span, lists int) bool {
	if r.b[s.from] == '[' {
		return r.mapped(v, st, s, lists)
	}
	found := r.step(st, s)
	if found.to == 0 {
		return r.raw(nullValue.raw)
	}
	r.in = append(r.in, place{key: st.key, keyed: true})
	ok := r.typed(v, found, lists)
	r.in = r.in[:len(r.in)-1]
	return ok
}

// object writes the object that o makes of the value at s.
func (r *fastRun) object(o *fastObject, s span) bool {
	if !r.node() {
		return false
	}
	base := len(r.spans)
	for range o.keys {
		r.spans = append(r.spans, span{})
	}
	start := len(r.dst)
	if r.b[s.from] == '{' {
		r.members(o, s, base)
	} else if !o.always {
		if o.maybe {
			return false
		}
		r.nodes++
		ok := r.unchanged(o, s)
		r.spans = r.spans[:base]
		return ok
	}
	r.dst = append(r.dst, '{')
	for i := range o.fields {
		if !r.field(o, &o.fields[i], s, base, len(r.dst) > start+1) {
			return false
		}
	}
	r.dst = append(r.dst, '}')
	r.spans = r.spans[:base]
	return true
}

// members notes where the wanted members of the object at s lie.
func (r *fastRun) members(o *fastObject, s span, base int) {
	next := 0 // members often come in the order they are wanted in
	for key, from, to, ok := nextMember(r.b, s.from+1); ok; key, from, to, ok = nextMember(r.b, to) {
		var i int
		if next < len(o.keys) && string(key) == o.keys[next] {
			i = next
		} else {
			i = o.find(key)
		}
		if i >= 0 {
			r.spans[base+i] = span{from, to}
			next = i + 1
		}
	}
}

// find returns the slot of a key as it is written, none if it is not wanted.
func (o *fastObject) find(key []byte) int {
	if bytes.IndexByte(key, '\\') >= 0 {
		key = unescape(key)
	}
	if o.index != nil {
		if i, ok := o.index[string(key)]; ok {
			return i
		}
		return none
	}
	for i, k := range o.keys {
		if string(key) == k {
			return i
		}
	}
	return none
}

// field writes one field, with a comma before it if it is not the first.
func (r *fastRun) field(o *fastObject, f *fastField, s span, base int, comma bool) bool {
	mark := len(r.dst)
	if comma {
		r.dst = append(r.dst, ',')
	}
	r.dst = append(r.dst, f.prefix...)
	r.out = append(r.out, place{key: f.name, keyed: true})
	found, ok := r.fieldValue(o, &f.value, s, base)
	r.out = r.out[:len(r.out)-1]
	switch {
	case !ok:
		return false
	case found:
	case o.full:
		return r.raw(nullValue.raw)
	default:
		r.dst = r.dst[:mark]
	}
	return true
}

func (r *fastRun) fieldValue(o *fastObject, v *fastValue, s span, base int) (found, ok bool) {
	if v.slot == none || v.constant != nil {
		return r.value(v, s, 0)
	}
	st := &v.steps[0]
	member := r.spans[base+v.slot]
	if !o.quiet {
		member = r.present(st, member, s)
	}
	if member.to == 0 {
		return false, true
	}
	r.in = append(r.in, place{key: st.key, keyed: true})
	found, ok = r.value(v, member, 1)
	r.in = r.in[:len(r.in)-1]
	return found, ok
}

// unchanged writes a value that is no object and of which nothing came.
func (r *fastRun) unchanged(o *fastObject, s span) bool {
	for i := range o.fields {
		if v := &o.fields[i].value; v.slot != none && v.constant == nil {
			r.missing(&v.steps[0], s)
		}
	}
	if o.full && r.b[s.from] != 'n' {
		return r.misfit(s, Object.String())
	}
	return r.raw(r.b[s.from:s.to])
}

// raw copies text.
func (r *fastRun) raw(text []byte) bool {
	if !r.node() {
		return false
	}
	r.dst = append(r.dst, text...)
	return len(r.dst)-r.start <= maxBytes
}

func (r *fastRun) node() bool {
	r.nodes--
	return r.nodes >= 0
}

// missing reports a key that a value does not have.
func (r *fastRun) missing(st *fastStep, of span) {
	if r.silent || r.problems.full() {
		return
	}
	t := &trail{parent: trailOf(r.in), key: st.key, keyed: true}
	r.problems.add(note{missingKey(st.key, kindOf(r.b[of.from])), t, st.off})
}

// misfit reports a value that does not fit its type, and writes null.
func (r *fastRun) misfit(s span, want string) bool {
	if !r.silent && !r.problems.full() {
		r.problems.add(note{message: misfit(kindOf(r.b[s.from]), want), trail: trailOf(r.out)})
	}
	return r.raw(nullValue.raw)
}

func trailOf(path []place) *trail {
	var t *trail
	for _, p := range path {
		t = &trail{parent: t, key: p.key, index: p.index, keyed: p.keyed}
	}
	return t
}
