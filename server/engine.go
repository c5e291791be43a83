package server

import (
	"context"
	"io"
	"net/http"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// Engine runs operations. Package weft implements it.
type Engine interface {
	// Do runs one operation to its answer. Every failure is in the answer; req
	// and the bytes it points to may be used again once the answer is released.
	Do(ctx context.Context, req *operation.Request) *Answer
}

// Answer is the outcome of one operation. Exactly one of Body, Large and Feed
// is set, or none when no part of the operation ran; then Errors says why.
type Answer struct {
	// Body is {"data":…}, valid until Release.
	Body []byte
	// Large writes {"data":…} for an answer too big for one buffer.
	Large io.WriterTo
	// Errors is never empty when nothing ran.
	Errors []*fault.Error
	// Status is the HTTP status; 0 is the one that the errors' codes stand for.
	Status int
	// Extensions are raw JSON members ("k":v,…) of the response's top-level
	// extensions; nil is none.
	Extensions []byte
	// Header is added to the response, of a Route too, before Encode; nil is none.
	// On a WebSocket nothing but Retry-After can be told, in the extensions of the
	// error that ends the operation.
	Header http.Header
	// Feed delivers the further answers of a subscription or of @defer.
	Feed Feed
	// Profile and Type are labels of metrics: the client profile, and query,
	// mutation or subscription; "" is not known.
	Profile, Type string
	// Done, if set, is called once when the last byte was written, of a Feed when
	// it has ended; before Release, if that is still to come. The Outcome is the
	// server's.
	Done func(*Outcome)
	// Release gives the buffers back. It is called once, after the last byte was
	// written; nil is nothing to give back.
	Release func()
}

// ran reports whether a part of the operation ran.
func (a *Answer) ran() bool { return a.Body != nil || a.Large != nil || a.Feed != nil }

// Feed is a stream of answers with one reader.
type Feed interface {
	// Next returns io.EOF after the last answer, the faults that ended the
	// stream, or ctx's error, after which it may be called again.
	Next(ctx context.Context) (*Answer, *Delivery, error)
	Close()
}

// Delivery says how an answer of a Feed stands to the others.
type Delivery struct {
	Parts     []Part
	More, Gap bool
	Dropped   int
}

// Part is one @defer payload.
type Part struct {
	ID     int
	Label  string
	Path   []fault.Step
	Data   []byte
	Errors []*fault.Error
}
