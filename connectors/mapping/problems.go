package mapping

import (
	"strconv"
	"strings"
)

// Problem is something that an evaluation could not do. It went on without.
type Problem struct {
	Message string
	// Path leads to it: keys and method names ("->first") are strings, indexes
	// of lists are ints.
	Path []any
	// Offset in the mapping's text, and how often it happened.
	Offset, Count int
}

// Problems collects problems in the order they happened; one that happens again
// is counted. It keeps the first 1000 and counts the others. A nil *Problems
// drops them. It is not safe for concurrent use.
type Problems struct {
	list  []Problem
	index map[string]int
	more  int
}

// Add notes a problem that was not met by a mapping but beside it. An equal one
// is counted.
func (p *Problems) Add(n Problem) {
	if p != nil {
		p.keep(n)
	}
}

// List returns the problems. It belongs to the Problems.
func (p *Problems) List() []Problem {
	if p == nil {
		return nil
	}
	return p.list
}

// Dropped is how many problems were not kept.
func (p *Problems) Dropped() int {
	if p == nil {
		return 0
	}
	return p.more
}

// Total is how many problems there were, with repetitions.
func (p *Problems) Total() int {
	if p == nil {
		return 0
	}
	n := p.more
	for i := range p.list {
		n += p.list[i].Count
	}
	return n
}

// Reset empties the collection for another use.
func (p *Problems) Reset() {
	p.list, p.more = p.list[:0], 0
	clear(p.index)
}

// full counts a problem and says true if it would not be kept, so that nobody
// need word it. Some that would have been counted as repetitions are lost.
func (p *Problems) full() bool {
	if p == nil {
		return true
	}
	if len(p.list) < maxProblems {
		return false
	}
	p.more++
	return true
}

func (p *Problems) add(n note) {
	if p == nil {
		return
	}
	p.keep(Problem{Message: n.message, Path: n.trail.path(), Offset: n.off, Count: 1})
}

func (p *Problems) keep(n Problem) {
	key := problemKey(n.Message, n.Path, n.Offset)
	if i, known := p.index[key]; known {
		p.list[i].Count += n.Count
		return
	}
	if len(p.list) == maxProblems {
		p.more += n.Count
		return
	}
	if p.index == nil {
		p.index = map[string]int{}
	}
	p.index[key] = len(p.list)
	p.list = append(p.list, n)
}

// take adds all of another collection and empties that.
func (p *Problems) take(other *Problems) {
	if len(other.list) == 0 {
		return
	}
	if p != nil {
		for _, n := range other.list {
			p.keep(n)
		}
		p.more += other.more
	}
	clear(other.list) // the paths are p's now
	other.Reset()
}

func problemKey(message string, path []any, off int) string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(off))
	for _, s := range path {
		b.WriteByte(0)
		switch s := s.(type) {
		case string:
			b.WriteString(s)
		case int:
			b.WriteByte(1)
			b.WriteString(strconv.Itoa(s))
		}
	}
	b.WriteByte(0)
	b.WriteString(message)
	return b.String()
}

// note is a problem of an evaluation that is still running: it may yet be
// dropped because another operand of ?? has a value.
type note struct {
	message string
	trail   *trail
	off     int
}

// trail is the path to a value, from its end.
type trail struct {
	parent *trail
	key    string // "" of an index
	index  int
	keyed  bool
}

// path is the trail as a list from the beginning.
func (t *trail) path() []any {
	n := 0
	for s := t; s != nil; s = s.parent {
		n++
	}
	list := make([]any, n)
	for s := t; s != nil; s = s.parent {
		n--
		if s.keyed {
			list[n] = s.key
		} else {
			list[n] = s.index
		}
	}
	return list
}
