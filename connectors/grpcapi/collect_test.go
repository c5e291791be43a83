package grpcapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// prices asks for all messages of a stream.
var prices = connector{method: "WatchPrice", request: "id: $args.id", selection: "id", list: true}

// streamed makes a server whose stream is what the id asks for: so many messages,
// then a status.
func streamed(t testing.TB, ended chan<- error) string {
	return serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		in, err := receive(md, stream)
		if err != nil {
			return err
		}
		var n int
		var then string
		_, _ = fmt.Sscan(idOf(in), &n, &then)
		stream.SetTrailer(metadata.Pairs("late", "x"))
		for i := range n {
			if err = send(md, stream, fmt.Sprint(i)); err != nil {
				break
			}
		}
		switch then {
		case "breaks":
			return status.Error(codes.FailedPrecondition, "broken")
		case "hangs":
			<-stream.Context().Done()
			ended <- stream.Context().Err()
		}
		return err
	})
}

// A server stream on a field that is a list is the list of its messages.
func TestCollect(t *testing.T) {
	noLeaks(t)
	c := prices.at(streamed(t, nil))
	c.settings.MaxItems = 3
	b := c.open(t)
	for id, want := range map[string]string{
		"0": `[]`, "1": `[{"id":"0"}]`, "3": `[{"id":"0"},{"id":"1"},{"id":"2"}]`,
		"4":        "CONNECTOR_RESPONSE_INVALID: shop.v1.Catalog/WatchPrice streams more than 3 messages, which is as many as make a list: ask for fewer, or raise max_items of the source",
		"1 breaks": "9 FAILED_PRECONDITION: broken",
	} {
		var out connectors.Answer
		err := b.Call(t.Context(), input(`{"id":"`+id+`"}`), &out)
		got := string(out.Body)
		if err != nil {
			got = err.Error()
		} else if out.Failed {
			got = fmt.Sprint(out.Status, " ", out.Fault)
		}
		if got != want {
			t.Errorf("%s: %s", id, got)
		}
		if late := slices.Contains(out.Trailers, subgraphs.Header{Name: "late", Value: "x"}); err == nil && (!late || !out.Checked) {
			t.Errorf("%s: trailers %v, checked %v", id, out.Trailers, out.Checked)
		}
		if err != nil && len(out.Body) > 0 {
			t.Errorf("%s: left %s", id, out.Body)
		}
	}
}

// The messages of a list together may be as long as one answer.
func TestCollectTooLarge(t *testing.T) {
	noLeaks(t)
	c := prices.at(streamed(t, nil))
	c.settings.MaxReceiveBytes = 64
	var out connectors.Answer
	err := c.open(t).Call(t.Context(), input(`{"id":"100"}`), &out)
	if fault.CodeOf(err) != fault.ConnectorResponseInvalid || !errors.Is(err, errTooLarge) || len(out.Body) > 0 {
		t.Errorf("%v %s", err, out.Body)
	}
}

// Who gives up ends the stream at the server.
func TestCollectCancelled(t *testing.T) {
	noLeaks(t)
	ended := make(chan error, 1)
	b := prices.at(streamed(t, ended)).open(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan *fault.Error)
	go func() { // ends with cancel
		var out connectors.Answer
		_ = b.Call(ctx, input(`{"id":"1 hangs"}`), &out)
		done <- out.Fault
	}()
	cancel()
	if f := <-done; f == nil || f.Code != fault.Cancelled {
		t.Error(f)
	}
}

// A batch of keys may be answered by a stream, too.
func TestCollectBatch(t *testing.T) {
	c := prices.at("localhost:1")
	c.list = false
	sub := c.subgraph(t)
	one := sub.Connectors[0]
	one.Place, one.Type, one.Field = spec.Batch, "Product", ""
	s, err := New(Options{}).Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	one.Place = spec.Type
	if _, err := New(Options{}).Subgraph(SubgraphOptions{Spec: sub, Dir: protoDir}); fault.CodeOf(err) != StreamingKind {
		t.Error(err)
	}
}

// A call that runs when its snapshot goes is answered.
func TestCallOutlivesSnapshot(t *testing.T) {
	noLeaks(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	b := product.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		close(entered)
		<-leave
		return send(md, stream, "1")
	})).open(t)
	var out connectors.Answer
	done := make(chan error)
	go func() { done <- b.Call(t.Context(), input(`{"id":"1"}`), &out) }() // ends with leave
	<-entered
	b.subgraph.Close()
	close(leave)
	if err := <-done; err != nil || out.Failed {
		t.Error(err, out.Fault)
	}
	if n := len(b.subgraph.transport.pools); n != 0 {
		t.Errorf("%d channels are left", n)
	}
	if err := b.Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}); fault.CodeOf(err) != fault.Cancelled {
		t.Error("a call after the end:", err)
	}
}

// Metadata is bounded: a trailer of a megabyte is not taken.
func TestMetadataTooLarge(t *testing.T) {
	noLeaks(t)
	b := product.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		stream.SetTrailer(metadata.Pairs("x", strings.Repeat("y", 1<<20)))
		return send(md, stream, "1")
	})).open(t)
	var out connectors.Answer
	if err := b.Call(t.Context(), input(`{"id":"1"}`), &out); err != nil || !out.Failed || len(out.Trailers) > 0 {
		t.Errorf("%v %d trailers %.200v", err, len(out.Trailers), out.Fault)
	}
}
