package executor

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/weftql/weft/planner/plan"
)

// Context: request variables filled from the answer (@fromContext). Records that
// differ in them cannot share a request.

// contextual is a request variable filled from the answer.
type contextual struct {
	value int             // index into the request's values
	from  [][]contextFrom // by set and target
}

// contextFrom says where a value is found from a target's record: the leaf at
// ref, or what value takes of the object there.
type contextFrom struct {
	ref   ref
	value []repField
	typ   ref
}

// compileContext resolves the variables a fetch takes out of the answer.
func (c *compiler) compileContext(in *plan.Fetch, out *fetch) error {
	for i := range in.Context {
		ctx := &in.Context[i]
		v := contextual{value: slices.Index(in.Variables, ctx.Variable)}
		if v.value < 0 {
			return fmt.Errorf("context variable %d is not the fetch's", ctx.Variable)
		}
		for j := range out.sets {
			var from []contextFrom
			for k := range out.sets[j].targets {
				f, err := c.contextFrom(ctx, out.sets[j].targets[k].shape)
				if err != nil {
					return fmt.Errorf("context variable %d: %w", ctx.Variable, err)
				}
				from = append(from, f)
			}
			v.from = append(v.from, from)
		}
		out.context = append(out.context, v)
	}
	return nil
}

func (c *compiler) contextFrom(in *plan.Context, s *shape) (out contextFrom, err error) {
	if out.ref, err = c.ref(in.From, s); err != nil || in.Value == nil {
		return out, err
	}
	for i := range in.Value {
		if in.Value[i].On != nil {
			if out.typ, err = c.ref(in.Type, out.ref.shape); err != nil {
				return out, err
			}
			break
		}
	}
	out.value, err = c.compileRep(in.Value, out.ref.shape)
	return out, err
}

// waiting is a record that asks for something, with the group of its context
// values.
type waiting struct {
	group, set, target int
	rec                uint32
}

// buildApart makes one flight per combination of context values.
func (r *run) buildApart(f *fetch) {
	records, values := r.groups(f)
	slices.SortStableFunc(records, func(a, b waiting) int { return a.group - b.group })
	for len(records) > 0 {
		group := records[0].group
		n := 1
		for n < len(records) && records[n].group == group {
			n++
		}
		if r.used >= r.limits.requests {
			// The next request will be refused: it stands for all that follow.
			n = len(records)
			slices.SortStableFunc(records, func(a, b waiting) int { return cmp.Or(a.set-b.set, a.target-b.target) })
		}
		if fl := r.buildGroup(f, records[:n]); fl != nil {
			for k := range f.context {
				if v := values[group][k]; v != nil {
					fl.values[f.context[k].value] = v
				}
			}
		}
		records = records[n:]
	}
}

// groups numbers the combinations of context values in the order they are met,
// and returns them with the records that have them.
func (r *run) groups(f *fetch) (records []waiting, values [][][]byte) {
	numbers := map[string]int{}
	for i := range f.sets {
		s := &f.sets[i]
		if s.guard != nil && !s.guard.Holds(r.conditions) {
			continue
		}
		for j := range s.targets {
			for _, rec := range r.targets[s.targets[j].shape.target] {
				found := r.contextValues(f, i, j, rec)
				name := bytes.Join(found, []byte{0})
				n, known := numbers[string(name)]
				if !known {
					n = len(values)
					numbers[string(name)] = n
					values = append(values, found)
				}
				records = append(records, waiting{n, i, j, rec})
			}
		}
	}
	return records, values
}

// contextValues are what a record's request variables are filled with, one per
// entry of f.context. Of entries for one variable all but the one that counts
// are nil.
func (r *run) contextValues(f *fetch, set, target int, rec uint32) [][]byte {
	out := make([][]byte, len(f.context))
	for k := range f.context {
		c := &f.context[k]
		first := k
		for first > 0 && f.context[first-1].value == c.value {
			first--
		}
		if slices.ContainsFunc(out[first:k], func(v []byte) bool { return v != nil }) {
			continue
		}
		from := &c.from[set][target]
		switch v := r.follow(rec, &from.ref); {
		case from.value == nil:
			out[k] = r.appendLeaf(nil, v)
		case v.off != 0:
			out[k] = r.appendFirst(nil, from.value, &from.typ, v.off)
		}
		if last := k == len(f.context)-1 || f.context[k+1].value != c.value; last && out[k] == nil {
			out[k] = []byte("null")
		}
	}
	return out
}

// appendFirst appends the value of the first member that applies to rec; none
// appends nothing.
func (r *run) appendFirst(dst []byte, fields []repField, typ *ref, rec uint32) []byte {
	var kind slot
	if typ.shape != nil {
		kind = r.follow(rec, typ)
	}
	for i := range fields {
		switch f := &fields[i]; {
		case f.on != nil && !r.typed(kind, f.on):
		case f.konst != "":
			return append(dst, f.konst...)
		default:
			return r.appendInner(dst, f, r.follow(rec, &f.from), f.lists)
		}
	}
	return dst
}

// appendInner appends a member's value, objects replaced by what is in them.
func (r *run) appendInner(dst []byte, f *repField, v slot, lists uint8) []byte {
	switch {
	case v.off == 0:
		return append(dst, "null"...)
	case !f.nested:
		return r.appendLeaf(dst, v)
	case lists == 0:
		n := len(dst)
		if dst = r.appendFirst(dst, f.sub, &f.typ, v.off); len(dst) == n {
			dst = append(dst, "null"...)
		}
		return dst
	}
	dst = append(dst, '[')
	for k := range v.n &^ listBit {
		if k > 0 {
			dst = append(dst, ',')
		}
		dst = r.appendInner(dst, f, r.arena[v.off+k], lists-1)
	}
	return append(dst, ']')
}

// buildGroup makes the flight of one group, nil if no record needs it. records
// are ordered by set and target.
func (r *run) buildGroup(f *fetch, records []waiting) *flight {
	fl := r.flight(f)
	ask := false
	for i := range f.sets {
		s, p := &f.sets[i], &fl.parts[i]
		if s.guard != nil && !s.guard.Holds(r.conditions) {
			continue
		}
		r.begin(p, s)
		for j := range s.targets {
			from := uint32(len(r.members))
			for len(records) > 0 && records[0].set == i && records[0].target == j {
				r.ask(p, s, &s.targets[j], records[0].rec)
				records = records[1:]
			}
			p.spans = append(p.spans, span{&s.targets[j], from, uint32(len(r.members))})
		}
		ask = ask || p.asked()
	}
	if !ask {
		r.used--
		return nil
	}
	r.commit(fl)
	return fl
}
