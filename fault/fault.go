// Package fault is weft's error: a stable code, a message, and the places it
// concerns.
//
// Every package returns [*Error] or [List] for what a client, a schema author
// or an operator must act on; no package has error types of its own. What a
// code means (status, visibility, retry) stands in one table, see [Info].
// The package imports nothing of weft and holds no state.
package fault

import (
	"errors"
	"strconv"
	"strings"
)

// Code names one kind of failure, in SCREAMING_SNAKE. Clients see it as
// extensions.code; its meaning never changes once released.
type Code string

// Error is one failure. It is immutable once returned and may be shared.
type Error struct {
	Code    Code
	Message string
	// Subgraph names the source that failed; it is shown only where unmasked.
	Subgraph string
	// Path is the response path the failure belongs to, nil for request errors.
	Path []Step
	// Locations are positions in the client's document, 1-based.
	Locations []Position
	// Extensions holds raw JSON members ("k":v,…) to add to extensions, already
	// filtered for the client.
	Extensions []byte
	// Cause is for logs, never for clients.
	Cause error
}

// Step is one element of a response path: a response name, or, when Key is
// empty, a list index.
type Step struct {
	Key   string
	Index int
}

// Position is a place in a text; Line and Column count from 1.
type Position struct {
	Line, Column int
}

// List is several failures of one request. It is an error itself; an empty
// List must not be returned as one.
type List []*Error

// Error returns the message, prefixed with the code.
func (e *Error) Error() string {
	if e.Code == "" {
		return e.Message
	}
	return string(e.Code) + ": " + e.Message
}

// Unwrap returns the cause, so that errors.Is and errors.As reach it.
func (e *Error) Unwrap() error { return e.Cause }

// Error returns one line per failure.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, e := range l {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the failures, so that errors.Is and errors.As reach each.
func (l List) Unwrap() []error {
	errs := make([]error, len(l))
	for i, e := range l {
		errs[i] = e
	}
	return errs
}

// Of returns err as a List: itself, its single element, or a new
// INTERNAL_SERVER_ERROR that keeps err as cause. Of(nil) is nil.
func Of(err error) List {
	if err == nil {
		return nil
	}
	var list List
	if errors.As(err, &list) {
		return list
	}
	var one *Error
	if errors.As(err, &one) {
		return List{one}
	}
	return List{{Code: InternalServerError, Message: "internal server error", Cause: err}}
}

// CodeOf returns the outermost code in err, or "" when there is none.
func CodeOf(err error) Code {
	var one *Error
	if errors.As(err, &one) {
		return one.Code
	}
	return ""
}

// PathString returns path in the form a.0.b, for logs and tests.
func PathString(path []Step) string {
	var b strings.Builder
	for i, s := range path {
		if i > 0 {
			b.WriteByte('.')
		}
		if s.Key == "" {
			b.WriteString(strconv.Itoa(s.Index))
		} else {
			b.WriteString(s.Key)
		}
	}
	return b.String()
}
