package mapping

import (
	"errors"
	"fmt"
	"strings"
)

// Template is text with mappings in braces, such as a URL or a header.
type Template struct{ parts []Part }

// Part is a piece of a template: text, or a mapping.
type Part struct {
	Text    string
	Mapping *Mapping // nil for text
	// Offset is where the piece begins in the template's text: behind the brace
	// of a mapping.
	Offset int
	// Program evaluates the mapping's whole value.
	Program *Program
}

// ParseTemplate reads a template; braces inside a mapping must be closed before
// its own. The error is an *Error with an offset in text.
func ParseTemplate(text string, v Version) (*Template, error) {
	if len(text) > maxLength {
		return nil, &Error{Message: "a template may be 64 KiB long"}
	}
	t := &Template{}
	for pos := 0; pos < len(text); {
		open := strings.IndexByte(text[pos:], '{')
		if open != 0 {
			end := len(text)
			if open > 0 {
				end = pos + open
			}
			t.parts = append(t.parts, Part{Text: text[pos:end], Offset: pos})
			pos = end
			continue
		}
		from := pos + 1
		length := closingBrace(text[from:])
		if length < 0 {
			return nil, &Error{Offset: pos, Message: "{ without its }"}
		}
		m, err := Parse(text[from:from+length], v)
		if err == nil && len(m.root.items) == 0 {
			err = &Error{Message: "{ } without an expression"}
		}
		if err != nil {
			var mistake *Error
			if errors.As(err, &mistake) {
				err = &Error{Offset: from + mistake.Offset, Message: mistake.Message}
			}
			return nil, err
		}
		t.parts = append(t.parts, Part{Mapping: m, Offset: from, Program: m.Compile(nil)})
		pos = from + length + 1
	}
	return t, nil
}

// closingBrace finds the brace that ends a mapping, leaving aside those in
// strings; -1 without one.
func closingBrace(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '{':
			depth++
		case '}':
			if depth == 0 {
				return i
			}
			depth--
		case '"', '\'':
			l := lexer{text: text, pos: i}
			if _, err := l.quoted(); err != nil {
				return -1
			}
			i = l.pos - 1
		}
	}
	return -1
}

// Uses are those of all mappings, with offsets in the template's text.
func (t *Template) Uses() []Use {
	var list []Use
	for _, p := range t.parts {
		if p.Mapping == nil {
			continue
		}
		for _, u := range p.Mapping.Uses() {
			u.Offset += p.Offset
			list = append(list, u)
		}
	}
	return list
}

// Parts are the pieces in order. They are the template's.
func (t *Template) Parts() []Part { return t.parts }

// Append appends the template's text: scalars as they are, nothing for null and
// for no value. Lists and objects are an error, and dst is as it was.
func (t *Template) Append(dst []byte, vars Vars, problems *Problems) ([]byte, error) {
	out := dst
	for _, p := range t.parts {
		if p.Mapping == nil {
			out = append(out, p.Text...)
			continue
		}
		text, err := p.Append(out, vars, problems)
		if err != nil {
			return dst, err
		}
		out = text
	}
	return out, nil
}

// Append appends the piece's own text, as [Template.Append] does.
func (p *Part) Append(dst []byte, vars Vars, problems *Problems) ([]byte, error) {
	if p.Mapping == nil {
		return append(dst, p.Text...), nil
	}
	out, ok := p.Program.AppendChecked(dst, nullValue.raw, vars, problems)
	if !ok {
		return dst, nil
	}
	raw := out[len(dst):]
	text, ok := scalarText(rawValue(raw))
	if !ok {
		return dst, fmt.Errorf("{%s} is %s, not a scalar", p.Mapping.text, kindOf(raw[0]).typeName())
	}
	// The text lies in out, or is decoded: either way it may be moved to its
	// place.
	return append(dst, text...), nil
}
