package compose

import (
	"strings"

	"github.com/weftql/weft/schema"
)

// dedented returns an SDL whose block strings gqlparser reads as the GraphQL
// specification says (section 2.9.4). gqlparser lets a text on the first line,
// right behind the quotes, count for the indentation that all lines share;
// the specification does not:
//
//	"""first            is "first\nsecond", but gqlparser keeps the
//	  second"""         indentation of the second line
//
// So the indentation is taken away here. Lines stay lines, and what was taken
// from a last line is put back behind its quotes: every other position in the
// text is as it was.
func dedented(sdl string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(sdl); i++ {
		switch sdl[i] {
		case '#':
			for i+1 < len(sdl) && sdl[i+1] != '\n' {
				i++
			}
		case '"':
			end := schema.SkipString(sdl, i)
			if text := sdl[i:end]; strings.HasPrefix(text, `"""`) {
				if indent := hangingIndent(text); indent > 0 {
					b.WriteString(sdl[done:i])
					b.WriteString(withoutIndent(text, indent))
					done = end
				}
			}
			i = end - 1
		}
	}
	if done == 0 {
		return sdl
	}
	b.WriteString(sdl[done:])
	return b.String()
}

// hangingIndent returns the indentation that all lines but the first share, 0
// if there is nothing on the first.
func hangingIndent(literal string) int {
	lines := strings.Split(strings.TrimSuffix(literal, `"""`), "\n")
	if len(lines) == 1 || strings.Trim(lines[0][3:], " \t\r") == "" {
		return 0
	}
	common := -1
	for _, line := range lines[1:] {
		text := strings.TrimLeft(line, " \t")
		if indent := len(line) - len(text); strings.Trim(text, "\r") != "" && (common < 0 || indent < common) {
			common = indent
		}
	}
	return max(common, 0)
}

func withoutIndent(literal string, indent int) string {
	lines := strings.Split(literal, "\n")
	last := 0
	for i := range lines[1:] {
		line := lines[i+1]
		last = min(indent, len(line)-len(strings.TrimLeft(line, " \t")))
		lines[i+1] = line[last:]
	}
	return strings.Join(lines, "\n") + strings.Repeat(" ", last)
}
