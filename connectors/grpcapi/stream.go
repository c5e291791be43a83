package grpcapi

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// Stream sends the request and returns the stream of answers. Of a
// bidirectional method the sending side stays open until Close. ctx must live as
// long as the stream; the deadline of in only bounds the opening.
func (b *backend) Stream(ctx context.Context, in *connectors.Input) (connectors.Stream, error) {
	pool := b.source.pool
	if !pool.retain() {
		return nil, b.closed()
	}
	st, err := b.subscribe(ctx, in)
	if err != nil {
		pool.release()
		return nil, err
	}
	return st, nil
}

// subscribe opens a stream, which releases the channels when it ends.
func (b *backend) subscribe(ctx context.Context, in *connectors.Input) (*stream, error) {
	bound, err := b.binding(ctx)
	if err != nil {
		return nil, err
	}
	if !bound.serve {
		return nil, &fault.Error{Code: StreamingKind, Message: b.connector.ID + " does not stream its answers"}
	}
	s := b.scratch(bound)
	defer s.put()
	md, err := b.prepare(s, bound, in)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(metadata.NewOutgoingContext(ctx, md))
	limit := b.timeout
	if left := time.Until(in.Deadline); !in.Deadline.IsZero() && left < limit {
		limit = left
	}
	opening := time.AfterFunc(limit, func() { cancel(context.DeadlineExceeded) })
	rpc, err := b.start(ctx, bound, s)
	if !opening.Stop() && err == nil {
		err = context.DeadlineExceeded
	}
	if err != nil {
		late := timedOut(context.Cause(ctx))
		cancel(nil)
		return nil, b.unopened(err, late)
	}
	st := &stream{backend: b, bound: bound, rpc: rpc, cancel: cancel, problems: in.Problems,
		cause: func() error { return context.Cause(ctx) }}
	st.walker.types, st.walker.room = bound.types, b.source.settings.room()
	st.finish = sync.OnceFunc(func() {
		cancel(context.Canceled)
		b.source.pool.release()
	})
	return st, nil
}

// start begins the RPC and sends its one request.
func (b *backend) start(ctx context.Context, bound *binding, s *scratch) (grpc.ClientStream, error) {
	rpc, err := b.source.pool.conn(false).NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: bound.client}, bound.path)
	if err != nil {
		return nil, err
	}
	s.frame.out = s.wire
	if err := rpc.SendMsg(&s.frame); err != nil && !errors.Is(err, io.EOF) { // EOF: the first Next says why
		return nil, err
	}
	if !bound.client {
		_ = rpc.CloseSend() // it always succeeds
	}
	return rpc, nil
}

// unopened is the fault of a stream that did not begin.
func (b *backend) unopened(err error, late bool) error {
	var out connectors.Answer
	st, _ := status.FromError(err)
	st = b.plain(st, &received{})
	if late {
		st = status.New(codes.DeadlineExceeded, b.source.spec.Name+" did not open the stream in time")
	}
	b.fail(&out, st, err, &walker{})
	return out.Fault
}

// stream is a server's answers to one request. Not calling Next is the
// back-pressure: nothing is read ahead but what HTTP/2's window lets through.
type stream struct {
	backend  *backend
	bound    *binding
	rpc      grpc.ClientStream
	cancel   context.CancelCauseFunc
	cause    func() error // why the RPC was cancelled from here, nil if it was not
	finish   func()       // cancels the RPC and lets go of the channel, once
	problems *mapping.Problems
	walker   walker
	frame    frame
	begun    bool // a message was received
	ended    bool
}

// Next appends the next answer as JSON. A stream that breaks yields one more
// answer, which failed, and then io.EOF. When ctx ends, so does the stream.
func (s *stream) Next(ctx context.Context, out *connectors.Answer) error {
	if s.ended {
		return io.EOF
	}
	out.Checked = true // whatever it is, this package writes it
	stop := context.AfterFunc(ctx, func() { s.cancel(ctx.Err()) })
	defer stop()
	if idle := s.backend.source.settings.StreamIdle; idle > 0 {
		timer := time.AfterFunc(idle, func() { s.cancel(context.DeadlineExceeded) })
		defer timer.Stop()
	}
	err := s.rpc.RecvMsg(&s.frame)
	if err != nil {
		return s.end(err, out)
	}
	if !s.begun {
		s.begun = true
		if md, err := s.rpc.Header(); err == nil {
			out.Headers = appendHeaders(out.Headers, md)
		}
	}
	out.Status = int(codes.OK)
	err = appendBody(out, s.bound, &s.walker, &s.frame)
	s.walker.trim(maxKeptByStream)
	s.walker.replaced.report(s.problems)
	s.walker.reset()
	if err != nil {
		return s.end(err, out)
	}
	return nil
}

// end frees what the stream held and says how it ended: err is of RecvMsg, or a
// *fault.Error for a message that cannot be read.
func (s *stream) end(err error, out *connectors.Answer) error {
	s.ended = true
	s.frame.free()
	cause := s.cause()
	var got received
	if s.finish(); errors.Is(err, io.EOF) || errors.Is(cause, context.Canceled) {
		return io.EOF
	}
	var unreadable *fault.Error
	if errors.As(err, &unreadable) {
		out.Status, out.Failed, out.Fault = int(codes.Internal), true, unreadable
		out.Body = append(out.Body, "null"...)
		return nil
	}
	got.of(s.rpc) // does not block: the stream has ended
	st, _ := status.FromError(err)
	if timedOut(cause) && st.Code() == codes.Canceled {
		st = status.New(codes.DeadlineExceeded, s.backend.source.spec.Name+" was silent for too long")
	} else {
		st = s.backend.plain(st, &got)
	}
	out.Trailers = appendHeaders(out.Trailers, got.trailer)
	s.backend.fail(out, st, err, &s.walker)
	return nil
}

// Close cancels the RPC. It may be called while Next waits, which then returns
// io.EOF, and more than once.
func (s *stream) Close() error {
	s.finish()
	return nil
}
