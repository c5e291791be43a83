package schema

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// Finding is one rule of @inaccessible that a schema breaks.
type Finding struct {
	Code fault.Code
	// Coordinate is the element at fault: Type.field(arg:).
	Coordinate string
	Message    string
	Position   *ast.Position
}

func checkInaccessible(s *ast.Schema, linked *features) []Finding {
	return nil
}
