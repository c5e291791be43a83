package server

import (
	"io"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

// Outcome is how an operation left the server.
type Outcome struct {
	// Transport is http, sse, websocket or rest.
	Transport string
	// Start is when the request's head was there; on a WebSocket, the message.
	Start time.Time
	// Status is the HTTP status; 0 on a WebSocket.
	Status int
	// Bytes were written as the body, or as messages. Events counts those of a
	// subscription.
	Bytes, Events int64
	// Errors are what ended a subscription; of a request that reached no engine,
	// what the client was told.
	Errors []*fault.Error
}

// Refused is told of a request that reached no engine.
type Refused func(c *caller.Caller, o *Outcome)

// transport is what the request came over.
func (x *exchange) transport() string {
	switch {
	case x.streamed:
		return "sse"
	case x.route != nil:
		return "rest"
	}
	return "http"
}

// tell says how the request ended: to the engine if it reached one. It comes
// before the answer is released.
func (x *exchange) tell() {
	x.outcome.Transport, x.outcome.Start, x.outcome.Status = x.transport(), x.start, x.status
	switch a := x.answer; {
	case a == nil:
		if x.status != 0 && x.s.Refused != nil {
			x.outcome.Errors = x.errors
			x.s.Refused(&x.caller, &x.outcome)
		}
	case a.Done != nil:
		a.Done(&x.outcome)
	}
}

// release ends the use of the engine's answer.
func (x *exchange) release() {
	if x.status == 0 {
		x.status = 500 // a panic is being reported
		x.tell()
		x.status = 0
	} else {
		x.tell()
	}
	x.profile, x.kind = x.answer.Profile, x.answer.Type
	if x.answer.Release != nil {
		x.answer.Release()
	}
}

// counting counts what is written.
type counting struct {
	w io.Writer
	n *int64
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	*c.n += int64(n)
	return n, err
}

// tell says how an operation of a connection ended.
func (run *running) tell(a *Answer, events int64, errors []*fault.Error) {
	if a.Done != nil {
		a.Done(&Outcome{Transport: "websocket", Start: run.start, Bytes: run.bytes, Events: events, Errors: errors})
	}
}
