package connectors

import (
	"context"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/subgraphs"
)

// outcome is what became of one key, or of one member of its object.
type outcome struct {
	// value is the object, or the member; nil is null. An open one lacks its
	// opening brace.
	value []byte
	open  bool
	// failure are the members of an error, nil without one.
	failure []byte
}

// askedSet is a set of a fetch under way.
type askedSet struct {
	run    *run
	lookup *lookup
}

// Fetch asks for the objects of each set, of all sets at once.
func (c *lookupCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	asked := make([]askedSet, 0, len(c.lookups))
	for i := range c.lookups {
		l := &c.lookups[i]
		if l.set >= len(req.Sets) || !holds(l.when, req.Values) {
			continue
		}
		r := c.source.newRun(ctx, req)
		r.readKeys(l, &req.Sets[l.set])
		if told := c.source.options.Trace.Lookup; told != nil {
			told(l.connector.spec.ID, len(r.places), r.keys.Len())
		}
		asked = append(asked, askedSet{r, l})
	}
	each(len(asked), len(asked), func(i int) { asked[i].run.answer(asked[i].lookup) })
	dst := append(res.Body, `{"data":{`...)
	var errs errorList
	for i, a := range asked {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(append(dst, a.lookup.text...), '[')
		dst = append(a.run.write(a.lookup, dst, &errs), ']')
		if res.Status == 0 {
			res.Status = a.run.status
		}
		a.run.release()
	}
	res.Body = errs.close(append(dst, '}'))
	return nil
}

// readKeys takes the distinct keys out of the representations.
func (r *run) readKeys(l *lookup, set *subgraphs.Set) {
	r.keys.Reset(len(set.Ends))
	from := 0
	for _, end := range set.Ends {
		representation := set.Reps[from:end]
		from = int(end) + 1 // behind the comma
		mark := len(r.arena)
		object, canonical, ok := l.connector.key.read(r.arena, r.key[:0], representation)
		r.key = canonical
		if !ok {
			r.arena = object[:mark]
			r.places = append(r.places, -1)
			continue
		}
		i, added := r.keys.Add(canonical)
		if added {
			r.arena = object
			r.objects = append(r.objects, span{mark, len(object)})
		} else {
			r.arena = object[:mark]
		}
		r.places = append(r.places, i)
	}
}

// ask does the requests for the run's keys and makes their outcomes: width of
// them for each key.
func (r *run) ask(l *lookup) {
	n := r.keys.Len()
	r.outcomes = append(r.outcomes[:0], make([]outcome, n*r.width(l))...)
	if l.connector.spec.Place == spec.Batch {
		r.batches(l)
	} else {
		r.singles(l)
	}
	if r.used > 0 {
		r.status = r.jobs[0].answer.Status
	}
}

// width is how many outcomes a key has: one, or one per member that is asked
// for.
func (r *run) width(l *lookup) int {
	if l.target != nil {
		return 1
	}
	n := 0
	for i := range l.members {
		if m := &l.members[i]; m.target != nil && holds(m.when, r.req.Values) {
			n++
		}
	}
	return n
}

// singles does one request per key and member.
func (r *run) singles(l *lookup) {
	n, width := r.keys.Len(), 0
	if l.target != nil {
		r.keyJobs(l, l.target)
		width = 1
	}
	for i := range l.members {
		if m := &l.members[i]; m.target != nil && holds(m.when, r.req.Values) {
			r.keyJobs(l, m.target)
			width++
		}
	}
	each(r.used, r.source.options.Parallel, func(i int) { r.jobs[i].do() })
	for i, j := range r.jobs[:r.used] {
		r.outcomes[i%n*width+i/n] = j.outcome()
	}
}

func (j *job) outcome() outcome {
	switch {
	case j.failed:
		return outcome{failure: j.failure}
	case j.found:
		return outcome{value: j.out}
	}
	return outcome{}
}

// keyJobs makes the requests of one member, or of the whole objects: one per
// key.
func (r *run) keyJobs(l *lookup, t *target) {
	name, used := "$this", t.connector.needs.this
	if l.connector.spec.Place == spec.Entity {
		name, used = "$args", t.connector.needs.args
	}
	var shared mapping.Vars
	for k, o := range r.objects {
		j := r.job(t)
		if used {
			j.add(name, r.arena[o.from:o.to:o.to])
		}
		if k == 0 {
			own := len(j.in.Vars)
			r.arguments(j)
			j.in.Vars = r.common(j.in.Vars, t.connector)
			shared = j.in.Vars[own:]
		} else {
			j.in.Vars = append(j.in.Vars, shared...)
		}
	}
}

// write appends the objects in the order of the representations, and an error
// for each place that has none because of one.
func (r *run) write(l *lookup, dst []byte, errs *errorList) []byte {
	width := r.width(l)
	for place, k := range r.places {
		if place > 0 {
			dst = append(dst, ',')
		}
		switch {
		case k < 0:
			dst = append(dst, "null"...)
		case l.target != nil:
			dst = r.outcomes[k].append(dst, errs, l.alias, place, "")
		default:
			dst = r.object(l, dst, errs, place, r.outcomes[k*width:(k+1)*width])
		}
	}
	return dst
}

// object appends an object whose members were asked for one by one.
func (r *run) object(l *lookup, dst []byte, errs *errorList, place int, members []outcome) []byte {
	dst = append(dst, '{')
	for i := range l.members {
		m := &l.members[i]
		if !holds(m.when, r.req.Values) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, m.text...)
		if m.target == nil {
			dst = append(dst, m.typename...)
			continue
		}
		dst = members[0].append(dst, errs, l.alias, place, m.name)
		members = members[1:]
	}
	return append(dst, '}')
}

// append appends the value, and its error to errs.
func (o *outcome) append(dst []byte, errs *errorList, alias string, place int, below string) []byte {
	if o.failure != nil {
		errs.add(o.failure, alias, place, below)
	}
	switch {
	case o.value == nil:
		return append(dst, "null"...)
	case o.open:
		dst = append(dst, '{')
	}
	return append(dst, o.value...)
}
