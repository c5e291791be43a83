// Package executor runs plans.
package executor

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Options configure an Executor.
type Options struct{}

// Executor compiles plans.
type Executor struct{}

// Program is a compiled plan.
type Program struct{}

// Input is what one run needs; it is the caller's until Execute returns.
type Input struct {
	Values     [][]byte
	Conditions uint64
	Header     [][]subgraphs.Header // by Plan.Subgraphs
	Caller     *caller.Caller
	Deadline   time.Time
	Exprs      []func(args [][]byte, dst []byte) []byte
}

// Result is the answer of one run.
type Result struct {
	// Body is {"data":…} in one buffer, valid until Release; nil for answers
	// above 4 MiB, see WriteTo.
	Body    []byte
	Errors  []*fault.Error
	Fetches []FetchInfo
	Parts   []Part
	More    bool
}

// FetchInfo tells what one fetch did.
type FetchInfo struct{}

// Part is one @defer payload.
type Part struct {
	ID     int
	Label  string
	Path   []fault.Step
	Data   []byte
	Errors []*fault.Error
}

// New returns an executor.
func New(o Options) (*Executor, error) { return &Executor{}, nil }

// Compile prepares a plan.
func (x *Executor) Compile(p *plan.Plan, source func(subgraph string) subgraphs.Source) (*Program, error) {
	return nil, errors.New("executor: not implemented")
}

// Execute runs the program.
func (p *Program) Execute(ctx context.Context, in *Input) *Result { return nil }

// WriteTo writes {"data":…}.
func (r *Result) WriteTo(w io.Writer) (int64, error) { return 0, nil }

// Release gives the result's buffers back.
func (r *Result) Release() {}
