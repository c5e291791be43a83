package testkit

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// coerceVariables applies GraphQL spec, section 6.1.2: defaults, and every value
// legal for its type. A variable that was not given and has no default is
// absent from the result.
func coerceVariables(schema *ast.Schema, op *ast.OperationDefinition, given *Object) (*Object, error) {
	out := &Object{}
	for _, d := range op.VariableDefinitions {
		v, ok := given.Get(d.Variable)
		switch {
		case ok:
			c, err := coerceJSON(schema, d.Type, v)
			if err != nil {
				return nil, fmt.Errorf("variable $%s: %w", d.Variable, err)
			}
			out.Set(d.Variable, c)
		case d.DefaultValue != nil:
			c, _, err := coerceLiteral(schema, d.Type, d.DefaultValue, nil)
			if err != nil {
				return nil, fmt.Errorf("default of $%s: %w", d.Variable, err)
			}
			out.Set(d.Variable, c)
		case d.Type.NonNull:
			return nil, fmt.Errorf("variable $%s of type %s is required", d.Variable, d.Type)
		}
	}
	return out, nil
}

// coerceArguments applies GraphQL spec, section 6.4.1. The result has the
// arguments in the order of the definition; one not given and without default
// is absent.
func coerceArguments(schema *ast.Schema, defs ast.ArgumentDefinitionList, given ast.ArgumentList, vars *Object) (*Object, error) {
	out := &Object{}
	for _, d := range defs {
		if a := given.ForName(d.Name); a != nil {
			v, ok, err := coerceLiteral(schema, d.Type, a.Value, vars)
			if err != nil {
				return nil, fmt.Errorf("argument %q: %w", d.Name, err)
			}
			if ok {
				out.Set(d.Name, v)
				continue
			}
		}
		if d.DefaultValue != nil {
			v, _, err := coerceLiteral(schema, d.Type, d.DefaultValue, nil)
			if err != nil {
				return nil, fmt.Errorf("default of argument %q: %w", d.Name, err)
			}
			out.Set(d.Name, v)
		} else if d.Type.NonNull {
			return nil, fmt.Errorf("argument %q of type %s is required", d.Name, d.Type)
		}
	}
	return out, nil
}

// coerceLiteral turns a literal, in which variables may occur, into a JSON value
// legal for t. The second result is false for a variable that is absent.
func coerceLiteral(schema *ast.Schema, t *ast.Type, v *ast.Value, vars *Object) (any, bool, error) {
	if v.Kind == ast.Variable {
		got, ok := vars.Get(v.Raw)
		if ok && got == nil && t.NonNull {
			return nil, false, fmt.Errorf("$%s is null, expected %s", v.Raw, t)
		}
		return got, ok, nil // variables were coerced when the request came in
	}
	if v.Kind == ast.NullValue {
		if t.NonNull {
			return nil, false, fmt.Errorf("null, expected %s", t)
		}
		return nil, true, nil
	}
	if t.Elem != nil {
		list, err := coerceLiteralList(schema, t, v, vars)
		return list, true, err
	}
	def := schema.Types[t.NamedType]
	if def == nil {
		return nil, false, fmt.Errorf("unknown type %s", t.NamedType)
	}
	if def.Kind == ast.InputObject {
		if v.Kind != ast.ObjectValue {
			return nil, false, fmt.Errorf("%s, expected %s", v, t)
		}
		o, err := coerceLiteralFields(schema, def, v, vars)
		return o, true, err
	}
	if def.Kind == ast.Enum && v.Kind != ast.EnumValue {
		return nil, false, fmt.Errorf("%s, expected %s", v, t)
	}
	out, err := coerceInputLeaf(def, literalJSON(v, vars))
	return out, true, err
}

func coerceLiteralList(schema *ast.Schema, t *ast.Type, v *ast.Value, vars *Object) (any, error) {
	items := []*ast.Value{v}
	if v.Kind == ast.ListValue {
		items = items[:0]
		for _, c := range v.Children {
			items = append(items, c.Value)
		}
	}
	list := []any{}
	for i, item := range items {
		c, ok, err := coerceLiteral(schema, t.Elem, item, vars)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i, err)
		}
		if !ok && t.Elem.NonNull { // an absent variable in a list is null
			return nil, fmt.Errorf("item %d is missing, expected %s", i, t.Elem)
		}
		list = append(list, c)
	}
	return list, nil
}

