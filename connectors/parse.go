package connectors

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// maxDepth bounds the nesting of selections and of input values. Operations
// come from a planner, which bounds them too.
const maxDepth = 256

var errDepth = errors.New("it is nested too deeply")

// prepared is a fetch while its call is made.
type prepared struct {
	source    *source
	graph     *schema.Supergraph
	in        *subgraphs.Spec
	operation *ast.OperationDefinition
	variables map[string]int // index in Spec.Variables
	lookups   []int          // of Spec.Sets
	lenient   bool           // of the connector at hand: SourceConfig.LenientStrings
}

// parse reads the operation's text.
func (s *source) parse(in *subgraphs.Spec) (*prepared, error) {
	doc, err := parser.ParseQuery(&ast.Source{Name: in.Subgraph, Input: in.Operation})
	if err != nil {
		return nil, err
	}
	if len(doc.Operations) != 1 || len(doc.Fragments) > 0 {
		return nil, errors.New("a fetch is one operation without named fragments")
	}
	p := &prepared{source: s, graph: s.options.Graph, in: in, operation: doc.Operations[0], variables: map[string]int{}}
	for i, name := range in.Variables {
		p.variables[name] = i
	}
	for i := range in.Sets {
		if in.Sets[i].Alias != "" {
			p.lookups = append(p.lookups, i)
		}
	}
	return p, nil
}

// selected is one response key of a selection on one object type.
type selected struct {
	response, name string
	arguments      ast.ArgumentList
	// when are the alternatives under which it is asked for; nil is always.
	when  [][]condition
	below []ast.SelectionSet
}

// condition holds if the variable is true, or, with unless, if it is not.
type condition struct {
	variable int
	unless   bool
}

// collect flattens selections on an object type: fragments that apply are
// opened and the fields of one response key merged.
func (p *prepared) collect(sets []ast.SelectionSet, on *schema.Type) ([]selected, error) {
	c := &collector{prepared: p, on: on, at: map[string]int{}}
	for _, set := range sets {
		if err := c.add(set, nil, 0); err != nil {
			return nil, err
		}
	}
	return c.found, nil
}

type collector struct {
	*prepared
	on    *schema.Type
	at    map[string]int // in found, by response key
	found []selected
}

func (c *collector) add(set ast.SelectionSet, when []condition, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	for _, selection := range set {
		switch s := selection.(type) {
		case *ast.Field:
			and, err := c.conditions(when, s.Directives)
			if err != nil {
				return err
			}
			c.field(s, and)
		case *ast.InlineFragment:
			if !c.applies(s.TypeCondition) {
				continue
			}
			and, err := c.conditions(when, s.Directives)
			if err != nil {
				return err
			}
			if err := c.add(s.SelectionSet, and, depth+1); err != nil {
				return err
			}
		default:
			return errors.New("a fetch has no named fragments")
		}
	}
	return nil
}

// field adds a field, or an alternative of one that is there.
func (c *collector) field(f *ast.Field, when []condition) {
	response := f.Alias
	if response == "" {
		response = f.Name
	}
	i, known := c.at[response]
	if !known {
		i = len(c.found)
		c.at[response] = i
		c.found = append(c.found, selected{response: response, name: f.Name, arguments: f.Arguments, when: [][]condition{}})
	}
	s := &c.found[i]
	switch {
	case len(when) == 0:
		s.when = nil
	case s.when != nil:
		s.when = append(s.when, when)
	}
	if f.SelectionSet != nil {
		s.below = append(s.below, f.SelectionSet)
	}
}

// applies reports whether a type condition holds for the object type.
func (c *collector) applies(condition string) bool {
	if condition == "" || condition == c.on.Name {
		return true
	}
	t := c.graph.TypeNamed(condition)
	return t != schema.NoType && c.graph.Types[t].Possible.Has(int(c.on.ID))
}

// conditions adds what @include and @skip say.
func (p *prepared) conditions(when []condition, directives ast.DirectiveList) ([]condition, error) {
	for _, d := range directives {
		if d.Name != "include" && d.Name != "skip" {
			return nil, fmt.Errorf("@%s has no meaning for a connector", d.Name)
		}
		value := d.Arguments.ForName("if")
		if value == nil || value.Value.Kind != ast.Variable {
			return nil, fmt.Errorf("@%s needs a variable", d.Name)
		}
		i, ok := p.variables[value.Value.Raw]
		if !ok {
			return nil, fmt.Errorf("no variable $%s", value.Value.Raw)
		}
		when = append(when[:len(when):len(when)], condition{variable: i, unless: d.Name == "skip"})
	}
	return when, nil
}

// holds reports whether one of the alternatives holds.
func holds(when [][]condition, values [][]byte) bool {
	if when == nil {
		return true
	}
	for _, all := range when {
		ok := true
		for _, c := range all {
			is := c.variable < len(values) && string(values[c.variable]) == "true"
			ok = ok && is != c.unless
		}
		if ok {
			return true
		}
	}
	return false
}
