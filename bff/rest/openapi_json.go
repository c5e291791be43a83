package rest

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// object is a JSON object whose members keep their order.
type object []member

type member struct {
	name  string
	value any
}

func (o *object) add(name string, value any) { *o = append(*o, member{name, value}) }

// text adds a text unless it is empty.
func (o *object) text(name, text string) {
	if text != "" {
		o.add(name, text)
	}
}

// describe adds what is known of a field or variable beside its type.
func (o *object) describe(description string, directives ast.DirectiveList) {
	o.text("description", description)
	if directives.ForName("deprecated") != nil {
		o.add("deprecated", true)
	}
	if v := example(directives); v != nil {
		o.add("examples", []any{constant(v)})
	}
}

// MarshalJSON writes the members in order.
func (o object) MarshalJSON() ([]byte, error) {
	dst := []byte{'{'}
	for i, m := range o {
		if i > 0 {
			dst = append(dst, ',')
		}
		value, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		dst = append(append(fault.AppendString(dst, m.name), ':'), value...)
	}
	return append(dst, '}'), nil
}

// plainJSON leaves < and > readable.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// indented is the text of a document.
func (o object) indented() ([]byte, error) {
	text, err := plainJSON(o)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, text, "", "  "); err != nil {
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// example is the value of @example(value:), nil without.
func example(directives ast.DirectiveList) *ast.Value {
	if d := directives.ForName("example"); d != nil {
		if a := d.Arguments.ForName("value"); a != nil {
			return a.Value
		}
	}
	return nil
}

// constant is a literal without variables as JSON. Its depth is that of the
// text it was parsed from.
func constant(v *ast.Value) any {
	switch v.Kind {
	case ast.IntValue, ast.FloatValue:
		return json.RawMessage(v.Raw)
	case ast.BooleanValue:
		return strings.EqualFold(v.Raw, "true")
	case ast.NullValue:
		return nil
	case ast.ListValue:
		list := []any{}
		for _, child := range v.Children {
			list = append(list, constant(child.Value))
		}
		return list
	case ast.ObjectValue:
		out := object{}
		for _, child := range v.Children {
			out.add(child.Name, constant(child.Value))
		}
		return out
	}
	return v.Raw
}
