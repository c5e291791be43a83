package executor

import "github.com/weftql/weft/fault"

// Rewriting is what a client profile or its rights do to a value on its way to
// the client: plan.Write says what. Nothing of it happens to fields that have
// none.

// rewrite is writeField for a field that is not written as it stands.
func (r *run) rewrite(o *object, f *field, t []slot, d, base int) outcome {
	w := f.write
	done := r.rewritten(o, f, t, d, base)
	if done == isNull && w.fallback != "" {
		r.out = append(r.out, w.fallback...)
		return written
	}
	return done
}

// rewritten is rewrite before what stands for null is put in.
func (r *run) rewritten(o *object, f *field, t []slot, d, base int) outcome {
	w := f.write
	switch {
	case w.null:
		return f.without()
	case w.expr > 0:
		return r.express(o, f, t, d, base)
	case f.typename:
		mark := len(r.out)
		r.writeTypename(o, t)
		r.substitute(f, mark)
		return written
	}
	r.steps[d] = fault.Step{Key: f.key}
	return r.value(f, t, d+1, base)
}

// without is the outcome of a value that is null and nobody's mistake.
func (f *field) without() outcome {
	if f.nullable&1 != 0 {
		return isNull
	}
	return failed
}

// value writes the value of a field whose path is steps[:d].
func (r *run) value(f *field, t []slot, d, base int) outcome {
	w := f.write
	v := t[f.from.record]
	if v.off != 0 && !f.from.self {
		if r.marks != nil {
			r.tell(r.marks[mark{v.off + f.from.at, false}], d, spot{field: f})
		}
		v = r.arena[v.off+f.from.at]
	}
	if v.off == 0 {
		return r.null(v.n, f, 0, d)
	}
	if f.object == nil && v.n&listBit == 0 {
		raw := r.buf[v.off : v.off+v.n]
		if w != nil && f.lists > 0 && (w.item > 0 || w.cap > 0) {
			return r.rawList(f, raw)
		}
		r.writeLeaf(f, raw)
		return written
	}
	if w != nil && (w.item > 0 || w.where != nil) {
		return r.item(f, v, d, base)
	}
	return r.place(f, 0, v, d, base)
}

// item writes one item of a list that was read item by item.
func (r *run) item(f *field, v slot, d, base int) outcome {
	n := v.n &^ listBit
	at := uint32(f.write.item - 1)
	if f.write.where != nil {
		at = r.first(f, v, n, base)
	}
	if at >= n {
		return f.without()
	}
	item := r.arena[v.off+at]
	switch {
	case item.off == 0:
		return r.null(item.n, f, 1, d)
	case f.object == nil && item.n&listBit == 0:
		r.writeLeaf(f, r.buf[item.off:item.off+item.n])
		return written
	}
	return r.place(f, 1, item, d, base)
}

// first finds the first object of a list for which the field's condition is
// true; n if there is none.
func (r *run) first(f *field, v slot, n uint32, base int) uint32 {
	o := f.object
	t := r.tuple[base : base+len(o.records)]
	for k := range n {
		if t[0] = r.arena[v.off+k]; t[0].off == 0 {
			continue
		}
		for i := 1; i < len(t); i++ {
			step := o.records[i]
			if t[i] = t[step.of]; t[i].off != 0 {
				t[i] = r.arena[t[i].off+step.at]
			}
		}
		if r.holds(o, f.write.where, t) {
			return k
		}
	}
	return n
}

// holds reports whether the condition that applies to an object is true.
func (r *run) holds(o *object, where []field, t []slot) bool {
	w := r.applicable(o, where, t)
	if w == nil {
		return false
	}
	v := t[w.from.record]
	if v.off != 0 {
		v = r.arena[v.off+w.from.at]
	}
	return v.off != 0 && string(r.buf[v.off:v.off+v.n]) == "true"
}

// applicable is the field of several that applies to an object whose records
// are found, nil if none does.
func (r *run) applicable(o *object, fields []field, t []slot) *field {
	kind := -1
	if o.typed {
		if v := t[o.typ.record]; v.off != 0 {
			if v = r.arena[v.off+o.typ.at]; v.off != 0 {
				kind = o.kind(r.buf[v.off : v.off+v.n])
			}
		}
	}
	for i := range fields {
		if !fields[i].conditional || fields[i].applies(kind, r.conditions) {
			return &fields[i]
		}
	}
	return nil
}

