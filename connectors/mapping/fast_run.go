package mapping

import (
	"bytes"
	"slices"
)

// fastRun is one run of the fast path. Methods that write the value that begins
// at an offset of the input return where it ends, so that nobody need skip what
// is read anyway. ok is false to hand over to the general evaluator, which begins
// anew: the input holds something that the fast path has no rule for, or a limit
// is passed.
type fastRun struct {
	variables
	b, dst   []byte
	start    int // of the output in dst
	nodes    int // that may still be written
	problems Problems
	silent   bool  // nobody wants the problems
	spans    []int // where members lie that open objects look for; 0: not there
	in, out  []place
}

// place is one step of the path into the input or the output.
type place struct {
	key   string
	index int
	keyed bool
}

// run writes what v makes of the input. found is false if that is no value.
func (r *fastRun) run(v *fastValue) (found, ok bool) {
	if v.constant != nil || v.variable != "" {
		return r.elsewhere(v)
	}
	_, found, ok = r.walk(v, 0, 0)
	return found, ok
}

// elsewhere writes a value that does not come from the input.
func (r *fastRun) elsewhere(v *fastValue) (found, ok bool) {
	if v.constant != nil {
		return true, r.copyText(v.constant)
	}
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
	_, found, ok = r.walk(v, 0, 0)
	r.b, r.in = b, in
	return found, ok
}

// walk takes the steps of v from the one at i on, of the value at from, and
// writes what they lead to.
func (r *fastRun) walk(v *fastValue, from, i int) (to int, found, ok bool) {
	if i == len(v.steps) {
		to, ok = r.typed(v, from, v.lists)
		return to, true, ok
	}
	st := &v.steps[i]
	switch r.b[from] {
	case '{':
		return r.step(v, from, i)
	case '[':
		if i < len(v.steps)-1 || v.object != nil {
			return 0, false, false
		}
		to, ok = r.mapped(v, st, from, v.lists)
		return to, true, ok
	}
	r.missing(st, from)
	return skipValue(r.b, from), false, true
}

// step takes a key of the object at from and goes on. The key twice is for the
// general evaluator: what the first was made into is written already.
func (r *fastRun) step(v *fastValue, from, i int) (to int, found, ok bool) {
	st, seen := &v.steps[i], false
	key, at, more := nextMember(r.b, from+1)
	for more {
		switch {
		case !sameKey(key, st.key):
			at = skipValue(r.b, at)
		case seen:
			return 0, false, false
		case st.optional && r.b[at] == 'n':
			seen = true
			at = skipValue(r.b, at)
		default:
			seen = true
			r.in = append(r.in, place{key: st.key, keyed: true})
			if at, found, ok = r.walk(v, at, i+1); !ok {
				return 0, false, false
			}
			r.in = r.in[:len(r.in)-1]
		}
		key, at, more = nextMember(r.b, at)
	}
	if !seen && !st.optional {
		r.missing(st, from)
	}
	return at, found, true
}

// typed writes the value at from.
func (r *fastRun) typed(v *fastValue, from, lists int) (to int, ok bool) {
	c := r.b[from]
	switch {
	case v.out == nil && v.object == nil || v.out != nil && v.out.Kind == Any && lists == 0:
		to = skipValue(r.b, from)
		return to, r.copyText(r.b[from:to])
	case c == '[':
		// Without a type braces go into lists of any depth.
		if v.out == nil || lists > 0 {
			return r.list(v, from, lists)
		}
		if v.object != nil && !v.object.quiet {
			return 0, false
		}
		return r.misfit(from, v.out.Kind.String())
	case v.object != nil && !v.object.quiet:
		if v.out != nil && lists > 0 && (c != 'n' || v.object.always) {
			return 0, false
		}
		return r.object(v.object, from)
	case c == 'n':
		return from + len("null"), r.copyText(nullValue.raw)
	case lists > 0:
		return r.misfit(from, "list")
	case v.object == nil:
		return r.scalar(v.out, from)
	case c != '{':
		return r.misfit(from, v.out.Kind.String())
	}
	return r.object(v.object, from)
}

func (r *fastRun) scalar(out *Output, from int) (to int, ok bool) {
	to = skipValue(r.b, from)
	dst, ok := appendScalar(r.dst, kindOf(r.b[from]), r.b[from:to], out)
	if !ok {
		return r.misfit(from, out.Kind.String())
	}
	r.dst = dst
	return to, r.node()
}

func (r *fastRun) list(v *fastValue, from, lists int) (to int, ok bool) {
	in, out := r.enter()
	r.dst = append(r.dst, '[')
	at, more := nextElement(r.b, from+1)
	for i := 0; more; i++ {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.in[in].index, r.out[out].index = i, i
		if at, ok = r.typed(v, at, lists-1); !ok {
			return 0, false
		}
		at, more = nextElement(r.b, at)
	}
	r.dst = append(r.dst, ']')
	r.in, r.out = r.in[:in], r.out[:out]
	return at, r.node()
}

// enter makes room for the index of a list in both paths.
func (r *fastRun) enter() (in, out int) {
	in, out = len(r.in), len(r.out)
	r.in = append(r.in, place{})
	r.out = append(r.out, place{})
	return in, out
}

// mapped takes the last key of a path of each element of the list at from.
func (r *fastRun) mapped(v *fastValue, st *fastStep, from, lists int) (to int, ok bool) {
	if v.out != nil && lists == 0 && v.out.Kind != Any {
		return 0, false
	}
	in, out := r.enter()
	r.dst = append(r.dst, '[')
	at, more := nextElement(r.b, from+1)
	for i := 0; more; i++ {
		if i > 0 {
			r.dst = append(r.dst, ',')
		}
		r.in[in].index, r.out[out].index = i, i
		if at, ok = r.mappedElement(v, st, at, max(lists-1, 0)); !ok {
			return 0, false
		}
		at, more = nextElement(r.b, at)
	}
	r.dst = append(r.dst, ']')
	r.in, r.out = r.in[:in], r.out[:out]
	return at, r.node()
}

