package spec

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// literal is a string literal read from an SDL: its text, and where each byte
// of the text comes from.
type literal struct {
	text string
	// from is, for each byte of text and for its end, the offset in the SDL.
	from []int
}

// source returns the offset in the SDL of a byte of the text. Offsets beyond
// the text are its end.
func (l *literal) source(offset int) int {
	return l.from[max(0, min(offset, len(l.from)-1))]
}

// readLiteral reads the string literal that begins at a quote. It returns nil
// if there is none.
func readLiteral(input string, start int) *literal {
	switch {
	case start >= len(input) || input[start] != '"':
		return nil
	case strings.HasPrefix(input[start:], `"""`):
		return readBlock(input, start+3)
	}
	return readQuoted(input, start+1)
}

// builder makes a literal.
type builder struct {
	text []byte
	from []int
}

func (b *builder) add(text string, from int) {
	for i := range len(text) {
		b.text = append(b.text, text[i])
		b.from = append(b.from, from)
	}
}

func (b *builder) end(from int) *literal {
	return &literal{text: string(b.text), from: append(b.from, from)}
}

// escapes are the escapes of one character.
var escapes = map[byte]string{
	'"': `"`, '\\': `\`, '/': "/", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t",
}

func readQuoted(input string, i int) *literal {
	var b builder
	for i < len(input) && input[i] != '"' && input[i] != '\n' {
		if input[i] != '\\' || i+1 >= len(input) {
			b.add(input[i:i+1], i)
			i++
			continue
		}
		if plain, ok := escapes[input[i+1]]; ok {
			b.add(plain, i)
			i += 2
			continue
		}
		r, size := readUnicode(input[i:])
		b.add(string(r), i)
		i += size
	}
	return b.end(i)
}

// readUnicode reads \uXXXX, a surrogate pair of them, or \u{…}, and says how
// long the escape is. What is none is the replacement character: gqlparser
// accepts no such string.
func readUnicode(s string) (r rune, size int) {
	if strings.HasPrefix(s, `\u{`) {
		digits, _, ok := strings.Cut(s[3:], "}")
		code, err := strconv.ParseUint(digits, 16, 32)
		if !ok || err != nil || code > utf8.MaxRune {
			return utf8.RuneError, 1
		}
		return rune(code), len(digits) + 4
	}
	high, ok := fourDigits(s)
	if !ok {
		return utf8.RuneError, 1
	}
	if utf16.IsSurrogate(high) {
		if low, ok := fourDigits(s[6:]); ok {
			if pair := utf16.DecodeRune(high, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return high, 6
}

func fourDigits(s string) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	code, err := strconv.ParseUint(s[2:6], 16, 32)
	return rune(code), err == nil
}

// readBlock reads a block string behind its opening quotes: the lines without
// the indentation that all but the first share, and without blank lines at
// both ends.
func readBlock(input string, i int) *literal {
	lines, end := blockLines(input, i)
	indent := commonIndent(lines)
	first, last := 0, len(lines)
	for n := range lines {
		if n > 0 {
			lines[n].cut(indent)
		}
	}
	for first < last && lines[first].blank() {
		first++
	}
	for last > first && lines[last-1].blank() {
		last--
	}
	var b builder
	for n := first; n < last; n++ {
		if n > first {
			b.add("\n", lines[n].start)
		}
		b.text = append(b.text, lines[n].text...)
		b.from = append(b.from, lines[n].from...)
		end = lines[n].end
	}
	return b.end(end)
}

// line is a line of a block string.
type line struct {
	builder
	start, end int
}

func (l *line) blank() bool { return strings.Trim(string(l.text), " \t") == "" }

func (l *line) indent() int {
	return len(l.text) - len(strings.TrimLeft(string(l.text), " \t"))
}

func (l *line) cut(n int) {
	n = min(n, len(l.text))
	l.text, l.from = l.text[n:], l.from[n:]
}

// blockLines splits a block string at its line ends, up to the closing quotes,
// whose offset it returns.
func blockLines(input string, i int) (lines []line, end int) {
	lines = []line{{start: i}}
	for i < len(input) {
		l := &lines[len(lines)-1]
		l.end = i
		switch rest := input[i:]; {
		case strings.HasPrefix(rest, `\"""`):
			l.add(`"""`, i)
			i += 4
		case strings.HasPrefix(rest, `"""`):
			// Of more than three quotes the last three close.
			if strings.HasPrefix(rest, `""""`) {
				l.add(`"`, i)
				i++
				continue
			}
			return lines, i
		case rest[0] == '\n' || rest[0] == '\r':
			i++
			if strings.HasPrefix(rest, "\r\n") {
				i++
			}
			lines = append(lines, line{start: i, end: i})
		default:
			l.add(rest[:1], i)
			i++
			l.end = i
		}
	}
	return lines, i
}

func commonIndent(lines []line) int {
	common := -1
	for i := range lines[1:] {
		l := &lines[i+1]
		if n := l.indent(); !l.blank() && (common < 0 || n < common) {
			common = n
		}
	}
	return max(common, 0)
}
