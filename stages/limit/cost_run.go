package limit

import (
	"fmt"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
)

// run is one evaluation of a program.
type run struct {
	values     operation.Values
	conditions uint64
	// unsized is a @listSize that asks for one slicing argument and got none, or
	// several.
	unsized *sizes
}

// estimate returns what an operation costs with these values at most. The error
// is BAD_USER_INPUT: the arguments leave open how long a list is.
func (p *program) estimate(values operation.Values) (int64, error) {
	if p.fixed {
		return p.total, nil
	}
	r := run{values: values, conditions: conditions(p.conditions, values)}
	total := bounded(p.base + p.root.cost(&r))
	if r.unsized != nil {
		return total, r.unsized.fault()
	}
	return max(0, total), nil
}

// conditions is Choice.Conditions, as Operation.Coerce computes it.
func conditions(variables []int, values operation.Values) uint64 {
	var bits uint64
	for bit, i := range variables {
		if i < len(values) && (values[i] == nil || values[i][0] == 't') {
			bits |= 1 << bit
		}
	}
	return bits
}

func (s *sizes) fault() *fault.Error {
	names := ""
	for i, slice := range s.slicing {
		if i > 0 {
			names += ", "
		}
		for j, part := range slice.path {
			if j > 0 {
				names += "."
			}
			names += part
		}
	}
	return &fault.Error{Code: fault.BadUserInput, Message: fmt.Sprintf("The field %q needs exactly one of the arguments %s.", s.of, names)}
}

func (s *selection) fixed() bool {
	for i := range s.nodes {
		if !s.nodes[i].fixed {
			return false
		}
	}
	return true
}

// cost is that of one object's fields.
func (s *selection) cost(r *run) int64 {
	var total, dearest int64
	for _, i := range s.always {
		total = bounded(total + s.nodes[i].cost(r))
	}
	for _, choice := range s.choices {
		var sum int64
		for _, i := range choice {
			sum = bounded(sum + s.nodes[i].cost(r))
		}
		dearest = max(dearest, sum)
	}
	return bounded(total + dearest)
}

func (n *node) cost(r *run) int64 {
	if n.fixed {
		return n.total
	}
	if !holds(n.guard, r.conditions) {
		return 0
	}
	items := int64(1)
	if n.list {
		items = n.size.of(r)
	}
	return bounded(times(items, bounded(n.each+n.below.cost(r))) + n.arguments(r))
}

// arguments is what the arguments count.
func (n *node) arguments(r *run) int64 {
	total := n.args
	for _, t := range n.terms {
		if t.variable < len(r.values) {
			total = bounded(total + t.in.score(r.values[t.variable], 0))
		}
	}
	return total
}

// of returns the size: the largest that a slicing argument gives.
func (s *size) of(r *run) int64 {
	if len(s.given) == 0 {
		return s.fixed
	}
	count, most := 0, int64(-1)
	for i := range s.given {
		if n, ok := s.given[i].value(r); ok {
			if n < 0 { // some take it for all there is
				n = max(s.absent, s.sizes.assumed, s.fixed)
			}
			count, most = count+1, max(most, n)
		}
	}
	if s.sizes.one && (count > 1 || count == 0 && !s.sizes.defaults()) {
		r.unsized = s.sizes
	}
	switch {
	case count > 0:
		return most
	case s.absent >= 0:
		return s.absent
	}
	return s.fixed
}

// defaults reports whether an argument has a default.
func (s *sizes) defaults() bool {
	for _, slice := range s.slicing {
		if slice.fallback >= 0 {
			return true
		}
	}
	return false
}

func (ref *reference) value(r *run) (int64, bool) {
	if ref.variable < 0 {
		return ref.constant, !ref.none
	}
	if ref.variable >= len(r.values) {
		return 0, false
	}
	v := r.values[ref.variable]
	for _, name := range ref.path {
		if len(v) == 0 || v[0] != '{' {
			return 0, false
		}
		v = jsonscan.Member(v, name)
	}
	n, ok := jsonscan.Integer(v)
	return min(n, maxCost), ok
}

// holds reports whether a guard does.
func holds(g plan.Guard, conditions uint64) bool {
	for _, l := range g {
		if l.Set&^conditions == 0 && l.Clear&conditions == 0 {
			return true
		}
	}
	return len(g) == 0
}
