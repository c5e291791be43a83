package testkit

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// errNull is the error of a null where the schema has none.
var errNull = errors.New("cannot return null for a non-nullable field")

// object resolves the fields of one object value. The second result is false
// when null has to replace the object.
func (x *execution) object(of *ast.Definition, value any, groups []*fieldGroup, at *path) (*Object, bool) {
	out, whole := &Object{}, true
	for _, g := range groups {
		v, ok := x.field(of, value, g, &path{at, g.name})
		if !ok {
			// The siblings still run: their errors are reported too, as by servers
			// that resolve in parallel.
			whole = false
			continue
		}
		out.Set(g.name, v)
	}
	return out, whole
}

func (x *execution) field(of *ast.Definition, object any, g *fieldGroup, at *path) (any, bool) {
	f := g.fields[0]
	if f.Name == "__typename" {
		return of.Name, true
	}
	def := of.Fields.ForName(f.Name)
	if def == nil { // validation rules this out
		x.fail(at, fmt.Errorf("%s has no field %q", of.Name, f.Name))
		return nil, true
	}
	args, err := coerceArguments(x.schema, def.Arguments, f.Arguments, x.vars)
	var value any
	if err == nil {
		value, err = x.resolver.Field(x.ctx, object, of, def, args)
	}
	if err != nil {
		x.fail(at, err)
		return nil, !def.Type.NonNull
	}
	return x.complete(def.Type, g, value, at)
}

// complete is CompleteValue of the spec; the second result is false when null
// propagates to the enclosing place.
func (x *execution) complete(t *ast.Type, g *fieldGroup, value any, at *path) (any, bool) {
	if err, failed := value.(error); failed {
		x.fail(at, err)
		return nil, !t.NonNull
	}
	if value == nil {
		if t.NonNull {
			x.fail(at, errNull)
		}
		return nil, !t.NonNull
	}
	if t.Elem != nil {
		return x.list(t, g, value, at)
	}
	def := x.schema.Types[t.NamedType]
	if def.IsLeafType() {
		leaf, err := serialize(def, value)
		if err != nil {
			x.fail(at, err)
			return nil, !t.NonNull
		}
		if leaf == nil && t.NonNull {
			x.fail(at, errNull)
			return nil, false
		}
		return leaf, true
	}
	of, err := x.runtimeType(def, value)
	if err != nil {
		x.fail(at, err)
		return nil, !t.NonNull
	}
	sets := make([]ast.SelectionSet, len(g.fields))
	for i, f := range g.fields {
		sets[i] = f.SelectionSet
	}
	o, ok := x.object(of, value, x.collect(of, sets...), at)
	if !ok {
		return nil, !t.NonNull
	}
	return o, true
}

func (x *execution) list(t *ast.Type, g *fieldGroup, value any, at *path) (any, bool) {
	items, ok := value.([]any)
	if !ok {
		x.fail(at, fmt.Errorf("%T, expected a list", value))
		return nil, !t.NonNull
	}
	out, whole := make([]any, 0, len(items)), true
	for i, item := range items {
		v, ok := x.complete(t.Elem, g, item, &path{at, i})
		whole = whole && ok
		out = append(out, v)
	}
	if !whole {
		return nil, !t.NonNull
	}
	return out, true
}

func (x *execution) runtimeType(declared *ast.Definition, value any) (*ast.Definition, error) {
	name, err := x.resolver.TypeName(value, declared)
	if err != nil {
		return nil, err
	}
	of := x.schema.Types[name]
	if of == nil || of.Kind != ast.Object || !isPossible(x.schema, declared.Name, name) {
		return nil, fmt.Errorf("%q is no possible type of %s", name, declared.Name)
	}
	return of, nil
}

// serialize is the result coercion of leaves. Custom scalars pass unchanged.
func serialize(def *ast.Definition, v any) (any, error) {
	v = plain(v)
	if def.Kind == ast.Enum {
		s, ok := v.(string)
		if !ok || !slices.ContainsFunc(def.EnumValues, func(e *ast.EnumValueDefinition) bool { return e.Name == s }) {
			return nil, fmt.Errorf("%s is no value of %s", short(v), def.Name)
		}
		return v, nil
	}
	ok := true
	switch def.Name {
	case "Int":
		ok = isInt32(v)
	case "Float":
		_, ok = v.(json.Number)
	case "Boolean":
		_, ok = v.(bool)
	case "ID", "String":
		switch s := v.(type) {
		case json.Number:
			if def.Name == "ID" && isInteger(s) {
				return integerText(s), nil
			}
			return string(s), nil
		case bool:
			return strconv.FormatBool(s), nil
		}
		_, ok = v.(string)
	}
	if !ok {
		return nil, fmt.Errorf("%s is no %s", short(v), def.Name)
	}
	return v, nil
}
