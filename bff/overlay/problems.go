package overlay

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// maxProblems bounds what one file is told. Chosen.
const maxProblems = 100

// problems collects what is wrong with a file.
type problems struct {
	file string
	list fault.List
	// inserted are the columns where something was put into the text before it was
	// parsed, by line, and how long that is.
	inserted map[int][]int
}

// written is the place in the file of a place in the text that was parsed.
func (p *problems) written(at *ast.Position) *ast.Position {
	if at == nil || p.inserted[at.Line] == nil {
		return at
	}
	out := *at
	for _, column := range p.inserted[at.Line] {
		if at.Column > column {
			out.Column -= len(bareName)
		}
	}
	return &out
}

// add notes a mistake at a place of the file; at may be nil.
func (p *problems) add(at *ast.Position, format string, args ...any) {
	if len(p.list) >= maxProblems {
		return
	}
	e := &fault.Error{Code: fault.ConfigInvalid}
	where := p.file
	if at = p.written(at); at != nil {
		e.Locations = []fault.Position{{Line: at.Line, Column: at.Column}}
		where = fmt.Sprintf("%s:%d:%d", p.file, at.Line, at.Column)
	}
	e.Message = where + ": " + fmt.Sprintf(format, args...)
	p.list = append(p.list, e)
}

// err returns what was collected, nil if nothing was.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b *fault.Error) int {
		x, y := placeOf(a), placeOf(b)
		return cmp.Or(cmp.Compare(x.Line, y.Line), cmp.Compare(x.Column, y.Column))
	})
	return p.list
}

// placeOf is where a mistake is; one of the whole file comes last.
func placeOf(e *fault.Error) fault.Position {
	if len(e.Locations) == 0 {
		return fault.Position{Line: math.MaxInt}
	}
	return e.Locations[0]
}
