package spec

import (
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// spot is a place in an SDL: a token, or with a value that is a string literal
// a byte of its text. The zero spot is the whole schema.
type spot struct {
	pos    *ast.Position
	inside bool // offset is within the literal at pos
	offset int  // in bytes of the literal's text
}

// at returns the place of a token.
func at(pos *ast.Position) spot { return spot{pos: pos} }

// within returns the place of a byte of a string value.
func within(v *ast.Value, offset int) spot {
	if v == nil {
		return spot{}
	}
	return spot{pos: v.Position, inside: v.Kind == ast.StringValue || v.Kind == ast.BlockValue, offset: offset}
}

// place returns the line and the column, 0 and 0 for the whole schema.
func (s spot) place() (line, column int) {
	switch {
	case s.pos == nil:
		return 0, 0
	case s.pos.Src == nil:
		return s.pos.Line, s.pos.Column
	}
	input := s.pos.Src.Input
	start := byteOffset(input, s.pos.Start)
	if s.inside {
		if l := readLiteral(input, start); l != nil {
			start = l.source(s.offset)
		}
	}
	return lineColumn(input, start)
}

// byteOffset turns an offset in characters, which gqlparser counts in, into one
// in bytes.
func byteOffset(input string, runes int) int {
	for i := range input {
		if runes == 0 {
			return i
		}
		runes--
	}
	return len(input)
}

func lineColumn(input string, offset int) (line, column int) {
	before := input[:min(offset, len(input))]
	line, start := 1, 0
	for i := range len(before) {
		// A carriage return ends a line too, unless a newline follows.
		if before[i] == '\n' || before[i] == '\r' && !strings.HasPrefix(input[i+1:], "\n") {
			line, start = line+1, i+1
		}
	}
	return line, 1 + utf8.RuneCountInString(before[start:])
}

// text returns the value of a string, "" for other values. Block strings are
// read anew, because gqlparser does not take the indentation away that the
// specification (section 2.9.4) takes.
func text(v *ast.Value) string {
	if v == nil || v.Kind != ast.StringValue && v.Kind != ast.BlockValue {
		return ""
	}
	if v.Kind == ast.BlockValue && v.Position != nil && v.Position.Src != nil {
		input := v.Position.Src.Input
		if l := readLiteral(input, byteOffset(input, v.Position.Start)); l != nil {
			return l.text
		}
	}
	return v.Raw
}

// isString reports whether a value is a string literal.
func isString(v *ast.Value) bool {
	return v != nil && (v.Kind == ast.StringValue || v.Kind == ast.BlockValue)
}
