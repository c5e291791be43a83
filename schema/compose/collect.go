package compose

import (
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
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
	}
	errs := c.parseAll()
	for i, s := range c.subgraphs {
		c.checkName(s)
		if errs[i] != nil {
			c.failSyntax(s, errs[i])
		}
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

// parseAll fills the subgraphs' documents, on all cores: half the work of a
// large composition is parsing. It returns an error for each that does not
// parse, nil for the others.
func (c *composition) parseAll() []error {
	errs := make([]error, len(c.inputs))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(c.inputs)) {
		workers.Go(func() { // ends when no input is left
			for i := next.Add(1) - 1; int(i) < len(errs); i = next.Add(1) - 1 {
				c.subgraphs[i].document, errs[i] = parse(c.subgraphs[i].file, c.inputs[i].SDL)
			}
		})
	}
	workers.Wait()
	return errs
}

// parse reads one SDL. The error is one of gqlparser's.
func parse(file, sdl string) (*ast.SchemaDocument, error) {
	if pos := schema.TooDeep(sdl, schema.MaxNesting); pos != nil {
		pos.Src = &ast.Source{Name: file}
		return nil, gqlerror.ErrorPosf(pos, "it nests brackets more than %d levels deep", schema.MaxNesting)
	}
	return parser.ParseSchema(&ast.Source{Name: file, Input: dedented(sdl)})
}

func (c *composition) failSyntax(s *subgraph, err error) {
	message, pos := syntaxError(err)
	c.fail(InvalidGraphQL, "", "The schema of subgraph "+quote(s.name)+" does not parse: "+message+".", place{s, pos})
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
