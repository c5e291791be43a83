package plan

import (
	"encoding/json"
	"fmt"
	"slices"
)

// fetches checks what stands in fetches and sets themselves, and says whether
// references between them can be checked.
func (c *checker) fetches() bool {
	before := len(c.found)
	for i := range c.p.Fetches {
		f := &c.p.Fetches[i]
		where := fmt.Sprintf("fetch %d", i)
		if f.Subgraph < 0 || f.Subgraph >= len(c.p.Subgraphs) {
			c.fail("%s: no subgraph %d", where, f.Subgraph)
		}
		if f.Block < 0 || f.Block > len(c.p.Blocks) {
			c.fail("%s: no block %d", where, f.Block)
		}
		c.guard(f.Guard, where)
		c.indices(f.Variables, len(c.p.Variables), where+" variables")
		if c.indices(f.After, i, where+" after") {
			for _, j := range f.After {
				if c.p.Fetches[j].Round >= f.Round {
					c.fail("%s: round %d is not after round %d of fetch %d", where, f.Round, c.p.Fetches[j].Round, j)
				}
			}
		}
		if len(f.Sets) == 0 {
			c.fail("%s: no sets", where)
		}
		c.sets(f, where)
		c.kind(i, f, where)
	}
	if len(c.found) > before {
		return false
	}
	c.ancestors = make([][]bool, len(c.p.Fetches))
	for i := range c.p.Fetches {
		c.ancestors[i] = make([]bool, len(c.p.Fetches))
		for _, j := range c.p.Fetches[i].After {
			c.ancestors[i][j] = true
			for k, yes := range c.ancestors[j] {
				c.ancestors[i][k] = c.ancestors[i][k] || yes
			}
		}
	}
	return true
}

// indices checks a list of different indices below n.
func (c *checker) indices(list []int, n int, where string) bool {
	ok := true
	for k, i := range list {
		if i < 0 || i >= n || slices.Contains(list[:k], i) {
			c.fail("%s: %d is out of range or stands twice", where, i)
			ok = false
		}
	}
	return ok
}

// sets checks the sets of one fetch.
func (c *checker) sets(f *Fetch, where string) {
	for s := range f.Sets {
		set := &f.Sets[s]
		where := fmt.Sprintf("%s set %d", where, s)
		c.guard(set.Guard, where)
		for _, other := range f.Sets[:s] {
			if other.Alias == set.Alias || other.Variable != "" && other.Variable == set.Variable {
				c.fail("%s: its alias or variable stands twice", where)
			}
		}
		if set.Alias == "" && len(f.Sets) > 1 {
			c.fail("%s: data itself beside other sets", where)
		}
		if set.Lookup != f.connector() {
			c.fail("%s: connector %q beside %q", where, set.Lookup, f.connector())
		}
		if set.Lookup != "" && set.Type == "" {
			c.fail("%s: connector %q without a type", where, set.Lookup)
		}
		if (set.Alias == "") != (set.Variable == "") {
			c.fail("%s: alias %q with variable %q", where, set.Alias, set.Variable)
		}
		if set.Shape < 1 || set.Shape >= len(c.p.Shapes) || c.parents[set.Shape].shape != 0 {
			c.fail("%s: shape %d is not the top of an answer", where, set.Shape)
			continue
		}
		for t := range set.Targets {
			c.target(set, t, fmt.Sprintf("%s target %d", where, t))
		}
	}
}

// target checks a target by itself.
func (c *checker) target(set *Set, t int, where string) {
	target := &set.Targets[t]
	if target.Shape < 0 || target.Shape >= len(c.p.Shapes) {
		c.fail("%s: no shape %d", where, target.Shape)
		return
	}
	if target.Shape == 0 && (set.Shape != 1 || target.Rep != nil) {
		c.fail("%s: only root answers of shape 1 are the root", where)
	}
	if target.Shape != 0 && (target.Link < 0 || target.Link >= c.p.Shapes[target.Shape].Links) {
		c.fail("%s: shape %d has no link %d", where, target.Shape, target.Link)
	}
	if (target.Rep == nil) != (set.Alias == "") {
		c.fail("%s: entities need a representation, root answers none", where)
	}
	for _, earlier := range set.Targets[:t] {
		if earlier.Shape == target.Shape && earlier.Link == target.Link && overlap(earlier.On, target.On) {
			c.fail("%s: a record is a target twice", where)
		}
	}
}

