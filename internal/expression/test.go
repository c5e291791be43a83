package expression

import (
	"bytes"
	"slices"

	"github.com/expr-lang/expr/ast"

	"github.com/weftql/weft/internal/jsonscan"
)

// test is a condition that needs no machine.
type test struct {
	op          testOp
	left, right *test // of and, or, not
	path        int
	texts       []string // of equals and within one or more, of contains one
	otherwise   bool     // of truth: what nil is
}

type testOp uint8

const (
	and testOp = iota
	or
	not
	equals   // path == text, path in [texts]
	isNil    // path == nil
	contains // text in path, a list
	truth    // path, a Boolean claim
	constant
)

// test returns the condition a tree is, nil if it is not one of the simple
// ones.
func (r *resolver) test(node ast.Node) *test {
	if i, ok := r.found[node]; ok {
		return r.truth(i, false)
	}
	switch n := node.(type) {
	case *ast.BoolNode:
		return &test{op: constant, otherwise: n.Value}
	case *ast.UnaryNode:
		if n.Operator == "not" || n.Operator == "!" {
			return not.of(r.test(n.Node), nil)
		}
	case *ast.BinaryNode:
		return r.binaryTest(n)
	}
	return nil
}

// of returns op over its operands, nil if one of them is no test.
func (op testOp) of(left, right *test) *test {
	if left == nil || right == nil && op != not {
		return nil
	}
	return &test{op: op, left: left, right: right}
}

func (r *resolver) truth(path int, otherwise bool) *test {
	if r.paths[path].kind != value {
		return nil
	}
	return &test{op: truth, path: path, otherwise: otherwise}
}

func (r *resolver) binaryTest(n *ast.BinaryNode) *test {
	switch n.Operator {
	case "and", "&&":
		return and.of(r.test(n.Left), r.test(n.Right))
	case "or", "||":
		return or.of(r.test(n.Left), r.test(n.Right))
	case "==", "!=":
		t := r.equality(n.Left, n.Right)
		if t == nil {
			t = r.equality(n.Right, n.Left)
		}
		if n.Operator == "!=" {
			return not.of(t, nil)
		}
		return t
	case "in":
		return r.membership(n)
	case "??":
		i, ok := r.found[n.Left]
		if otherwise, isBool := n.Right.(*ast.BoolNode); ok && isBool {
			return r.truth(i, otherwise.Value)
		}
	}
	return nil
}

func (r *resolver) equality(left, right ast.Node) *test {
	i, ok := r.found[left]
	if !ok || r.paths[i].kind != text && r.paths[i].kind != value {
		return nil
	}
	switch right := right.(type) {
	case *ast.StringNode:
		return &test{op: equals, path: i, texts: []string{right.Value}}
	case *ast.NilNode:
		return &test{op: isNil, path: i}
	}
	return nil
}

// membership is of path in ["a", "b"] and of "a" in path.
func (r *resolver) membership(n *ast.BinaryNode) *test {
	if wanted, ok := n.Left.(*ast.StringNode); ok {
		if i, ok := r.found[n.Right]; ok && r.paths[i].kind == list {
			return &test{op: contains, path: i, texts: []string{wanted.Value}}
		}
		return nil
	}
	i, ok := r.found[n.Left]
	array, isArray := n.Right.(*ast.ArrayNode)
	if !ok || !isArray || r.paths[i].kind != text && r.paths[i].kind != value {
		return nil
	}
	t := &test{op: equals, path: i}
	for _, item := range array.Nodes {
		wanted, ok := item.(*ast.StringNode)
		if !ok {
			return nil
		}
		t.texts = append(t.texts, wanted.Value)
	}
	return t
}

// holds runs a test.
func (p *Program) holds(t *test, e *Env) (bool, error) {
	switch t.op {
	case constant:
		return t.otherwise, nil
	case not:
		is, err := p.holds(t.left, e)
		return !is && err == nil, err
	case and, or:
		is, err := p.holds(t.left, e)
		if err != nil || is == (t.op == or) {
			return is, err
		}
		return p.holds(t.right, e)
	default:
		return p.asks(t, e)
	}
}

// asks runs a test of one path.
func (p *Program) asks(t *test, e *Env) (bool, error) {
	at := &p.paths[t.path]
	switch t.op {
	case contains:
		return slices.Contains(at.field.texts(e), t.texts[0]), nil
	case truth:
		raw := at.raw(e)
		switch {
		case jsonscan.Null(raw):
			return t.otherwise, nil
		case raw[0] == 't', raw[0] == 'f':
			return raw[0] == 't', nil
		}
		return false, noCondition(at.text)
	case isNil:
		return at.isNil(e), nil
	default: // equals
		return at.isOneOf(e, t.texts), nil
	}
}

func (p *path) isNil(e *Env) bool {
	if p.kind == value {
		return jsonscan.Null(p.raw(e))
	}
	if p.isIP() {
		return !e.caller().Remote.IsValid()
	}
	return p.get(e) == ""
}

// isOneOf reports whether the value is one of the texts.
func (p *path) isOneOf(e *Env, texts []string) bool {
	if p.kind == text && !p.isIP() {
		is := p.get(e)
		return is != "" && slices.Contains(texts, is)
	}
	if p.kind == value {
		raw := p.raw(e)
		if len(raw) == 0 || raw[0] != '"' {
			return false
		}
		if inner := raw[1 : len(raw)-1]; bytes.IndexByte(inner, '\\') < 0 {
			return among(inner, texts)
		}
	}
	var room [64]byte
	is, ok := p.append(room[:0], e)
	return ok && among(is, texts)
}

func among(is []byte, texts []string) bool {
	for _, t := range texts {
		if string(is) == t {
			return true
		}
	}
	return false
}
