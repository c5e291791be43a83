// Package subgraphs is the seam between plans and backends, and the sources
// that speak GraphQL over HTTP.
//
// A [Source] prepares one [Call] per fetch of a plan, off the hot path; a Call
// turns representations and variables into bytes of JSON. Everything that
// decorates calls (retries, sharing, breakers) keeps this shape.
//
// The call of a subscription is a [Subscriber] too. [HTTPSource] subscribes over
// graphql-transport-ws or an event stream, see [SubscriptionOptions]; many
// subscriptions share a WebSocket, and equal ones a subscription. Start reading
// at subscription.go, then sharing.go and fanout.go.
package subgraphs

import (
	"context"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/planner/plan"
)

// Source answers a subgraph's fetches.
type Source interface {
	// Prepare is called once per fetch of a plan, off the hot path.
	Prepare(*Spec) (Call, error)
}

// Call performs one prepared fetch. It is shared by all runs of a plan and
// safe for concurrent use.
type Call interface {
	// Fetch blocks until the answer is complete and appends
	// {"data":…,"errors":…} to res.Body. An error means no usable answer;
	// GraphQL errors travel in the body.
	Fetch(ctx context.Context, req *Request, res *Response) error
}

// Starter is optional on a Call: send now, read later.
type Starter interface {
	Start(ctx context.Context, req *Request) (Pending, error)
}

// Pending is a request that was sent. Finish is called exactly once; Interrupt
// may come from any goroutine, makes Finish return soon and is never called
// after it.
type Pending interface {
	Finish(res *Response) error
	Interrupt()
}

// Subscriber is optional on a Call.
type Subscriber interface {
	Subscribe(ctx context.Context, req *Request) (Stream, error)
}

// Stream delivers the events of a subscription. Next returns io.EOF after a
// clean end; not calling it is the back-pressure.
type Stream interface {
	Next(ctx context.Context, res *Response) error
	Close() error
}

// Spec is what a plan knows of a fetch ahead of time.
type Spec struct {
	Subgraph, Name, Operation string
	Kind                      plan.Kind
	// Variables are the names of the client values the operation uses.
	Variables []string
	Sets      []SetSpec
	// Lookup is the connector that answers the root fields, "" if there is none
	// or the fetch has Sets alone.
	Lookup string
}

// SetSpec describes one list of representations.
type SetSpec struct {
	Alias, Variable, Type, Lookup string
}

// Request is one fetch. It and all it points to are the caller's until Fetch
// or Finish returns: who keeps a byte copies it.
type Request struct {
	// Values stand by Spec.Variables, raw JSON; nil is not sent.
	Values [][]byte
	// Sets stand by Spec.Sets.
	Sets   []Set
	Header []Header // rules applied
	// Trace is sent after Header. It says which trace the request belongs to and
	// so makes no two requests different: who brings requests together looks past
	// it.
	Trace  []Header
	Caller *caller.Caller
	// Deadline: the source takes the smaller of it and its own; zero is none.
	Deadline time.Time
}

// Set is a list of representations: JSON objects joined by commas; Ends[i] is
// where the i-th ends.
type Set struct {
	Reps []byte
	Ends []uint32
}

// Header is one header line.
type Header struct {
	Name, Value string
}

// Response is the answer. Body is the caller's buffer: a source appends to it
// and never keeps it.
type Response struct {
	Body   []byte
	Status int
	Header []Header
	Shared bool
	// Gap says that events before this one may have been missed.
	Gap bool
}