// overlap reports whether two lists of runtime types, nil for all, share one.
func overlap(a, b []string) bool {
	if a == nil || b == nil {
		return true
	}
	return slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

// kind checks which fetches may change or stream.
func (c *checker) kind(i int, f *Fetch, where string) {
	root := len(f.Sets) == 1 && f.Sets[0].Alias == ""
	switch {
	case f.Kind == Query && (c.p.Kind != Subscription || i > 0):
	case f.Kind == Mutation && c.p.Kind == Mutation && root:
	case f.Kind == Subscription && c.p.Kind == Subscription && i == 0 && root:
	default:
		c.fail("%s: kind %d in a plan of kind %d", where, f.Kind, c.p.Kind)
	}
}

// origins notes, for all shapes and links, where they come from and lead to.
func (c *checker) origins() {
	n := len(c.p.Shapes)
	c.leads, c.writers, c.filled = map[place][]int{}, map[place]string{}, map[place][]int{}
	c.owners, c.above = make([][]int, n), make([][]int, n)
	for i := range c.p.Fetches {
		for s := range c.p.Fetches[i].Sets {
			set := &c.p.Fetches[i].Sets[s]
			for shape := range c.p.Shapes {
				if c.top(shape) == set.Shape {
					c.owners[shape] = addOnce(c.owners[shape], i)
				}
			}
			for _, t := range set.Targets {
				if t.Shape == 0 {
					continue
				}
				at := place{t.Shape, t.Link}
				c.leads[at] = addOnce(c.leads[at], set.Shape)
				c.filled[at] = addOnce(c.filled[at], i)
				c.above[set.Shape] = addOnce(c.above[set.Shape], t.Shape)
				c.writes(at, fmt.Sprintf("fetch %d set %d", i, s))
			}
		}
	}
	for shape := 1; shape < n; shape++ {
		if len(c.owners[shape]) > 1 {
			c.fail("shape %d is answered by fetches %v", shape, c.owners[shape])
		}
	}
	for i := range c.p.Fetches {
		for k := range c.p.Fetches[i].Joins {
			c.joinOrigin(i, &c.p.Fetches[i].Joins[k], fmt.Sprintf("fetch %d join %d", i, k))
		}
	}
}

func (c *checker) writes(at place, who string) {
	if earlier, ok := c.writers[at]; ok && earlier != who {
		c.fail("link %d of shape %d is filled by %s and %s", at.link, at.shape, earlier, who)
	}
	c.writers[at] = who
}

// representations checks what fetches read.
func (c *checker) representations() {
	for i := range c.p.Fetches {
		f := &c.p.Fetches[i]
		for s := range f.Sets {
			set := &f.Sets[s]
			for t := range set.Targets {
				target := &set.Targets[t]
				where := fmt.Sprintf("fetch %d set %d target %d", i, s, t)
				if target.Shape == 0 {
					continue
				}
				if target.Rep != nil {
					c.reads(i, c.owners[target.Shape], nil, where)
				}
				r := &reading{c: c, fetch: i, before: true, where: where, from: []int{target.Shape}}
				if target.On != nil {
					r.leaf(target.Type)
				}
				if !r.members(target.Rep, target.Type) && target.Rep != nil && set.Lookup == "" {
					c.fail("%s: nothing in the representation must be there", where)
				}
				for k := range f.Context {
					r.context(&f.Context[k])
				}
			}
		}
		for _, context := range f.Context {
			if !slices.Contains(f.Variables, context.Variable) {
				c.fail("fetch %d: context variable %d is not used", i, context.Variable)
			}
		}
	}
}

// reading checks references of one fetch from records of given shapes.
type reading struct {
	c     *checker
	fetch int
	// before is the time before the fetch is sent: its own answers are not there.
	before bool
	also   []int // fetches that are linked too
	where  string
	from   []int
}

// members checks representation members and reports whether one is a must.
func (r *reading) members(list []RepField, typ Ref) bool {
	must := false
	for k := range list {
		m := &list[k]
		inner := *r
		inner.where = fmt.Sprintf("%s member %q", r.where, m.Name)
		for _, other := range list[:k] {
			if other.Name == m.Name && overlap(other.On, m.On) {
				r.c.fail("%s stands twice", inner.where)
			}
		}
		if m.On != nil {
			inner.leaf(typ)
		}
		switch {
		case m.Const != "":
			if !json.Valid([]byte(m.Const)) {
				r.c.fail("%s: %s is not JSON", inner.where, m.Const)
			}
		case m.Sub != nil:
			inner.from = inner.object(m.From)
			must = inner.members(m.Sub, m.Type) || must
		default:
			inner.leaf(m.From)
		}
		must = must || m.Must
	}
	return must
}

// context checks what fills a request variable.
func (r *reading) context(c *Context) {
	if c.Value == nil {
		r.value(c.From)
		return
	}
	inner := *r
	inner.where = fmt.Sprintf("%s variable %d", r.where, c.Variable)
	inner.from = inner.object(c.From)
	inner.members(c.Value, c.Type)
}

// leaf, value and object check a reference to a leaf, to any key, and to
// objects, whose shapes are returned.
func (r *reading) leaf(ref Ref) {
	for _, shape := range r.resolve(ref) {
		if key := r.c.key(shape, ref.Key); key == nil || key.Shape != 0 {
			r.c.fail("%s: key %d of shape %d is no leaf", r.where, ref.Key, shape)
		}
	}
}

func (r *reading) value(ref Ref) {
	for _, shape := range r.resolve(ref) {
		if r.c.key(shape, ref.Key) == nil {
			r.c.fail("%s: shape %d has no key %d", r.where, shape, ref.Key)
		}
	}
}

func (r *reading) object(ref Ref) []int {
	var out []int
	for _, shape := range r.resolve(ref) {
		if ref.Key == -1 {
			out = addOnce(out, shape)
			continue
		}
		key := r.c.key(shape, ref.Key)
		if key == nil || key.Shape == 0 {
			r.c.fail("%s: key %d of shape %d is no object", r.where, ref.Key, shape)
			continue
		}
		out = addOnce(out, key.Shape)
	}
	return out
}

// resolve returns the shapes whose key a reference takes.
func (r *reading) resolve(ref Ref) []int {
	at := r.from
	for range ref.Up {
		at = r.up(at)
	}
	for _, link := range ref.Links {
		var next []int
		for _, shape := range at {
			if link < 0 || link >= r.c.p.Shapes[shape].Links {
				r.c.fail("%s: shape %d has no link %d", r.where, shape, link)
				continue
			}
			to := r.c.leads[place{shape, link}]
			if len(to) == 0 {
				r.c.fail("%s: nothing fills link %d of shape %d", r.where, link, shape)
			}
			filled := r.c.filled[place{shape, link}]
			if r.before && slices.Contains(filled, r.fetch) {
				r.c.fail("%s reads link %d of shape %d, which the same fetch fills", r.where, link, shape)
			}
			r.c.reads(r.fetch, filled, r.also, r.where)
			for _, s := range to {
				next = addOnce(next, s)
			}
		}
		at = next
	}
	return at
}

// up returns the shapes of the records around records of the given shapes.
func (r *reading) up(at []int) []int {
	var out []int
	for _, shape := range at {
		if !r.c.p.Shapes[shape].Parent {
			r.c.fail("%s goes up from shape %d, which does not know its parent", r.where, shape)
		}
		if p := r.c.parents[shape]; p.shape != 0 {
			out = addOnce(out, p.shape)
			continue
		}
		if len(r.c.above[shape]) == 0 {
			r.c.fail("%s goes up from shape %d, which is at the top", r.where, shape)
		}
		for _, s := range r.c.above[shape] {
			out = addOnce(out, s)
		}
	}
	return out
}
