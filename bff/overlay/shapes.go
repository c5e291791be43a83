package overlay

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// shape says what the JSON of a value that an expression reads becomes.
type shape struct {
	kind  shapeKind
	elem  *shape   // of a list
	names []string // of an object, with quotes
	keys  []string
	subs  []shape
}

type shapeKind uint8

const (
	anyShape shapeKind = iota
	intShape
	floatShape
	textShape
	boolShape
	listShape
	objectShape
)

func (m *model) shapeOf(t *ast.Type, s *selection) shape {
	if t.Elem != nil {
		elem := m.shapeOf(t.Elem, s)
		return shape{kind: listShape, elem: &elem}
	}
	named := m.byBase[t.NamedType]
	if len(s.sub) > 0 {
		out := shape{kind: objectShape}
		for _, sub := range s.sub {
			out.keys = append(out.keys, sub.alias)
			out.names = append(out.names, `"`+sub.alias+`"`)
			out.subs = append(out.subs, m.shapeOf(named.base(sub.name).def.Type, sub))
		}
		return out
	}
	if named.def.Kind == ast.Enum {
		return shape{kind: textShape}
	}
	switch t.NamedType {
	case "Int":
		return shape{kind: intShape}
	case "Float":
		return shape{kind: floatShape}
	case "String", "ID":
		return shape{kind: textShape}
	case "Boolean":
		return shape{kind: boolShape}
	}
	return shape{}
}

// decode turns JSON into what expressions work on; false for what is no value of
// the shape. The recursion follows the selection.
func (s *shape) decode(raw []byte) (any, bool) {
	if jsonscan.Null(raw) {
		return nil, true
	}
	switch s.kind {
	case intShape:
		n, ok := jsonscan.Integer(raw)
		return int(n), ok
	case floatShape:
		f, err := strconv.ParseFloat(string(raw), 64)
		return f, err == nil
	case textShape:
		if raw[0] != '"' {
			return nil, false
		}
		text, ok := jsonscan.AppendText(nil, raw)
		return string(text), ok
	case boolShape:
		return raw[0] == 't', true
	case listShape:
		return s.list(raw)
	case objectShape:
		return s.object(raw)
	case anyShape:
	}
	var v any
	err := json.Unmarshal(raw, &v)
	return v, err == nil
}

func (s *shape) list(raw []byte) (any, bool) {
	out, ok := []any{}, true
	whole := jsonscan.Each(raw, func(_, item []byte) bool {
		var v any
		if v, ok = s.elem.decode(item); ok {
			out = append(out, v)
		}
		return ok
	})
	return out, ok && whole
}

func (s *shape) object(raw []byte) (any, bool) {
	out, ok, next := make(map[string]any, len(s.keys)), true, 0
	whole := jsonscan.Each(raw, func(name, value []byte) bool {
		// Members come in the order they were selected.
		for i := range s.names {
			k := (next + i) % len(s.names)
			if s.names[k] == string(name) {
				next = k + 1
				out[s.keys[k]], ok = s.subs[k].decode(value)
				break
			}
		}
		return ok
	})
	for _, k := range s.keys {
		if _, there := out[k]; !there {
			out[k] = nil // of an object of another type
		}
	}
	return out, ok && whole
}

// claimsOf are the caller's claims for an expression.
func claimsOf(c *caller.Caller) map[string]any {
	out := map[string]any{}
	if c != nil && c.Principal != nil && c.Principal.Claims != nil {
		_ = json.Unmarshal(c.Principal.Claims, &out) // they were checked when they came
	}
	return out
}

var errResult = errors.New("the expression's result is no value of the field's type")

// append appends what an expression made as JSON of a type. The recursion
// follows the type.
func (e *expression) append(dst []byte, v any, t *ast.Type) ([]byte, error) {
	if v == nil {
		return append(dst, "null"...), nil
	}
	if t.Elem != nil {
		list, ok := v.([]any)
		if !ok {
			return dst, errResult
		}
		dst = append(dst, '[')
		for i, item := range list {
			if i > 0 {
				dst = append(dst, ',')
			}
			if item == nil && t.Elem.NonNull {
				return dst, errResult
			}
			var err error
			if dst, err = e.append(dst, item, t.Elem); err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	}
	switch t.NamedType {
	case "Int":
		n, ok := v.(int)
		if !ok || n != int(int32(n)) {
			return dst, errResult
		}
		return strconv.AppendInt(dst, int64(n), 10), nil
	case "Float":
		switch n := v.(type) {
		case int:
			return strconv.AppendInt(dst, int64(n), 10), nil
		case float64:
			return appendFloat(dst, n)
		}
		return dst, errResult
	case "Boolean":
		b, ok := v.(bool)
		if !ok {
			return dst, errResult
		}
		return strconv.AppendBool(dst, b), nil
	case "ID":
		if n, ok := v.(int); ok {
			v = strconv.Itoa(n)
		}
	case "String":
	default:
		if e.values == nil {
			return appendAny(dst, v)
		}
	}
	text, ok := v.(string)
	if !ok {
		return dst, errResult
	}
	if e.values != nil && !slices.Contains(e.values, `"`+text+`"`) {
		return dst, errResult
	}
	return fault.AppendString(dst, text), nil
}

func appendFloat(dst []byte, f float64) ([]byte, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return dst, errResult
	}
	text, err := json.Marshal(f)
	return append(dst, text...), err
}

// appendAny appends a value of a scalar the schema defines.
func appendAny(dst []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil || len(text) > maxText {
		return dst, errResult
	}
	return append(dst, text...), nil
}
