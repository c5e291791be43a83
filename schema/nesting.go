package schema

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// MaxNesting bounds brackets within brackets in an SDL, so that neither the
// parser nor a walk over values and types recurses without limit. Chosen; real
// schemas stay below 10.
const MaxNesting = 100

// TooDeep returns the place where brackets of any kind nest deeper than limit
// in a GraphQL text, nil if they nowhere do. Brackets in strings and comments do
// not count. The text need not parse.
func TooDeep(text string, limit int) *ast.Position {
	depth, line, start := 0, 1, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line, start = line+1, i+1
		case '#':
			for i+1 < len(text) && text[i+1] != '\n' && text[i+1] != '\r' {
				i++
			}
		case '"':
			end := SkipString(text, i)
			if n := strings.Count(text[i:end], "\n"); n > 0 {
				line += n
				start = i + strings.LastIndexByte(text[i:end], '\n') + 1
			}
			i = end - 1
		case '(', '[', '{':
			if depth++; depth > limit {
				return &ast.Position{Line: line, Column: i - start + 1}
			}
		case ')', ']', '}':
			depth--
		}
	}
	return nil
}

// SkipString returns the index behind the string literal, of either kind, that
// starts at text[i]; the end of the text, or of the line, if it is not closed.
func SkipString(text string, i int) int {
	if strings.HasPrefix(text[i:], `"""`) {
		for j := i + 3; j < len(text); j++ {
			if strings.HasPrefix(text[j:], `\"""`) {
				j += 3
			} else if strings.HasPrefix(text[j:], `"""`) {
				return j + 3
			}
		}
		return len(text)
	}
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		case '\n', '\r':
			return j
		}
	}
	return len(text)
}
