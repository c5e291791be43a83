package expression

import "github.com/expr-lang/expr/ast"

// operand is one of a ?? b ?? c: a path, or a text where path is -1.
type operand struct {
	path int
	text string
}

// operands returns the operands of ?? if they are paths, the last may be a
// text; nil otherwise.
func (r *resolver) operands(node ast.Node) []operand {
	if i, ok := r.found[node]; ok && r.paths[i].kind != object {
		return []operand{{path: i}}
	}
	switch n := node.(type) {
	case *ast.StringNode:
		return []operand{{path: -1, text: n.Value}}
	case *ast.BinaryNode:
		if n.Operator != "??" {
			return nil
		}
		left, right := r.operands(n.Left), r.operands(n.Right)
		if left == nil || right == nil {
			return nil
		}
		return append(left, right...)
	}
	return nil
}

// appendFirst appends the first operand that has a value.
func (p *Program) appendFirst(dst []byte, e *Env) ([]byte, bool) {
	for _, o := range p.first {
		if o.path < 0 {
			return append(dst, o.text...), true
		}
		if found, ok := p.paths[o.path].append(dst, e); ok {
			return found, true
		}
	}
	return dst, false
}
