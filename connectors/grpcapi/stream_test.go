package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/fault"
)

var watch = connector{method: "WatchPrice", root: "Subscription", request: "id: $args.id", selection: "id price_cents"}

// send sends one product.
func send(md protoreflect.MethodDescriptor, stream grpc.ServerStream, id string) error {
	m := dynamicpb.NewMessage(md.Output())
	set(m, "id", id)
	return stream.SendMsg(m)
}

// pull reads the next answer of a stream as text.
func pull(t *testing.T, s connectors.Stream) string {
	t.Helper()
	var out connectors.Answer
	switch err := s.Next(t.Context(), &out); {
	case errors.Is(err, io.EOF):
		return "end"
	case err != nil:
		return err.Error()
	case out.Failed:
		return fmt.Sprintf("%d %v", out.Status, out.Fault)
	default:
		return string(out.Body)
	}
}

func (c connector) stream(t *testing.T) connectors.Stream {
	t.Helper()
	s, err := c.open(t).Stream(t.Context(), input(`{"id":"p"}`))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// Each message is an answer; the end of the stream is the end.
func TestServerStream(t *testing.T) {
	noLeaks(t)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		in, err := receive(md, stream)
		if err != nil {
			return err
		}
		if _, err := receive(md, stream); !errors.Is(err, io.EOF) {
			return status.Error(codes.Internal, "the sending side is open")
		}
		_ = stream.SetHeader(metadata.Pairs("h", "1"))
		for i := range 3 {
			if err := send(md, stream, fmt.Sprint(idOf(in), i)); err != nil {
				return err
			}
		}
		return nil
	}))
	s := c.stream(t)
	for i := range 3 {
		if got, want := pull(t, s), fmt.Sprintf(`{"id":"p%d","price_cents":0}`, i); got != want {
			t.Error(got)
		}
	}
	if got := pull(t, s) + pull(t, s); got != "endend" {
		t.Error(got)
	}
}

// A stream that breaks says so once, and then it is over.
func TestStreamBreaks(t *testing.T) {
	noLeaks(t)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		if err := send(md, stream, "1"); err != nil {
			return err
		}
		return status.Error(codes.PermissionDenied, "no more")
	}))
	s := c.stream(t)
	if got := pull(t, s) + "|" + pull(t, s) + "|" + pull(t, s); got != `{"id":"1","price_cents":0}|7 FORBIDDEN: no more|end` {
		t.Error(got)
	}
}

// Of a bidirectional stream one request is sent and the sending side stays open
// until the stream is closed.
func TestBidirectional(t *testing.T) {
	noLeaks(t)
	closed := make(chan error, 1)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		in, err := receive(md, stream)
		if err != nil {
			return err
		}
		if err := send(md, stream, idOf(in)); err != nil {
			return err
		}
		_, err = receive(md, stream)
		closed <- err
		return nil
	}))
	c.method = "Chat"
	s := c.stream(t)
	if got := pull(t, s); got != `{"id":"p","price_cents":0}` {
		t.Error(got)
	}
	select {
	case err := <-closed:
		t.Error("the sending side was closed:", err)
	default:
	}
	_ = s.Close()
	if err := <-closed; status.Code(err) != codes.Canceled {
		t.Error(err)
	}
}

// Close wakes Next, and cancels what the server does.
func TestCloseWhileWaiting(t *testing.T) {
	noLeaks(t)
	started, cancelled := newSignal(), newSignal()
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, _ protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		started.set()
		<-stream.Context().Done()
		cancelled.set()
		return nil
	}))
	s := c.stream(t)
	result := make(chan string)
	go func() { result <- pull(t, s) }() // ends with Close
	<-started.c
	_ = s.Close()
	_ = s.Close()
	if got := <-result; got != "end" {
		t.Error(got)
	}
	<-cancelled.c
}

