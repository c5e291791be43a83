package expression

import (
	"errors"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"

	"github.com/weftql/weft/fault"
)

// lookup is the function that paths become. Nobody can write its name.
const lookup = "look up"

// banned are functions that read a clock or time zones, or make much of little.
var banned = []string{"now", "date", "duration", "timezone", "repeat"}

// maxLets bounds how often a value can be doubled.
const maxLets = 8

// resolver replaces the paths of a tree by look-ups, and refuses what is
// unknown or could run for long.
//
//	claims.a.b == "x"   →   look up($env, 0) == "x"
type resolver struct {
	paths []path
	found map[ast.Node]int
	lets  int
	err   *fault.Error
}

// resolve rewrites a whole tree.
func (r *resolver) resolve(root *ast.Node) {
	ast.Walk(root, r)
	ast.Walk(root, &marker{r})
}

// marker marks the paths that are left in the tree, not those on the way to
// them.
type marker struct{ of *resolver }

func (m *marker) Visit(node *ast.Node) {
	if i, ok := m.of.found[*node]; ok {
		m.of.paths[i].used = true
	}
}

// Visit implements ast.Visitor: it is called for children first.
func (r *resolver) Visit(node *ast.Node) {
	if r.err != nil {
		return
	}
	if r.found == nil {
		r.found = map[ast.Node]int{}
	}
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if _, ok := roots[n.Value]; ok {
			r.replace(node, rootPath(n.Value))
		} else if n.Value == "$env" {
			r.fail(n, "$env is not available; name a value, such as principal.sub")
		}
	case *ast.MemberNode:
		r.member(node, n)
	case *ast.ChainNode:
		if i, ok := r.found[n.Node]; ok {
			r.replace(node, r.paths[i])
		}
	case *ast.CallNode:
		if i, ok := r.found[n.Callee]; ok {
			r.fail(n, r.paths[i].text+" is not a function")
		}
	case *ast.VariableDeclaratorNode:
		if _, ok := roots[n.Name]; ok {
			r.fail(n, n.Name+" has a meaning already; choose another name for the variable")
		}
		if r.lets++; r.lets > maxLets {
			r.fail(n, "there are more than 8 variables; simplify the expression")
		}
	case *ast.BinaryNode:
		r.binary(n)
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			r.condition(&n.Node)
		}
	case *ast.ConditionalNode:
		r.condition(&n.Cond)
	case *ast.BuiltinNode:
		r.loop(n)
	}
}

// member extends a path by one step where the step is fixed.
func (r *resolver) member(node *ast.Node, n *ast.MemberNode) {
	i, ok := r.found[n.Node]
	if !ok {
		return
	}
	var s step
	switch property := n.Property.(type) {
	case *ast.StringNode:
		s = step{name: property.Value, index: -1}
	case *ast.IntegerNode:
		s = step{index: property.Value}
	default:
		return
	}
	if s.index < -1 || s.name == "" && s.index < 0 {
		return // counted from the end: the machine does that
	}
	next, problem := r.paths[i].below(s)
	if problem != "" {
		r.fail(n, problem)
		return
	}
	r.replace(node, next)
}

func (r *resolver) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "and", "&&", "or", "||":
		r.condition(&n.Left)
		r.condition(&n.Right)
	case "..":
		r.fail(n, "ranges are not available; list the values")
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			r.fail(n, "the pattern of matches must be a fixed text")
		}
	}
}

// condition makes a path a condition: nil is false.
func (r *resolver) condition(node *ast.Node) {
	p, ok := r.path(*node)
	switch {
	case !ok:
	case p.kind != value:
		r.fail(*node, noText(p))
	default:
		ast.Patch(node, &ast.BinaryNode{Operator: "??", Left: *node, Right: &ast.BoolNode{}})
	}
}

func noText(p path) string {
	return p.text + ` is not true or false; compare it, as in ` + p.text + ` == "x"`
}

// loop refuses a loop inside a loop: its work would be the product of two sizes
// that clients choose.
func (r *resolver) loop(n *ast.BuiltinNode) {
	if slices.Contains(banned, n.Name) {
		r.fail(n, n.Name+" is not available")
		return
	}
	for _, argument := range n.Arguments {
		predicate, ok := argument.(*ast.PredicateNode)
		if !ok {
			continue
		}
		inner := &loopFinder{}
		ast.Walk(&predicate.Node, inner)
		if inner.found {
			r.fail(n, "a loop inside a loop is not available")
		}
	}
}

// loopFinder looks for functions with predicates.
type loopFinder struct{ found bool }

func (f *loopFinder) Visit(node *ast.Node) {
	if _, ok := (*node).(*ast.PredicateNode); ok {
		f.found = true
	}
}

func (r *resolver) replace(node *ast.Node, p path) {
	i := slices.IndexFunc(r.paths, func(q path) bool { return q.text == p.text })
	if i < 0 {
		i = len(r.paths)
		r.paths = append(r.paths, p)
	}
	call := &ast.CallNode{
		Callee:    &ast.IdentifierNode{Value: lookup},
		Arguments: []ast.Node{&ast.IdentifierNode{Value: "$env"}, &ast.IntegerNode{Value: i}},
	}
	ast.Patch(node, call)
	call.SetLocation((*node).Location())
	r.found[call] = i
}

// path returns the path a node became.
func (r *resolver) path(node ast.Node) (path, bool) {
	i, ok := r.found[node]
	if !ok {
		return path{}, false
	}
	return r.paths[i], true
}

func (r *resolver) fail(n ast.Node, message string) { r.err = wrong(column(n), message) }

func column(n ast.Node) int { return n.Location().From }

// syntax turns an error of the language into one of the configuration.
func syntax(err error) *fault.Error {
	var at *file.Error
	if !errors.As(err, &at) {
		return wrong(0, err.Error())
	}
	message := at.Message
	if name, ok := strings.CutPrefix(message, "unknown name "); ok {
		message = name + " is unknown; there are " + strings.Join(rootNames(), ", ")
	}
	return wrong(at.Column, message)
}

func rootNames() []string {
	names := make([]string, 0, len(roots))
	for name := range roots {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