func coerceLiteralFields(schema *ast.Schema, def *ast.Definition, v *ast.Value, vars *Object) (any, error) {
	out := &Object{}
	for _, c := range v.Children {
		if def.Fields.ForName(c.Name) == nil {
			return nil, fmt.Errorf("%s has no field %q", def.Name, c.Name)
		}
	}
	for _, f := range def.Fields {
		if c := v.Children.ForName(f.Name); c != nil {
			got, ok, err := coerceLiteral(schema, f.Type, c, vars)
			if err != nil {
				return nil, fmt.Errorf("field %q: %w", f.Name, err)
			}
			if ok {
				out.Set(f.Name, got)
				continue
			}
		}
		if err := setDefault(schema, out, f); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func setDefault(schema *ast.Schema, out *Object, f *ast.FieldDefinition) error {
	if f.DefaultValue == nil {
		if f.Type.NonNull {
			return fmt.Errorf("field %q of type %s is required", f.Name, f.Type)
		}
		return nil
	}
	v, _, err := coerceLiteral(schema, f.Type, f.DefaultValue, nil)
	if err != nil {
		return fmt.Errorf("default of field %q: %w", f.Name, err)
	}
	out.Set(f.Name, v)
	return nil
}

// coerceJSON turns a JSON value of a request into one legal for t.
func coerceJSON(schema *ast.Schema, t *ast.Type, v any) (any, error) {
	if v == nil {
		if t.NonNull {
			return nil, fmt.Errorf("null, expected %s", t)
		}
		return nil, nil
	}
	if t.Elem != nil {
		items, ok := v.([]any)
		if !ok {
			items = []any{v}
		}
		list := []any{}
		for i, item := range items {
			c, err := coerceJSON(schema, t.Elem, item)
			if err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
			list = append(list, c)
		}
		return list, nil
	}
	def := schema.Types[t.NamedType]
	if def == nil {
		return nil, fmt.Errorf("unknown type %s", t.NamedType)
	}
	if def.Kind != ast.InputObject {
		return coerceInputLeaf(def, v)
	}
	in, ok := v.(*Object)
	if !ok {
		return nil, fmt.Errorf("%s, expected %s", short(v), t)
	}
	return coerceJSONFields(schema, def, in)
}

func coerceJSONFields(schema *ast.Schema, def *ast.Definition, in *Object) (any, error) {
	for _, name := range in.Names() {
		if def.Fields.ForName(name) == nil {
			return nil, fmt.Errorf("%s has no field %q", def.Name, name)
		}
	}
	out := &Object{}
	for _, f := range def.Fields {
		v, ok := in.Get(f.Name)
		if !ok {
			if err := setDefault(schema, out, f); err != nil {
				return nil, err
			}
			continue
		}
		c, err := coerceJSON(schema, f.Type, v)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		out.Set(f.Name, c)
	}
	return out, nil
}

// literalJSON is the plain JSON of a literal, as custom scalars see it.
func literalJSON(v *ast.Value, vars *Object) any {
	switch v.Kind {
	case ast.Variable:
		return vars.Value(v.Raw)
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw)
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.NullValue:
		return nil
	case ast.ListValue:
		list := []any{}
		for _, c := range v.Children {
			list = append(list, literalJSON(c.Value, vars))
		}
		return list
	case ast.ObjectValue:
		o := &Object{}
		for _, c := range v.Children {
			o.Set(c.Name, literalJSON(c.Value, vars))
		}
		return o
	default: // strings and enum values
		return v.Raw
	}
}

// coerceInputLeaf applies the input coercion of the built-in scalars and enums.
func coerceInputLeaf(def *ast.Definition, v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	ok := true
	switch {
	case def.Kind == ast.Enum:
		s, isText := v.(string)
		ok = isText && slices.ContainsFunc(def.EnumValues, func(e *ast.EnumValueDefinition) bool { return e.Name == s })
	case def.Name == "Int":
		ok = isInt32(v)
	case def.Name == "Float":
		_, ok = v.(json.Number)
	case def.Name == "String":
		_, ok = v.(string)
	case def.Name == "Boolean":
		_, ok = v.(bool)
	case def.Name == "ID":
		if n, isNumber := v.(json.Number); isNumber && isInteger(n) {
			return integerText(n), nil
		}
		_, ok = v.(string)
	}
	if !ok {
		return nil, fmt.Errorf("%s is no %s", short(v), def.Name)
	}
	return v, nil
}

func isInteger(n json.Number) bool {
	r, ok := new(big.Rat).SetString(string(n))
	return ok && r.IsInt()
}

// integerText writes 7.0 and 7e0 as 7.
func integerText(n json.Number) string {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return string(n)
	}
	return r.Num().String()
}

func isInt32(v any) bool {
	n, ok := v.(json.Number)
	if !ok {
		return false
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok || !r.IsInt() || !r.Num().IsInt64() {
		return false
	}
	i := r.Num().Int64()
	return i >= -1<<31 && i < 1<<31
}
