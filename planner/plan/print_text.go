package plan

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// Text prints p as Apollo's tools do: the portable tree, two spaces of indent,
// each fetch with what it requires and selects, and the connector it asks, which
// Apollo's tools do not have. Look-ups that share a request
// have no form there; they are printed as parallel fetches under a comment.
func Text(p *Plan) string {
	t := &textPrinter{p: p, layout: newLayout(p)}
	if p.Tree == nil {
		return "QueryPlan {}\n"
	}
	t.line("QueryPlan {")
	t.depth++
	t.node(p.Tree)
	t.depth--
	t.line("}")
	return t.b.String()
}

type textPrinter struct {
	p      *Plan
	layout *layout
	b      strings.Builder
	depth  int
}

func (t *textPrinter) line(s string) {
	t.b.WriteString(strings.Repeat("  ", t.depth) + s + "\n")
}

// block prints a named block with what print writes in it.
func (t *textPrinter) block(head string, print func()) {
	t.line(head + " {")
	t.depth++
	print()
	t.depth--
	t.line("},")
}

func (t *textPrinter) node(n Node) {
	switch n := n.(type) {
	case *SequenceNode:
		t.block("Sequence", func() { t.nodes(n.Nodes) })
	case *ParallelNode:
		t.parallel(n)
	case *FlattenNode:
		t.block("Flatten(path: "+strconv.Quote(strings.Join(n.Path, "."))+")", func() { t.node(n.Node) })
	case *FetchNode:
		t.fetch(n)
	case *ConditionNode:
		t.condition(n)
	case *SubscriptionNode:
		t.block("Subscription", func() {
			t.block("Primary:", func() { t.node(n.Primary) })
			if n.Rest != nil {
				t.block("Rest:", func() { t.node(n.Rest) })
			}
		})
	default:
		panic("plan: unknown node")
	}
}

func (t *textPrinter) nodes(list []Node) {
	for _, n := range list {
		t.node(n)
	}
}

// parallel puts the look-ups of one request into a block of their own.
func (t *textPrinter) parallel(n *ParallelNode) {
	groups := oneRequest(n.Nodes)
	if len(groups) == 1 && len(groups[0]) > 1 {
		t.line("# one request")
		t.block("Parallel", func() { t.nodes(n.Nodes) })
		return
	}
	t.block("Parallel", func() {
		for _, group := range groups {
			if len(group) == 1 {
				t.node(group[0])
				continue
			}
			t.line("# one request")
			t.block("Parallel", func() { t.nodes(group) })
		}
	})
}

// oneRequest splits nodes into runs whose fetches are one request.
func oneRequest(nodes []Node) [][]Node {
	var groups [][]Node
	var last *FetchNode
	for _, n := range nodes {
		f, _ := requestOf(n)
		if f != nil && last != nil && f.Fetch == last.Fetch {
			groups[len(groups)-1] = append(groups[len(groups)-1], n)
		} else {
			groups = append(groups, []Node{n})
		}
		last = f
	}
	return groups
}

// requestOf returns the fetch a node stands for and its place, nil if it is
// another node.
func requestOf(n Node) (*FetchNode, []string) {
	path := []string{}
	if flat, ok := n.(*FlattenNode); ok {
		path, n = flat.Path, flat.Node
	}
	f, _ := n.(*FetchNode)
	return f, path
}

func (t *textPrinter) condition(n *ConditionNode) {
	name := "$" + t.p.Variables[n.Variable]
	switch {
	case n.If == nil:
		t.block("Skip(if: "+name+")", func() { t.node(n.Else) })
	case n.Else == nil:
		t.block("Include(if: "+name+")", func() { t.node(n.If) })
	default:
		t.line("Include(if: " + name + ") {")
		t.depth++
		t.node(n.If)
		t.depth--
		t.block("} Else", func() { t.node(n.Else) })
	}
}

func (t *textPrinter) fetch(n *FetchNode) {
	f := &t.p.Fetches[n.Fetch]
	head := "Fetch(service: " + strconv.Quote(t.p.Subgraphs[f.Subgraph])
	if c := f.connector(); c != "" {
		head += ", connector: " + strconv.Quote(c)
	}
	t.block(head+")", func() {
		for s := range f.Sets {
			if n.Set >= 0 && n.Set != s {
				continue
			}
			set := &f.Sets[s]
			if requires, _ := t.layout.inputs(f, set); len(requires) > 0 {
				t.line("{")
				t.picks(requires)
				t.line("} =>")
			}
			t.line("{")
			if selected, ok := selected(f, set); ok {
				t.selections(selected)
			} else {
				t.depth++
				t.line(f.Operation)
				t.depth--
			}
			t.line("}")
		}
	})
}

func (t *textPrinter) picks(list []pick) {
	t.depth++
	for _, p := range list {
		head := p.Name
		if p.On != "" {
			head = "... on " + p.On
		}
		if len(p.Sub) == 0 {
			t.line(head)
			continue
		}
		t.line(head + " {")
		t.picks(p.Sub)
		t.line("}")
	}
	t.depth--
}

// selections prints the selections of a parsed text.
func (t *textPrinter) selections(set ast.SelectionSet) {
	t.depth++
	for _, sel := range set {
		head, below := selectionHead(sel)
		if len(below) == 0 {
			t.line(head)
			continue
		}
		t.line(head + " {")
		t.selections(below)
		t.line("}")
	}
	t.depth--
}

// selectionHead prints a selection up to its brace.
func selectionHead(sel ast.Selection) (string, ast.SelectionSet) {
	switch sel := sel.(type) {
	case *ast.Field:
		head := sel.Name
		if sel.Alias != sel.Name {
			head = sel.Alias + ": " + sel.Name
		}
		return head + argumentText(sel.Arguments) + directiveText(sel.Directives), sel.SelectionSet
	case *ast.InlineFragment:
		head := "..."
		if sel.TypeCondition != "" {
			head += " on " + sel.TypeCondition
		}
		return head + directiveText(sel.Directives), sel.SelectionSet
	case *ast.FragmentSpread:
		return "..." + sel.Name + directiveText(sel.Directives), nil
	}
	panic("plan: unknown selection")
}

func argumentText(list ast.ArgumentList) string {
	if len(list) == 0 {
		return ""
	}
	parts := make([]string, len(list))
	for i, a := range list {
		parts[i] = a.Name + ": " + a.Value.String()
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func directiveText(list ast.DirectiveList) string {
	text := ""
	for _, d := range list {
		text += " @" + d.Name + argumentText(d.Arguments)
	}
	return text
}

// selected returns what a fetch's text selects for one set, false if the text
// is not GraphQL.
func selected(f *Fetch, set *Set) (ast.SelectionSet, bool) {
	doc, err := parser.ParseQuery(&ast.Source{Input: f.Operation})
	if err != nil || len(doc.Operations) != 1 {
		return nil, false
	}
	all := doc.Operations[0].SelectionSet
	if set.Alias == "" {
		return all, true
	}
	for _, sel := range all {
		if field, ok := sel.(*ast.Field); ok && field.Alias == set.Alias {
			return field.SelectionSet, true
		}
	}
	return all, true
}
