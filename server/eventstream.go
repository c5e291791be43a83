package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/weftql/weft/fault"
)

// EventStreamOptions configure answers over server-sent events. The zero value
// works.
type EventStreamOptions struct {
	// Off answers subscriptions with 406.
	Off bool
	// Heartbeat is after how long a silence a comment is sent; default 12 s.
	Heartbeat time.Duration
	// WriteTimeout is the time a client has to take 32 KiB; default 10 s.
	WriteTimeout time.Duration
}

func (o EventStreamOptions) withDefaults() EventStreamOptions {
	if o.Heartbeat == 0 {
		o.Heartbeat = 12 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	return o
}

// The header values of event streams.
var (
	eventStreamHeader = []string{"text/event-stream; charset=utf-8"}
	noCache           = []string{"no-cache"}
	unbuffered        = []string{"no"}
)

// eventStream is a response in the "distinct connections" mode of the
// GraphQL over SSE protocol: one operation, ended by the event complete.
type eventStream struct {
	x       *exchange
	control *http.ResponseController
	err     error // of the first write that failed
}

// stream begins an event stream: head and first bytes go out at once, so that
// the client and every proxy on the way know that it works.
func (x *exchange) stream() *eventStream {
	s := &eventStream{x: x, control: http.NewResponseController(x.w)}
	x.status, x.streamed = http.StatusOK, true
	x.s.Metrics.begun(-1) // how long a client listens says nothing about load
	header := x.w.Header()
	header["Content-Type"] = eventStreamHeader
	header["Cache-Control"] = noCache
	header["X-Accel-Buffering"] = unbuffered
	vary(header)
	// The limits on slow clients are for requests that end: reading because
	// net/http looks whether the client is still there. Writers that know no
	// deadlines are not the server's own.
	_ = s.control.SetReadDeadline(time.Time{})
	x.w.WriteHeader(http.StatusOK)
	s.comment()
	return s
}

// streamOne sends an answer that is no subscription's as the only event.
func (x *exchange) streamOne(a *Answer) {
	s := x.stream()
	s.next(a, nil)
	s.complete()
}

// follow sends a subscription's events until it ends, the client leaves, or
// the server drains. Then the stream just ends, so that the client comes back.
func (x *exchange) follow(feed Feed) {
	defer feed.Close()
	if err := x.h.live.enter(x.caller.Remote); err != nil {
		x.refuse(err)
		return
	}
	defer x.h.live.leave(x.caller.Remote)
	x.returnBody()
	ctx, cancel := context.WithCancel(x.r.Context())
	defer cancel()
	defer context.AfterFunc(x.h.live.draining, cancel)()
	s := x.stream()
	for s.err == nil {
		a, delivery, err := s.await(ctx, feed)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, context.DeadlineExceeded) && fault.CodeOf(err) == "": // not a fault with that cause
			s.comment()
		case err == io.EOF: //nolint:errorlint // likewise
			s.complete()
			return
		case err != nil:
			list := fault.Of(err)
			x.s.Metrics.failed(x.answer.Profile, x.answer.Type, list)
			x.outcome.Errors = list
			s.next(&Answer{Errors: list}, nil)
			s.complete()
			return
		default:
			x.s.Metrics.failed(x.answer.Profile, x.answer.Type, a.Errors)
			x.outcome.Events++
			s.next(a, delivery)
			if a.Release != nil {
				a.Release()
			}
		}
	}
}

// await returns the next event, or context.DeadlineExceeded when it is time
// for a heartbeat.
func (s *eventStream) await(ctx context.Context, feed Feed) (*Answer, *Delivery, error) {
	ctx, cancel := context.WithTimeout(ctx, s.x.s.EventStream.Heartbeat)
	defer cancel()
	return feed.Next(ctx)
}

func (s *eventStream) next(a *Answer, d *Delivery) {
	s.write([]byte("event: next\ndata: "))
	if s.err == nil {
		s.err = writeAnswer(oneLine{s}, a, d)
	}
	s.write([]byte("\n\n"))
	s.flush()
}

// complete has a data line because browsers drop an event without one.
func (s *eventStream) complete() {
	s.write([]byte("event: complete\ndata: \n\n"))
	s.flush()
}

// comment is the heartbeat; an event would look like a result.
func (s *eventStream) comment() {
	s.write([]byte(":\n\n"))
	s.flush()
}

// write sends what is large in pieces, with the whole time for each.
func (s *eventStream) write(p []byte) {
	for len(p) > 0 && s.err == nil {
		piece := p[:min(len(p), pieceBytes)]
		s.allow()
		var n int
		n, s.err = s.x.w.Write(piece)
		s.x.outcome.Bytes += int64(n)
		p = p[len(piece):]
	}
}

// allow gives the client time to take what is written next.
func (s *eventStream) allow() {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.x.s.EventStream.WriteTimeout))
}

// flush sends what was written; a quiet stream has no deadline.
func (s *eventStream) flush() {
	s.allow()
	if err := s.control.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) && s.err == nil {
		s.err = err
	}
	_ = s.control.SetWriteDeadline(time.Time{})
}

// oneLine writes JSON into a data line. A line break can only stand between
// tokens, of a scalar that a subgraph wrote so.
type oneLine struct{ s *eventStream }

func (o oneLine) Write(p []byte) (int, error) {
	if bytes.IndexByte(p, '\n') >= 0 || bytes.IndexByte(p, '\r') >= 0 {
		line := bytes.Clone(p) // an event's bytes are shared
		for i, c := range line {
			if c == '\n' || c == '\r' {
				line[i] = ' '
			}
		}
		o.s.write(line)
	} else {
		o.s.write(p)
	}
	return len(p), o.s.err
}

// staysHTTP reports whether a refusal keeps its status although only a stream
// is accepted: clients and proxies act on these, and none of them is about
// what the document says.
func staysHTTP(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusRequestTimeout,
		http.StatusRequestEntityTooLarge, http.StatusRequestURITooLong, http.StatusUnsupportedMediaType, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	}
	return false
}
