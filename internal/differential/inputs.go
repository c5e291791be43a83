package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/testkit"
)

// arguments writes a field's arguments.
func (a *author) arguments(f *ast.FieldDefinition) string {
	var list []string
	for _, d := range f.Arguments {
		required := d.Type.NonNull && d.DefaultValue == nil
		if required || a.chance(60) {
			list = append(list, d.Name+": "+a.value(d.Type))
		}
	}
	if len(list) == 0 {
		return ""
	}
	return "(" + strings.Join(list, ", ") + ")"
}

// value writes a literal or a variable of a type.
func (a *author) value(t *ast.Type) string {
	if a.chance(45) {
		return "$" + a.variable(t.String()).name
	}
	return a.literal(t)
}

func (a *author) literal(t *ast.Type) string {
	if !t.NonNull && a.chance(10) {
		return "null"
	}
	if t.Elem != nil {
		if a.chance(15) {
			inner := *t.Elem
			inner.NonNull = true
			return a.literal(&inner) // a single value stands for a list of one
		}
		var items []string
		for range a.rng.IntN(3) {
			items = append(items, a.value(t.Elem))
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	def := a.schema.Types[t.NamedType]
	if def.Kind == ast.InputObject {
		var fields []string
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil || a.chance(50) {
				fields = append(fields, f.Name+": "+a.value(f.Type))
			}
		}
		return "{" + strings.Join(fields, ", ") + "}"
	}
	if def.Kind == ast.Enum {
		return choose(a, def.EnumValues).Name
	}
	return string(testkit.AppendJSON(nil, a.scalar(def)))
}

func (a *author) scalar(def *ast.Definition) any {
	switch def.Name {
	case "Int":
		return json.Number(strconv.Itoa(a.rng.IntN(20) - 5))
	case "Float":
		return json.Number("0.5")
	case "Boolean":
		return a.chance(50)
	case "ID":
		if a.chance(30) {
			return json.Number("42")
		}
	}
	return choose(a, []string{"", "x", "ü", "a\"b", "two words"})
}

// json makes a value of a type for the variables object.
func (a *author) json(t *ast.Type) any {
	if !t.NonNull && a.chance(15) {
		return nil
	}
	if t.Elem != nil {
		list := []any{}
		for range a.rng.IntN(3) {
			list = append(list, a.json(t.Elem))
		}
		return list
	}
	def := a.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.InputObject:
		o := &testkit.Object{}
		for _, f := range def.Fields {
			if f.Type.NonNull && f.DefaultValue == nil || a.chance(50) {
				o.Set(f.Name, a.json(f.Type))
			}
		}
		return o
	case ast.Enum:
		return choose(a, def.EnumValues).Name
	default:
		return a.scalar(def)
	}
}

// variableNames include one a planner might want for itself.
var variableNames = []string{"v", "n", "representations", "_e0", "id"}

// variable declares a variable of a type, or finds one.
func (a *author) variable(typ string) variable {
	if a.chance(40) {
		for _, v := range a.vars {
			if v.typ == typ {
				return v
			}
		}
	}
	name := fmt.Sprintf("%s%d", choose(a, variableNames), len(a.vars))
	if len(a.vars) == 0 {
		name = choose(a, variableNames)
	}
	v := variable{name: name, declared: typ, typ: typ, given: true}
	t := parseType(typ)
	v.value = a.json(t)
	if a.chance(20) {
		d := *t
		d.NonNull = t.NonNull
		v.declared += " = " + a.constant(&d)
		v.given = a.chance(60)
	} else if !t.NonNull {
		v.given = a.chance(75)
	}
	a.vars = append(a.vars, v)
	return v
}

// constant is a literal without variables.
func (a *author) constant(t *ast.Type) string {
	if t.Elem != nil {
		return "[]"
	}
	def := a.schema.Types[t.NamedType]
	switch def.Kind {
	case ast.InputObject:
		return "{}"
	case ast.Enum:
		return def.EnumValues[0].Name
	default:
		return string(testkit.AppendJSON(nil, a.scalar(def)))
	}
}

// parseType reads a type as GraphQL writes it.
func parseType(text string) *ast.Type {
	t := &ast.Type{}
	if strings.HasSuffix(text, "!") {
		t.NonNull = true
		text = text[:len(text)-1]
	}
	if strings.HasPrefix(text, "[") {
		t.Elem = parseType(text[1 : len(text)-1])
	} else {
		t.NamedType = text
	}
	return t
}
