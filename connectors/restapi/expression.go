package restapi

import (
	"errors"
	"slices"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/internal/jsonscan"
)

// expression is a mapping of a URL or a header: it yields text.
type expression struct {
	program *mapping.Program
	uses    []mapping.Use
}

func newExpression(m *mapping.Mapping) *expression {
	return &expression{program: m.Compile(nil), uses: m.Uses()}
}

// trusted reports whether the value is the word of whoever wrote the schema or
// runs the gateway.
func (e *expression) trusted() bool { return e.only("$config", "$env", "$", "@") }

// contextual is trusted, or made by the gateway of a request.
func (e *expression) contextual() bool { return e.only("$config", "$env", "$", "@", "$context") }

func (e *expression) only(variables ...string) bool {
	return !slices.ContainsFunc(e.uses, func(u mapping.Use) bool { return !slices.Contains(variables, u.Variable) })
}

// maker makes one request's parts. Its buffers are used again.
type maker struct {
	vars        mapping.Vars
	problems    *mapping.Problems
	value, text []byte
	address     []byte
	marks       []int // where values stand in a path that need a second look
}

var null = []byte("null")

// run evaluates a program. The value is good until the next run; it is nil if
// there is none.
func (m *maker) run(p *mapping.Program, input []byte) []byte {
	value, ok := p.Append(m.value[:0], input, m.vars, m.problems)
	if !ok {
		return nil
	}
	m.value = value
	return value
}

var errNotScalar = errors.New("a value is a list or an object where text is needed")

// evaluate returns an expression's text: that of a string, a number or a
// boolean; nothing for null and for no value. It is good until the next call.
func (m *maker) evaluate(e *expression) ([]byte, error) {
	return m.scalar(m.run(e.program, null))
}

// scalar returns the text of a JSON value that is no list and no object.
func (m *maker) scalar(value []byte) ([]byte, error) {
	if jsonscan.Null(value) {
		return nil, nil
	}
	switch value[0] {
	case '{', '[':
		return nil, errNotScalar
	case '"':
		text, ok := jsonscan.AppendText(m.text[:0], value)
		if !ok {
			return nil, errors.New("a value is no text")
		}
		m.text = text
		return text, nil
	}
	return value, nil
}
