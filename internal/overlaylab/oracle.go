package main

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/internal/testkit"
)

// oracle resolves the client's schema from the graph's data: testkit.Execute does
// the rest.
type oracle struct {
	g      *sketch
	world  testkit.World
	claims map[string]any
	denied map[string]bool // client's field names
	failed int             // expressions
}

var _ testkit.Resolver = (*oracle)(nil)

// Root returns the world's root.
func (o *oracle) Root(op ast.Operation) any { return o.world.Root(op) }

// TypeName is the client's name of an object's type.
func (o *oracle) TypeName(node any, _ *ast.Definition) (string, error) {
	return o.g.kind(o.world.TypeName(node)).client, nil
}

// Field resolves a client's field.
func (o *oracle) Field(_ context.Context, node any, _ *ast.Definition, def *ast.FieldDefinition, args *testkit.Object) (any, error) {
	t := o.g.kind(o.world.TypeName(node))
	var f *member
	for _, x := range t.fields {
		if x.client == def.Name && !x.hidden {
			f = x
		}
	}
	var v any
	var err error
	switch {
	case o.denied[def.Name]:
	case f.rule.expr != nil:
		if v, err = o.compute(node, f.rule.expr); err != nil {
			o.failed++
			if f.rule.deflt == "" {
				return nil, err
			}
		}
	case f.rule.path != nil:
		v = o.walk([]any{node}[0], f, f.rule.path, args)
	default:
		v, err = o.world.Field(node, f.name, o.arguments(f, args))
		if err != nil {
			return nil, err
		}
		v = o.output(v, f.typ)
	}
	if list, ok := v.([]any); ok && f.rule.cap > 0 && len(list) > f.rule.cap {
		v = list[:f.rule.cap]
	}
	if v == nil && f.rule.deflt != "" {
		return literal(f.rule.deflt), nil
	}
	return v, nil
}

// output puts enum values into the client's terms.
func (o *oracle) output(v any, typ string) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = o.output(x[i], typ)
		}
		return out
	case string:
		if named(typ) == "Tone" {
			for _, value := range o.g.kind("Tone").values {
				if value.name == x {
					if value.hidden {
						return nil // as a value that the client's enum does not have
					}
					return value.client
				}
			}
		}
	}
	return v
}

// walk follows a path.
func (o *oracle) walk(node any, f *member, path []hop, args *testkit.Object) any {
	h := &path[0]
	given := testkit.NewObject()
	for _, a := range h.field.args {
		value, some := h.give[a.name]
		switch {
		case some && value == "claim count":
			given.Set(a.name, o.claims["count"])
		case some:
			given.Set(a.name, plain(value))
		case h.own && a.typ == "Int" && strings.Contains(h.args, a.name+": $m"):
			if m, ok := args.Get("m"); ok {
				given.Set(a.name, m)
				continue
			}
			fallthrough
		default:
			if a.fallback != "" {
				given.Set(a.name, literal(a.fallback))
			}
		}
	}
	v, err := o.world.Field(node, h.field.name, given)
	if err != nil {
		panic(err)
	}
	if len(path) == 1 {
		v = o.output(v, h.field.typ)
	}
	if list, ok := v.([]any); ok {
		switch {
		case h.where != "":
			v = nil
			for _, x := range list {
				if x == nil {
					continue
				}
				if main, _ := o.world.Field(x, h.where, testkit.NewObject()); main == true {
					v = x
					break
				}
			}
		case h.item >= 0 && h.item < len(list):
			v = list[h.item]
		case h.item >= 0:
			v = nil
		}
	}
	if len(path) == 1 {
		return v
	}
	return each(v, func(x any) any { return o.walk(x, f, path[1:], args) })
}

// each applies do to what is in a list, or to the value itself.
func each(v any, do func(any) any) any {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return do(v)
	}
	out := make([]any, len(list))
	for i := range list {
		out[i] = each(list[i], do)
	}
	return out
}

