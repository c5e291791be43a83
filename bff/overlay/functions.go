package overlay

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	exprast "github.com/expr-lang/expr/ast"

	"github.com/weftql/weft/caller"
)

// The functions of expressions: those of the language that are pure and whose
// work is bounded by what they are given, and our own. What makes texts longer
// (+, join, replace) is ours, because it has to stop somewhere.

// builtins are the language's own that expressions may use.
var builtins = []string{
	"all", "any", "none", "one", "map", "filter", "find", "findIndex", "findLast", "findLastIndex", "count", "sum",
	"min", "max", "mean", "median", "first", "last", "take", "len", "keys", "sort", "sortBy", "reverse", "uniq",
	"abs", "ceil", "floor", "int", "float", "upper", "lower", "trim", "trimPrefix", "trimSuffix", "split",
	"indexOf", "lastIndexOf", "hasPrefix", "hasSuffix",
}

// functions are the options that give an expression its functions.
func functions() []expr.Option {
	out := []expr.Option{expr.DisableAllBuiltins()}
	for _, name := range builtins {
		out = append(out, expr.EnableBuiltin(name))
	}
	return append(out,
		expr.Function(concatFunction, add, new(func(string, string) string)),
		expr.Function(addFunction, add, new(func(any, any) any)),
		expr.Function("join", join, new(func([]any, string) string), new(func([]any) string)),
		expr.Function("replace", replace, new(func(string, string, string) string)),
		expr.Function("string", text, new(func(any) string)),
		expr.Function("round", round, new(func(float64) float64), new(func(float64, int) float64), new(func(int) float64), new(func(int, int) float64)),
		expr.Function("number", formatNumber, new(func(any, int) string), new(func(any, int, string) string)),
		expr.Function("money", formatMoney, new(func(any, string) string), new(func(any, string, string) string)),
		expr.Function("formatDate", formatDate, new(func(string, string) string), new(func(string, string, string) string)),
	)
}

// The functions that stand for +.
const (
	concatFunction = "__concat"
	addFunction    = "__add"
)

// adder replaces + by a function where it is, or may be, one of texts.
type adder struct{}

// Visit implements exprast.Visitor.
func (adder) Visit(node *exprast.Node) {
	n, ok := (*node).(*exprast.BinaryNode)
	if !ok || n.Operator != "+" {
		return
	}
	left, right := kindOf(n.Left), kindOf(n.Right)
	name := addFunction
	switch {
	case left == reflect.String && right == reflect.String:
		name = concatFunction
	case left != reflect.Interface && right != reflect.Interface:
		return // numbers, or a mistake that the checker tells
	}
	exprast.Patch(node, &exprast.CallNode{Callee: &exprast.IdentifierNode{Value: name}, Arguments: []exprast.Node{n.Left, n.Right}})
}

// kindOf is the kind of a node's type, Interface while it is not known.
func kindOf(n exprast.Node) reflect.Kind {
	if t := n.Type(); t != nil {
		return t.Kind()
	}
	return reflect.Interface
}

var (
	errTooLong = errors.New("a text becomes too long")
	errNumber  = errors.New("not a number")
	errText    = errors.New("not a text")
)

func concat(a, b string) (any, error) {
	if len(a)+len(b) > maxText {
		return nil, errTooLong
	}
	return a + b, nil
}

// add is + of values whose types are not known before.
func add(args ...any) (any, error) {
	a, b := args[0], args[1]
	if x, ok := a.(string); ok {
		if y, ok := b.(string); ok {
			return concat(x, y)
		}
		return nil, errors.New("a text and something else cannot be added")
	}
	x, whole := a.(int)
	if y, ok := b.(int); ok && whole {
		return x + y, nil
	}
	f, ok := float(a)
	g, also := float(b)
	if !ok || !also {
		return nil, errNumber
	}
	return f + g, nil
}

func float(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// join(list, glue) puts texts and numbers together.
func join(args ...any) (any, error) {
	glue := ""
	if len(args) > 1 {
		var ok bool
		if glue, ok = args[1].(string); !ok {
			return nil, errText
		}
	}
	var b strings.Builder
	list, _ := args[0].([]any)
	for i, item := range list {
		if i > 0 {
			b.WriteString(glue)
		}
		part, err := textOf(item)
		if err != nil {
			return nil, err
		}
		b.WriteString(part)
		if b.Len() > maxText {
			return nil, errTooLong
		}
	}
	return b.String(), nil
}

// replace(text, old, new) replaces every old.
func replace(args ...any) (any, error) {
	s, ok := args[0].(string)
	from, also := args[1].(string)
	to, too := args[2].(string)
	if !ok || !also || !too {
		return nil, errText
	}
	if n := strings.Count(s, from); len(s)+n*(len(to)-len(from)) > maxText {
		return nil, errTooLong
	}
	return strings.ReplaceAll(s, from, to), nil
}

// text(value) is a text, number or Boolean as text; nil is "".
func text(args ...any) (any, error) { return textOf(args[0]) }

func textOf(value any) (string, error) {
	switch v := value.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	return "", errors.New("only texts, numbers and Booleans become text")
}

// round(number, digits) rounds half away from zero.
func round(args ...any) (any, error) {
	f, ok := float(args[0])
	if !ok {
		return nil, errNumber
	}
	digits := 0
	if len(args) > 1 {
		if digits, ok = args[1].(int); !ok || digits < 0 || digits > maxDigits {
			return nil, errNumber
		}
	}
	out, err := strconv.ParseFloat(rounded(f, digits), 64)
	if err != nil {
		return nil, errNumber
	}
	return out, nil
}

// maxDigits bounds decimals. Chosen.
const maxDigits = 12

// rounded prints a number with so many decimals. Halves are those of the
// shortest decimal form, not of the binary one: 1.005 is 1.01.
func rounded(f float64, digits int) string {
	if math.Abs(f) < 1e15 {
		shortest := strconv.FormatFloat(f, 'f', -1, 64)
		if dot := strings.IndexByte(shortest, '.'); dot >= 0 && len(shortest)-dot-1 > digits && shortest[dot+1+digits] >= '5' {
			f += math.Copysign(math.Pow(10, -float64(digits))/4, f)
		}
	}
	return strconv.FormatFloat(f, 'f', digits, 64)
}

// localeOf is the first language of the caller's Accept-Language, "en" without.
func localeOf(c *caller.Caller) string {
	if c == nil || c.Header == nil {
		return standardLocale
	}
	first, _, _ := strings.Cut(c.Header.Get("Accept-Language"), ",")
	first, _, _ = strings.Cut(first, ";")
	first = strings.TrimSpace(first)
	if first == "" || first == "*" || len(first) > 35 {
		return standardLocale
	}
	return first
}

const standardLocale = "en"
