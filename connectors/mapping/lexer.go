package mapping

import (
	"fmt"
	"strings"
)

// lexer walks over a mapping's text. Its methods skip the space before what
// they look for, and leave the position alone if it is not there.
type lexer struct {
	text string
	pos  int
}

// space skips blanks and comments.
func (l *lexer) space() {
	for l.pos < len(l.text) {
		switch l.text[l.pos] {
		case ' ', '\t', '\r', '\n':
			l.pos++
		case '#':
			if end := strings.IndexByte(l.text[l.pos:], '\n'); end >= 0 {
				l.pos += end
			} else {
				l.pos = len(l.text)
			}
		default:
			return
		}
	}
}

// has says whether the text goes on with s, after space.
func (l *lexer) has(s string) bool {
	l.space()
	return strings.HasPrefix(l.text[l.pos:], s)
}

func (l *lexer) take(s string) bool {
	if !l.has(s) {
		return false
	}
	l.pos += len(s)
	return true
}

func (l *lexer) done() bool {
	l.space()
	return l.pos == len(l.text)
}

// ident reads a name at the position itself, "" if there is none.
func (l *lexer) ident() string {
	from := l.pos
	for l.pos < len(l.text) && (isLetter(l.text[l.pos]) || l.pos > from && isDigit(l.text[l.pos])) {
		l.pos++
	}
	return l.text[from:l.pos]
}

// key reads a name or a quoted string.
func (l *lexer) key() (string, bool, error) {
	l.space()
	if l.pos == len(l.text) {
		return "", false, nil
	}
	if c := l.text[l.pos]; c == '"' || c == '\'' {
		s, err := l.quoted()
		return s, err == nil, err
	}
	name := l.ident()
	return name, name != "", nil
}

// quoted reads a string at the position itself, which is a quote.
func (l *lexer) quoted() (string, error) {
	from, quote := l.pos, l.text[l.pos]
	var b strings.Builder
	for l.pos++; l.pos < len(l.text); l.pos++ {
		c := l.text[l.pos]
		switch {
		case c == quote:
			l.pos++
			return strings.ToValidUTF8(b.String(), "\ufffd"), nil
		case c == '\\' && l.pos+1 < len(l.text):
			l.pos++
			if c = l.text[l.pos]; c == 'n' {
				c = '\n'
			}
		}
		b.WriteByte(c)
	}
	return "", &Error{Offset: from, Message: "string without its closing quote"}
}

// number reads a number at the position itself and returns it as JSON, without
// zeros that say nothing: a number made to text looks the same however written.
func (l *lexer) number() (string, bool) {
	from := l.pos
	sign := ""
	if l.pos < len(l.text) && l.text[l.pos] == '-' {
		sign = "-"
		l.pos++
		l.space()
	}
	whole := l.digits()
	fraction, dotted := "", false
	if l.pos < len(l.text) && l.text[l.pos] == '.' && !strings.HasPrefix(l.text[l.pos:], "...") {
		l.pos++
		fraction, dotted = l.digits(), true
	}
	if whole == "" && fraction == "" {
		l.pos = from
		return "", false
	}
	text := sign + strings.TrimLeft(whole, "0")
	if strings.Trim(whole, "0") == "" {
		text = sign + "0"
	}
	if dotted {
		if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
			fraction = "0"
		}
		text += "." + fraction
	}
	return text, true
}

func (l *lexer) digits() string {
	from := l.pos
	for l.pos < len(l.text) && isDigit(l.text[l.pos]) {
		l.pos++
	}
	return l.text[from:l.pos]
}

// errorf is a mistake at the position.
func (l *lexer) errorf(format string, args ...any) error {
	return &Error{Offset: l.pos, Message: fmt.Sprintf(format, args...)}
}

// here quotes what stands at the position, for messages.
func (l *lexer) here() string {
	l.space()
	if l.pos == len(l.text) {
		return "the end"
	}
	rest := l.text[l.pos:]
	if i := strings.IndexAny(rest, " \t\r\n"); i > 0 {
		rest = rest[:i]
	}
	if len(rest) > 20 {
		rest = strings.ToValidUTF8(rest[:20], "") + "…"
	}
	return fmt.Sprintf("%q", rest)
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
