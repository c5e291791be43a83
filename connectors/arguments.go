package connectors

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/schema"
)

// input is a compiled input value: JSON, or a tree with variables in it.
type input struct {
	kind     inputKind
	constant []byte // also what stands for a variable that was not given; nil for nothing
	variable int
	items    []input
	members  []inputMember
}

type inputMember struct {
	text  []byte // `"name":`
	value input
}

type inputKind uint8

const (
	constantInput inputKind = iota
	variableInput
	listInput
	objectInput
)

// append appends the value; given is false for a variable that was not, and
// dst then as before.
func (v *input) append(dst []byte, values [][]byte) (_ []byte, given bool) {
	switch v.kind {
	case constantInput:
	case variableInput:
		if v.variable < len(values) && values[v.variable] != nil {
			return append(dst, values[v.variable]...), true
		}
		return append(dst, v.constant...), v.constant != nil
	case listInput:
		dst = append(dst, '[')
		for i := range v.items {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, given = v.items[i].append(dst, values); !given {
				dst = append(dst, "null"...)
			}
		}
		return append(dst, ']'), true
	case objectInput:
		dst = append(dst, '{')
		for i := range v.members {
			mark := len(dst)
			if dst[mark-1] != '{' {
				dst = append(dst, ',')
			}
			dst = append(dst, v.members[i].text...)
			if dst, given = v.members[i].value.append(dst, values); !given {
				dst = dst[:mark]
			}
		}
		return append(dst, '}'), true
	}
	return append(dst, v.constant...), true
}

// fold makes a constant of a tree without variables.
func (v *input) fold() {
	for i := range v.items {
		if v.items[i].kind != constantInput {
			return
		}
	}
	for i := range v.members {
		if v.members[i].value.kind != constantInput {
			return
		}
	}
	if v.kind == listInput || v.kind == objectInput {
		v.constant, _ = v.append(nil, nil)
		*v = input{constant: v.constant}
	}
}

// inputs compiles input values.
type inputs struct {
	graph *schema.Supergraph
	// variables are the fetch's, by name, with what they are if not given.
	variables map[string]int
	defaults  ast.VariableDefinitionList
	count     int
}

// maxInputs bounds the values of one field's arguments: defaults of input types
// that refer to each other can ask for any number.
const maxInputs = 100_000

// arguments compiles the arguments of a field as one object: what is written,
// then the defaults of what is not. Every argument of the definition comes in
// its order.
func (p *prepared) arguments(def *schema.Field, written ast.ArgumentList) (*input, error) {
	in := &inputs{graph: p.graph, variables: p.variables, defaults: p.operation.VariableDefinitions}
	out := &input{kind: objectInput}
	for _, a := range def.Arguments {
		var value *ast.Value
		if w := written.ForName(a.Name); w != nil {
			value = w.Value
		}
		if err := in.member(out, a.Name, a.Type, value, a.DefaultValue, 0); err != nil {
			return nil, err
		}
	}
	for _, a := range written {
		if def.Arguments.ForName(a.Name) == nil {
			return nil, fmt.Errorf("no argument %s", a.Name)
		}
	}
	out.fold()
	return out, nil
}

// member adds a member unless it has neither a value nor a default.
func (in *inputs) member(to *input, name string, t *ast.Type, value, fallback *ast.Value, depth int) error {
	if value == nil {
		if value = fallback; value == nil {
			return nil
		}
	}
	v, err := in.literal(t, value, depth+1)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if v.kind == variableInput && v.constant == nil && fallback != nil {
		d, err := in.literal(t, fallback, depth+1)
		if err != nil {
			return fmt.Errorf("default of %s: %w", name, err)
		}
		v.constant = d.constant
	}
	to.members = append(to.members, inputMember{text: append(fault.AppendString(nil, name), ':'), value: v})
	return nil
}

// literal compiles a value of type t; nil is a type nothing is known of.
func (in *inputs) literal(t *ast.Type, v *ast.Value, depth int) (input, error) {
	if in.count++; depth > maxDepth || in.count > maxInputs {
		return input{}, errDepth
	}
	if v.Kind == ast.Variable {
		return in.variable(v.Raw, depth)
	}
	if v.Kind == ast.NullValue {
		return input{constant: []byte("null")}, nil
	}
	if v.Kind == ast.ListValue {
		return in.list(t, v, depth)
	}
	if t != nil && t.Elem != nil { // a single value is a list of one
		item, err := in.literal(t.Elem, v, depth+1)
		out := input{kind: listInput, items: []input{item}}
		out.fold()
		return out, err
	}
	if v.Kind == ast.ObjectValue {
		return in.object(t, v, depth)
	}
	return input{constant: appendScalar(nil, t, v)}, nil
}

func appendScalar(dst []byte, t *ast.Type, v *ast.Value) []byte {
	switch v.Kind {
	case ast.IntValue:
		if t != nil && (t.NamedType == "ID" || t.NamedType == "String") {
			return fault.AppendString(dst, v.Raw)
		}
		return append(dst, v.Raw...)
	case ast.FloatValue, ast.BooleanValue:
		return append(dst, v.Raw...)
	}
	return fault.AppendString(dst, v.Raw) // strings, and enum values as such
}

func (in *inputs) variable(name string, depth int) (input, error) {
	i, ok := in.variables[name]
	if !ok {
		return input{}, fmt.Errorf("no variable $%s", name)
	}
	out := input{kind: variableInput, variable: i}
	if def := in.defaults.ForName(name); def != nil && def.DefaultValue != nil {
		d, err := in.literal(def.Type, def.DefaultValue, depth+1)
		if err != nil {
			return input{}, err
		}
		out.constant = d.constant
	}
	return out, nil
}

func (in *inputs) list(t *ast.Type, v *ast.Value, depth int) (input, error) {
	var elem *ast.Type
	if t != nil {
		elem = t.Elem
	}
	out := input{kind: listInput}
	for _, child := range v.Children {
		item, err := in.literal(elem, child.Value, depth+1)
		if err != nil {
			return input{}, err
		}
		out.items = append(out.items, item)
	}
	out.fold()
	return out, nil
}

func (in *inputs) object(t *ast.Type, v *ast.Value, depth int) (input, error) {
	out := input{kind: objectInput}
	var def *ast.Definition
	if t != nil {
		def = in.graph.AST.Types[t.NamedType]
	}
	if def == nil || def.Kind != ast.InputObject { // a custom scalar
		for _, child := range v.Children {
			if err := in.member(&out, child.Name, nil, child.Value, nil, depth); err != nil {
				return input{}, err
			}
		}
		out.fold()
		return out, nil
	}
	for _, f := range def.Fields {
		if err := in.member(&out, f.Name, f.Type, v.Children.ForName(f.Name), f.DefaultValue, depth); err != nil {
			return input{}, err
		}
	}
	for _, child := range v.Children {
		if !slices.ContainsFunc(def.Fields, func(f *ast.FieldDefinition) bool { return f.Name == child.Name }) {
			return input{}, fmt.Errorf("no field %s.%s", def.Name, child.Name)
		}
	}
	out.fold()
	return out, nil
}
