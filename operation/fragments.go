package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// fragmentGraph says which fragments each operation and fragment spreads, and
// how many selections it has of its own. It is built and searched without
// recursion over fragments, so that a chain of any length and a cycle are safe.
type fragmentGraph struct {
	index  map[string]int
	spread [][]int // by fragment
	size   []int   // by fragment
	roots  [][]int // by operation
	sizes  []int   // by operation
}

func newFragmentGraph(doc *ast.QueryDocument) *fragmentGraph {
	g := &fragmentGraph{index: make(map[string]int, len(doc.Fragments))}
	for i, f := range doc.Fragments {
		if _, ok := g.index[f.Name]; !ok {
			g.index[f.Name] = i
		}
	}
	g.spread, g.size = make([][]int, len(doc.Fragments)), make([]int, len(doc.Fragments))
	for i, f := range doc.Fragments {
		g.spread[i], g.size[i] = g.spreads(f.SelectionSet)
	}
	for _, def := range doc.Operations {
		spread, size := g.spreads(def.SelectionSet)
		g.roots, g.sizes = append(g.roots, spread), append(g.sizes, size)
	}
	return g
}

// spreads returns the known fragments spread anywhere in set, each once, and
// the number of selections. Its recursion is bounded by Limits.Nesting.
func (g *fragmentGraph) spreads(set ast.SelectionSet) (spread []int, size int) {
	seen := map[int]bool{}
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, sel := range set {
			size++
			switch sel := sel.(type) {
			case *ast.Field:
				walk(sel.SelectionSet)
			case *ast.InlineFragment:
				walk(sel.SelectionSet)
			case *ast.FragmentSpread:
				if i, ok := g.index[sel.Name]; ok && !seen[i] {
					seen[i] = true
					spread = append(spread, i)
				}
			}
		}
	}
	walk(set)
	return spread, size
}

// check reports fragments that spread themselves, and a document whose
// fragments are spread so often within each other that validating it would
// visit more than most selections.
func (g *fragmentGraph) check(doc *ast.QueryDocument, most int) error {
	if i := g.cyclic(); i >= 0 {
		f := doc.Fragments[i]
		return fault.List{invalid(f.Position, "Cannot spread fragment \"%s\" within itself.", clip(f.Name))}
	}
	work := 0
	for i, roots := range g.roots {
		if work += g.sizes[i] + g.reach(roots, most-work); work > most {
			return tooLarge("selections to validate", most)
		}
	}
	for i := range g.spread {
		if work += g.size[i] + g.reach(g.spread[i], most-work); work > most {
			return tooLarge("selections to validate", most)
		}
	}
	return nil
}

// cyclic returns a fragment on a cycle, -1 if there is none.
func (g *fragmentGraph) cyclic() int {
	const open, done = 1, 2
	state := make([]uint8, len(g.spread))
	type frame struct{ fragment, next int }
	for start := range g.spread {
		if state[start] == done {
			continue
		}
		stack := []frame{{start, 0}}
		state[start] = open
		for len(stack) > 0 {
			top := &stack[len(stack)-1]
			if top.next == len(g.spread[top.fragment]) {
				state[top.fragment] = done
				stack = stack[:len(stack)-1]
				continue
			}
			next := g.spread[top.fragment][top.next]
			top.next++
			switch state[next] {
			case open:
				return next
			case 0:
				state[next] = open
				stack = append(stack, frame{next, 0})
			}
		}
	}
	return -1
}

// reach returns how many selections the fragments reachable from roots have,
// at least limit+1 if they exceed it.
func (g *fragmentGraph) reach(roots []int, limit int) int {
	seen := make([]bool, len(g.spread))
	todo := append([]int(nil), roots...)
	size := 0
	for len(todo) > 0 && size <= limit {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[i] {
			continue
		}
		seen[i] = true
		size += g.size[i] + 1
		todo = append(todo, g.spread[i]...)
	}
	return size
}
