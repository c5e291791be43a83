package executor

import (
	"fmt"
	"slices"

	"github.com/weftql/weft/planner/plan"
)

// Context: request variables filled from the answer (@fromContext). Records that
// differ in them cannot share a request.

// contextual is a request variable filled from the answer.
type contextual struct {
	value int     // index into the request's values
	refs  [][]ref // by set and target
}

// compileContext resolves the variables a fetch takes out of the answer.
func (c *compiler) compileContext(in *plan.Fetch, out *fetch) error {
	for _, ctx := range in.Context {
		v := contextual{value: -1}
		for i, variable := range in.Variables {
			if variable == ctx.Variable {
				v.value = i
			}
		}
		if v.value < 0 {
			return fmt.Errorf("context variable %d is not the fetch's", ctx.Variable)
		}
		for j := range out.sets {
			var refs []ref
			for k := range out.sets[j].targets {
				r, err := c.ref(ctx.From, out.sets[j].targets[k].shape)
				if err != nil {
					return fmt.Errorf("context variable %d: %w", ctx.Variable, err)
				}
				refs = append(refs, r)
			}
			v.refs = append(v.refs, refs)
		}
		out.context = append(out.context, v)
	}
	return nil
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
		if fl := r.buildGroup(f, records[:n]); fl != nil {
			for k := range f.context {
				fl.values[f.context[k].value] = r.appendLeaf(nil, values[group][k])
			}
		}
		records = records[n:]
	}
}

// groups numbers the combinations of context values in the order they are met,
// and returns them with the records that have them.
func (r *run) groups(f *fetch) (records []waiting, values [][]slot) {
	numbers := map[string]int{}
	for i := range f.sets {
		s := &f.sets[i]
		if s.guard != nil && !s.guard.Holds(r.conditions) {
			continue
		}
		for j := range s.targets {
			for _, rec := range r.targets[s.targets[j].shape.target] {
				var name []byte
				var found []slot
				for k := range f.context {
					v := r.follow(rec, &f.context[k].refs[i][j])
					found = append(found, v)
					name = append(r.appendLeaf(name, v), 0)
				}
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
