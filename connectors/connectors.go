// Package connectors answers the fetches of a subgraph that is made of
// connectors: REST endpoints and gRPC methods described in its SDL.
//
// [NewSource] is the engine: it takes a fetch apart into backend requests
// (one per root field, one per key or per batch of keys), lets a [Backend] do
// them, maps the answers and puts them where the plan expects them. Package
// restapi and package grpcapi are the backends.
//
// What is asked for once is not asked for again, in this order:
//
//	in a fetch          representations with one key are one key; keys of a
//	                    batch connector go in as few requests as its size allows
//	in an operation     keys and equal requests of other fetches, under way or
//	                    done, are waited for; not in a mutation (see [WithScope])
//	between operations  batches wait for each other, where a source is
//	                    configured so and nothing but the keys differs
//
// Results find their keys by value, and the failure of one request is null for
// exactly its keys, with an error at each place.
package connectors

import (
	"context"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// Opener makes the backend of a connector: once per plan, off the hot path.
// reads is what of an answer's body anybody will look at.
type Opener func(c *spec.Connector, reads *mapping.Reads) (Backend, error)

// Backend does the requests of one connector. It is shared by all runs of a
// plan and safe for concurrent use.
type Backend interface {
	// Call does one request and blocks until its answer is complete. An error is
	// a *fault.Error and means no answer: CONNECTOR_REQUEST if the request could
	// not be made, GATEWAY_TIMEOUT, HTTP_CLIENT_ERROR and the like if it failed
	// on the way. An answer the transport calls a failure is an Answer with
	// Failed set.
	Call(ctx context.Context, in *Input, out *Answer) error
}

// Identifier is optional on a Backend.
type Identifier interface {
	// Identity appends what makes two requests the same: method, address,
	// headers, body. ok is false for requests that must not be shared. A Call
	// with the same Input may follow: what it can use goes into in.Made.
	Identity(dst []byte, in *Input) (id []byte, ok bool)
}

// Streamer is optional on a Backend: a request with many answers.
type Streamer interface {
	Stream(ctx context.Context, in *Input) (Stream, error)
}

// Stream is read by one goroutine. Next returns io.EOF after a clean end.
type Stream interface {
	Next(ctx context.Context, out *Answer) error
	Close() error
}

// Input is one backend request. It and all it points to are the engine's until
// Call returns.
type Input struct {
	// Vars are the variables of a request: $args, $this, $batch, $config, $env,
	// $context, $request, as far as the connector's mappings use them.
	Vars mapping.Vars
	// Header are the subgraph's propagation rules applied; they win over what
	// the SDL says for the same name.
	Header   []subgraphs.Header
	Caller   *caller.Caller
	Deadline time.Time
	// Retry: the request may be sent twice, because it is no mutation's.
	Retry bool
	// Problems takes what the mappings of the request ran into, and what of the
	// answer had to be replaced before any mapping saw it; nil drops them. Of a
	// stream it is the backend's until Close, in the goroutine that calls Next.
	Problems *mapping.Problems
	// Made is between Identity and Call of a backend; nil in all other cases.
	Made any
}

// Answer is what came back. Its memory is the engine's to reuse: a Backend
// appends to Body, Headers and Trailers and keeps nothing.
type Answer struct {
	// Body is JSON, the input of the mappings; null for an empty body. For a
	// failed gRPC call it is {"code":…,"message":…,"details":…}.
	Body []byte
	// Checked says that Body is text as mapping.CheckJSON returns it, so that
	// nobody has to look again.
	Checked bool
	// Status is the HTTP status or the gRPC code.
	Status int
	// Headers are the response's (initial metadata), names in lower case;
	// Trailers gRPC's trailing metadata.
	Headers, Trailers []subgraphs.Header
	// Failed is set when the transport's own rule, without isSuccess, calls the
	// answer a failure. Fault is then the error clients get unless an errors
	// mapping says otherwise; it may be nil.
	Failed bool
	Fault  *fault.Error
}
