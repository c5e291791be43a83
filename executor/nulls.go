package executor

import "github.com/weftql/weft/fault"

// Null propagation follows the GraphQL specification, section 6.4.4: null in a
// non-null place makes the nearest nullable place above null. The output is
// one buffer, so that is a truncation. Each cause is reported once.

// null decides about a value of f below level lists that is missing: isNull, or
// failed where null may not be. It reports what is known about the place, else the missing value.
func (r *run) null(why uint32, f *field, level uint8, d int) outcome {
	nullable := f.nullable&(1<<level) != 0
	if why >= noteBase {
		if nullable {
			r.tell(why, d, spot{field: f, level: level})
		} else {
			r.tellCause(why, d, spot{field: f, level: level})
		}
		why = explained
	}
	if nullable {
		return isNull
	}
	switch why {
	case absent:
		r.violation("a non-null field has no value: its object was not found or the subgraph left it out", d)
	case stated:
		r.violation("the subgraph answered null for a non-null field", d)
	}
	return failed
}

// tellCause is tell for notes that make an object null.
func (r *run) tellCause(why uint32, d int, at spot) {
	if r.muted == 0 {
		r.cause = len(r.result.Errors)
	}
	r.tell(why, d, at)
}

// violation reports a cause of null propagation at steps[:d].
func (r *run) violation(message string, d int) {
	if r.muted > 0 {
		return
	}
	r.cause = len(r.result.Errors)
	if r.cause == r.limits.errors {
		return
	}
	e := r.newError()
	e.Code, e.Message, e.Path = fault.ResponseValidationFailed, message, r.path(d, nil)
	r.report(e, false)
}

// cut takes back the output of a place that becomes null. Of the errors since
// then, those of subgraphs and the cause stay; others concern values that are
// no longer in the answer.
func (r *run) cut(mark, errors int, id uint32) {
	if mark <= len(r.out) {
		r.out = r.out[:mark]
	}
	for n := len(r.nulled); n > 0 && r.nulled[n-1].id > id; n-- {
		r.nulled = r.nulled[:n-1]
	}
	r.nulled = append(r.nulled, nulled{id, r.ordinal})
	if r.muted > 0 {
		return // an outer place is on its way to become null, its cause must stay
	}
	kept := errors
	for i := errors; i < len(r.result.Errors); i++ {
		if !r.external[i] && i != r.cause {
			continue
		}
		r.result.Errors[kept], r.external[kept] = r.result.Errors[i], r.external[i]
		kept++
	}
	clear(r.result.Errors[kept:])
	r.result.Errors, r.external = r.result.Errors[:kept], r.external[:kept]
	r.cause = -1
}

// nulled is a place that became null: places are numbered in the order they are
// written; last is the number of the last one inside it. They are kept in that
// order, without those inside others.
type nulled struct{ id, last uint32 }

// replayed reports, while an answer is written a second time, whether the place
// became null the first time.
func (r *run) replayed(id uint32) bool {
	if !r.replay || len(r.pendingNulls) == 0 || r.pendingNulls[0].id != id {
		return false
	}
	r.ordinal = r.pendingNulls[0].last
	r.pendingNulls = r.pendingNulls[1:]
	return true
}
