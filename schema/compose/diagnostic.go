package compose

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// Diagnostic is one thing to tell the authors of the subgraphs: an error or a
// hint.
type Diagnostic struct {
	Code fault.Code `json:"code"`
	// Message is one or two sentences: what is wrong, and what to change.
	Message string `json:"message"`
	// Coordinate is the schema coordinate concerned (Type, Type.field,
	// Type.field(arg:), @directive), "" if there is none.
	Coordinate string `json:"coordinate,omitempty"`
	// Severity is "error" for errors; "warn", "info" or "debug" for hints.
	Severity Severity `json:"severity"`
	// Locations name every place that takes part, the most telling one first.
	Locations []Location `json:"locations"`
	// Because lists facts, one per subgraph; Fix concrete edits, the likeliest
	// first; Example is the smallest client query that fails.
	Because []string `json:"because,omitempty"`
	Fix     []string `json:"fix,omitempty"`
	Example string   `json:"example,omitempty"`
}

// Severity ranks diagnostics.
type Severity string

// The severities.
const (
	SeverityError Severity = "error"
	SeverityWarn  Severity = "warn"
	SeverityInfo  Severity = "info"
	SeverityDebug Severity = "debug"
)

// Location is a place in a subgraph's SDL. Line and Column count from 1, Column
// in characters; both are 0 where only the subgraph is known.
type Location struct {
	Subgraph string `json:"subgraph"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
}

// place is a position in a subgraph. A nil pos stands for the whole subgraph.
type place struct {
	subgraph *subgraph
	pos      *ast.Position
}

func (p place) location() Location {
	l := Location{Subgraph: p.subgraph.name, File: p.subgraph.file}
	if p.pos != nil {
		l.Line, l.Column = p.pos.Line, p.pos.Column
	}
	return l
}

// fail adds an error. Later phases do not run, the current one goes on.
func (c *composition) fail(code fault.Code, coordinate, message string, at ...place) {
	c.result.Errors = append(c.result.Errors, diagnose(code, SeverityError, coordinate, message, at))
}

// hint adds a hint; its severity comes from the table of hints.
func (c *composition) hint(code fault.Code, coordinate, message string, at ...place) {
	c.result.Hints = append(c.result.Hints, diagnose(code, hintSeverity[code], coordinate, message, at))
}

func diagnose(code fault.Code, s Severity, coordinate, message string, at []place) Diagnostic {
	d := Diagnostic{Code: code, Severity: s, Coordinate: coordinate, Message: sentence(message), Locations: make([]Location, 0, len(at))}
	for _, p := range at {
		d.Locations = append(d.Locations, p.location())
	}
	return d
}