// kind is the index of a runtime type, -1 for one the fields do not tell apart.
func (o *object) kind(name []byte) int {
	for i, known := range o.types {
		if known == string(name) {
			return i
		}
	}
	return -1
}

// rawList writes one item, or the first ones, of a list of leafs that is kept as
// it came.
func (r *run) rawList(f *field, raw []byte) outcome {
	w := f.write
	var high uint64
	pos := space(raw, 1)
	if w.item == 0 {
		r.out = append(r.out, '[')
	}
	for k := 0; raw[pos] != ']'; k++ {
		start := pos
		pos = skip(raw, pos, &high)
		if w.item == k+1 {
			r.writeLeaf(f, raw[start:pos])
			return written
		}
		if w.item == 0 {
			if k == w.cap {
				break
			}
			if k > 0 {
				r.out = append(r.out, ',')
			}
			r.writeLeaf(f, raw[start:pos])
		}
		if pos = space(raw, pos); raw[pos] == ',' {
			pos = space(raw, pos+1)
		}
	}
	if w.item > 0 {
		return f.without()
	}
	r.out = append(r.out, ']')
	return written
}

// writeLeaf writes a leaf, or a list of leafs, as it came.
func (r *run) writeLeaf(f *field, raw []byte) {
	if f.write == nil || !f.write.leafs() {
		r.out = append(r.out, raw...)
		return
	}
	r.out = f.write.leaf(r.out, raw)
}

// leaf appends a leaf, or each of a list of leafs, as the client gets it.
func (w *write) leaf(out, raw []byte) []byte {
	if raw[0] != '[' {
		return w.single(out, raw)
	}
	var high uint64
	for pos := 0; pos < len(raw); {
		switch c := raw[pos]; c {
		case '[', ']', ',', ' ', '\n', '\t', '\r':
			out = append(out, c)
			pos++
		default:
			end := skip(raw, pos, &high)
			out = w.single(out, raw[pos:end])
			pos = end
		}
	}
	return out
}

func (w *write) single(out, raw []byte) []byte {
	for i := range w.enum {
		if w.enum[i].from == string(raw) {
			return append(out, w.enum[i].to...)
		}
	}
	if c := raw[0]; w.quote && (c == '-' || c >= '0' && c <= '9') {
		return append(append(append(out, '"'), raw...), '"')
	}
	return append(out, raw...)
}

// substitute replaces the leaf written since mark.
func (r *run) substitute(f *field, mark int) {
	for i := range f.write.enum {
		if f.write.enum[i].from == string(r.out[mark:]) {
			r.out = append(r.out[:mark], f.write.enum[i].to...)
			return
		}
	}
}

// inPlace writes the only field of an object in the object's place.
func (r *run) inPlace(o *object, s slot, d, base int) outcome {
	t := r.tuple[base : base+len(o.records)]
	reason := r.resolve(o, s, t, d)
	kind := -1
	if o.typed {
		var ok bool
		if kind, ok = r.runtimeType(o, t, d); !ok {
			r.blame(reason)
			return failed
		}
	}
	for i := range o.fields {
		f := &o.fields[i]
		if f.conditional && !f.applies(kind, r.conditions) {
			continue
		}
		done := r.flatValue(o, f, t, d, base+len(t))
		if done == failed {
			r.blame(reason)
		}
		return done
	}
	return isNull
}

// flatValue is writeField for a field without a name of its own.
func (r *run) flatValue(o *object, f *field, t []slot, d, base int) outcome {
	switch {
	case f.typename:
		mark := len(r.out)
		r.writeTypename(o, t)
		if f.write != nil {
			r.substitute(f, mark)
		}
		return written
	case f.write != nil && f.write.null:
		return f.without()
	}
	done := r.value(f, t, d, base)
	if done == isNull && f.write != nil && f.write.fallback != "" {
		r.out = append(r.out, f.write.fallback...)
		return written
	}
	return done
}
