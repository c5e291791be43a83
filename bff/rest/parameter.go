package rest

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// place is where a variable comes from.
type place string

const (
	inPath  place = "path"
	inQuery place = "query"
	inBody  place = "body"
)

// parameter is a variable that comes as text: a scalar, an enum, or, in the
// query alone, a list of them, which is the parameter repeated.
type parameter struct {
	name     string
	place    place
	required bool
	variable *ast.VariableDefinition
	list     bool
	named    *ast.Type // of the value, or of one item
	enum     *ast.Definition
}

func (r *route) parameter(v *ast.VariableDefinition, in place) parameter {
	p := parameter{name: v.Variable, place: in, required: in == inPath || required(v), variable: v, named: v.Type}
	if v.Type.Elem != nil {
		p.list, p.named = true, v.Type.Elem
	}
	if def := r.schema.Types[p.named.NamedType]; def != nil && def.Kind == ast.Enum {
		p.enum = def
	}
	return p
}

// append appends the values given as one JSON value.
func (p *parameter) append(dst []byte, values []string) ([]byte, *fault.Error) {
	if !p.list {
		if len(values) > 1 {
			return dst, p.wrong("is given more than once and is no list")
		}
		return p.appendOne(dst, values[0])
	}
	dst = append(dst, '[')
	for i, value := range values {
		if i > 0 {
			dst = append(dst, ',')
		}
		var bad *fault.Error
		if dst, bad = p.appendOne(dst, value); bad != nil {
			return dst, bad
		}
	}
	return append(dst, ']'), nil
}

// appendOne appends one text as a JSON value of the parameter's type. A scalar
// of the schema's own is a string: nothing says more about its text.
func (p *parameter) appendOne(dst []byte, text string) ([]byte, *fault.Error) {
	switch p.named.NamedType {
	case "Int":
		if n, err := strconv.ParseInt(text, 10, 32); err == nil && strconv.FormatInt(n, 10) == text {
			return append(dst, text...), nil
		}
	case "Float":
		if isNumber(text) {
			return append(dst, text...), nil
		}
	case "Boolean":
		if text == "true" || text == "false" {
			return append(dst, text...), nil
		}
	default:
		if p.enum != nil && p.enum.EnumValues.ForName(text) == nil {
			break
		}
		if utf8.ValidString(text) {
			return fault.AppendString(dst, text), nil
		}
		return dst, p.wrong("is not UTF-8")
	}
	return dst, p.wrong("must be " + p.expects())
}

// isNumber reports whether text is a number as JSON writes it, and finite.
func isNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || len(digits) > 1 && digits[0] == '0' && digits[1] >= '0' && digits[1] <= '9' {
		return false
	}
	before, after, point := strings.Cut(digits, ".")
	if strings.ContainsAny(before, "xXpPnNiI_") || point && (after == "" || after[0] < '0' || after[0] > '9') {
		return false
	}
	if strings.ContainsAny(after, "xXpPnNiI_") {
		return false
	}
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsInf(f, 0)
}

// wrong is the failure of this parameter.
func (p *parameter) wrong(why string) *fault.Error {
	return misplaced(p.place, "parameter", p.name, p.variable.Type.String(), `The `+string(p.place)+` parameter "`+p.name+`" `+why+`.`)
}

// misplaced is BAD_USER_INPUT about one part of a request: key is parameter,
// with a name, or pointer, with an RFC 6901 pointer into the body.
func misplaced(in place, key, name, expected, message string) *fault.Error {
	extensions := append([]byte(`"in":"`), in...)
	extensions = append(append(append(extensions, `","`...), key...), `":`...)
	extensions = fault.AppendString(extensions, name)
	if expected != "" {
		extensions = fault.AppendString(append(extensions, `,"expected":`...), expected)
	}
	return &fault.Error{Code: fault.BadUserInput, Message: message, Extensions: extensions}
}

// expects says in words what the text of one value looks like.
func (p *parameter) expects() string {
	switch p.named.NamedType {
	case "Int":
		return "an Int: a whole number of 32 bits, such as 3"
	case "Float":
		return "a Float, such as 3 or 2.5"
	case "Boolean":
		return "a Boolean: true or false"
	}
	return oneOf(p.enum)
}

// shownValues is how many values of an enum a message lists; chosen.
const shownValues = 10

// oneOf lists the values of an enum.
func oneOf(enum *ast.Definition) string {
	var b strings.Builder
	b.WriteString("one of " + enum.Name + "'s values")
	for i, v := range enum.EnumValues {
		switch i {
		case shownValues:
			b.WriteString(" and others")
			return b.String()
		case 0:
			b.WriteString(": ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(v.Name)
	}
	return b.String()
}
