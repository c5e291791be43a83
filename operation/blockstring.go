package operation

import (
	"strings"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
)

// blockStrings collects the block strings of a document while it is scanned.
// gqlparser counts the first line's indentation in, the specification does not
// (BlockStringValue, section 2.9.4), so their values are computed here.
type blockStrings struct {
	text  string
	bytes int            // where the last one was, in bytes
	runes int            // the same in runes, as gqlparser counts
	value map[int]string // by position of the opening quote, in runes
}

// add computes the block string that opens at the given byte and returns where
// it ends. Positions must increase.
func (s *blockStrings) add(start int) int {
	s.runes += utf8.RuneCountInString(s.text[s.bytes:start])
	s.bytes = start
	raw, end := blockStringRaw(s.text, start+3)
	if s.value == nil {
		s.value = map[int]string{}
	}
	s.value[s.runes] = blockStringValue(raw)
	return end
}

// blockStringRaw returns what stands between the quotes of the block string
// whose content starts at i, unescaped, and where the string ends. Of more than
// three closing quotes the last three close, as in the parser.
func blockStringRaw(text string, i int) (string, int) {
	var b strings.Builder
	for {
		n := strings.Index(text[i:], `"""`)
		if n < 0 {
			return b.String() + text[i:], len(text)
		}
		n += i
		if n > i && text[n-1] == '\\' {
			b.WriteString(text[i:n-1] + `"""`)
			i = n + 3
			continue
		}
		end := n + 3
		for end < len(text) && text[end] == '"' {
			end++
		}
		return b.String() + text[i:end-3], end
	}
}

// blockStringValue removes the indentation that all lines but the first share,
// and blank lines at both ends.
func blockStringValue(raw string) string {
	lines := strings.Split(strings.ReplaceAll(strings.ReplaceAll(raw, "\r\n", "\n"), "\r", "\n"), "\n")
	common := -1
	for _, line := range lines[1:] {
		if indent := indentation(line); indent < len(line) && (common < 0 || indent < common) {
			common = indent
		}
	}
	for i, line := range lines {
		if i > 0 && common > 0 {
			lines[i] = line[min(common, len(line)):]
		}
	}
	for len(lines) > 0 && indentation(lines[0]) == len(lines[0]) {
		lines = lines[1:]
	}
	for len(lines) > 0 && indentation(lines[len(lines)-1]) == len(lines[len(lines)-1]) {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

func indentation(line string) int { return len(line) - len(strings.TrimLeft(line, " \t")) }

// apply puts the values into a parsed document. Its recursion is bounded by
// Limits.Nesting.
func (s *blockStrings) apply(doc *ast.QueryDocument) {
	if s.value == nil {
		return
	}
	for _, def := range doc.Operations {
		for _, v := range def.VariableDefinitions {
			s.literal(v.DefaultValue)
			s.directives(v.Directives)
		}
		s.directives(def.Directives)
		s.selections(def.SelectionSet)
	}
	for _, def := range doc.Fragments {
		s.directives(def.Directives)
		s.selections(def.SelectionSet)
	}
}

func (s *blockStrings) selections(set ast.SelectionSet) {
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.Field:
			s.arguments(sel.Arguments)
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.InlineFragment:
			s.directives(sel.Directives)
			s.selections(sel.SelectionSet)
		case *ast.FragmentSpread:
			s.directives(sel.Directives)
		}
	}
}

func (s *blockStrings) directives(list ast.DirectiveList) {
	for _, d := range list {
		s.arguments(d.Arguments)
	}
}

func (s *blockStrings) arguments(list ast.ArgumentList) {
	for _, a := range list {
		s.literal(a.Value)
	}
}

func (s *blockStrings) literal(v *ast.Value) {
	if v == nil {
		return
	}
	if v.Kind == ast.BlockValue && v.Position != nil {
		if value, ok := s.value[v.Position.Start]; ok {
			v.Raw = value
		}
	}
	for _, child := range v.Children {
		s.literal(child.Value)
	}
}
