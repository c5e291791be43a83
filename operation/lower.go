package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// lowering turns merged nodes into Fields: it numbers variables in order of
// first use, takes literals out of arguments, and writes the canonical form
// that is hashed.
type lowering struct {
	n       *normaliser
	view    *schema.View
	out     *Operation
	index   map[string]int // of variables by name
	literal map[string]int // of literals by type and value
	taken   map[string]bool
	types   *inputTypes
	hash    canonical
	pending []literal
}

// lower returns the operation for the merged fields of def.
func (p *Preparer) lower(n *normaliser, def *ast.OperationDefinition, nodes []*node) (*Operation, error) {
	l := &lowering{
		n: n, view: n.view,
		out:     &Operation{Kind: kindOf(def.Operation), Name: def.Name, View: n.view},
		index:   map[string]int{},
		literal: map[string]int{},
		taken:   map[string]bool{},
		types:   p.types,
		hash:    canonical{buf: make([]byte, 0, 2<<10)},
	}
	for _, v := range def.VariableDefinitions {
		l.taken[v.Variable] = true
	}
	l.hash.begin(l.out.Kind, def.Name)
	l.out.Select = l.fields(nodes, nil)
	if n.err != nil {
		return nil, n.err
	}
	l.variables(def)
	l.out.Needs, l.out.Denied = l.needs(), n.denied()
	l.out.Labels = labels(n.graph, l.out.Select)
	if len(l.out.Labels) > maxConditions {
		return nil, tooLarge("override labels", maxConditions)
	}
	l.out.Hash = l.hash.sum(l.out)
	return l.out, nil
}

// fields lowers the fields of one object. base holds the types the object can
// have, nil at the root.
func (l *lowering) fields(nodes []*node, base schema.Bits) []Field {
	out := make([]Field, 0, len(nodes))
	for _, x := range nodes {
		f := Field{Response: x.field.Alias, Name: x.field.Name, Guard: guard(x.when)}
		if p := x.field.Position; p != nil {
			f.Line, f.Column = p.Line, p.Column
		}
		if base != nil && !base.Within(x.on) {
			f.On = x.on
		}
		if x.block != nil {
			f.Defer = x.block.shared
		}
		l.use(x.when)
		if x.block != nil && x.block.when >= 0 {
			l.use(plan.Literals{Set: 1 << x.block.when})
		}
		if x.denied {
			f.Out = &Out{Denied: true}
		}
		l.hash.field(l.n.graph, &f, x.owner.name)
		switch {
		case x.denied:
			f.Def = l.n.graph.FieldNamed(x.owner.id, x.field.Name)
		case introspects(x.field):
			f.Args = l.plainArguments(x.field)
			f.Text = l.text(x)
		case x.field.Name == "__typename":
		default:
			f.Def = l.n.graph.FieldNamed(x.owner.id, x.field.Name)
			f.Args = l.arguments(x.field)
			if x.result != nil {
				f.Select = l.fields(x.fields, x.result.possible)
			}
		}
		l.hash.end()
		out = append(out, f)
	}
	return out
}

// use numbers the variables of conditions.
func (l *lowering) use(when plan.Literals) {
	if when == (plan.Literals{}) {
		return
	}
	for bit, name := range l.n.conditions {
		if (when.Set|when.Clear)&(1<<bit) != 0 {
			l.variable(name)
		}
	}
}

// variable returns the index of a client variable, numbering it at first use.
func (l *lowering) variable(name string) int {
	i, ok := l.index[name]
	if !ok {
		i = len(l.index)
		l.index[name] = i
	}
	return i
}

// variables fills Operation.Variables, Literals and Conditions and the program
// that coerces values. Variables only used in what was folded away come last
// of the client's: they are still checked.
func (l *lowering) variables(def *ast.OperationDefinition) {
	for _, v := range def.VariableDefinitions {
		l.variable(v.Variable)
	}
	o := l.out
	o.Variables = make([]Variable, len(l.index), len(l.index)+len(l.pending))
	limits := l.n.limits
	c := &coercer{vars: make([]inputVariable, len(l.index)), index: l.index, nesting: limits.Nesting, errors: limits.Errors}
	for _, v := range def.VariableDefinitions {
		i := l.index[v.Variable]
		text := v.Type.String()
		if v.DefaultValue != nil {
			text += " = " + v.DefaultValue.String()
		}
		o.Variables[i] = Variable{Name: v.Variable, Type: text}
		c.vars[i] = l.types.variable(v)
	}
	for _, p := range l.pending {
		o.Variables = append(o.Variables, Variable{Name: p.name, Type: p.typ})
		o.Literals = append(o.Literals, p.json)
	}
	for _, name := range l.n.conditions {
		o.Conditions = append(o.Conditions, l.index[name])
	}
	o.program = c
}

// arguments returns a field's arguments, sorted by name, with their literals
// taken out.
func (l *lowering) arguments(f *ast.Field) []Argument {
	list := sortedArguments(f)
	out := make([]Argument, 0, len(list))
	for _, a := range list {
		var typ *ast.Type
		if d := f.Definition.Arguments.ForName(a.Name); d != nil {
			typ = d.Type
		}
		l.hash.argument(a.Name)
		out = append(out, Argument{Name: a.Name, Value: l.value(a.Value, typ)})
	}
	return out
}

// plainArguments is arguments with literals left in place: introspection
// answers depend on them and are prepared ahead.
func (l *lowering) plainArguments(f *ast.Field) []Argument {
	var out []Argument
	for _, a := range sortedArguments(f) {
		l.hash.argument(a.Name)
		l.hash.string(l.numbered(a.Value))
		out = append(out, Argument{Name: a.Name, Value: a.Value.String()})
	}
	return out
}

// sortedArguments returns a field's arguments by name, which are unique.
func sortedArguments(f *ast.Field) ast.ArgumentList {
	byName := func(a, b *ast.Argument) int { return strings.Compare(a.Name, b.Name) }
	if slices.IsSortedFunc(f.Arguments, byName) {
		return f.Arguments
	}
	list := slices.Clone(f.Arguments)
	slices.SortFunc(list, byName)
	return list
}
