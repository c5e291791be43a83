// Package stages is the road of an operation through policy: rates, limits,
// cost, rights. A [Stage] looks at an operation at up to four moments; a [Chain]
// is the stages of one client profile in their fixed order, compiled when a
// snapshot is built, so that a stage that is off costs nothing.
//
// The same chain serves HTTP requests and each operation on a WebSocket.
// Authentication comes before the chain: it decides which profile's it is.
package stages

import (
	"context"
	"net/http"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/operation"
)

// Mode says what becomes of a stage's refusal.
type Mode uint8

const (
	// Enforce refuses the operation.
	Enforce Mode = iota
	// Observe counts and logs the refusal and lets the operation pass.
	Observe
)

// String returns enforce or observe.
func (m Mode) String() string {
	if m == Observe {
		return "observe"
	}
	return "enforce"
}

// Stage is one policy, compiled for a profile. Any func may be nil. They are
// called by many goroutines at once; what belongs to one operation is in the
// Call.
type Stage struct {
	Name string
	Mode Mode
	// Enter comes first: the caller and the profile are known, the document is
	// not looked at yet.
	Enter func(ctx context.Context, c *Call) error
	// Prepare comes once per document and profile, and its result is kept with
	// it: a limit on the text alone is refused here and costs nothing later. The
	// result is Call.Note in Check and Settle.
	Prepare func(op *operation.Operation) (any, error)
	// Check comes for every operation: values are known, nothing is planned. It
	// may add to Call.Denied.
	Check func(ctx context.Context, c *Call) error
	// Settle comes after the answer, or the refusal by a later stage, for every
	// stage whose Enter was called.
	Settle func(c *Call)
}

// Call is one operation on its way. It belongs to the goroutine that serves the
// operation.
type Call struct {
	Caller *caller.Caller
	// Operation and Values are nil in Enter, and in Settle if the operation got
	// no further.
	Operation *operation.Operation
	Values    operation.Values
	// Denied are the requirements not met: bit i is Operation.Needs[i].
	Denied uint64
	// Estimated is the cost of the operation before it ran, Actual after; 0 is
	// not known.
	Estimated, Actual int64
	// Measure, if a stage has set it, is to be asked for Actual when the answer's
	// data is there, before Settle.
	Measure Measurer
	// Header goes to the client; see SetHeader.
	Header http.Header
	// Note is what the stage at hand prepared for the operation; Local is its own
	// from Enter to Settle.
	Note, Local any

	locals  []any
	entered int
}

// Measurer tells an operation's cost from its answer.
type Measurer interface {
	// Measure returns the cost of an operation that was answered with data, a
	// JSON object.
	Measure(c *Call, data []byte) int64
}

// SetHeader sets a header of the answer.
func (c *Call) SetHeader(name, value string) {
	if c.Header == nil {
		c.Header = make(http.Header, 4)
	}
	c.Header.Set(name, value)
}
