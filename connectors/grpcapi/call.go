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
	deadline := time.Now().Add(b.timeout)
	if !in.Deadline.IsZero() && in.Deadline.Before(deadline) {
		deadline = in.Deadline
	}
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	pool := b.source.pool
	if !pool.retain() {
		return b.closed()
	}
	defer pool.release()
	bound, err := b.binding(ctx)
	if err != nil {
		return err
	}
	s := b.scratch(bound)
	defer s.put()
	md, err := b.prepare(s, bound, in)
	if err != nil {
		return err
	}
	if err := pool.enter(ctx); err != nil {
		return b.waited(err)
	}
	defer pool.leave()
	var got received
	err = b.exchange(metadata.NewOutgoingContext(ctx, md), in.Retry, bound, s, &got, out)
	s.walker.replaced.report(in.Problems)
	var none *fault.Error
	if errors.As(err, &none) {
		return none
	}
	b.answer(out, s, &got, err)
	return nil
}

// received is the metadata of an answer.
type received struct {
	header, trailer metadata.MD
}

// closed is the fault of a call that comes when nobody holds the channels.
func (b *backend) closed() error {
	return &fault.Error{Code: faultCode(codes.Canceled), Message: "the connections to " + b.source.spec.Name + " were closed"}
}

func (b *backend) waited(err error) error {
	if timedOut(err) {
		return &fault.Error{Code: fault.GatewayTimeout, Cause: err, Message: fmt.Sprintf("%s runs as many calls at once as it may (%d), and none ended in time",
			b.source.spec.Name, b.source.settings.Concurrency)}
	}
	return &fault.Error{Code: faultCode(codes.Canceled), Message: "the operation was cancelled", Cause: err}
}

// exchange sends the request and appends the answer to out.Body. The error is a
// status, or a *fault.Error if there is no answer in what came.
func (b *backend) exchange(ctx context.Context, retry bool, bound *binding, s *scratch, got *received, out *connectors.Answer) error {
	if bound.serve {
		return b.collect(ctx, bound, s, got, out)
	}
	conn := b.source.pool.conn(retry && b.place == query)
	var err error
	if bound.client {
		err = upload(ctx, conn, bound, s, got)
	} else {
		s.frame.out = s.wire
		err = conn.Invoke(ctx, bound.path, &s.frame, &s.frame, grpc.Header(&got.header), grpc.Trailer(&got.trailer))
	}
	if err != nil {
		return err
	}
	return appendBody(out, bound, &s.walker, &s.frame)
}

// upload sends all requests and waits for the one answer.
func upload(ctx context.Context, conn *grpc.ClientConn, bound *binding, s *scratch, got *received) error {
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
	got.of(stream)
	return err
}

// of takes the metadata of a stream that has ended.
func (r *received) of(stream grpc.ClientStream) {
	r.header, _ = stream.Header()
	r.trailer = stream.Trailer()
}

// answer fills out, whose body is there, with what else came back.
func (b *backend) answer(out *connectors.Answer, s *scratch, got *received, err error) {
	out.Headers = appendHeaders(out.Headers, got.header)
	out.Trailers = appendHeaders(out.Trailers, got.trailer)
	out.Checked = true // whatever it is, this package writes it
	st, _ := status.FromError(err)
	switch {
	case err == nil:
		out.Status = int(codes.OK)
	case st.Code() == codes.NotFound && b.source.settings.NotFoundIsNull && b.place == query:
		out.Status, out.Body = int(codes.NotFound), append(out.Body, "null"...)
	default:
		b.fail(out, b.plain(st, got), err, &s.walker)
	}
}

// appendBody appends a received message as JSON and gives its memory back. The
// error is a *fault.Error, and out.Body then as it was.
func appendBody(out *connectors.Answer, bound *binding, w *walker, f *frame) error {
	at := len(out.Body)
	body, err := w.append(out.Body, bound.answer, f.bytes())
	f.free()
	if err != nil {
		out.Body = body[:at]
		return &fault.Error{Code: fault.ConnectorResponseInvalid, Message: fmt.Sprintf("an answer of %s cannot be read as %s: %v",
			bound.path[1:], bound.method.Output().FullName(), err), Cause: err}
	}
	out.Body = body
	return nil
}
