package compose

import (
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

func sortedByName(inputs []Input) []Input {
	sorted := append([]Input(nil), inputs...)
	sort.SliceStable(sorted, func(i, j int) bool { return sorted[i].Name < sorted[j].Name })
	return sorted
}

func (c *composition) collect()   {}
func (c *composition) expand()    {}
func (c *composition) upgrade()   {}
func (c *composition) validate()  {}
func (c *composition) pickSpecs() {}

type linkTable struct{}

func executableLocation(l ast.DirectiveLocation) bool {
	switch l {
	case ast.LocationQuery, ast.LocationMutation, ast.LocationSubscription, ast.LocationField,
		ast.LocationFragmentDefinition, ast.LocationFragmentSpread, ast.LocationInlineFragment,
		ast.LocationVariableDefinition:
		return true
	}
	return false
}

func (c *composition) finish() *Result { return &c.result }
