package limit

import (
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/stages"
)

// Measure returns what an operation cost by the shape of its answer: the sum of
// the estimate over what there is, with the true length of every list. null
// counts nothing, arguments count as they were estimated. Of fields that only
// some objects have, the first of a response name stands for all. It is 1 at
// least: 0 would be a cost that nobody knows.
func (p *program) Measure(c *stages.Call, data []byte) int64 {
	m := measuring{text: data, run: run{values: c.Values, conditions: conditions(p.conditions, c.Values)}, at: jsonscan.Space(data, 0)}
	return max(1, bounded(p.base+m.object(&p.root, 0)))
}

// measuring goes through an answer once. at is None once it turned out not to be
// JSON, which ends it.
type measuring struct {
	text []byte
	at   int
	run  run
}

// value measures the value at hand and steps behind it.
func (m *measuring) value(n *node, depth int) int64 {
	if m.at < 0 || m.at >= len(m.text) || depth > maxValue {
		m.at = jsonscan.None
		return 0
	}
	switch c := m.text[m.at]; {
	case c == 'n':
		m.skip()
		return 0
	case c == '[':
		return m.list(n, depth)
	case c == '{' && len(n.below.nodes) > 0:
		return bounded(n.each + m.object(&n.below, depth))
	}
	m.skip()
	return n.each
}

func (m *measuring) skip() { m.at = jsonscan.Skip(m.text, m.at) }

func (m *measuring) list(n *node, depth int) int64 {
	var total int64
	for first := true; m.next(']', first); first = false {
		total = bounded(total + m.value(n, depth+1))
	}
	return total
}

// object measures the object at hand by what was selected of it.
func (m *measuring) object(s *selection, depth int) int64 {
	if m.at < 0 || m.at >= len(m.text) || m.text[m.at] != '{' || len(s.nodes) == 0 {
		return 0
	}
	var total int64
	likely := 0 // answers are mostly in the order of the selection
	for first := true; m.next('}', first); first = false {
		name := m.name()
		if m.at < 0 {
			break
		}
		n := s.find(name, &likely)
		if n == nil {
			m.skip()
			continue
		}
		total = bounded(total + m.value(n, depth+1) + n.arguments(&m.run))
	}
	return total
}

// next steps to the next item of a list or object, or behind its end.
func (m *measuring) next(end byte, first bool) bool {
	if m.at < 0 {
		return false
	}
	if first {
		m.at++ // the bracket
	}
	if m.at = jsonscan.Space(m.text, m.at); m.at < len(m.text) && m.text[m.at] == end {
		m.at++
		return false
	}
	if !first {
		if m.at >= len(m.text) || m.text[m.at] != ',' {
			m.at = jsonscan.None
			return false
		}
		m.at = jsonscan.Space(m.text, m.at+1)
	}
	if m.at >= len(m.text) {
		m.at = jsonscan.None
		return false
	}
	return true
}

// name returns a member's name and steps to its value.
func (m *measuring) name() []byte {
	from := m.at
	if m.text[m.at] != '"' {
		m.at = jsonscan.None
		return nil
	}
	if m.skip(); m.at < 0 {
		return nil
	}
	name := m.text[from+1 : m.at-1]
	if m.at = jsonscan.Space(m.text, m.at); m.at >= len(m.text) || m.text[m.at] != ':' {
		m.at = jsonscan.None
		return nil
	}
	m.at = jsonscan.Space(m.text, m.at+1)
	return name
}

// find returns the node of a response name, nil if there is none. likely is
// where to look first.
func (s *selection) find(name []byte, likely *int) *node {
	for range s.nodes {
		n := &s.nodes[*likely]
		if *likely++; *likely == len(s.nodes) {
			*likely = 0
		}
		if n.response == string(name) {
			return n
		}
	}
	return nil
}
