package limit

import (
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/stages"
)

// Measure returns what an operation cost by the shape of its answer: the sum of
// the estimate over what there is, with the true length of every list. null
// counts nothing, arguments count as they were estimated. Of fields that only
// some objects have, the first of a response name stands for all.
func (p *program) Measure(c *stages.Call, data []byte) int64 {
	r := run{values: c.Values, conditions: conditions(p.conditions, c.Values)}
	return max(0, bounded(p.base+p.root.measure(data[jsonscan.Space(data, 0):], &r, 0)))
}

// measure is that of one object.
func (s *selection) measure(object []byte, r *run, depth int) int64 {
	if len(object) == 0 || object[0] != '{' || len(s.nodes) == 0 || depth > maxValue {
		return 0
	}
	var total int64
	next := 0 // answers are mostly in the order of the selection
	jsonscan.Each(object, func(quoted, value []byte) bool {
		name := quoted[1 : len(quoted)-1]
		for range s.nodes {
			n := &s.nodes[next]
			if next++; next == len(s.nodes) {
				next = 0
			}
			if n.response == string(name) {
				total = bounded(total + n.measure(value, r, depth) + n.arguments(r))
				break
			}
		}
		return true
	})
	return total
}

func (n *node) measure(value []byte, r *run, depth int) int64 {
	if jsonscan.Null(value) || depth > maxValue {
		return 0
	}
	switch {
	case value[0] == '[':
		var total int64
		jsonscan.Each(value, func(_, item []byte) bool {
			total = bounded(total + n.measure(item, r, depth+1))
			return true
		})
		return total
	case value[0] == '{' && len(n.below.nodes) > 0:
		return bounded(n.each + n.below.measure(value, r, depth+1))
	}
	return n.each
}
