package compose

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
)

// reservedName is a subgraph name that stands for "no subgraph" in plans.
const reservedName = "_"

// sortedByName returns the inputs in the order all later phases use.
func sortedByName(inputs []Input) []Input {
	sorted := append([]Input(nil), inputs...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	return sorted
}

// collect checks the names, picks the join__Graph values and parses each SDL.
func (c *composition) collect() {
	names := make([]string, len(c.inputs))
	for i, in := range c.inputs {
		s := &subgraph{index: i, name: in.Name, url: in.URL, file: in.File}
		if s.file == "" {
			s.file = in.Name + ".graphql"
		}
		names[i] = in.Name
		c.subgraphs = append(c.subgraphs, s)
		c.checkName(s)
		c.parse(s, in.SDL)
	}
	for i, value := range enumValues(names) {
		c.subgraphs[i].enum = value
	}
}

// checkName reports a subgraph name that cannot be used. Equal names are
// neighbours, because subgraphs are sorted.
func (c *composition) checkName(s *subgraph) {
	whole := place{s, nil}
	switch {
	case s.name == "":
		c.fail(InvalidSubgraphName, "", "A subgraph has no name. Give it one.", whole)
	case s.name == reservedName:
		c.fail(InvalidSubgraphName, "", `A subgraph cannot be called "_": the name is reserved. Rename it.`, whole)
	case s.index > 0 && c.subgraphs[s.index-1].name == s.name:
		c.fail(InvalidSubgraphName, "", fmt.Sprintf("Two subgraphs are called %q. Rename one of them.", s.name),
			whole, place{c.subgraphs[s.index-1], nil})
	}
}

// parse fills s.document or reports the syntax error.
func (c *composition) parse(s *subgraph, sdl string) {
	if pos := tooDeep(sdl, maxNesting); pos != nil {
		c.fail(InvalidGraphQL, "", fmt.Sprintf("The schema nests brackets more than %d levels deep.", maxNesting), place{s, pos})
		return
	}
	doc, err := parser.ParseSchema(&ast.Source{Name: s.file, Input: dedented(sdl)})
	if err != nil {
		message, pos := syntaxError(err)
		c.fail(InvalidGraphQL, "", "The schema of subgraph "+quote(s.name)+" does not parse: "+message+".", place{s, pos})
		return
	}
	s.document = doc
}

// syntaxError takes apart what gqlparser says about a text.
func syntaxError(err error) (string, *ast.Position) {
	var at *gqlerror.Error
	if !errors.As(err, &at) {
		return strings.TrimSuffix(err.Error(), "."), nil
	}
	message := strings.TrimSuffix(at.Message, ".")
	if len(at.Locations) == 0 {
		return message, nil
	}
	return message, &ast.Position{Line: at.Locations[0].Line, Column: at.Locations[0].Column}
}

// maxNesting bounds brackets within brackets in an SDL, so that neither the
// parser nor a walk over values and types recurses without limit. Chosen; real
// schemas stay below 10.
const maxNesting = 100

// tooDeep returns the place where brackets of any kind nest deeper than limit,
// nil if they nowhere do. Brackets in strings and comments do not count.
func tooDeep(text string, limit int) *ast.Position {
	depth, line, start := 0, 1, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\n':
			line, start = line+1, i+1
		case '#':
			for i+1 < len(text) && text[i+1] != '\n' {
				i++
			}
		case '"':
			end := skipString(text, i)
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

// skipString returns the index behind the string literal that starts at i.
func skipString(text string, i int) int {
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
		case '\n':
			return j
		}
	}
	return len(text)
}

var (
	nonWord     = regexp.MustCompile(`[^A-Za-z0-9_]`)
	digitSuffix = regexp.MustCompile(`_[0-9]+$`)
)

// enumValues returns the join__Graph value of each name. Names whose values
// would be equal are numbered in name order.
func enumValues(names []string) []string {
	values := make([]string, len(names))
	count := make(map[string]int, len(names))
	for i, name := range names {
		v := nonWord.ReplaceAllString(name, "_")
		if v != "" && v[0] >= '0' && v[0] <= '9' {
			v = "_" + v
		}
		if digitSuffix.MatchString(v) {
			v += "_" // so that a numbered value never meets another name's own
		}
		values[i] = strings.ToUpper(v)
		count[values[i]]++
	}
	seen := make(map[string]int, len(names))
	for i, v := range values {
		if count[v] > 1 {
			seen[v]++
			values[i] = fmt.Sprintf("%s_%d", v, seen[v])
		}
	}
	return values
}
