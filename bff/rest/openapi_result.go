package rest

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/bff/selection"
)

// result describes the answer of a route: objects have the members that are
// selected. nullable says that what is unwrapped may be missing.
func (s *schemas) result(r *route) (schema object, nullable bool) {
	w := &resultWriter{schemas: s, document: selection.Document{Schema: r.schema, Query: r.op.Query}}
	name, sets := w.document.Root(r.op.Definition)
	for i, step := range r.unwrap {
		m := w.document.Member(name, step, sets)
		if m == nil || m.Definition == nil {
			return titled(object{}, r.op.Name), true
		}
		nullable = nullable || !m.Definition.Type.NonNull || m.Conditional
		if i == len(r.unwrap)-1 {
			sure := *m.Definition.Type
			sure.NonNull = true
			schema = w.value(&sure, m.Sets)
			schema.text("description", m.Definition.Description)
			return titled(schema, r.op.Name), nullable
		}
		name, sets = m.Definition.Type.NamedType, m.Sets
	}
	return titled(w.object(name, sets), r.op.Name), false
}

// titled names a schema after its operation, for those who generate code.
func titled(schema object, operation string) object {
	return append(object{{"title", operation + "Result"}}, schema...)
}

// resultWriter describes the selections of one document.
type resultWriter struct {
	schemas  *schemas
	document selection.Document
}

// value describes a value of type t of which sets are selected. Its depth is
// that of the document.
func (w *resultWriter) value(t *ast.Type, sets []selection.Set) object {
	var schema object
	switch {
	case t.Elem != nil:
		schema = object{{"type", "array"}, {"items", w.value(t.Elem, sets)}}
	case len(sets) == 0:
		schema = w.schemas.named(t.NamedType)
	default:
		schema = w.object(t.NamedType, sets)
	}
	if t.NonNull {
		return schema
	}
	return orNull(schema)
}

// object describes objects of a named type, each kind by a schema of its own
// where fragments make a difference between them.
func (w *resultWriter) object(name string, sets []selection.Set) object {
	variants := w.document.Variants(name, sets)
	told := true // apart, by __typename
	var described []any
	for _, v := range variants {
		told = told && slices.ContainsFunc(v.Members, func(m selection.Member) bool { return isTypename(m) && !m.Conditional })
		described = append(described, w.members(v))
	}
	switch {
	case len(variants) == 0:
		return object{{"type", "object"}}
	case len(variants) == 1:
		return w.members(variants[0])
	case told:
		return object{{"oneOf", described}}
	}
	return object{{"anyOf", described}}
}

func isTypename(m selection.Member) bool {
	return m.Definition != nil && m.Definition.Name == "__typename"
}

func (w *resultWriter) members(v selection.Variant) object {
	var properties object
	var sure []string
	for _, m := range v.Members {
		switch {
		case m.Definition == nil:
			properties.add(m.Name, object{})
		case isTypename(m):
			properties.add(m.Name, object{{"type", "string"}, {"enum", v.Types}})
		default:
			t := *m.Definition.Type
			if w.schemas.dropNulls && !t.NonNull {
				t.NonNull, m.Conditional = true, true
			}
			schema := w.value(&t, m.Sets)
			schema.describe(m.Definition.Description, m.Definition.Directives)
			properties.add(m.Name, schema)
		}
		if !m.Conditional {
			sure = append(sure, m.Name)
		}
	}
	return objectSchema(properties, sure, false)
}
