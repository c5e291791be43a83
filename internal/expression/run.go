package expression

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/vm"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// frame is what the machine's look-ups need.
type frame struct {
	program *Program
	env     *Env
}

// Bool returns whether the condition holds. An error is one of the values', as
// of a comparison of a text with a number; the condition counts as false. The
// program was compiled as Bool.
func (p *Program) Bool(e *Env) (bool, error) {
	if p.test != nil {
		return p.holds(p.test, e)
	}
	v, err := p.run(e)
	if err != nil || v == nil {
		return false, err
	}
	is, ok := v.(bool)
	if !ok {
		return false, noCondition(p.text)
	}
	return is, nil
}

// AppendString appends the expression's value as text to dst: a list's items
// with spaces between them, numbers and Booleans as in JSON. Without a value,
// ok is false and dst is as it was. The program was compiled as Text.
func (p *Program) AppendString(dst []byte, e *Env) (text []byte, ok bool, err error) {
	if p.first != nil {
		text, ok = p.appendFirst(dst, e)
		return text, ok, nil
	}
	v, err := p.run(e)
	if err != nil || v == nil {
		return dst, false, err
	}
	if text, ok = appendValue(dst, v); !ok {
		return dst, false, failed(p.text + " is no text")
	}
	return text, true, nil
}

func appendValue(dst []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case string:
		return append(dst, v...), true
	case bool:
		return strconv.AppendBool(dst, v), true
	case int:
		return strconv.AppendInt(dst, int64(v), 10), true
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return dst, false
		}
		return strconv.AppendFloat(dst, v, 'g', -1, 64), true
	case []string:
		for i, s := range v {
			if i > 0 {
				dst = append(dst, ' ')
			}
			dst = append(dst, s...)
		}
		return dst, true
	}
	return dst, false
}

// run runs the machine.
func (p *Program) run(e *Env) (any, error) {
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(p.code, &frame{program: p, env: e})
	if err != nil {
		return nil, failed(p.text + ": " + syntax(err).Message)
	}
	return v, nil
}

// value returns what a path holds, for the machine.
func (p *path) value(e *Env) any {
	switch p.kind {
	case text:
		if s := p.get(e); s != "" {
			return s
		}
		return nil
	case list:
		return p.field.texts(e)
	case object:
		return p.object(e)
	default: // value
		return decode(p.raw(e))
	}
}

// object returns all there is below a path: expressions need it only where a
// name is computed.
func (p *path) object(e *Env) any {
	all := map[string]any{}
	switch {
	case p.root == "claims":
		return decode(e.principal().Claims)
	case p.root == "args":
		for name, raw := range e.Args {
			all[name] = decode(raw)
		}
	case p.root == "header" || p.text == "request.headers":
		for name, values := range e.caller().Header {
			if len(values) > 0 {
				all[strings.ToLower(name)] = values[0]
			}
		}
	default:
		for _, name := range p.names() {
			below, _ := p.below(step{name: name, index: -1})
			all[name] = below.value(e)
		}
	}
	return all
}

// decode returns a JSON value in the machine's types, whole numbers as int; nil
// if it is none.
func decode(raw []byte) any {
	at := jsonscan.Space(raw, 0)
	if at >= len(raw) {
		return nil
	}
	if n, ok := jsonscan.Integer(raw[at:]); ok {
		return int(n)
	}
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return whole(v, 0)
}

// maxNesting bounds how deep numbers are looked for; encoding/json has its own
// bound for what it reads.
const maxNesting = 100

// whole replaces whole numbers by int, in place.
func whole(v any, depth int) any {
	if depth > maxNesting {
		return v
	}
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int(v)
		}
	case []any:
		for i := range v {
			v[i] = whole(v[i], depth+1)
		}
	case map[string]any:
		for name := range v {
			v[name] = whole(v[name], depth+1)
		}
	}
	return v
}

func noCondition(what string) error { return failed(what + " is neither true nor false") }

// failed is an expression that cannot be computed for one operation's values;
// what that means, the caller knows.
func failed(message string) error {
	return &fault.Error{Code: fault.InternalServerError, Message: message}
}
