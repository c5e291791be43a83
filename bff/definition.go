package bff

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// definition is one operation or fragment where it stands in a file.
type definition struct {
	text       *text
	start, end int
	// cuts are what is for the gateway, not for the graph: directives of its own,
	// and descriptions of variables. In order.
	cuts []token
}

// definitions finds the operations and fragments of a file that parses, in
// order, without the descriptions before them.
func definitions(t *text) []definition {
	var found []definition
	all := tokens(t.content)
	for i := 0; i < len(all); {
		if t.content[all[i].start] == '"' { // a description
			i++
			continue
		}
		d := definition{text: t, start: all[i].start}
		i = d.read(all, i)
		d.end = all[i-1].end
		found = append(found, d)
	}
	return found
}

// read goes to the end of the definition that begins at token i.
func (d *definition) read(all []token, i int) int {
	content := d.text.content
	parens, braces := 0, 0
	for i < len(all) {
		t := all[i]
		i++
		switch content[t.start] {
		case '(', '[':
			parens++
		case ')', ']':
			parens--
		case '{':
			if parens == 0 {
				braces++
			}
		case '}':
			if parens == 0 {
				if braces--; braces <= 0 {
					return i
				}
			}
		case '"':
			if braces == 0 && i < len(all) && content[all[i].start] == '$' {
				d.cuts = append(d.cuts, t)
			}
		case '@':
			if braces == 0 && i < len(all) && ownDirective(content[all[i].start:all[i].end]) {
				last := arguments(content, all, i)
				d.cuts = append(d.cuts, token{t.start, all[last].end})
				i = last + 1
			}
		}
	}
	return i
}

// arguments returns the last token of a directive's application, whose name is
// token i.
func arguments(content string, all []token, i int) int {
	if i+1 >= len(all) || content[all[i+1].start] != '(' {
		return i
	}
	depth := 0
	for j := i + 1; j < len(all); j++ {
		switch content[all[j].start] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return j
			}
		}
	}
	return len(all) - 1
}

// plain is the definition without cuts and comments, with the line breaks of
// the file.
func (d *definition) plain() string {
	var b strings.Builder
	last := -1 // end of the token before, in the file
	for _, t := range tokens(d.text.content[d.start:d.end]) {
		t.start, t.end = t.start+d.start, t.end+d.start
		if slices.ContainsFunc(d.cuts, func(c token) bool { return t.start >= c.start && t.start < c.end }) {
			continue
		}
		if last >= 0 {
			b.WriteString(separator(d.text.content, last, t.start))
		}
		b.WriteString(d.text.content[t.start:t.end])
		last = t.end
	}
	return b.String()
}

// separator is what stands between two tokens: a line break with the
// indentation of the second, one space, or nothing, and commas.
func separator(content string, from, to int) string {
	gap := content[from:to]
	next := content[to]
	if at := strings.LastIndexAny(gap, "\r\n"); at >= 0 {
		if indent := gap[at+1:]; strings.Trim(indent, " \t") == "" {
			return "\n" + indent
		}
		return "\n"
	}
	switch {
	case gap == "" || next == ')' || next == ']':
		return ""
	case strings.HasPrefix(gap, ","):
		return ", "
	}
	return " "
}

// sheet is a text made of definitions of several files in which each token
// keeps its column, and lines can be told their origin.
type sheet struct {
	b     strings.Builder
	lines int // written so far
	parts []part
}

type part struct {
	from int // first line on the sheet
	file string
	line int // the same line in the file
}

// add writes a definition with blanks for its cuts.
func (s *sheet) add(d *definition) {
	before := d.text.content[:d.start]
	line := strings.Count(before, "\n") + 1
	column := utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	s.parts = append(s.parts, part{from: s.lines + 1, file: d.text.file, line: line})
	s.b.WriteString(strings.Repeat(" ", column))
	at := d.start
	for _, c := range d.cuts {
		s.b.WriteString(d.text.content[at:c.start])
		for _, r := range d.text.content[c.start:c.end] {
			if r != '\n' {
				r = ' '
			}
			s.b.WriteRune(r)
		}
		at = c.end
	}
	s.b.WriteString(d.text.content[at:d.end])
	s.b.WriteByte('\n')
	s.lines += strings.Count(d.text.content[d.start:d.end], "\n") + 1
}

// origin returns the file and line of a line on the sheet.
func (s *sheet) origin(line int) (string, int) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		if p := s.parts[i]; line >= p.from {
			return p.file, p.line + line - p.from
		}
	}
	return "", line
}
