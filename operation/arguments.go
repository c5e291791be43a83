package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// needSource is where a need's arguments are from: a use of a field of the
// graph. What a view hides of the field's arguments has a value too.
type needSource struct {
	use    *ast.Field
	field  *schema.Field
	types  *inputTypes
	opaque bool
}

// needs returns what the operation met, with the types of arguments ready.
func (l *lowering) needs() []Need {
	list := l.n.needs.list
	for i := range list {
		s := list[i].source
		if s == nil {
			continue
		}
		s.types = l.types
		if list[i].Args == nil {
			for _, a := range sortedArguments(s.use) {
				list[i].Args = append(list[i].Args, Argument{Name: a.Name, Value: a.Value.String()})
			}
		}
	}
	return list
}

// Arguments tells the coerced arguments of a field, as raw JSON, from the values
// of a request. It is immutable.
type Arguments struct {
	index   map[string]int // of values by variable
	list    []boundArgument
	types   *inputTypes
	unknown bool // what the graph's field gets cannot be told
}

// boundArgument is one declared argument: constant, the variable of that index,
// or a value with variables in it.
type boundArgument struct {
	name     string
	typ      *inputType
	constant []byte     // what it is, or, for a variable, what it is without a value; nil is absent
	variable int        // -1 without
	value    *ast.Value // nil without variables inside
}

// Arguments returns how the arguments of need i follow from the values that
// Coerce, and Derive, make; nil if there are none to look at. Defaults count as
// given.
func (o *Operation) Arguments(i int) *Arguments {
	from := o.Needs[i].source
	if from == nil {
		return nil
	}
	a := &Arguments{index: make(map[string]int, len(o.Variables)), types: from.types, unknown: from.opaque}
	for i := range o.Variables {
		a.index[o.Variables[i].Name] = i
	}
	for _, def := range from.field.Arguments {
		b := boundArgument{name: def.Name, variable: -1}
		var given *ast.Value
		if arg := from.use.Arguments.ForName(def.Name); arg != nil {
			given = arg.Value
		}
		if def.DefaultValue != nil {
			b.constant = from.types.constant(def.DefaultValue, def.Type)
		}
		switch {
		case given == nil:
		case given.Kind == ast.Variable:
			index, ok := a.index[given.Raw]
			if ok {
				b.variable = index
			}
		case !hasVariable(given):
			b.constant = from.types.constant(given, def.Type)
		default:
			b.value, b.typ = given, from.types.of(def.Type)
		}
		a.list = append(a.list, b)
	}
	return a
}

// Resolve returns the arguments by name; one that is not given is not there. It
// is false where they cannot be told: for values that do not fit, which no
// subgraph would take either, and for fields a client's schema has rewritten.
func (a *Arguments) Resolve(v Values) (map[string][]byte, bool) {
	if a.unknown {
		return nil, false
	}
	out := make(map[string][]byte, len(a.list))
	for i := range a.list {
		b := &a.list[i]
		value := b.constant
		switch {
		case b.value != nil:
			var ok bool
			if value, ok = a.compose(b, v); !ok {
				return nil, false
			}
		case b.variable >= 0 && b.variable < len(v) && v[b.variable] != nil:
			value = v[b.variable]
		}
		if value != nil {
			out[b.name] = value
		}
	}
	return out, true
}

// compose fills variables into a value and coerces the whole.
func (a *Arguments) compose(b *boundArgument, v Values) ([]byte, bool) {
	json := a.append(nil, b.value, v)
	r := reader{raw: json, deepest: a.types.nesting}
	rewrite, bad := r.check(b.typ)
	if bad != nil || r.broken || r.tooDeep {
		return nil, false
	}
	if !rewrite {
		return json, true
	}
	r.i, r.depth = 0, 0
	return r.rewrite(make([]byte, 0, len(json)+16), b.typ), true
}

// append appends a value as JSON. A variable without a value is null in a list
// and takes its member of an object away. Recursion is bounded by
// Limits.Nesting.
func (a *Arguments) append(dst []byte, value *ast.Value, v Values) []byte {
	switch value.Kind {
	case ast.Variable:
		if given := a.variable(value, v); given != nil {
			return append(dst, given...)
		}
		return append(dst, "null"...)
	case ast.ListValue:
		dst = append(dst, '[')
		for i, child := range value.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = a.append(dst, child.Value, v)
		}
		return append(dst, ']')
	case ast.ObjectValue:
		dst = append(dst, '{')
		first := true
		for _, child := range value.Children {
			if child.Value.Kind == ast.Variable && a.variable(child.Value, v) == nil {
				continue
			}
			if !first {
				dst = append(dst, ',')
			}
			first = false
			dst = append(appendString(dst, child.Name), ':')
			dst = a.append(dst, child.Value, v)
		}
		return append(dst, '}')
	}
	return appendConstant(dst, value)
}

func (a *Arguments) variable(value *ast.Value, v Values) []byte {
	if i, ok := a.index[value.Raw]; ok && i < len(v) {
		return v[i]
	}
	return nil
}
