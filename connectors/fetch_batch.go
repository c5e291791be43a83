package connectors

import (
	"bytes"
	"unicode/utf8"

	"github.com/weftql/weft/internal/jsonscan"
)

// batches asks for all keys in as few requests as the connector's size allows.
// Results find their keys by value.
func (r *run) batches(l *lookup) {
	n := r.keys.Len()
	for from := 0; from < n; {
		to := r.chunk(l.connector, from)
		r.batchJob(l.target, from, to)
		from = to
	}
	each(r.used, r.source.options.Parallel, func(i int) {
		j := r.jobs[i]
		j.do()
		if r.source.options.Trace.Batch != nil {
			r.source.options.Trace.Batch(l.connector.spec.ID, j.to-j.from)
		}
	})
	for _, j := range r.jobs[:r.used] {
		for k := j.from; j.failed && k < j.to; k++ {
			r.outcomes[k] = outcome{failure: j.failure}
		}
	}
}

// chunk returns where the request that begins with a key ends.
func (r *run) chunk(c *connector, from int) int {
	to := min(from+c.size, r.keys.Len())
	if !c.urlKeys {
		return to
	}
	size := 0
	for k := from; k < to; k++ {
		if size += escapedLength(r.keys.At(k)); size > maxURLKeys && k > from {
			return k
		}
	}
	return to
}

// escapedLength is about how long a key is in an address.
func escapedLength(key []byte) int {
	n := len(key)
	for _, c := range key {
		if c >= utf8.RuneSelf {
			n += len("%C3") - 1
		}
	}
	return n
}

// batchJob makes the request for some keys.
func (r *run) batchJob(t *target, from, to int) {
	j := r.job(t)
	j.from, j.to = from, to
	if t.connector.needs.batch {
		dst := append(r.arena, '[')
		for k := from; k < to; k++ {
			if k > from {
				dst = append(dst, ',')
			}
			o := r.objects[k]
			dst = append(dst, dst[o.from:o.to]...)
		}
		j.add("$batch", r.keep(append(dst, ']')))
	}
	if from > 0 {
		j.in.Vars = append(j.in.Vars, r.jobs[0].in.Vars[len(j.in.Vars):]...)
		return
	}
	j.in.Vars = r.common(j.in.Vars, t.connector)
}

// match gives the objects of an answer to the keys of its request.
func (j *job) match(results []outcome) {
	if !j.found && (string(j.body) == "null" || !j.one()) {
		return // no answer at all is none for any key
	}
	position := j.connector.source.config.MatchByPosition
	items := 0
	ok := jsonscan.Each(j.out, func(_, item []byte) bool {
		items++
		switch {
		case item[0] != '{':
		case !position:
			j.matchKey(results, item)
		case items <= len(results):
			results[items-1] = outcome{value: item[1:], open: true}
		}
		return true
	})
	switch {
	case !ok:
		j.failWith("the answer to a batch is not a list")
	case position && items != len(results):
		j.failWith("the answer to a batch has not as many results as keys")
	}
}

// matchKey gives an object to its key. What has no key, another's, or one that
// has its object already, is ignored.
func (j *job) matchKey(results []outcome, object []byte) {
	canonical, rest, ok := j.connector.key.result(&j.coerced, j.key[:0], object)
	j.key = canonical
	if !ok {
		j.ignored("a result of a batch has no key")
		return
	}
	switch k := j.run.keys.Find(canonical); {
	case k < j.from || k >= j.to:
		j.ignored("a result of a batch has a key that was not asked for")
	case results[k-j.from].value != nil:
		j.ignored("two results of a batch have one key")
	default:
		results[k-j.from] = outcome{value: rest, open: true}
	}
}

// one reads the answer to a batch of one key that is the object itself. It
// reports false if there is nothing to match.
func (j *job) one() bool {
	if j.to-j.from == 1 {
		out := append(j.out[:0], '[')
		out, ok := j.target.single.AppendChecked(out, j.body, j.in.Vars, nil)
		if ok && bytes.HasPrefix(out, []byte("[{")) {
			j.out = append(out, ']')
			return true
		}
	}
	j.failWith("the answer to a batch is not a list")
	return false
}
