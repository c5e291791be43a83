package operation

import (
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// shapeOf counts def. Each fragment is counted once however often it is spread,
// so that the work is linear in the document:
//
//	{ a { ...F } b { ...F } }     depth 1 + depth(F), height 2 + 2·height(F) …
//
// Sums that leave the range of int stay at its end. The document has passed
// validation: there are no cycles.
func shapeOf(doc *ast.QueryDocument, def *ast.OperationDefinition) Shape {
	s := shaper{fragments: make(map[string]Shape, len(doc.Fragments))}
	if len(doc.Fragments) > 0 {
		s.spread(doc, def)
	}
	shape := s.set(def.SelectionSet)
	shape.Directives = plus(shape.Directives, len(def.Directives))
	for _, v := range def.VariableDefinitions {
		shape.Directives = plus(shape.Directives, len(v.Directives))
	}
	shape.Fragments = len(doc.Fragments)
	return shape
}

// shaper knows the shapes of the fragments counted so far.
type shaper struct {
	fragments map[string]Shape
}

// spread counts the fragments that def reaches, those they spread first. It
// does not recurse over fragments: a document may chain as many as it likes.
func (s *shaper) spread(doc *ast.QueryDocument, def *ast.OperationDefinition) {
	g := newFragmentGraph(doc)
	type frame struct{ fragment, next int }
	roots, _ := g.spreads(def.SelectionSet)
	for _, root := range roots {
		stack := []frame{{fragment: root}}
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			f := doc.Fragments[top.fragment]
			if top.next < len(g.spread[top.fragment]) {
				next := g.spread[top.fragment][top.next]
				top.next++
				if _, counted := s.fragments[doc.Fragments[next].Name]; !counted {
					stack = append(stack, frame{fragment: next})
				}
				continue
			}
			if _, counted := s.fragments[f.Name]; !counted {
				shape := s.set(f.SelectionSet)
				shape.Directives = plus(shape.Directives, len(f.Directives))
				s.fragments[f.Name] = shape
			}
			stack = stack[:len(stack)-1]
		}
	}
}

// set counts a selection set. Its recursion is bounded by Limits.Nesting.
func (s *shaper) set(set ast.SelectionSet) Shape {
	var total Shape
	var seen responses
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			below := s.set(sel.SelectionSet)
			below.Depth, below.RootFields = plus(below.Depth, 1), 0
			if sel.Alias != sel.Name {
				below.Aliases = plus(below.Aliases, 1)
			}
			if seen.add(sel.Alias) {
				below.Height, below.RootFields = plus(below.Height, 1), 1
			}
			below.Directives = plus(below.Directives, len(sel.Directives))
			total.add(below)
		case *ast.InlineFragment:
			below := s.set(sel.SelectionSet)
			below.Directives = plus(below.Directives, len(sel.Directives))
			total.add(below)
		case *ast.FragmentSpread:
			below := s.fragments[sel.Name]
			below.Directives = plus(below.Directives, len(sel.Directives))
			total.add(below)
		}
	}
	return total
}

// add adds what stands beside.
func (s *Shape) add(beside Shape) {
	s.Depth = max(s.Depth, beside.Depth)
	s.Height = plus(s.Height, beside.Height)
	s.Aliases = plus(s.Aliases, beside.Aliases)
	s.RootFields = plus(s.RootFields, beside.RootFields)
	s.Directives = plus(s.Directives, beside.Directives)
}

// responses are the response names of one selection set. A handful is searched
// one by one: most sets are small, and a map would be made for each.
type responses struct {
	few  []string
	room [8]string
	many map[string]bool
}

// add reports whether name is new.
func (r *responses) add(name string) bool {
	if r.many != nil {
		if r.many[name] {
			return false
		}
		r.many[name] = true
		return true
	}
	for _, n := range r.few {
		if n == name {
			return false
		}
	}
	if r.few == nil {
		r.few = r.room[:0]
	}
	if len(r.few) == len(r.room) {
		r.many = map[string]bool{name: true}
		for _, n := range r.few {
			r.many[n] = true
		}
		return true
	}
	r.few = append(r.few, name)
	return true
}

// plus adds two counts.
func plus(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}
