package executor

import (
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// join attaches the records of one answer to those of another by position: a
// field of a keyless type that two subgraphs answered in part.
//
//	left   home: [a, b]         home: [a ─link─► x,
//	right  home: [x, y]    ►           b ─link─► y]
type join struct {
	shape       *shape
	fetch       int // it stands in
	need        int // that fetch and those it waits for
	left, right []ref
	end         *shape // of the last right records
	link        uint32
	leftKeys    []uint32
	rightKeys   []uint32
	subgraph    string
}

// compileJoins enters the joins' links, which targets and the writer refer to. A
// join may go through the link of another one, whichever fetch that stands in:
// it is then compiled, and later run, after it.
func (c *compiler) compileJoins() error {
	type place struct{ fetch, join int }
	var open []place
	for i := range c.plan.Fetches {
		for j := range c.plan.Fetches[i].Joins {
			open = append(open, place{i, j})
		}
	}
	for len(open) > 0 {
		var later []place
		var first error
		for _, at := range open {
			if err := c.compileJoin(at.fetch, &c.plan.Fetches[at.fetch].Joins[at.join]); err != nil {
				later = append(later, at)
				if first == nil {
					first = fmt.Errorf("fetch %d, join %d: %w", at.fetch, at.join, err)
				}
			}
		}
		if len(later) == len(open) {
			return first
		}
		open = later
	}
	return nil
}

func (c *compiler) compileJoin(fetch int, in *plan.Join) error {
	s, err := c.shape(max(in.Shape, 1))
	if err != nil {
		return err
	}
	c.collected(s)
	out := join{shape: s, fetch: fetch, need: 1 + len(in.Needs), subgraph: c.program.fetches[fetch].subgraph}
	left, err := c.joinPath(in.Left, s, &out.left)
	if err != nil {
		return err
	}
	right, err := c.joinPath(in.Right, s, &out.right)
	if err != nil {
		return err
	}
	if out.link, err = c.link(left, in.Link); err != nil {
		return err
	}
	if other := c.linked[linkOf{left, out.link}]; other != nil && other != right {
		return fmt.Errorf("two shapes in link %d", in.Link)
	}
	c.linked[linkOf{left, out.link}] = right
	out.end = right
	if len(in.Keys) != len(in.RightKeys) {
		return fmt.Errorf("%d keys to agree with %d", len(in.Keys), len(in.RightKeys))
	}
	for i := range in.Keys {
		l, r := in.Keys[i], in.RightKeys[i]
		if l < 0 || l >= len(left.keys) || r < 0 || r >= len(right.keys) {
			return fmt.Errorf("no keys %d and %d", l, r)
		}
		out.leftKeys, out.rightKeys = append(out.leftKeys, uint32(l)), append(out.rightKeys, uint32(r))
	}
	n := len(c.program.joins)
	c.program.joins = append(c.program.joins, out)
	for _, f := range append([]int{fetch}, in.Needs...) {
		if f < 0 || f >= len(c.program.fetches) {
			return fmt.Errorf("no fetch %d", f)
		}
		c.program.fetches[f].joins = append(c.program.fetches[f].joins, n)
	}
	return nil
}

// joinPath resolves one side and returns the shape of the records it ends at.
func (c *compiler) joinPath(path []plan.Ref, s *shape, out *[]ref) (*shape, error) {
	for _, step := range path {
		r, err := c.ref(step, s)
		if err != nil {
			return nil, err
		}
		if s = r.shape; !r.self {
			s = s.keys[r.key].shape
		}
		if s == nil {
			return nil, fmt.Errorf("a join of leafs")
		}
		*out = append(*out, r)
	}
	return s, nil
}

// join runs a join for every record it starts from.
func (r *run) join(j *join) {
	for _, rec := range r.targets[j.shape.target] {
		r.joinFrom(j, slot{rec, 1}, slot{rec, 1}, 0)
	}
}

// joinFrom takes both sides a step further from a pair of records. A list that
// does not fit the other one becomes null with an error.
func (r *run) joinFrom(j *join, left, right slot, step int) {
	if step == max(len(j.left), len(j.right)) {
		r.pair(j, left, right)
		return
	}
	var at uint32
	var lists uint8
	var k *key
	if step < len(j.left) {
		f := &j.left[step]
		left, at = r.locate(left.off, f)
		if !f.self {
			k = &f.shape.keys[f.key]
			lists = k.lists
		}
	}
	if step < len(j.right) && right.off != 0 {
		right = r.follow(right.off, &j.right[step])
	}
	r.joinLists(j, k, at, left, right, lists, step)
}

// locate is follow that also tells the slot, 0 for a record itself.
func (r *run) locate(rec uint32, f *ref) (slot, uint32) {
	record := *f
	record.self = true
	v := r.follow(rec, &record)
	if f.self || v.off == 0 {
		return v, 0
	}
	return r.arena[v.off+f.key], v.off + f.key
}

// joinLists pairs the records of two values of the same list levels; at is the
// slot of the left one.
func (r *run) joinLists(j *join, k *key, at uint32, left, right slot, lists uint8, step int) {
	switch {
	case left.off == 0 && right.off != 0 && at != 0 && lists == 0:
		r.adoptRight(j, k, at, left, right, step)
	case left.off == 0:
	case right.off == 0:
		r.joinMissing(j, left, right, lists, step)
	case lists == 0:
		r.joinFrom(j, left, right, step+1)
	case left.n != right.n:
		r.disagree(j, at, "two subgraphs answered lists of different lengths for one field")
	default:
		for i := range left.n {
			r.joinLists(j, k, left.off+i, r.arena[left.off+i], r.arena[right.off+i], lists-1, step)
		}
	}
}

// adoptRight makes an empty left record where only the right side has an object:
// what it answered is kept, and what the left one was to answer is null for the
// reason the object was.
func (r *run) adoptRight(j *join, k *key, at uint32, left, right slot, step int) {
	if r.full(int(k.shape.size)) {
		return
	}
	rec := r.alloc(k.shape.size)
	for i := range k.shape.keys {
		r.arena[rec+uint32(i)] = slot{0, min(left.n, explained)}
	}
	if left.n >= noteBase {
		if r.marks == nil {
			r.marks = map[mark]uint32{}
		}
		r.marks[mark{rec, true}] = left.n
	}
	if k.shape.target >= 0 {
		r.targets[k.shape.target] = append(r.targets[k.shape.target], rec)
	}
	r.arena[at] = slot{rec, 1}
	r.joinFrom(j, slot{rec, 1}, right, step+1)
}

// joinMissing gives all left records the reason the right side is missing for.
func (r *run) joinMissing(j *join, left, right slot, lists uint8, step int) {
	if right.n < explained || left.off == 0 {
		return
	}
	if lists > 0 {
		for i := range left.n {
			r.joinMissing(j, r.arena[left.off+i], right, lists-1, step)
		}
		return
	}
	if step+1 < max(len(j.left), len(j.right)) {
		right.n = explained // the join further out reports it
	}
	r.joinFrom(j, left, right, step+1)
}

// pair links two records whose keys agree.
func (r *run) pair(j *join, left, right slot) {
	if right.off == 0 {
		r.arena[left.off+j.link] = right
		return
	}
	for i := range j.leftKeys {
		l, o := r.arena[left.off+j.leftKeys[i]], r.arena[right.off+j.rightKeys[i]]
		if l.off == 0 || o.off == 0 {
			continue
		}
		if string(r.buf[l.off:l.off+l.n]) != string(r.buf[o.off:o.off+o.n]) {
			r.arena[left.off+j.link] = slot{0, r.note(note{err: r.joinFault(j, "two subgraphs answered different objects for one field"), external: true, place: j.end.path})}
			return
		}
	}
	r.arena[left.off+j.link] = right
}

// disagree makes a field null because its two answers do not fit.
func (r *run) disagree(j *join, at uint32, message string) {
	if at != 0 {
		r.arena[at] = slot{0, r.note(note{err: r.joinFault(j, message), external: true, place: j.end.path})}
	}
}

func (r *run) joinFault(j *join, message string) *fault.Error {
	return &fault.Error{Code: fault.ResponseValidationFailed, Message: message, Subgraph: j.subgraph}
}
