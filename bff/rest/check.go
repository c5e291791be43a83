package rest

import (
	"bytes"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/jsonscan"
)

// checker holds JSON against input types, in order to say where in the body a
// value is wrong. What it lets pass, the operation's own coercion still judges.
type checker struct {
	schema *ast.Schema
	fail   func(*fault.Error)
	full   func() bool // no more mistakes are wanted: a body could be made of them
}

// checkedDepth is how deep values are looked at. Coercion has a limit of its
// own for what is below.
const checkedDepth = 100

// check reports what of value is not of type t. A single value may stand for a
// list of one, as in GraphQL.
func (c *checker) check(t *ast.Type, value []byte, at pointer, depth int) {
	if depth > checkedDepth || c.full() {
		return
	}
	if jsonscan.Null(value) {
		if t.NonNull {
			c.wrong(at, t, "must not be null")
		}
		return
	}
	if t.Elem != nil {
		if value[0] != '[' {
			c.check(t.Elem, value, at, depth+1)
			return
		}
		i := 0
		jsonscan.Each(value, func(_, item []byte) bool {
			c.check(t.Elem, item, at.with(strconv.Itoa(i)), depth+1)
			i++
			return !c.full()
		})
		return
	}
	def := c.schema.Types[t.NamedType]
	switch {
	case def != nil && def.Kind == ast.InputObject:
		c.object(def, t, value, at, depth)
	case def != nil && def.Kind == ast.Enum:
		if text, ok := jsonscan.AppendText(nil, value); !ok || def.EnumValues.ForName(string(text)) == nil {
			c.wrong(at, t, "must be "+oneOf(def))
		}
	case !fits(t.NamedType, value):
		c.wrong(at, t, "must be "+wordsOf[t.NamedType])
	}
}

// wordsOf says what the JSON of a built-in scalar is.
var wordsOf = map[string]string{
	"Int": "an Int: a whole number of 32 bits", "Float": "a Float: a number", "Boolean": "a Boolean: true or false",
	"String": "a String", "ID": "an ID: a string or a whole number",
}

// fits reports whether a value that is not null can be of a scalar type.
func fits(scalar string, value []byte) bool {
	text := value[0] == '"'
	number := value[0] == '-' || value[0] >= '0' && value[0] <= '9'
	switch scalar {
	case "String":
		return text
	case "Boolean":
		return value[0] == 't' || value[0] == 'f'
	case "Float":
		return number
	case "ID":
		return text || number && whole(value)
	case "Int":
		f, err := strconv.ParseFloat(string(value), 64)
		return number && err == nil && f == math.Trunc(f) && math.MinInt32 <= f && f <= math.MaxInt32
	}
	return true
}

// whole reports whether a number has no fraction, however it is written.
func whole(number []byte) bool {
	if !bytes.ContainsAny(number, ".eE") {
		return true
	}
	f, err := strconv.ParseFloat(string(number), 64)
	return err == nil && f == math.Trunc(f)
}

// object checks the members of an input object.
func (c *checker) object(def *ast.Definition, t *ast.Type, value []byte, at pointer, depth int) {
	if value[0] != '{' {
		c.wrong(at, t, "must be an object of type "+def.Name)
		return
	}
	given := map[string]bool{}
	jsonscan.Each(value, func(quoted, member []byte) bool {
		text, _ := jsonscan.AppendText(nil, quoted)
		name := string(text)
		given[name] = true
		if field := def.Fields.ForName(name); field != nil {
			c.check(field.Type, member, at.with(name), depth+1)
		} else {
			at := at.with(clip(name))
			c.fail(misplaced(inBody, "pointer", at.String(), "", `The type `+def.Name+` has no field "`+clip(name)+`", which the body gives at `+at.String()+"."))
		}
		return !c.full()
	})
	if c.full() {
		return
	}
	for _, field := range def.Fields {
		if field.Type.NonNull && field.DefaultValue == nil && !given[field.Name] {
			c.wrong(at.with(field.Name), field.Type, "is required")
		}
	}
}

func (c *checker) wrong(at pointer, t *ast.Type, why string) {
	what := "The body"
	if len(at) > 0 {
		what = "The value at " + clip(at.String()) + " of the body"
	}
	c.fail(misplaced(inBody, "pointer", at.String(), t.String(), what+" "+why+"."))
}
