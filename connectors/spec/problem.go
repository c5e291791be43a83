package spec

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/weftql/weft/fault"
)

// Problem is one mistake in a subgraph's connectors, or with Hint set something
// that works but is probably not meant.
type Problem struct {
	Code    fault.Code
	Message string
	// Coordinate is the schema coordinate concerned, "" if there is none.
	Coordinate string
	Hint       bool
	// Line and Column count from 1, Column in characters; both are 0 for a
	// problem of the whole schema.
	Line, Column int
}

// maxProblems bounds a report. Chosen; not measured.
const maxProblems = 500

// problems collects what is wrong, in the order found. A nil *problems collects
// nothing.
type problems struct {
	list []Problem
}

// isHint tells the codes that do not stop a composition.
func isHint(code fault.Code) bool {
	return code == UnboundedFanOut || code == BatchKeyTypeRisk || code == NoSourceImport
}

func (p *problems) add(code fault.Code, coordinate string, at spot, format string, args ...any) {
	if p == nil || len(p.list) >= maxProblems {
		return
	}
	line, column := at.place()
	p.list = append(p.list, Problem{
		Code: code, Coordinate: coordinate, Hint: isHint(code), Line: line, Column: column,
		Message: fmt.Sprintf(format, args...),
	})
}

// sorted returns the problems in the order of their places.
func (p *problems) sorted() []Problem {
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
	})
	return slices.Compact(p.list)
}

// err returns the errors among the problems as a fault.List, nil if there are
// none.
func (p *problems) err() error {
	var list fault.List
	for _, problem := range p.sorted() {
		if problem.Hint {
			continue
		}
		e := &fault.Error{Code: problem.Code, Message: problem.Message}
		if problem.Coordinate != "" {
			e.Message = problem.Coordinate + ": " + e.Message
		}
		if problem.Line > 0 {
			e.Locations = []fault.Position{{Line: problem.Line, Column: problem.Column}}
		}
		list = append(list, e)
	}
	if list == nil {
		return nil
	}
	return list
}
