package operation

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// literal is a constant taken out of the document, to be sent as a variable.
type literal struct {
	name, typ string
	json      []byte
}

// value returns the text of an argument's value over variables. A constant
// becomes a variable of its own; of a list or input object with variables in
// it only the constant parts do. What stays: null, because sending null and
// sending nothing differ, and what has no declared type (parts of values of
// scalars the schema defines).
func (l *lowering) value(v *ast.Value, typ *ast.Type) string {
	if v.Kind == ast.Variable {
		i := l.variable(v.Raw)
		l.hash.variable(i)
		return "$" + v.Raw
	}
	if v.Kind == ast.NullValue || typ == nil {
		l.hash.string(l.numbered(v))
		return v.String()
	}
	if !hasVariable(v) {
		return l.extract(v, typ)
	}
	var b strings.Builder
	if v.Kind == ast.ListValue {
		item := typ.Elem // nil in a list the schema does not declare
		l.hash.string("[")
		b.WriteByte('[')
		for i, child := range v.Children {
			separate(&b, i)
			b.WriteString(l.value(child.Value, item))
		}
		b.WriteByte(']')
		l.hash.string("]")
		return b.String()
	}
	for typ.Elem != nil {
		typ = typ.Elem
	}
	def := l.view.AST.Types[typ.NamedType]
	l.hash.string("{")
	b.WriteByte('{')
	for i, child := range v.Children {
		separate(&b, i)
		var declared *ast.Type
		if def != nil {
			if f := def.Fields.ForName(child.Name); f != nil {
				declared = f.Type
			}
		}
		l.hash.string(child.Name)
		b.WriteString(child.Name + ": " + l.value(child.Value, declared))
	}
	b.WriteByte('}')
	l.hash.string("}")
	return b.String()
}

// extract makes a constant a variable. Equal constants of equal type share one.
func (l *lowering) extract(v *ast.Value, typ *ast.Type) string {
	text := typ.String()
	json := l.types.constant(v, typ)
	key := text + " " + string(json)
	i, ok := l.literal[key]
	if !ok {
		i = len(l.pending)
		l.literal[key] = i
		l.pending = append(l.pending, literal{name: l.freshName(i), typ: text, json: json})
	}
	l.hash.literal(i, text)
	return "$" + l.pending[i].name
}

// freshName returns a name for literal i that no client variable has.
func (l *lowering) freshName(i int) string {
	name := "_l" + strconv.Itoa(i)
	for l.taken[name] {
		name = "_" + name
	}
	l.taken[name] = true
	return name
}

// numbered prints v with the numbers of variables in place of their names.
func (l *lowering) numbered(v *ast.Value) string {
	if !hasVariable(v) {
		return v.String()
	}
	return l.renamed(v).String()
}

func (l *lowering) renamed(v *ast.Value) *ast.Value {
	out := *v
	if v.Kind == ast.Variable {
		out.Raw = strconv.Itoa(l.variable(v.Raw))
	}
	out.Children = make(ast.ChildValueList, len(v.Children))
	for i, child := range v.Children {
		out.Children[i] = &ast.ChildValue{Name: child.Name, Value: l.renamed(child.Value)}
	}
	return &out
}

// hasVariable looks for a variable in v. Its recursion is bounded by
// Limits.Nesting.
func hasVariable(v *ast.Value) bool {
	if v.Kind == ast.Variable {
		return true
	}
	for _, child := range v.Children {
		if hasVariable(child.Value) {
			return true
		}
	}
	return false
}

func separate(b *strings.Builder, i int) {
	if i > 0 {
		b.WriteString(", ")
	}
}