// compute evaluates a formula.
func (o *oracle) compute(node any, e *formula) (any, error) {
	values := make([]any, len(e.reads))
	for i, f := range e.reads {
		given := testkit.NewObject()
		for _, a := range f.args {
			if a.fallback != "" {
				given.Set(a.name, literal(a.fallback))
			}
		}
		v, err := o.world.Field(node, f.name, given)
		if err != nil {
			return nil, err
		}
		if named(f.typ) == "Box" && v != nil {
			box := map[string]any{}
			for _, name := range []string{"label", "size", "main"} {
				box[name], _ = o.world.Field(v, name, testkit.NewObject())
			}
			v = box
		}
		values[i] = v
	}
	v, err := e.compute(values)
	if n, ok := v.(int); ok {
		v = json.Number(strconv.Itoa(n))
	}
	return v, err
}

// arguments puts coerced arguments into the graph's terms.
func (o *oracle) arguments(f *member, args *testkit.Object) *testkit.Object {
	out := testkit.NewObject()
	for _, a := range f.args {
		v, ok := o.give(a.given, a.client, a.typ, a.fallback, a.hidden, args)
		if a.cap > 0 && a.given.fixed == "" && a.given.claim == "" && (!ok || v == nil || number(v) > a.cap) {
			if n := number(v); !ok && v == nil && n == 0 || v == nil || number(v) > a.cap {
				v, ok = json.Number(strconv.Itoa(a.cap)), true
			}
		}
		if ok {
			out.Set(a.name, v)
		}
	}
	return out
}

// give is what an argument or input field of the graph is given.
func (o *oracle) give(g given, client, typ, fallback string, hidden bool, from *testkit.Object) (any, bool) {
	switch {
	case g.claim != "":
		return o.claims[g.claim], true
	case g.fixed != "":
		return o.input(literal(g.fixed), typ), true
	}
	if !hidden {
		if v, ok := from.Get(client); ok {
			return o.input(v, typ), true
		}
	} else if g.fallback != "" {
		return o.input(literal(g.fallback), typ), true
	}
	if fallback != "" {
		return literal(fallback), true
	}
	return nil, false
}

// input puts a coerced value into the graph's terms.
func (o *oracle) input(v any, typ string) any {
	switch x := v.(type) {
	case []any:
		out := make([]any, len(x))
		for i := range x {
			out[i] = o.input(x[i], typ)
		}
		return out
	case string:
		if named(typ) == "Tone" {
			for _, value := range o.g.kind("Tone").values {
				if value.client == x {
					return value.name
				}
			}
		}
	case *testkit.Object:
		if named(typ) != "Want" {
			return v
		}
		out := testkit.NewObject()
		for _, f := range o.g.kind("Want").fields {
			if value, ok := o.give(f.given, f.client, f.typ, f.fallback, f.hidden, x); ok {
				out.Set(f.name, value)
			}
		}
		return out
	}
	return v
}

// literal is GraphQL text as a JSON value; enum values are strings.
func literal(text string) any {
	doc, err := parser.ParseQuery(&ast.Source{Input: "{f(a:" + text + ")}"})
	if err != nil {
		panic(err)
	}
	field, ok := doc.Operations[0].SelectionSet[0].(*ast.Field)
	if !ok {
		panic("no field: " + text)
	}
	return fromValue(field.Arguments[0].Value)
}

func fromValue(v *ast.Value) any {
	switch v.Kind {
	case ast.IntValue, ast.FloatValue:
		return json.Number(v.Raw)
	case ast.BooleanValue:
		return v.Raw == "true"
	case ast.ListValue:
		out := []any{}
		for _, c := range v.Children {
			out = append(out, fromValue(c.Value))
		}
		return out
	case ast.NullValue:
		return nil
	default:
		return v.Raw
	}
}

// plain is a Go value as JSON has it.
func plain(v any) any {
	if n, ok := v.(int); ok {
		return json.Number(strconv.Itoa(n))
	}
	return v
}
