package operation

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// coercer is the compiled program that turns an operation's raw variables into
// values. It is shared and safe for concurrent use.
type coercer struct {
	vars    []inputVariable
	index   map[string]int // of vars by name
	nesting int            // Limits.Nesting
	errors  int            // Limits.Errors
}

// inputVariable is one variable the client declared.
type inputVariable struct {
	name     string
	typ      *inputType
	fallback []byte // the default as JSON, nil without one
	at       fault.Position
}

// variable compiles a variable definition.
func (ts *inputTypes) variable(v *ast.VariableDefinition) inputVariable {
	out := inputVariable{name: v.Variable, typ: ts.of(v.Type)}
	if v.DefaultValue != nil {
		out.fallback = ts.constant(v.DefaultValue, v.Type)
	}
	if v.Position != nil {
		out.at = fault.Position{Line: v.Position.Line, Column: v.Position.Column}
	}
	return out
}

// Coerce checks the raw variables of one request, a JSON object or nil, and
// returns the values of o.Variables in dst's place, which it grows as needed.
// The second result is Choice.Conditions.
//
// Coercion follows the specification, section 6.1.2: defaults are filled in,
// a single value becomes a list of one, numbers for ID become strings; what
// needs no change is a sub-slice of raw, so raw must live as long as the values
// do. Variables that are not declared are ignored. A variable that was not
// given and has no default is nil, an explicit null is "null".
//
// Errors are a [fault.List] of BAD_USER_INPUT, one per variable. They say where
// a value is wrong but do not repeat it.
func (o *Operation) Coerce(raw []byte, dst Values) (Values, uint64, error) {
	p := o.program
	if p == nil {
		return nil, 0, &fault.Error{Code: fault.InternalServerError, Message: "The operation was not prepared."}
	}
	dst = slices.Grow(dst[:0], len(o.Variables))[:len(o.Variables)]
	clear(dst)
	copy(dst[len(p.vars):], o.Literals)
	faults, err := p.read(raw, dst)
	if err != nil {
		return nil, 0, err
	}
	for i := range p.vars {
		if dst[i] == nil {
			faults = p.vars[i].absent(dst, i, faults)
		}
	}
	if faults != nil {
		return nil, 0, faults[:min(len(faults), p.errors)]
	}
	var conditions uint64
	for bit, i := range o.Conditions {
		switch {
		case dst[i] == nil, dst[i][0] == 't':
			// Without a value only @defer(if:) can be, whose default is true.
			conditions |= 1 << bit
		case dst[i][0] == 'n':
			return nil, 0, fault.List{p.vars[i].invalid(`Variable "$` + p.vars[i].name + `" decides a condition and must not be null.`)}
		}
	}
	return dst, conditions, nil
}

// absent gives a variable that has no value its default.
func (v *inputVariable) absent(dst Values, i int, faults fault.List) fault.List {
	switch {
	case v.fallback != nil:
		dst[i] = v.fallback
	case v.typ.nonNull:
		return append(faults, v.invalid(`Variable "$`+v.name+`" of required type "`+v.typ.String()+`" was not provided.`))
	}
	return faults
}

// read goes through raw once and puts the values of declared variables into
// dst. It returns what is wrong with single values, and an error if raw is not
// a JSON object.
func (p *coercer) read(raw []byte, dst Values) (fault.List, error) {
	r := reader{raw: raw, deepest: p.nesting}
	r.space()
	if r.i == len(raw) || string(bytes.TrimSpace(raw[r.i:])) == "null" {
		return nil, nil
	}
	if raw[r.i] != '{' || !utf8.Valid(raw) {
		return nil, badVariables("Variables must be given as a JSON object.")
	}
	r.i++
	var faults fault.List
	next := 0
	for first := true; ; first = false {
		key, more := r.member(first)
		if !more {
			break
		}
		i := p.find(key, next)
		if i < 0 {
			r.skip()
			continue
		}
		next = i + 1
		if e := p.one(&r, dst, i); e != nil {
			faults = append(faults, e)
		}
	}
	if r.tooDeep {
		return nil, badVariables(fmt.Sprintf("Variables nest more than %d levels deep.", p.nesting))
	}
	if r.space(); r.broken || r.i != len(raw) {
		return nil, badVariables("Variables are not valid JSON.")
	}
	return faults, nil
}

// one reads the value of variable i.
func (p *coercer) one(r *reader, dst Values, i int) *fault.Error {
	v := &p.vars[i]
	r.space()
	start := r.i
	r.depth = 1
	rewrite, bad := r.check(v.typ)
	if r.broken {
		return nil
	}
	if bad != nil {
		r.i, r.depth = start, 1
		r.skip()
		dst[i] = r.raw[:0] // given, though wrong
		return v.invalid(bad.message(v))
	}
	if dst[i] != nil {
		return v.invalid(`Variable "$` + v.name + `" is given twice.`)
	}
	if !rewrite {
		dst[i] = r.raw[start:r.i:r.i]
		return nil
	}
	end := r.i
	r.i = start
	dst[i] = r.rewrite(make([]byte, 0, end-start+16), v.typ)
	return nil
}

// find returns the index of the variable called key, -1 if it is not declared.
// Clients mostly send variables in the order they use them, so next, the one
// after the last found, is tried first.
func (p *coercer) find(key []byte, next int) int {
	if next < len(p.vars) && p.vars[next].name == string(key) {
		return next
	}
	if i, ok := p.index[string(key)]; ok {
		return i
	}
	return -1
}

func (v *inputVariable) invalid(message string) *fault.Error {
	e := badVariables(message)
	if v.at.Line > 0 {
		e.Locations = []fault.Position{v.at}
	}
	return e
}

func badVariables(message string) *fault.Error {
	return &fault.Error{Code: fault.BadUserInput, Message: message}
}

// badInput says what is wrong with a value; path leads to it, innermost step
// first.
type badInput struct {
	why  string
	path []fault.Step
	null bool // the value itself is a null that is not allowed
}

func (b *badInput) under(step fault.Step) *badInput {
	b.path = append(b.path, step)
	return b
}

func (b *badInput) message(v *inputVariable) string {
	if b.null && len(b.path) == 0 {
		return `Variable "$` + v.name + `" of non-null type "` + v.typ.String() + `" must not be null.`
	}
	var m strings.Builder
	m.WriteString(`Variable "$` + v.name + `" got an invalid value`)
	if len(b.path) > 0 {
		path := append(b.path, fault.Step{Key: v.name})
		slices.Reverse(path)
		m.WriteString(` at "` + clip(fault.PathString(path)) + `"`)
	}
	m.WriteString(": " + b.why)
	return m.String()
}
