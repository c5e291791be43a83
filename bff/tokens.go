package bff

import (
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/schema"
)

// token is a lexical token of a document: its bytes are text[start:end].
// Comments, commas and white space are none.
type token struct{ start, end int }

// tokens cuts a document. It takes anything: what is no GraphQL ends up as
// tokens of one character, and equal texts give equal tokens.
func tokens(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		c := text[i]
		end := i + 1
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',':
			i++
			continue
		case c == '#':
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
			continue
		case strings.HasPrefix(text[i:], "\uFEFF"):
			i += len("\uFEFF")
			continue
		case strings.HasPrefix(text[i:], "..."):
			end = i + 3
		case c == '"':
			end = schema.SkipString(text, i)
		case isWord(c):
			for end < len(text) && (isWord(text[end]) || c != '_' && !isLetter(c) && strings.IndexByte(".+-", text[end]) >= 0) {
				end++ // a number may have a sign and a point
			}
		case c >= utf8.RuneSelf:
			_, size := utf8.DecodeRuneInString(text[i:])
			end = i + size
		}
		out = append(out, token{i, end})
		i = end
	}
	return out
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

func isWord(c byte) bool {
	return isLetter(c) || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// essence is what two documents have in common that differ in white space,
// commas and comments alone.
func essence(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	for _, t := range tokens(text) {
		b.WriteString(text[t.start:t.end])
		b.WriteByte('\n') // in no token, but for block strings, which end before it
	}
	return b.String()
}
