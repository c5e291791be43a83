package rest

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// schemas describes values, and keeps the named types they refer to.
type schemas struct {
	schema    *ast.Schema
	dropNulls bool
	used      map[string]bool
	order     []string
}

// named refers to an enum, an input object or a scalar of the schema.
func (s *schemas) named(name string) object {
	switch name {
	case "Int":
		return object{{"type", "integer"}, {"format", "int32"}}
	case "Float":
		return object{{"type", "number"}, {"format", "double"}}
	case "Boolean":
		return object{{"type", "boolean"}}
	case "String", "ID":
		return object{{"type", "string"}}
	}
	if !s.used[name] {
		s.used[name] = true
		s.order = append(s.order, name)
	}
	return object{{"$ref", "#/components/schemas/" + name}}
}

// text describes a value that comes as text: it cannot be null, and that of a
// scalar of the schema is a string.
func (s *schemas) text(t *ast.Type) object {
	def := s.schema.Types[t.NamedType]
	if def == nil || def.Kind != ast.Scalar || def.BuiltIn {
		return s.named(t.NamedType)
	}
	return append(object{{"type", "string"}}, s.component(t.NamedType)...)
}

// orNull lets null in.
func orNull(schema object) object {
	if name, ok := schema[0].value.(string); ok && schema[0].name == "type" {
		out := slices.Clone(schema)
		out[0].value = []string{name, "null"}
		return out
	}
	return object{{"anyOf", []any{schema, object{{"type", "null"}}}}}
}

// input describes a value of an input type, or of an output type without
// selection.
func (s *schemas) input(t *ast.Type) object {
	var schema object
	if t.Elem != nil {
		schema = object{{"type", "array"}, {"items", s.input(t.Elem)}}
	} else {
		schema = s.named(t.NamedType)
	}
	if t.NonNull {
		return schema
	}
	return orNull(schema)
}

// components describes all named types in use, and those they use, sorted.
func (s *schemas) components() object {
	described := map[string]object{}
	for i := 0; i < len(s.order); i++ { // which grows meanwhile
		described[s.order[i]] = s.component(s.order[i])
	}
	names := slices.Sorted(slices.Values(s.order))
	var out object
	for _, name := range names {
		out.add(name, described[name])
	}
	return out
}

func (s *schemas) component(name string) object {
	def := s.schema.Types[name]
	switch {
	case def == nil:
		return object{}
	case def.Kind == ast.Enum:
		return enumSchema(def)
	case def.Kind == ast.InputObject:
		return s.inputObject(def)
	}
	schema := object{{"title", name}}
	schema.text("description", def.Description)
	if d := def.Directives.ForName("specifiedBy"); d != nil && d.Arguments.ForName("url") != nil {
		schema.add("externalDocs", object{{"url", d.Arguments.ForName("url").Value.Raw}})
	}
	return schema
}

func enumSchema(def *ast.Definition) object {
	schema := object{{"type", "string"}}
	description := def.Description
	var values []string
	for _, v := range def.EnumValues {
		values = append(values, v.Name)
		if v.Description != "" {
			if description != "" {
				description += "\n"
			}
			description += "\n* `" + v.Name + "`: " + v.Description
		}
	}
	schema.text("description", description)
	schema.add("enum", values)
	return schema
}

func (s *schemas) inputObject(def *ast.Definition) object {
	var properties object
	var names []string
	for _, f := range def.Fields {
		property := s.input(f.Type)
		property.describe(f.Description, f.Directives)
		if f.DefaultValue != nil {
			property.add("default", constant(f.DefaultValue))
		}
		properties.add(f.Name, property)
		if f.Type.NonNull && f.DefaultValue == nil {
			names = append(names, f.Name)
		}
	}
	schema := objectSchema(properties, names, true)
	schema.text("description", def.Description)
	if def.Directives.ForName("oneOf") != nil {
		schema.add("minProperties", 1)
		schema.add("maxProperties", 1)
	}
	return schema
}

// objectSchema describes an object; a closed one has no other members.
func objectSchema(properties object, names []string, closed bool) object {
	schema := object{{"type", "object"}}
	if len(properties) > 0 {
		schema.add("properties", properties)
	}
	if len(names) > 0 {
		schema.add("required", names)
	}
	if closed {
		schema.add("additionalProperties", false)
	}
	return schema
}
