package executor

import (
	"github.com/weftql/weft/fault"
)

// maxArguments bounds the bytes of all arguments of one expression. Chosen.
const maxArguments = 64 << 10

// express computes a field's value from others of its object. Its arguments are
// written behind the answer so far and taken back.
func (r *run) express(o *object, f *field, t []slot, d, base int) outcome {
	r.steps[d] = fault.Step{Key: f.key}
	r.ordinal++
	id := r.ordinal
	if r.replayed(id) {
		return isNull
	}
	mark, errors := len(r.out), len(r.result.Errors)
	ok := r.arguments(o, f, t, d, base)
	r.atField(errors, d+1)
	if ok {
		ok = r.compute(f.write, mark, d+1)
	}
	if !ok {
		r.back(mark)
	}
	switch {
	case ok && string(r.out[mark:]) != "null":
		return written
	case ok && f.nullable&1 != 0:
		r.out = r.out[:mark]
		return isNull
	case ok:
		r.out = r.out[:mark]
		r.expressionFailed("the expression made null of a non-null field", nil, d+1)
	}
	if f.nullable&1 == 0 {
		return failed
	}
	r.cut(mark, errors, id)
	return isNull
}

// arguments writes the arguments of an expression and notes where each ends. It
// returns false if one is null that may not be.
func (r *run) arguments(o *object, f *field, t []slot, d, base int) bool {
	mark, chunk := len(r.out), r.chunk
	r.scratch, r.over = mark, false
	r.chunk = mark + maxArguments
	r.argEnds = r.argEnds[:0]
	ok := true
	for _, arg := range f.write.args {
		use := r.applicable(o, arg, t)
		done := isNull
		if use != nil {
			done = r.writeField(o, use, t, d, base)
		}
		if done == isNull {
			r.out = append(r.out, "null"...)
		}
		if ok = done != failed; !ok {
			break
		}
		r.argEnds = append(r.argEnds, len(r.out))
	}
	r.scratch, r.chunk = 0, chunk
	return ok
}

// compute replaces the arguments written since mark by what the expression makes
// of them. It returns false and reports why if it makes nothing.
func (r *run) compute(w *write, mark, d int) bool {
	if r.over || w.expr > len(r.in.Exprs) {
		r.expressionFailed("the expression was given too much", nil, d)
		return false
	}
	r.args = r.args[:0]
	for i, from := 0, mark; i < len(r.argEnds); i++ {
		r.args = append(r.args, r.out[from:r.argEnds[i]:r.argEnds[i]])
		from = r.argEnds[i]
	}
	made, err := r.in.Exprs[w.expr-1](r.in.Caller, r.args, r.made[:0])
	clear(r.args)
	if err != nil || len(made) == 0 {
		r.expressionFailed("the expression could not be evaluated", err, d)
		return false
	}
	r.made = made
	r.out = r.out[:mark]
	if w.leafs() {
		r.out = w.leaf(r.out, made)
	} else {
		r.out = append(r.out, made...)
	}
	return true
}

// expressionFailed reports the cause of a computed field's null at steps[:d].
func (r *run) expressionFailed(message string, cause error, d int) {
	first := len(r.result.Errors)
	r.violation(message, d)
	if r.muted == 0 && first < len(r.result.Errors) {
		e := r.result.Errors[first]
		e.Code, e.Cause = fault.ExpressionFailed, cause
	}
}

// atField moves errors about hidden fields, reported since the given number, to
// the field they are hidden for, which is at steps[:d].
func (r *run) atField(errors, d int) {
	for _, e := range r.result.Errors[min(errors, len(r.result.Errors)):] {
		if len(e.Path) > d {
			e.Path = e.Path[:d:d]
		}
	}
}

// back takes back output; a spill may have taken more.
func (r *run) back(mark int) {
	if mark <= len(r.out) {
		r.out = r.out[:mark]
	}
}
