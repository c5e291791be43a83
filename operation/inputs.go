package operation

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// inputKind says how a value is checked.
type inputKind uint8

const (
	anyInput inputKind = iota // a scalar of the schema: any JSON
	intInput
	floatInput
	stringInput
	booleanInput
	idInput
	enumInput
	objectInput
	listInput
)

// inputType is an input type made ready for checking JSON.
type inputType struct {
	kind    inputKind
	nonNull bool
	name    string          // of the named type
	elem    *inputType      // of a list
	values  map[string]bool // of an enum
	object  *inputObject    // of an input object
}

// String returns the type as GraphQL text.
func (t *inputType) String() string {
	s := t.name
	if t.elem != nil {
		s = "[" + t.elem.String() + "]"
	}
	if t.nonNull {
		s += "!"
	}
	return s
}

// inputObject is an input object type. Its fields are compiled when the first
// value of the type is seen: filter types of generated schemas reach each other
// by the thousand.
type inputObject struct {
	types  *inputTypes
	def    *ast.Definition
	oneOf  bool
	once   sync.Once
	fields []inputField
	index  map[string]int // of fields by name
}

type inputField struct {
	name     string
	typ      *inputType
	fallback []byte // the default as JSON, nil without one
}

// inputTypes holds the input types of one view. Those of its operations share
// them. nesting is Limits.Nesting.
type inputTypes struct {
	schema  *ast.Schema
	nesting int

	mu      sync.Mutex
	objects map[string]*inputObject
	enums   map[string]map[string]bool
}

func newInputTypes(s *ast.Schema, nesting int) *inputTypes {
	return &inputTypes{schema: s, nesting: nesting, objects: map[string]*inputObject{}, enums: map[string]map[string]bool{}}
}

// of returns the compiled form of t.
func (ts *inputTypes) of(t *ast.Type) *inputType {
	out := &inputType{nonNull: t.NonNull}
	if t.Elem != nil {
		out.kind, out.elem = listInput, ts.of(t.Elem)
		return out
	}
	out.name = t.NamedType
	switch t.NamedType {
	case "Int":
		out.kind = intInput
	case "Float":
		out.kind = floatInput
	case "String":
		out.kind = stringInput
	case "Boolean":
		out.kind = booleanInput
	case "ID":
		out.kind = idInput
	default:
		if def := ts.schema.Types[t.NamedType]; def != nil && def.Kind == ast.Enum {
			out.kind, out.values = enumInput, ts.values(def)
		} else if def != nil && def.Kind == ast.InputObject {
			out.kind, out.object = objectInput, ts.object(def)
		}
	}
	return out
}

func (ts *inputTypes) values(def *ast.Definition) map[string]bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	values, ok := ts.enums[def.Name]
	if !ok {
		values = make(map[string]bool, len(def.EnumValues))
		for _, v := range def.EnumValues {
			values[v.Name] = true
		}
		ts.enums[def.Name] = values
	}
	return values
}

func (ts *inputTypes) object(def *ast.Definition) *inputObject {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	o := ts.objects[def.Name]
	if o == nil {
		o = &inputObject{types: ts, def: def, oneOf: def.Directives.ForName("oneOf") != nil}
		ts.objects[def.Name] = o
	}
	return o
}

// list returns the object's fields in SDL order.
func (o *inputObject) list() []inputField {
	o.once.Do(func() {
		o.fields = make([]inputField, len(o.def.Fields))
		o.index = make(map[string]int, len(o.def.Fields))
		for i, f := range o.def.Fields {
			o.index[f.Name] = i
			o.fields[i] = inputField{name: f.Name, typ: o.types.of(f.Type)}
			if f.DefaultValue != nil {
				// Defaults within the default are filled in when it is used: the
				// types it passes may not be compiled yet, or be this one.
				o.fields[i].fallback = appendConstant(nil, f.DefaultValue)
			}
		}
	})
	return o.fields
}

// find returns the index of the field called key, -1 if there is none. next, the
// one after the last found, is tried first. list must have been called.
func (o *inputObject) find(key []byte, next int) int {
	if next < len(o.fields) && o.fields[next].name == string(key) {
		return next
	}
	if i, ok := o.index[string(key)]; ok {
		return i
	}
	return -1
}

// constant returns a literal as JSON, coerced to t. The literal must be valid.
func (ts *inputTypes) constant(v *ast.Value, t *ast.Type) []byte {
	json := appendConstant(nil, v)
	typ := ts.of(t)
	r := reader{raw: json, deepest: ts.nesting}
	rewrite, bad := r.check(typ)
	if bad != nil || r.broken || !rewrite {
		return json
	}
	r.i = 0
	return r.rewrite(make([]byte, 0, len(json)+16), typ)
}

// appendConstant appends a literal without variables as JSON. Its recursion is
// bounded by Limits.Nesting, or by the schema's own text.
func appendConstant(dst []byte, v *ast.Value) []byte {
	switch v.Kind {
	case ast.StringValue, ast.BlockValue, ast.EnumValue:
		return appendString(dst, v.Raw)
	case ast.ListValue:
		dst = append(dst, '[')
		for i, child := range v.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendConstant(dst, child.Value)
		}
		return append(dst, ']')
	case ast.ObjectValue:
		dst = append(dst, '{')
		for i, child := range v.Children {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, child.Name), ':')
			dst = appendConstant(dst, child.Value)
		}
		return append(dst, '}')
	}
	return append(dst, v.Raw...)
}

// appendString appends s as a JSON string.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
