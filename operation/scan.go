package operation

import (
	"strings"
	"unicode/utf8"

	"github.com/weftql/weft/fault"
)

// scan reads a document's bytes once, without recursion, and refuses one that
// has too many tokens or nests them too deep: the parser and all that follows
// recurse once per level. It also refuses what gqlparser lets pass against the
// specification (section 2.1): a number that runs into a name, and an escape
// for half a character. Other mistakes are left to the parser. It returns the
// block strings it came across.
func scan(text string, limits *Limits) (*blockStrings, error) {
	blocks := &blockStrings{text: text}
	depth, tokens := 0, 0
	for i := 0; i < len(text); {
		start := i
		i++
		switch c := text[start]; {
		case c == ' ' || c == ',' || c == '\n' || c == '\t' || c == '\r' || c >= utf8.RuneSelf:
			continue // a byte order mark is white space, the rest for the parser
		case c == '#':
			for i < len(text) && text[i] != '\n' && text[i] != '\r' {
				i++
			}
		case c == '{' || c == '[':
			if depth++; depth > limits.Nesting {
				return nil, tooLong("levels of nesting", limits.Nesting)
			}
		case c == '}' || c == ']':
			depth--
		case c == '.' && strings.HasPrefix(text[i:], ".."):
			i += 2
		case c == '"' && strings.HasPrefix(text[i:], `""`):
			i = blocks.add(start)
		case c == '"':
			var ok bool
			if i, ok = skipString(text, i); !ok {
				return nil, syntaxAt(text, i, "Invalid Unicode escape sequence in a string.")
			}
		case c == '-' || isDigit(c):
			if i = skipNumber(text, i); i < len(text) && (isName(text[i]) || text[i] == '.') {
				return nil, syntaxAt(text, i, "Invalid number: unexpected \""+text[i:i+1]+"\".")
			}
		case isName(c):
			for i < len(text) && isName(text[i]) {
				i++
			}
		}
		if tokens++; tokens > limits.Tokens {
			return nil, tooLong("tokens", limits.Tokens)
		}
	}
	return blocks, nil
}

// isName reports whether a name may go on with c.
func isName(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || isDigit(c)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// skipNumber returns where the number ends whose first byte is before i.
func skipNumber(text string, i int) int {
	digits := func() {
		for i < len(text) && isDigit(text[i]) {
			i++
		}
	}
	digits()
	if i+1 < len(text) && text[i] == '.' && isDigit(text[i+1]) {
		i++
		digits()
	}
	if i < len(text) && text[i]|0x20 == 'e' {
		i++
		if i < len(text) && (text[i] == '+' || text[i] == '-') {
			i++
		}
		digits()
	}
	return i
}

// skipString returns where the string ends that opened before i, false where it
// has half a surrogate pair.
func skipString(text string, i int) (int, bool) {
	for i < len(text) {
		switch text[i] {
		case '"':
			return i + 1, true
		case '\n', '\r':
			return i, true
		case '\\':
			n := 2
			if strings.HasPrefix(text[i:], `\u`) && !strings.HasPrefix(text[i:], `\u{`) {
				if _, n = escapeAt(text[i:]); n == 0 {
					return i, false
				}
			}
			i = min(i+n, len(text))
		default:
			i++
		}
	}
	return i, true
}

// syntaxAt is a syntax error at a byte of the text.
func syntaxAt(text string, at int, message string) *fault.Error {
	before := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text[:at])
	line := before[strings.LastIndexByte(before, '\n')+1:]
	return parseFailed("Syntax Error: "+message, strings.Count(before, "\n")+1, utf8.RuneCountInString(line)+1)
}
