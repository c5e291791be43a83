package executor

import (
	"errors"
	"io"
	"slices"
)

// Large answers. A first walk over the answer settles which places are null, as
// for any answer; when its output passes largeAnswer the walk goes on without
// keeping it. WriteTo walks again, with the places that became null known, and
// hands the output on in pieces.
const (
	largeAnswer = 4 << 20
	piece       = 64 << 10
)

// spill empties the output buffer between two items of a list: to the sink, or
// nowhere during the first walk. It stops the walk when nobody waits for the
// answer any more: records are shared, so a small plan over small answers can
// mean an answer without end.
func (r *run) spill() {
	switch {
	case r.scratch > 0:
		r.spillScratch()
		return
	case r.sink == nil:
		r.dry = true
		if e := r.expired(); e != nil && !r.stopped {
			r.stopped = true
			r.report(e, true)
		}
	case r.sinkErr == nil:
		n, err := r.sink.Write(r.out)
		r.wrote += int64(n)
		r.sinkErr, r.stopped = err, err != nil
	}
	r.out = r.out[:0]
}

// spillScratch drops what an expression was to be given: it is too much.
func (r *run) spillScratch() {
	r.over = true
	if e := r.expired(); e != nil && !r.stopped {
		r.stopped = true
		r.report(e, true)
	}
	r.out = r.out[:r.scratch]
}

// WriteTo writes {"data":…}, whatever the answer's size. It must not be called
// after Release, nor twice at the same time.
func (r *Result) WriteTo(w io.Writer) (int64, error) {
	if r.run == nil {
		return 0, errors.New("executor: the result was released")
	}
	if r.Body != nil {
		n, err := w.Write(r.Body)
		return int64(n), err
	}
	return r.run.stream(w)
}

// stream writes the answer a second time, in pieces.
func (r *run) stream(w io.Writer) (int64, error) {
	r.out, r.chunk, r.sink, r.sinkErr, r.wrote = r.out[:0], piece, w, nil, 0
	r.replay, r.pendingNulls, r.stopped = true, slices.Clone(r.nulled), false
	r.ordinal, r.muted, r.open, r.cause = 0, 1, 0, -1
	r.out = append(r.out, `{"data":`...)
	if len(r.pendingNulls) > 0 && r.pendingNulls[0].id == 0 || !r.writeObject(r.program.data, slot{r.root, 1}, 0, 0) {
		r.out = append(r.out, "null"...)
	}
	r.out = append(r.out, '}')
	r.spill()
	r.muted = 0
	return r.wrote, r.sinkErr
}
