package overlay

import (
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// constant checks a value written in the file against a type in the graph's
// names and returns it as JSON in the graph's terms; "" after a mistake. Enum
// values and input fields are the client's. The recursion follows the value,
// whose nesting is bounded when the file is read.
func (m *model) constant(v *ast.Value, t *ast.Type, on string) string {
	if v == nil {
		return ""
	}
	if v.Kind == ast.NullValue {
		if t.NonNull {
			m.add(v.Position, "%s: null is no %s", on, m.clientType(t))
			return ""
		}
		return "null"
	}
	if t.Elem != nil {
		if v.Kind != ast.ListValue {
			item := m.constant(v, t.Elem, on)
			if item == "" {
				return ""
			}
			return "[" + item + "]"
		}
		out := "["
		for i, c := range v.Children {
			item := m.constant(c.Value, t.Elem, on)
			if item == "" {
				return ""
			}
			if i > 0 {
				out += ","
			}
			out += item
		}
		return out + "]"
	}
	named := m.byBase[t.NamedType]
	text, ok := m.single(v, named, on)
	if !ok {
		m.add(v.Position, "%s: %s is no %s", on, v.String(), m.clientType(t))
		return ""
	}
	return text
}

// single is constant for a value that is neither null nor a list's. It returns ""
// and true after a mistake it told itself.
func (m *model) single(v *ast.Value, t *typ, on string) (string, bool) {
	if t == nil {
		return "", false
	}
	switch t.def.Kind {
	case ast.Enum:
		if v.Kind != ast.EnumValue {
			return "", false
		}
		for _, have := range t.values {
			if have.name == v.Raw && !have.hidden {
				return strconv.Quote(have.def.Name), true
			}
		}
		return "", false
	case ast.InputObject:
		if v.Kind != ast.ObjectValue {
			return "", false
		}
		return m.object(v, t, on), true
	case ast.Scalar:
		return scalarConstant(v, t.def.Name)
	case ast.Object, ast.Interface, ast.Union:
	}
	return "", false
}

func scalarConstant(v *ast.Value, name string) (string, bool) {
	text := string(appendConstant(nil, v))
	ok := true
	switch name {
	case "Int":
		n, err := strconv.ParseInt(v.Raw, 10, 32)
		ok = v.Kind == ast.IntValue && err == nil
		text = strconv.FormatInt(n, 10)
	case "Float":
		ok = v.Kind == ast.IntValue || v.Kind == ast.FloatValue
	case "String":
		ok = v.Kind == ast.StringValue || v.Kind == ast.BlockValue
	case "Boolean":
		ok = v.Kind == ast.BooleanValue
	case "ID":
		ok = v.Kind == ast.StringValue || v.Kind == ast.BlockValue || v.Kind == ast.IntValue
		if v.Kind == ast.IntValue {
			text = strconv.Quote(v.Raw)
		}
	}
	return text, ok
}

// object is constant for an input object.
func (m *model) object(v *ast.Value, t *typ, on string) string {
	out, some := "{", false
	member := func(name, text string) {
		if some {
			out += ","
		}
		out, some = out+strconv.Quote(name)+":"+text, true
	}
	for _, c := range v.Children {
		f := t.client(c.Name)
		if f == nil {
			m.add(c.Position, "%s: %s has no field %s", on, t.name, c.Name)
			return ""
		}
		text := m.constant(c.Value, f.typ, on)
		if text == "" {
			return ""
		}
		member(f.def.Name, text)
	}
	for _, f := range t.fields {
		if f.hidden && !f.given.fixed || v.Children.ForName(f.name) != nil {
			continue
		}
		switch {
		case f.given.claim != "":
			m.add(v.Position, "%s: %s has a field that is fixed to a claim, so it cannot be written here", on, t.name)
			return ""
		case f.given.json != "":
			member(f.def.Name, f.given.json)
		case f.typ.NonNull && f.def.DefaultValue == nil && !f.given.fixed:
			m.add(v.Position, "%s: %s needs the field %s", on, t.name, f.name)
			return ""
		}
	}
	return out + "}"
}

// client returns the member the client calls name, nil if there is none.
func (t *typ) client(name string) *field {
	for _, f := range t.fields {
		if f.name == name && !f.hidden && !f.given.fixed {
			return f
		}
	}
	return nil
}

// appendConstant appends a literal without variables as JSON.
func appendConstant(dst []byte, v *ast.Value) []byte {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return fault.AppendString(dst, v.Raw)
	case ast.ListValue:
		dst = append(dst, '[')
		for i, c := range v.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendConstant(dst, c.Value)
		}
		return append(dst, ']')
	case ast.ObjectValue:
		dst = append(dst, '{')
		for i, c := range v.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(fault.AppendString(dst, c.Name), ':')
			dst = appendConstant(dst, c.Value)
		}
		return append(dst, '}')
	case ast.Variable, ast.IntValue, ast.FloatValue, ast.BooleanValue, ast.NullValue:
	}
	return append(dst, v.Raw...)
}