// mappedElement: a ? behind the key is for the list of what is found, so it
// means nothing here.
func (r *fastRun) mappedElement(v *fastValue, st *fastStep, from, lists int) (to int, ok bool) {
	member := 0
	switch r.b[from] {
	case '[':
		return r.mapped(v, st, from, lists)
	case '{':
		key, at, more := nextMember(r.b, from+1)
		for more {
			if sameKey(key, st.key) {
				member = at
			}
			key, at, more = nextMember(r.b, skipValue(r.b, at))
		}
		to = at
	default:
		to = skipValue(r.b, from)
	}
	if member == 0 {
		r.missing(st, from)
		return to, r.copyText(nullValue.raw)
	}
	r.in = append(r.in, place{key: st.key, keyed: true})
	_, ok = r.typed(v, member, lists)
	r.in = r.in[:len(r.in)-1]
	return to, ok
}

// object writes the object that o makes of the value at from.
func (r *fastRun) object(o *fastObject, from int) (to int, ok bool) {
	base := len(r.spans)
	for range o.keys {
		r.spans = append(r.spans, 0)
	}
	if r.b[from] == '{' {
		to = r.members(o, from, base)
	} else {
		to = skipValue(r.b, from)
		if !o.always {
			r.spans = r.spans[:base]
			return to, !o.maybe && r.unchanged(o, from)
		}
	}
	start := len(r.dst)
	r.dst = append(r.dst, '{')
	for i := range o.fields {
		if !r.field(o, &o.fields[i], from, base, len(r.dst) > start+1) {
			return 0, false
		}
	}
	r.dst = append(r.dst, '}')
	r.spans = r.spans[:base]
	return to, r.node()
}

// members notes where the wanted members of the object at from lie.
func (r *fastRun) members(o *fastObject, from, base int) (to int) {
	next := 0 // members often come in the order they are wanted in
	key, at, more := nextMember(r.b, from+1)
	for more {
		i := next
		if next == len(o.keys) || string(key) != o.keys[next] {
			i = o.find(key)
		}
		if i >= 0 {
			r.spans[base+i] = at
			next = i + 1
		}
		key, at, more = nextMember(r.b, skipValue(r.b, at))
	}
	return at
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
func (r *fastRun) field(o *fastObject, f *fastField, from, base int, comma bool) bool {
	mark := len(r.dst)
	if comma {
		r.dst = append(r.dst, ',')
	}
	r.dst = append(r.dst, f.prefix...)
	r.out = append(r.out, place{key: f.name, keyed: true})
	found, ok := r.fieldValue(o, &f.value, from, base)
	r.out = r.out[:len(r.out)-1]
	switch {
	case !ok:
		return false
	case found:
	case o.full:
		return r.copyText(nullValue.raw)
	default:
		r.dst = r.dst[:mark]
	}
	return true
}

func (r *fastRun) fieldValue(o *fastObject, v *fastValue, from, base int) (found, ok bool) {
	switch {
	case v.constant != nil || v.variable != "":
		return r.elsewhere(v)
	case v.slot == none:
		_, found, ok = r.walk(v, from, 0)
		return found, ok
	}
	st, member := &v.steps[0], r.spans[base+v.slot]
	if member == 0 {
		if !o.quiet && (!st.optional || r.b[from] != '{') {
			r.missing(st, from)
		}
		return false, true
	}
	if !o.quiet && st.optional && r.b[member] == 'n' {
		return false, true
	}
	r.in = append(r.in, place{key: st.key, keyed: true})
	_, found, ok = r.walk(v, member, 1)
	r.in = r.in[:len(r.in)-1]
	return found, ok
}

// unchanged writes a value that is no object and of which nothing came.
func (r *fastRun) unchanged(o *fastObject, from int) bool {
	for i := range o.fields {
		if v := &o.fields[i].value; v.slot != none && v.constant == nil {
			r.missing(&v.steps[0], from)
		}
	}
	if o.full && r.b[from] != 'n' {
		_, ok := r.misfit(from, Object.String())
		return ok
	}
	return r.copyText(r.b[from:skipValue(r.b, from)])
}

// copyText writes text as it is.
func (r *fastRun) copyText(text []byte) bool {
	r.dst = append(r.dst, text...)
	return r.node() && len(r.dst)-r.start <= maxBytes
}

func (r *fastRun) node() bool {
	r.nodes--
	return r.nodes >= 0
}

// missing reports a key that the value at from does not have.
func (r *fastRun) missing(st *fastStep, from int) {
	if r.silent || r.problems.full() {
		return
	}
	t := &trail{parent: trailOf(r.in), key: st.key, keyed: true}
	r.problems.add(note{missingKey(st.key, kindOf(r.b[from])), t, st.off})
}

// misfit reports a value that does not fit its type, and writes null.
func (r *fastRun) misfit(from int, want string) (to int, ok bool) {
	if !r.silent && !r.problems.full() {
		r.problems.add(note{message: misfit(kindOf(r.b[from]), want), trail: trailOf(r.out)})
	}
	return skipValue(r.b, from), r.copyText(nullValue.raw)
}

func trailOf(path []place) *trail {
	var t *trail
	for _, p := range path {
		t = &trail{parent: t, key: p.key, index: p.index, keyed: p.keyed}
	}
	return t
}
