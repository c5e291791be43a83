package compose

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// valueProblem returns why a literal is not a value of a type, "" if it is one.
// The depth of values and types is limited by schema.MaxNesting. A default may leave
// out required input fields: GraphQL servers have long accepted that.
func (s *subgraph) valueProblem(v *ast.Value, t *ast.Type) string {
	if v.Kind == ast.NullValue {
		if t.NonNull {
			return "it cannot be null"
		}
		return ""
	}
	if v.Kind == ast.Variable {
		return "a schema has no variables"
	}
	if t.Elem != nil {
		if v.Kind != ast.ListValue {
			return s.valueProblem(v, t.Elem) // a single item stands for a list of one
		}
		for _, child := range v.Children {
			if problem := s.valueProblem(child.Value, t.Elem); problem != "" {
				return problem
			}
		}
		return ""
	}
	decl := s.typeNamed(t.NamedType)
	switch {
	case builtinScalar(t.NamedType):
		return scalarProblem(v, t.NamedType)
	case decl == nil || decl.kind == ast.Scalar:
		return "" // custom scalars take anything; unknown types are reported elsewhere
	case decl.kind == ast.Enum:
		return decl.enumProblem(v)
	case decl.kind == ast.InputObject:
		return s.objectProblem(v, decl)
	}
	return ""
}

func scalarProblem(v *ast.Value, scalar string) string {
	ok := false
	switch scalar {
	case "Int":
		_, err := strconv.ParseInt(v.Raw, 10, 32)
		ok = v.Kind == ast.IntValue && err == nil
	case "Float":
		_, err := strconv.ParseFloat(v.Raw, 64)
		ok = isNumber(v) && err == nil
	case "String":
		ok = isString(v)
	case "Boolean":
		ok = v.Kind == ast.BooleanValue
	case "ID":
		ok = isString(v) || v.Kind == ast.IntValue
	}
	if ok {
		return ""
	}
	return clip(v.String()) + " is no " + scalar
}

func (t *typeDecl) enumProblem(v *ast.Value) string {
	names := make([]string, len(t.values))
	for i, value := range t.values {
		if v.Kind == ast.EnumValue && value.name == v.Raw {
			return ""
		}
		names[i] = value.name
	}
	problem := clip(v.String()) + " is no value of the enum " + t.name
	if hint := didYouMean(v.Raw, names); hint != "" {
		problem += "." + hint
	}
	return problem
}

func (s *subgraph) objectProblem(v *ast.Value, t *typeDecl) string {
	if v.Kind != ast.ObjectValue {
		return clip(v.String()) + " is no input object " + t.name
	}
	for _, child := range v.Children {
		field := t.input(child.Name)
		if field == nil {
			return t.name + " has no field " + quote(child.Name)
		}
		if problem := s.valueProblem(child.Value, field.typ); problem != "" {
			return problem
		}
	}
	return ""
}

// input returns a field of an input object, nil if it has none of that name.
func (t *typeDecl) input(name string) *inputDecl {
	for _, f := range t.inputs {
		if f.name == name {
			return f
		}
	}
	return nil
}

// maxQuoted bounds what a message repeats of a schema, in bytes. Chosen.
const maxQuoted = 80

// clip shortens a text for a message.
func clip(text string) string {
	if len(text) <= maxQuoted {
		return text
	}
	cut := maxQuoted
	for cut > 0 && text[cut]&0xC0 == 0x80 {
		cut--
	}
	return text[:cut] + "…"
}
