package spec

import (
	"errors"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// scope is where the parts of one source or connector are collected.
type scope struct {
	*reader
	coordinate string
	parts      []*part
}

func (s *scope) fail(code fault.Code, at spot, format string, args ...any) {
	s.broken.add(code, s.coordinate, at, format, args...)
}

// str returns the text of a string argument; what names it in the problem.
func (s *scope) str(code fault.Code, what string, v *ast.Value) (string, bool) {
	if v == nil {
		return "", false
	}
	if !isString(v) {
		s.fail(code, at(v.Position), "%s must be a string.", what)
		return "", false
	}
	return text(v), true
}

// mapping reads a mapping, nil if there is none or if it is wrong.
func (s *scope) mapping(code fault.Code, in phase, what string, v *ast.Value) *mapping.Mapping {
	text, ok := s.str(code, what, v)
	if !ok {
		return nil
	}
	m, err := mapping.Parse(text, s.features.version)
	if err != nil {
		s.syntax(code, what, v, err)
		return nil
	}
	s.methods(code, what, v, m, 0)
	s.parts = append(s.parts, &part{code: code, phase: in, value: v, uses: m.Uses()})
	return m
}

// template reads a text with mappings in braces.
func (s *scope) template(code fault.Code, in phase, what string, v *ast.Value) *mapping.Template {
	text, ok := s.str(code, what, v)
	if !ok {
		return nil
	}
	t, err := mapping.ParseTemplate(text, s.features.version)
	if err != nil {
		s.syntax(code, what, v, err)
		return nil
	}
	for _, p := range t.Parts() {
		if p.Mapping != nil {
			s.methods(code, what, v, p.Mapping, p.Offset)
			s.scalar(code, v, p)
		}
	}
	s.parts = append(s.parts, &part{code: code, phase: in, value: v, uses: t.Uses()})
	return t
}

// methods reports calls of methods that do not exist.
func (s *scope) methods(code fault.Code, what string, v *ast.Value, m *mapping.Mapping, offset int) {
	for _, unknown := range m.Unknown() {
		s.fail(code, within(v, offset+unknown.Offset), "%s: %s.", what, unknown.Message)
	}
}

// scalar reports a mapping within a text that can only be a list or an object.
func (s *scope) scalar(code fault.Code, v *ast.Value, p mapping.Part) {
	shape := p.Mapping.Shape()
	if shape.Kind != mapping.ShapeObject && shape.Kind != mapping.ShapeList || bareName(shape) != "" {
		return // a bare name is reported as what it reads
	}
	s.rules.add(code, s.coordinate, within(v, p.Offset+shape.Offset), "A mapping within a text must be a scalar, but this is %s.", shapeNames[shape.Kind])
}

// bareName is a hint where a bare name was probably meant as a value.
func bareName(shape *mapping.Shape) string {
	if shape.Kind != mapping.ShapeObject || len(shape.Fields) != 1 || shape.Fields[0].Group {
		return ""
	}
	return " A bare name is a key of the result: for the value of a field write $." + shape.Fields[0].Name + "."
}

func (s *scope) syntax(code fault.Code, what string, v *ast.Value, err error) {
	offset := 0
	if e := (*mapping.Error)(nil); errors.As(err, &e) {
		offset = e.Offset
	}
	s.fail(code, within(v, offset), "%s: %s.", what, err)
}

// object returns the members of an object argument.
func (s *scope) object(code fault.Code, what string, v *ast.Value) ast.ChildValueList {
	if v == nil {
		return nil
	}
	if v.Kind != ast.ObjectValue {
		s.fail(code, at(v.Position), "%s must be an object.", what)
		return nil
	}
	return v.Children
}

func (s *scope) errors(in phase, v *ast.Value) Errors {
	list := s.object(InvalidErrorsMessage, "errors", v)
	e := Errors{
		Message:    s.mapping(InvalidErrorsMessage, in, "errors.message", member(list, "message")),
		Extensions: s.mapping(InvalidErrorsMessage, in, "errors.extensions", member(list, "extensions")),
	}
	s.expect(InvalidErrorsMessage, "errors.message", member(list, "message"), e.Message, mapping.ShapeString)
	s.expect(InvalidErrorsMessage, "errors.extensions", member(list, "extensions"), e.Extensions, mapping.ShapeObject)
	return e
}

func (s *scope) isSuccess(in phase, v *ast.Value) *mapping.Mapping {
	m := s.mapping(InvalidIsSuccess, in, "isSuccess", v)
	s.expect(InvalidIsSuccess, "isSuccess", v, m, mapping.ShapeBoolean)
	return m
}

// shapeNames are what a mapping yields, in words.
var shapeNames = map[mapping.ShapeKind]string{
	mapping.ShapeObject: "an object", mapping.ShapeList: "a list", mapping.ShapeString: "a string",
	mapping.ShapeNumber: "a number", mapping.ShapeBoolean: "a boolean", mapping.ShapeNull: "null",
}

// expect reports a mapping that can never yield what it must.
func (s *scope) expect(code fault.Code, what string, v *ast.Value, m *mapping.Mapping, want mapping.ShapeKind) {
	if m == nil {
		return
	}
	shape := m.Shape()
	if shape == nil || shape.Kind == mapping.ShapeUnknown || shape.Kind == want || shape.Kind == mapping.ShapeNull {
		return
	}
	s.rules.add(code, s.coordinate, within(v, shape.Offset), "%s must be %s, but this is %s.%s", what, shapeNames[want], shapeNames[shape.Kind], bareName(shape))
}

// duration reads a timeout, 0 without one.
func (s *scope) duration(v *ast.Value) time.Duration {
	text, ok := s.str(InvalidTimeout, "timeout", v)
	if !ok {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 {
		s.fail(InvalidTimeout, within(v, 0), "timeout must be a positive duration such as \"500ms\" or \"2s\", not %q.", text)
		return 0
	}
	return d
}

// batchSize reads batch.maxSize, 0 without it.
func (s *scope) batchSize(v *ast.Value) int {
	size := member(s.object(InvalidBatchSize, "batch", v), "maxSize")
	if size == nil {
		return 0
	}
	n, err := strconv.Atoi(size.Raw)
	if size.Kind != ast.IntValue || err != nil || n < 1 {
		s.fail(InvalidBatchSize, at(size.Position), "batch.maxSize must be a whole number of at least 1.")
		return 0
	}
	return n
}
