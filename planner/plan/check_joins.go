package plan

import "fmt"

// joinOrigin notes what a join fills.
func (c *checker) joinOrigin(i int, j *Join, where string) {
	if !c.indices(j.Needs, len(c.p.Fetches), where+" needs") || j.shape() >= len(c.p.Shapes) || j.Shape < 0 {
		c.fail("%s: shape %d or its needs are out of range", where, j.Shape)
		return
	}
	if len(j.Left) == 0 || len(j.Right) == 0 {
		c.fail("%s: a side is empty", where)
		return
	}
	left, right := c.walk(i, j, j.Left, where+" left"), c.walk(i, j, j.Right, where+" right")
	for _, shape := range left {
		at := place{shape, j.Link}
		if j.Link < 0 || j.Link >= c.p.Shapes[shape].Links {
			c.fail("%s: shape %d has no link %d", where, shape, j.Link)
			continue
		}
		c.writes(at, where)
		c.filled[at] = addOnce(c.filled[at], i)
		for _, need := range j.Needs {
			c.filled[at] = addOnce(c.filled[at], need)
		}
		for _, to := range right {
			c.leads[at] = addOnce(c.leads[at], to)
			c.above[to] = addOnce(c.above[to], shape)
		}
	}
}

// joins checks the keys that two joined sides compare.
func (c *checker) joins() {
	for i := range c.p.Fetches {
		for k := range c.p.Fetches[i].Joins {
			j := &c.p.Fetches[i].Joins[k]
			where := fmt.Sprintf("fetch %d join %d", i, k)
			if len(j.Keys) != len(j.RightKeys) {
				c.fail("%s: %d keys against %d", where, len(j.Keys), len(j.RightKeys))
				continue
			}
			if len(j.Left) == 0 || len(j.Right) == 0 || j.shape() >= len(c.p.Shapes) || j.Shape < 0 {
				continue // said before
			}
			before := len(c.found)
			left, right := c.walk(i, j, j.Left, where), c.walk(i, j, j.Right, where)
			c.found = c.found[:before]
			for n := range j.Keys {
				for _, shape := range left {
					if c.key(shape, j.Keys[n]) == nil {
						c.fail("%s: left shape %d has no key %d", where, shape, j.Keys[n])
					}
				}
				for _, shape := range right {
					if c.key(shape, j.RightKeys[n]) == nil {
						c.fail("%s: right shape %d has no key %d", where, shape, j.RightKeys[n])
					}
				}
			}
		}
	}
}

func (j *Join) shape() int {
	if j.Shape == 0 {
		return 1
	}
	return j.Shape
}

// walk returns the shapes one side of a join leads to.
func (c *checker) walk(i int, j *Join, path []Ref, where string) []int {
	r := &reading{c: c, fetch: i, also: j.Needs, where: where, from: []int{j.shape()}}
	for _, step := range path {
		r.from = r.object(step)
	}
	for _, shape := range r.from {
		c.reads(i, c.owners[shape], j.Needs, where)
	}
	return r.from
}
