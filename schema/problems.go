package schema

import (
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/weftql/weft/fault"
)

// maxProblems bounds a report: a supergraph of another dialect would otherwise
// yield one problem per directive. Chosen; not measured.
const maxProblems = 200

// problems collects what is wrong with a supergraph, in the order found.
type problems struct {
	list fault.List
}

// add notes one problem; pos may be nil.
func (p *problems) add(code fault.Code, pos *ast.Position, format string, args ...any) {
	if len(p.list) >= maxProblems {
		return
	}
	e := &fault.Error{Code: code, Message: fmt.Sprintf(format, args...)}
	if pos != nil {
		e.Locations = []fault.Position{{Line: pos.Line, Column: pos.Column}}
	}
	p.list = append(p.list, e)
}

// err returns what was collected, nil if nothing was.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	return p.list
}

// graphQLError turns an error of the GraphQL parser or of its schema rules
// into a fault that keeps the place.
func graphQLError(err error) fault.List {
	e := &fault.Error{Code: InvalidGraphQL, Message: err.Error(), Cause: err}
	var g *gqlerror.Error
	if errors.As(err, &g) {
		e.Message = g.Message
		for _, l := range g.Locations {
			e.Locations = append(e.Locations, fault.Position{Line: l.Line, Column: l.Column})
		}
	}
	return fault.List{e}
}
