// Package executor runs plans.
//
// A [plan.Plan] comes in and is compiled into a [Program]: key tables that say
// what answers look like, request templates, and a writer. Executing it takes
// these steps, all on the caller's goroutine:
//
//  1. build: for a fetch whose dependencies are linked, collect the records
//     that ask for something, write their representations, distinct ones once
//     (represent.go), and send the request (start.go).
//  2. parse: read an answer in one pass into records of slots that point into
//     its bytes (parse.go, scan.go); nothing is decoded, there is no tree.
//  3. link: store the record of each entity in a slot of the records that asked
//     for it (link.go, join.go). Nothing is merged deeper.
//  4. write: walk the records in the client's order and copy bytes (write.go).
//     A null where none may be is a truncation of the output (nulls.go).
//
// Errors of subgraphs and values of the wrong kind are noted where they are
// found and reported where the client sees the place (notes.go, errors.go).
//
// An Executor and its Programs are safe for concurrent use; a [Result] belongs
// to one goroutine until it is released. The package knows neither schemas nor
// client documents, masks no messages, and leaves retries, limits of bytes per
// answer, and sharing to the sources.
package executor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Options configure an Executor. The zero value is usable.
type Options struct {
	// MaxBytes bounds the bytes of all answers of one run, and those of all
	// representations it sends; 0 is 256 MiB, the most is 512 MiB. The request
	// that exceeds it fails.
	MaxBytes int
	// MaxErrors bounds the errors kept for one run; 0 is 1000. Further ones are
	// dropped.
	MaxErrors int
	// MaxRequests bounds the requests of one run; 0 is 500. Only values of the
	// answer that split a fetch (@fromContext) can make it more than the plan
	// has. Requests above it fail.
	MaxRequests int
}

// limits are Options with defaults.
type limits struct{ bytes, slots, errors, requests int }

// freeSlots are granted to every run, 64 MiB; each two bytes of answers pay for
// one more. Chosen: real answers have some ten bytes per value, but "{}" may
// stand for an object of many types with a slot for every key of each.
const freeSlots = 8 << 20

func (o Options) withDefaults() limits {
	l := limits{bytes: 256 << 20, errors: 1000, requests: 500}
	if o.MaxBytes > 0 {
		l.bytes = min(o.MaxBytes, maxBytes)
	}
	if o.MaxRequests > 0 {
		l.requests = o.MaxRequests
	}
	l.slots = min(freeSlots+l.bytes/2, maxSlots)
	if o.MaxErrors > 0 {
		l.errors = min(o.MaxErrors, maxSlots/2)
	}
	return l
}

// Executor compiles plans and keeps the memory their runs share.
type Executor struct {
	limits limits
	usage  usage
	pool   sync.Pool // of *run
	// goroutines makes every request use a goroutine of its own, for tests: the
	// answer must not depend on it.
	goroutines bool
}

// New returns an executor.
func New(o Options) (*Executor, error) {
	if o.MaxBytes < 0 || o.MaxErrors < 0 || o.MaxRequests < 0 {
		return nil, errors.New("executor: a limit is negative")
	}
	return &Executor{limits: o.withDefaults()}, nil
}

// Input is what one run needs. It is the caller's until Execute returns or the
// Run is closed.
type Input struct {
	// Values stand by Plan.Variables, raw JSON; nil is not given.
	Values [][]byte
	// Conditions decides the plan's guards.
	Conditions uint64
	// Header stands by Plan.Subgraphs.
	Header   [][]subgraphs.Header
	Caller   *caller.Caller
	Deadline time.Time // zero is none
	// EventTimeout bounds, instead of Deadline, what a subscription does for one
	// event after it came; 0 is none.
	EventTimeout time.Duration
	// Exprs are the functions plan.Write.Expr names: each appends JSON made of the
	// JSON values it is given. An error makes the field null and is told there.
	Exprs []func(c *caller.Caller, args [][]byte, dst []byte) ([]byte, error)
	// Depart, if set, is called on the run's goroutine before each request but a
	// subscription's is sent: it may set FetchInfo.Span, and returns what
	// Request.Trace is to be.
	Depart func(info *FetchInfo) []subgraphs.Header
}

// Result is the answer of one run. It is valid until Release.
type Result struct {
	// Body is {"data":…} in one buffer; nil for answers above 4 MiB, see WriteTo.
	Body []byte
	// Errors holds one error per cause, in response order.
	Errors []*fault.Error
	// Fetches tells of every request, in the order of Plan.Fetches.
	Fetches []FetchInfo
	// Parts are @defer payloads; plans with deferred blocks do not compile yet.
	Parts []Part
	// More says that this is an event of a stream, which others may follow.
	More bool
	// Gap says that events before this one may have been missed.
	Gap bool

	run *run
}

// FetchInfo tells what one request did.
type FetchInfo struct {
	Fetch    int // of Plan.Fetches
	Subgraph string
	// Representations counts the distinct objects asked for.
	Representations int
	Bytes           int // of the answer
	Status          int
	Header          []subgraphs.Header // the source's, not to be kept
	Start           time.Time
	Duration        time.Duration // until the answer was complete
	Error           *fault.Error  // of the request as a whole
	Span            uint64        // what Input.Depart made of it
}

// Part is one @defer payload. Data nil means that it is announced only.
type Part struct {
	ID     int
	Label  string
	Path   []fault.Step
	Data   []byte
	Errors []*fault.Error
}

// Execute runs a query or mutation and always returns a result: what fails is in
// its Errors. It returns when every request it sent has ended; cancelling ctx
// or passing the deadline makes that soon.
func (p *Program) Execute(ctx context.Context, in *Input) *Result {
	r := p.executor.take(ctx, p, in)
	r.fetchAll()
	return r.finish()
}

// Release gives the result's buffers back. Body, Errors' owners and Fetches must
// not be used afterwards; the errors themselves may.
func (r *Result) Release() {
	if run := r.run; run != nil {
		run.program.executor.give(run)
	}
}
