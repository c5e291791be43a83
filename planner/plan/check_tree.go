package plan

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// tree checks that the portable view has every set at least once, and after what
// its fetch waits for. Introspection is not part of it.
func (c *checker) tree() {
	t := &treeCheck{checker: c, sets: map[[2]int]bool{}}
	if c.p.Tree != nil {
		t.node(c.p.Tree, nil)
	}
	for i := range c.p.Fetches {
		f := &c.p.Fetches[i]
		if c.introspection(f) {
			continue
		}
		for s := range f.Sets {
			if !t.sets[[2]int{i, s}] {
				c.fail("tree: set %d of fetch %d is missing", s, i)
			}
		}
	}
}

// introspection reports whether a fetch goes to the schema, not to a subgraph.
func (c *checker) introspection(f *Fetch) bool {
	return f.Subgraph >= 0 && f.Subgraph < len(c.p.Subgraphs) && c.p.Subgraphs[f.Subgraph] == ""
}

type treeCheck struct {
	*checker
	sets map[[2]int]bool // that were seen
}

// node checks a node that starts once the fetches of done are complete, and
// returns those it completes. Its recursion follows the planner's nesting.
func (t *treeCheck) node(n Node, done []int) []int {
	var own []int
	switch n := n.(type) {
	case *SequenceNode:
		for _, child := range n.Nodes {
			own = append(own, t.node(child, append(slices.Clone(done), own...))...)
		}
	case *ParallelNode:
		for _, child := range n.Nodes {
			own = append(own, t.node(child, done)...)
		}
	case *FlattenNode:
		return t.node(n.Node, done)
	case *ConditionNode:
		if n.Variable < 0 || n.Variable >= len(t.p.Variables) {
			t.fail("tree: no variable %d", n.Variable)
		}
		for _, child := range []Node{n.If, n.Else} {
			if child != nil {
				own = append(own, t.node(child, done)...)
			}
		}
	case *SubscriptionNode:
		own = t.node(n.Primary, done)
		if n.Rest != nil {
			own = append(own, t.node(n.Rest, append(slices.Clone(done), own...))...)
		}
	case *FetchNode:
		return t.fetch(n, done)
	default:
		t.fail("tree: a node is nil")
	}
	return own
}

func (t *treeCheck) fetch(n *FetchNode, done []int) []int {
	if n.Fetch < 0 || n.Fetch >= len(t.p.Fetches) || n.Set < -1 || n.Set >= len(t.p.Fetches[n.Fetch].Sets) {
		t.fail("tree: no set %d of fetch %d", n.Set, n.Fetch)
		return nil
	}
	f := &t.p.Fetches[n.Fetch]
	for s := range f.Sets {
		if n.Set == -1 || n.Set == s {
			t.sets[[2]int{n.Fetch, s}] = true
		}
	}
	for _, j := range f.After {
		if j >= 0 && j < len(t.p.Fetches) && !t.introspection(&t.p.Fetches[j]) && !slices.Contains(done, j) {
			t.fail("tree: fetch %d does not come after fetch %d", n.Fetch, j)
		}
	}
	return []int{n.Fetch}
}

// sums checks what follows from the rest of the plan.
func (c *checker) sums() {
	requests, rounds := 0, 0
	subgraphs := map[int]bool{}
	for i := range c.p.Fetches {
		f := &c.p.Fetches[i]
		c.text(f, fmt.Sprintf("fetch %d text", i))
		if c.introspection(f) {
			continue
		}
		requests++
		rounds = max(rounds, f.Round+1)
		subgraphs[f.Subgraph] = true
	}
	m := c.p.Metrics
	if m.Requests != requests || m.Rounds != rounds || m.Subgraphs != len(subgraphs) {
		c.fail("metrics say %d requests, %d rounds, %d subgraphs; the plan has %d, %d, %d",
			m.Requests, m.Rounds, m.Subgraphs, requests, rounds, len(subgraphs))
	}
	if !slices.IsSorted(c.p.Touches) || len(slices.Compact(slices.Clone(c.p.Touches))) != len(c.p.Touches) {
		c.fail("touches are not sorted or stand twice")
	}
	if c.ancestors != nil && c.p.Inline != c.inline() {
		c.fail("inline is %v and must not be", c.p.Inline)
	}
}

// inline computes Plan.Inline from its definition.
func (c *checker) inline() bool {
	n := len(c.p.Fetches)
	for i := range n {
		for j := i + 1; j < n; j++ {
			if c.ancestors[j][i] {
				continue
			}
			for k := j + 1; k < n; k++ {
				if c.ancestors[k][j] && !c.ancestors[k][i] {
					return false
				}
			}
		}
	}
	return true
}

// text checks that a fetch's text is one operation of its kind that declares
// the variables the fetch sends.
func (c *checker) text(f *Fetch, where string) {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Operation})
	if err != nil || len(doc.Operations) != 1 {
		c.fail("%s is not one operation: %v", where, err)
		return
	}
	def := doc.Operations[0]
	if want := []ast.Operation{ast.Query, ast.Mutation, ast.Subscription}; int(f.Kind) >= len(want) || def.Operation != want[f.Kind] {
		c.fail("%s is a %s", where, def.Operation)
	}
	if def.Name != f.Name {
		c.fail("%s is named %q, the fetch %q", where, def.Name, f.Name)
	}
	var declared, sent []string
	for _, v := range def.VariableDefinitions {
		declared = append(declared, v.Variable)
	}
	for _, i := range f.Variables {
		if i >= 0 && i < len(c.p.Variables) {
			sent = append(sent, c.p.Variables[i])
		}
	}
	for _, s := range f.Sets {
		if s.Variable != "" {
			sent = append(sent, s.Variable)
		}
	}
	slices.Sort(declared)
	slices.Sort(sent)
	if !slices.Equal(declared, sent) {
		c.fail("%s declares %v, sent are %v", where, declared, sent)
	}
}