// The context of the subscription and that of Next both end the stream.
func TestStreamContexts(t *testing.T) {
	noLeaks(t)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, _ protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		<-stream.Context().Done()
		return nil
	}))
	b := c.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	s, err := b.Stream(ctx, input(`{"id":"p"}`))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if got := pull(t, s); got != "end" {
		t.Error(got)
	}
	s, err = b.Stream(t.Context(), input(`{"id":"p"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Next(ctx, &connectors.Answer{}); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// A stream that is not read stops its server: no more is on the way than the
// window and the server's own buffer hold. One that is closed then leaves nothing
// behind.
func TestBackPressure(t *testing.T) {
	noLeaks(t)
	var sent atomic.Int64
	stuck := newSignal()
	payload := strings.Repeat("x", 32<<10)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		for {
			watchdog := time.AfterFunc(200*time.Millisecond, stuck.set) // a send that takes so long waits for the reader
			err := send(md, stream, payload)
			watchdog.Stop()
			if err != nil {
				return err
			}
			sent.Add(1)
		}
	}))
	s := c.stream(t)
	for range 3000 { // a window that may grow has grown by then
		if got := pull(t, s); !strings.HasPrefix(got, `{"id":"xxx`) {
			t.Fatalf("%.40s", got)
		}
	}
	<-stuck.c
	// grpc-go's server buffers 64 KiB itself.
	if waiting := (sent.Load() - 3000) * int64(len(payload)); waiting > 2*streamWindow+64<<10 {
		t.Errorf("%d bytes wait for a reader", waiting)
	}
}

// A stream that is silent for too long is ended, if so configured.
func TestStreamIdle(t *testing.T) {
	noLeaks(t)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		_ = send(md, stream, "1")
		<-stream.Context().Done()
		return nil
	}))
	c.settings.StreamIdle = 50 * time.Millisecond
	s := c.stream(t)
	if got := pull(t, s) + pull(t, s) + pull(t, s); got != `{"id":"1","price_cents":0}4 GATEWAY_TIMEOUT: catalog was silent for too longend` {
		t.Error(got)
	}
}

// What cannot be opened is a fault, not a stream.
func TestStreamUnopened(t *testing.T) {
	noLeaks(t)
	b := watch.at("127.0.0.1:1").open(t)
	if _, err := b.Stream(t.Context(), input(`{"id":"p"}`)); fault.CodeOf(err) != "UNAVAILABLE" || strings.Contains(err.Error(), "127.0.0.1") {
		t.Error(err)
	}
	if _, err := b.Stream(t.Context(), input(`{"id":1}`)); fault.CodeOf(err) != fault.BadUserInput {
		t.Error(err)
	}
	if err := b.Call(t.Context(), input(`{"id":"p"}`), &connectors.Answer{}); err == nil {
		t.Error("a stream was called")
	}
	if _, err := product.at("127.0.0.1:1").open(t).Stream(t.Context(), input(`{"id":"p"}`)); fault.CodeOf(err) != StreamingKind {
		t.Error(err)
	}
}

// A stream holds on to its channel when the snapshot it began in goes.
func TestStreamOutlivesSnapshot(t *testing.T) {
	noLeaks(t)
	next := make(chan string)
	c := watch.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		for id := range next {
			if err := send(md, stream, id); err != nil {
				return err
			}
		}
		return nil
	}))
	b := c.open(t)
	s, err := b.Stream(t.Context(), input(`{"id":"p"}`))
	if err != nil {
		t.Fatal(err)
	}
	b.subgraph.Close()
	go func() { // ends with the second message
		next <- "1"
		close(next)
	}()
	if got := pull(t, s) + pull(t, s); got != `{"id":"1","price_cents":0}end` {
		t.Error(got)
	}
	if n := len(b.subgraph.transport.pools); n != 0 {
		t.Errorf("%d channels are left", n)
	}
}

// A connection that breaks is UNAVAILABLE, and nobody learns of addresses.
func TestStreamLosesConnection(t *testing.T) {
	noLeaks(t)
	f := shopFiles(t)
	waiting := newSignal()
	address, server := serveWith(t, f, func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		_ = send(md, stream, "1")
		waiting.set()
		<-stream.Context().Done()
		return nil
	}, nil)
	s := watch.at(address).stream(t)
	if got := pull(t, s); got != `{"id":"1","price_cents":0}` {
		t.Error(got)
	}
	<-waiting.c
	server.Stop()
	if got := pull(t, s) + pull(t, s); got != "14 UNAVAILABLE: catalog could not be reached, or the connection brokeend" {
		t.Error(got)
	}
}
