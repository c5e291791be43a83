package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
)

// Call does one call and waits for its answer. A status other than OK is an
// answer that failed, wherever it was made: by the server, or here because the
// server could not be reached or was too slow. Errors are BAD_USER_INPUT for a
// request that cannot be encoded, CONNECTOR_REQUEST for metadata that cannot be
// sent, GATEWAY_TIMEOUT while waiting for the source's concurrency, and
// CONNECTOR_RESPONSE_INVALID for an answer that is no such message.
func (b *backend) Call(ctx context.Context, in *connectors.Input, out *connectors.Answer) error {
	if b.place == subscription {
		return &fault.Error{Code: fault.InternalServerError, Message: b.connector.ID + " streams and cannot be called"}
	}
	start := time.Now()
	deadline := start.Add(b.timeout)
	if !in.Deadline.IsZero() && in.Deadline.Before(deadline) {
		deadline = in.Deadline
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	bound, err := b.binding(ctx)
	if err != nil {
		return err
	}
	s := newScratch(bound.types)
	defer s.put()
	if err := b.encode(s, bound, in.Vars); err != nil {
		return err
	}
	md, err := b.metadata(in)
	if err != nil {
		return err
	}
	if err := b.source.pool.enter(ctx); err != nil {
		return b.waited(err)
	}
	defer b.source.pool.leave()
	var got received
	err = b.invoke(metadata.NewOutgoingContext(ctx, md), in.Retry, bound, s, &got)
	return b.answer(out, bound, s, &got, err, start)
}

// received is the metadata of an answer.
type received struct {
	header, trailer metadata.MD
}

func (b *backend) waited(err error) error {
	if timedOut(err) {
		return &fault.Error{Code: fault.GatewayTimeout, Cause: err, Message: fmt.Sprintf("%s runs as many calls at once as it may (%d), and none ended in time",
			b.source.spec.Name, b.source.settings.Concurrency)}
	}
	return &fault.Error{Code: faultCode(codes.Canceled), Message: "the operation was cancelled", Cause: err}
}

// invoke sends the request and leaves the answer in s.frame.
func (b *backend) invoke(ctx context.Context, retry bool, bound *binding, s *scratch, got *received) error {
	conn := b.source.pool.conn(retry && b.place == query)
	if !bound.client {
		s.frame.out = s.wire
		return conn.Invoke(ctx, bound.path, &s.frame, &s.frame, grpc.Header(&got.header), grpc.Trailer(&got.trailer))
	}
	stream, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, bound.path)
	if err != nil {
		return err
	}
	from := 0
	for _, end := range s.ends {
		s.frame.out, from = s.wire[from:end], end
		if err = stream.SendMsg(&s.frame); err != nil {
			break
		}
	}
	if err != nil && !errors.Is(err, io.EOF) { // EOF: the server ended it, RecvMsg says how
		return err
	}
	_ = stream.CloseSend() // it always succeeds
	err = stream.RecvMsg(&s.frame)
	got.header, _ = stream.Header()
	got.trailer = stream.Trailer()
	return err
}

// answer fills out from what came back.
func (b *backend) answer(out *connectors.Answer, bound *binding, s *scratch, got *received, err error, start time.Time) error {
	out.Headers = appendHeaders(out.Headers, got.header)
	out.Trailers = appendHeaders(out.Trailers, got.trailer)
	out.Checked = true // whatever it is, this package writes it
	st, _ := status.FromError(err)
	info := CallInfo{Code: int(st.Code()), Duration: time.Since(start)}
	defer func() {
		info.Problems = s.walker.problems
		b.done(bound, info)
	}()
	switch {
	case err == nil:
		info.Messages = 1
		out.Status = int(codes.OK)
		return b.body(out, bound, s)
	case st.Code() == codes.NotFound && b.source.settings.NotFoundIsNull && b.place == query:
		out.Status, out.Body = int(codes.NotFound), append(out.Body, "null"...)
		return nil
	default:
		b.fail(out, b.plain(st, got), err, &s.walker)
		return nil
	}
}

// body appends the received message as JSON.
func (b *backend) body(out *connectors.Answer, bound *binding, s *scratch) error {
	at := len(out.Body)
	body, err := s.walker.append(out.Body, bound.answer, s.frame.bytes())
	s.frame.free()
	if err != nil {
		out.Body = body[:at]
		return &fault.Error{Code: fault.ConnectorResponseInvalid, Message: fmt.Sprintf("the answer of %s is no %s: %v",
			bound.path[1:], bound.method.Output().FullName(), err), Cause: err}
	}
	out.Body = body
	return nil
}

func (b *backend) done(bound *binding, info CallInfo) {
	if hook := b.subgraph.transport.options.Trace.Done; hook != nil {
		info.Subgraph, info.Source, info.Connector, info.Method = b.subgraph.name, b.source.spec.Name, b.connector.ID, bound.path[1:]
		hook(info)
	}
}
