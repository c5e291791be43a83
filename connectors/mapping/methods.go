package mapping

import (
	"fmt"
	"slices"
)

// method is one of the methods behind an arrow. run returns absent, after
// reporting why, if it cannot do its work.
type method struct {
	run   func(*call) value
	shape ShapeKind // of what it returns, where that does not depend
}

// call is one call of a method: its input is at, and the trail ends with the
// method's name.
type call struct {
	*evaluation
	step  *step
	at    value
	trail *trail
	scope *scope
}

// methods are all that can be called.
var methods = map[string]*method{
	"echo": {run: echo}, "map": {run: mapList, shape: ShapeList}, "match": {run: match}, "as": {run: badAs},
	"first": {run: first}, "last": {run: last}, "slice": {run: slice}, "size": {run: size, shape: ShapeNumber},
	"entries": {run: entries, shape: ShapeList}, "get": {run: get},
	"filter": {run: filter, shape: ShapeList}, "find": {run: find},
	"joinNotNull": {run: joinNotNull, shape: ShapeString}, "toString": {run: toString, shape: ShapeString},
	"jsonStringify": {run: jsonStringify, shape: ShapeString}, "jsonParse": {run: jsonParse},
	"parseInt": {run: parseInt, shape: ShapeNumber},
	"eq":       {run: eq, shape: ShapeBoolean}, "ne": {run: ne, shape: ShapeBoolean},
	"gt": {run: gt, shape: ShapeBoolean}, "gte": {run: gte, shape: ShapeBoolean},
	"lt": {run: lt, shape: ShapeBoolean}, "lte": {run: lte, shape: ShapeBoolean},
	"and": {run: and, shape: ShapeBoolean}, "or": {run: or, shape: ShapeBoolean}, "not": {run: not, shape: ShapeBoolean},
	"in": {run: in, shape: ShapeBoolean}, "contains": {run: contains, shape: ShapeBoolean},
	"add": {run: add, shape: ShapeNumber}, "sub": {run: sub, shape: ShapeNumber}, "mul": {run: mul, shape: ShapeNumber},
	"div": {run: div, shape: ShapeNumber}, "mod": {run: mod, shape: ShapeNumber},
}

// uncallable are methods that the reference has but does not let anybody call,
// with what does their work.
var uncallable = map[string]string{
	"typeof":  "",
	"matchIf": "use ->match",
	"has":     "use ?",
	"keys":    "use ->entries.key",
	"values":  "use ->entries.value",
}

func unknownMethod(name string) string {
	message := fmt.Sprintf("there is no method ->%s", name)
	if hint := uncallable[name]; hint != "" {
		message += "; " + hint
	}
	return message
}

// fail reports why a method has no result.
func (c *call) fail(format string, args ...any) value {
	c.problem(c.trail, c.step.off, "->"+c.step.name+" "+format, args...)
	return absent
}

// arg evaluates an argument with the input as @.
func (c *call) arg(i int) value { return c.expr(c.step.args[i], c.at, c.trail, c.scope) }

// element evaluates the first argument for an element of the input.
func (c *call) element(i int, v value) (value, *trail) {
	t := c.index(c.trail, i)
	return c.expr(c.step.args[0], v, t, c.scope), t
}

// wants reports a number of arguments other than from least to most.
func (c *call) wants(least, most int) bool {
	n := len(c.step.args)
	if n >= least && n <= most {
		return true
	}
	if least == most {
		c.fail("takes %d arguments, not %d", least, n)
	} else {
		c.fail("takes %d to %d arguments, not %d", least, most, n)
	}
	return false
}

// bare reports parentheses.
func (c *call) bare() bool {
	if c.step.called {
		c.fail("is written without parentheses")
	}
	return !c.step.called
}

// any number of arguments.
const many = maxLiteral

func echo(c *call) value {
	if !c.wants(1, many) {
		return absent
	}
	return c.arg(0)
}

// badAs is ->as without a variable: those with one are bound by the path.
func badAs(c *call) value {
	c.fail("takes a variable, $name, and a value")
	return c.at
}

// match compares strictly: 1 is not 1.0.
func match(c *call) value {
	for _, pair := range c.step.args {
		if pair.kind != exprLiteral && pair.kind != exprList || len(pair.items) != 2 {
			continue
		}
		candidate := c.expr(pair.items[0], c.at, c.trail, c.scope)
		if candidate.kind != kindAbsent && c.equal(candidate, c.at, true) {
			return c.expr(pair.items[1], c.at, c.trail, c.scope)
		}
	}
	return c.fail("found no pair whose first value is the input")
}

func eq(c *call) value { return c.equality(true) }
func ne(c *call) value { return c.equality(false) }

func (c *call) equality(want bool) value {
	if !c.wants(1, 1) {
		return absent
	}
	other := c.arg(0)
	if other.kind == kindAbsent {
		return absent
	}
	return boolValue(c.equal(c.at, other, false) == want)
}

func gt(c *call) value  { return c.order(func(n int) bool { return n > 0 }) }
func gte(c *call) value { return c.order(func(n int) bool { return n >= 0 }) }
func lt(c *call) value  { return c.order(func(n int) bool { return n < 0 }) }
func lte(c *call) value { return c.order(func(n int) bool { return n <= 0 }) }

func (c *call) order(holds func(int) bool) value {
	if !c.wants(1, many) {
		return absent
	}
	other := c.arg(0)
	switch {
	case other.kind == kindAbsent:
		return absent
	case c.at.kind == kindNumber && other.kind == kindNumber:
		return boolValue(holds(compareNumbers(c.at.raw, other.raw)))
	case c.at.kind == kindString && other.kind == kindString:
		return boolValue(holds(slices.Compare(c.at.text(), other.text())))
	}
	return c.fail("compares two numbers or two strings, not %s with %s", c.at.kind.typeName(), other.kind.typeName())
}

func and(c *call) value { return c.junction(false) }
func or(c *call) value  { return c.junction(true) }

// junction stops at the first value that decides. An argument that is no
// boolean is reported and changes nothing.
func (c *call) junction(decides bool) value {
	if c.at.kind != kindTrue && c.at.kind != kindFalse {
		return c.fail("takes a boolean, not %s", c.at.kind.typeName())
	}
	if !c.step.called {
		return c.fail("takes arguments")
	}
	result := c.at
	for i := 0; i < len(c.step.args) && (result.kind == kindTrue) != decides; i++ {
		switch v := c.arg(i); v.kind {
		case kindAbsent:
			return absent
		case kindTrue, kindFalse:
			result = v
		default:
			c.problem(c.trail, c.step.args[i].off, "->%s takes booleans, not %s", c.step.name, v.kind.typeName())
		}
	}
	return result
}

func not(c *call) value {
	switch {
	case !c.bare():
		return absent
	case c.at.kind == kindTrue:
		return falseValue
	case c.at.kind == kindFalse:
		return trueValue
	}
	return c.fail("takes a boolean, not %s", c.at.kind.typeName())
}
