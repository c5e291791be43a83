package overlay

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// maxProblems bounds what one file is told. Chosen.
const maxProblems = 100

// problems collects what is wrong with a file, in the order it is found.
type problems struct {
	file string
	list fault.List
}

// add notes a mistake at a place of the file; at may be nil.
func (p *problems) add(at *ast.Position, format string, args ...any) {
	if len(p.list) >= maxProblems {
		return
	}
	e := &fault.Error{Code: fault.ConfigInvalid}
	where := p.file
	if at != nil {
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
	return p.list
}
