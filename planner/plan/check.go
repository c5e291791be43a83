package plan

import (
	"errors"
	"fmt"
	"slices"
)

// Check verifies what the declarations of this package promise: that indices
// and references lead somewhere, that every value is there when it is read,
// that no place is written twice, and that the derived parts (Inline, Tree,
// Metrics, the texts' variables) agree with the rest. It returns all it finds,
// one line each, nil for a sound plan.
//
// It is for tests and for whoever changes the planner: cost grows with the
// square of the fetches, and what it finds is a bug, never a client's fault.
func Check(p *Plan) error {
	c := &checker{p: p}
	if c.shapes() && c.fetches() {
		c.origins()
		c.representations()
		c.joins()
		c.answers()
	}
	c.tree()
	c.sums()
	return errors.Join(c.found...)
}

type checker struct {
	p     *Plan
	found []error

	ancestors [][]bool         // by fetch: those it waits for
	parents   []parent         // by shape: where it stands in another
	leads     map[place][]int  // shapes a link leads to
	writers   map[place]string // who fills a link
	filled    map[place][]int  // fetches that must be linked for a link to be
	owners    [][]int          // by shape: fetches whose answers have it
	above     [][]int          // by shape: shapes its records are linked to
}

// parent is the key a shape stands under.
type parent struct{ shape, key int }

// place is a link of a shape.
type place struct{ shape, link int }

func (c *checker) fail(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf(format, args...))
}

func (c *checker) guard(g Guard, where string) {
	for _, l := range g {
		if l.Set&l.Clear != 0 {
			c.fail("%s: a condition is both set and clear", where)
		}
	}
}

// shapes checks the shapes and says whether the rest can be checked.
func (c *checker) shapes() bool {
	n := len(c.p.Shapes)
	if n < 2 {
		c.fail("%d shapes: entry 0 is unused, entry 1 is the root", n)
		return false
	}
	c.parents = make([]parent, n)
	before := len(c.found)
	for i, s := range c.p.Shapes {
		seen := map[string]bool{}
		if i == 0 && (len(s.Keys) > 0 || s.Links > 0) {
			c.fail("shape 0 is used")
		}
		for k, key := range s.Keys {
			where := fmt.Sprintf("shape %d key %d %q", i, k, key.Name)
			if seen[key.Name] {
				c.fail("%s: the name stands twice", where)
			}
			seen[key.Name] = true
			switch {
			case key.Shape < 0 || key.Shape >= n:
				c.fail("%s: no shape %d", where, key.Shape)
			case key.Shape == 1:
				c.fail("%s: the root is below another shape", where)
			case key.Shape > 0 && c.parents[key.Shape] != parent{}:
				c.fail("%s: shape %d stands in two places", where, key.Shape)
			case key.Shape > 0:
				c.parents[key.Shape] = parent{i, k}
			}
			if key.Shape > 0 && key.Class != Any || key.Class != Enum && key.Enum != nil {
				c.fail("%s: class %d does not fit", where, key.Class)
			}
		}
	}
	return len(c.found) == before && c.grounded()
}

// grounded reports whether no shape stands within itself.
func (c *checker) grounded() bool {
	for i := range c.parents {
		at := i
		for steps := 0; c.parents[at].shape != 0; steps++ {
			if at = c.parents[at].shape; steps > len(c.parents) {
				c.fail("shape %d stands within itself", i)
				return false
			}
		}
	}
	return true
}

// top returns the shape at the top of the answer a shape is part of.
func (c *checker) top(shape int) int {
	for c.parents[shape].shape != 0 {
		shape = c.parents[shape].shape
	}
	return shape
}

// key returns a key of a shape, nil if there is none.
func (c *checker) key(shape, key int) *Key {
	if keys := c.p.Shapes[shape].Keys; key >= 0 && key < len(keys) {
		return &keys[key]
	}
	return nil
}

// waits reports whether fetch i may read what fetch j answers.
func (c *checker) waits(i, j int) bool { return i == j || c.ancestors[i][j] }

// reads checks that fetch i may read answers of all the given fetches.
func (c *checker) reads(i int, from []int, also []int, where string) {
	for _, j := range from {
		ok := c.waits(i, j)
		for _, k := range also {
			ok = ok || c.waits(k, j)
		}
		if !ok {
			c.fail("%s reads an answer of fetch %d, which it does not wait for", where, j)
		}
	}
}

func addOnce(list []int, i int) []int {
	if slices.Contains(list, i) {
		return list
	}
	return append(list, i)
}
