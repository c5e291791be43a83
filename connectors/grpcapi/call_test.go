package grpcapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/connectors"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// product asks for a product with the given id.
var product = connector{method: "GetProduct", request: "id: $args.id", selection: "id name"}

func (c connector) at(address string) connector {
	c.target = address
	return c
}

// All codes of gRPC arrive as the page of codes says, with their number.
func TestStatusCodes(t *testing.T) {
	noLeaks(t)
	want := map[codes.Code]fault.Code{
		1: "CANCELLED", 2: "UNKNOWN", 3: "BAD_USER_INPUT", 4: "GATEWAY_TIMEOUT", 5: "NOT_FOUND", 6: "ALREADY_EXISTS", 7: "FORBIDDEN",
		8: "RESOURCE_EXHAUSTED", 9: "FAILED_PRECONDITION", 10: "ABORTED", 11: "OUT_OF_RANGE", 12: "UNIMPLEMENTED",
		13: "INTERNAL_SERVER_ERROR", 14: "UNAVAILABLE", 15: "DATA_LOSS", 16: "UNAUTHENTICATED", 77: "UNKNOWN",
	}
	var code codes.Code
	b := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, _ grpc.ServerStream) error {
		return status.Error(code, "why")
	}))).open(t)
	for code = range want {
		var out connectors.Answer
		if err := b.Call(t.Context(), input(`{"id":"1"}`), &out); err != nil {
			t.Fatal(err)
		}
		if !out.Failed || out.Status != int(code) || out.Fault.Code != want[code] || out.Fault.Message != "why" {
			t.Errorf("%d: %+v %+v", code, out, out.Fault)
		}
	}
}

// Details are decoded where the type is known, and shown where that is allowed.
func TestStatusDetails(t *testing.T) {
	c := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, _ grpc.ServerStream) error {
		st, err := status.New(codes.ResourceExhausted, "quota \"x\"").WithDetails(
			&errdetails.QuotaFailure{Violations: []*errdetails.QuotaFailure_Violation{{Subject: "s"}}},
			&errdetails.RetryInfo{RetryDelay: durationpb.New(1500 * time.Millisecond)})
		if err != nil {
			return err
		}
		p := st.Proto()
		p.Details = append(p.Details, &anypb.Any{TypeUrl: "x/shop.v1.Owner", Value: []byte("\n\x01o")}, &anypb.Any{TypeUrl: "x/no.Such", Value: []byte("ab")},
			&anypb.Any{TypeUrl: "x/shop.v1.Owner", Value: []byte("\n")})
		return status.FromProto(p).Err()
	})))
	var out connectors.Answer
	if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &out); err != nil {
		t.Fatal(err)
	}
	body := string(out.Body)
	for _, want := range []string{
		`{"code":8,"message":"quota \"x\"","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"subject":"s",`,
		`{"@type":"type.googleapis.com/google.rpc.RetryInfo","retry_delay":"1.5s"}`,
		`{"@type":"x/shop.v1.Owner","id":"o","name":null},{"@type":"x/no.Such","value":"YWI="},{"@type":"x/shop.v1.Owner","value":"Cg=="}]}`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", body, want)
		}
	}
	if got := string(out.Fault.Extensions); got != `"grpc":{"code":8}` {
		t.Error(got)
	}
	c.settings.ExposeDetails = true
	out = connectors.Answer{}
	if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &out); err != nil {
		t.Fatal(err)
	}
	if got := string(out.Fault.Extensions); !strings.HasPrefix(got, `"grpc":{"code":8,"details":[{"@type"`) {
		t.Error(got)
	}
}

// Metadata goes out from headers and templates and comes back in order, binary
// values as base64.
func TestMetadata(t *testing.T) {
	noLeaks(t)
	var seen metadata.MD
	c := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, stream grpc.ServerStream) error {
		seen, _ = metadata.FromIncomingContext(stream.Context())
		_ = stream.SetHeader(metadata.Pairs("b", "2", "a", "1", "raw-bin", "\x00\xff"))
		stream.SetTrailer(metadata.Pairs("late", "x"))
		return nil
	})))
	c.metadata = []spec.Header{
		{Name: "Authorization", From: "authorization"},
		{Name: "x-id", Value: template(t, "id={$args.id}")},
		{Name: "x-none", From: "x-none"},
		{Name: "x-null", Value: template(t, "{$args.nothing}")},
		{Name: "blob-bin", Value: template(t, "AP8=")},
		{Name: "x-ruled", Value: template(t, "from the schema")},
	}
	in := input(`{"id":"1","nothing":null}`)
	in.Caller = &caller.Caller{Header: http.Header{"Authorization": {"one", "two"}}}
	in.Header = []subgraphs.Header{{Name: "X-Ruled", Value: "from the rules"}, {Name: "grpc-timeout", Value: "1H"}, {Name: "Content-Length", Value: "9"}}
	var out connectors.Answer
	if err := c.open(t).Call(t.Context(), in, &out); err != nil || out.Failed {
		t.Fatal(err, out.Fault)
	}
	for name, want := range map[string]string{
		"authorization": "one,two", "x-id": "id=1", "blob-bin": "\x00\xff", "x-ruled": "from the rules",
		"content-type": "application/grpc+proto", "x-none": "", "x-null": "", "content-length": "",
	} {
		if got := strings.Join(seen[name], ","); got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	var headers []string
	for _, h := range out.Headers {
		if h.Name != "content-type" {
			headers = append(headers, h.Name+"="+h.Value)
		}
	}
	if got := strings.Join(headers, " "); got != "a=1 b=2 raw-bin=AP8=" {
		t.Error(got)
	}
	if len(out.Trailers) != 1 || out.Trailers[0] != (subgraphs.Header{Name: "late", Value: "x"}) {
		t.Error(out.Trailers)
	}
}

func TestMetadataRefused(t *testing.T) {
	for _, name := range []string{"grpc-foo", ":path", "TE", "Content-Type", "sp ace", ""} {
		c := product.at("localhost:1")
		c.metadata = []spec.Header{{Name: name, Value: template(t, "x")}}
		_, err := New(Options{}).Subgraph(SubgraphOptions{Spec: c.subgraph(t), Dir: protoDir})
		if fault.CodeOf(err) != MetadataInvalid {
			t.Errorf("%q: %v", name, err)
		}
	}
	c := product.at("localhost:1")
	c.metadata = []spec.Header{{Name: "x", Value: template(t, "{$args.id}")}, {Name: "y-bin", Value: template(t, "{$args.bin}")}}
	b := c.open(t)
	for _, args := range []string{`{"id":"a\nb","bin":""}`, `{"id":"é","bin":""}`, `{"id":"ok","bin":"*"}`, `{"id":{},"bin":""}`} {
		err := b.Call(t.Context(), input(args), &connectors.Answer{})
		if fault.CodeOf(err) != fault.ConnectorRequest && fault.CodeOf(err) != fault.BadUserInput {
			t.Errorf("%s: %v", args, err)
		}
	}
}

// The smallest deadline is sent along, and passing it is a timeout.
func TestDeadline(t *testing.T) {
	noLeaks(t)
	var left time.Duration
	block := false
	c := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, stream grpc.ServerStream) error {
		deadline, _ := stream.Context().Deadline()
		left = time.Until(deadline)
		if block {
			<-stream.Context().Done()
		}
		return nil
	})))
	for _, test := range []struct {
		field, settings, operation, want time.Duration
	}{
		{0, 0, 0, 5 * time.Second},
		{time.Second, 2 * time.Second, 0, time.Second},
		{0, 2 * time.Second, 3 * time.Second, 2 * time.Second},
		{0, 20 * time.Second, 3 * time.Second, 3 * time.Second},
		{0, 20 * time.Second, 0, 20 * time.Second},
	} {
		c.timeout, c.settings.Timeout = test.field, test.settings
		in := input(`{"id":"1"}`)
		if test.operation > 0 {
			in.Deadline = time.Now().Add(test.operation)
		}
		if err := c.open(t).Call(t.Context(), in, &connectors.Answer{}); err != nil {
			t.Fatal(err)
		}
		if left > test.want || left < test.want-900*time.Millisecond {
			t.Errorf("%+v: %v are left", test, left)
		}
	}
	block, c.timeout = true, 20*time.Millisecond
	var out connectors.Answer
	if err := c.open(t).Call(t.Context(), input(`{"id":"1"}`), &out); err != nil {
		t.Fatal(err)
	}
	if !out.Failed || out.Fault.Code != fault.GatewayTimeout || out.Status != 4 {
		t.Errorf("%+v %+v", out, out.Fault)
	}
}

// Messages over the limits are RESOURCE_EXHAUSTED, in both directions.
func TestMessageLimits(t *testing.T) {
	c := product.at(serve(t, shopFiles(t), reply(func(in, out *dynamicpb.Message, _ grpc.ServerStream) error {
		if idOf(in) == "big" {
			set(out, "name", strings.Repeat("x", 5000))
		}
		return nil
	})))
	c.settings.MaxReceiveBytes = 4096
	b := c.open(t)
	for _, args := range []string{`{"id":"big"}`, `{"id":"` + strings.Repeat("y", maxSendBytes) + `"}`} {
		var out connectors.Answer
		if err := b.Call(t.Context(), input(args), &out); err != nil || !out.Failed || out.Fault.Code != "RESOURCE_EXHAUSTED" {
			t.Errorf("%.20s: %v %+v", args, err, out.Fault)
		}
	}
	var out connectors.Answer
	if err := b.Call(t.Context(), input(`{"id":"small"}`), &out); err != nil || out.Failed || string(out.Body) != `{"id":"","name":null}` {
		t.Errorf("%v %s", err, out.Body)
	}
}

// UNAVAILABLE is tried again for queries that may be, and never for others.
func TestRetry(t *testing.T) {
	noLeaks(t)
	var calls atomic.Int32
	c := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, _ grpc.ServerStream) error {
		if calls.Add(1) < 3 {
			return status.Error(codes.Unavailable, "later")
		}
		return nil
	})))
	for _, test := range []struct {
		root     string
		attempts int
		retry    bool
		calls    int32
	}{
		{"Query", 2, true, 3}, {"Query", 1, true, 2}, {"Query", 2, false, 1}, {"Query", 0, true, 1}, {"Mutation", 2, true, 1},
	} {
		calls.Store(0)
		c.root, c.settings.Retry = test.root, Retry{Attempts: test.attempts, Backoff: time.Millisecond}
		in := input(`{"id":"1"}`)
		in.Retry = test.retry
		var out connectors.Answer
		if err := c.open(t).Call(t.Context(), in, &out); err != nil || out.Failed != (test.calls < 3) || calls.Load() != test.calls {
			t.Errorf("%+v: %d calls, failed %v, %v", test, calls.Load(), out.Failed, err)
		}
	}
}

// At most so many calls run at once; who waits too long is told.
func TestConcurrency(t *testing.T) {
	noLeaks(t)
	entered, leave := make(chan struct{}, 10), make(chan struct{})
	c := product.at(serve(t, shopFiles(t), reply(func(_, _ *dynamicpb.Message, _ grpc.ServerStream) error {
		entered <- struct{}{}
		<-leave
		return nil
	})))
	c.settings.Concurrency = 2
	b := c.open(t)
	var group sync.WaitGroup
	for range 2 {
		group.Go(func() { _ = b.Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}) })
	}
	<-entered
	<-entered
	in := input(`{"id":"1"}`)
	in.Deadline = time.Now().Add(10 * time.Millisecond)
	err := b.Call(t.Context(), in, &connectors.Answer{})
	if fault.CodeOf(err) != fault.GatewayTimeout {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Call(ctx, input(`{"id":"1"}`), &connectors.Answer{}); fault.CodeOf(err) != "CANCELLED" {
		t.Error(err)
	}
	close(leave)
	group.Wait()
	if err := b.Call(t.Context(), input(`{"id":"1"}`), &connectors.Answer{}); err != nil {
		t.Error(err)
	}
}

// What cannot be decoded is no answer.
func TestMalformedAnswer(t *testing.T) {
	b := product.at(serve(t, shopFiles(t), func(_ testing.TB, md protoreflect.MethodDescriptor, stream grpc.ServerStream) error {
		if _, err := receive(md, stream); err != nil {
			return err
		}
		return stream.SendMsg(&frame{out: []byte{0x0a, 0x7f, 'x'}})
	}, grpc.ForceServerCodecV2(codec{}))).open(t)
	var out connectors.Answer
	err := b.Call(t.Context(), input(`{"id":"1"}`), &out)
	if fault.CodeOf(err) != fault.ConnectorResponseInvalid || len(out.Body) != 0 {
		t.Errorf("%v %s", err, out.Body)
	}
}

// A server that is not there is UNAVAILABLE, soon.
func TestUnreachable(t *testing.T) {
	b := product.at("127.0.0.1:1").open(t)
	var out connectors.Answer
	if err := b.Call(t.Context(), input(`{"id":"1"}`), &out); err != nil || !out.Failed || out.Fault.Code != "UNAVAILABLE" {
		t.Errorf("%v %+v", err, out.Fault)
	}
	if text := string(out.Body) + out.Fault.Message + string(out.Fault.Extensions); strings.Contains(text, "127.0.0.1") {
		t.Errorf("an address is shown: %s", text)
	}
	if !strings.Contains(out.Fault.Cause.Error(), "127.0.0.1") {
		t.Errorf("an address is missing in %v", out.Fault.Cause)
	}
}

// Equal queries have equal identities: method, metadata and request count.
func TestIdentity(t *testing.T) {
	c := product.at("localhost:1")
	c.metadata = []spec.Header{{Name: "x", From: "x"}}
	b := c.open(t)
	id := func(b *backend, args, header string) string {
		in := input(args)
		in.Caller = &caller.Caller{Header: http.Header{"X": {header}}}
		got, ok := b.Identity([]byte("prefix "), in)
		if !ok || !strings.HasPrefix(string(got), "prefix ") {
			return ""
		}
		return string(got)
	}
	base := id(b, `{"id":"1"}`, "a")
	if base == "" || base != id(b, `{ "id": "1", "more": 2 }`, "a") {
		t.Error("equal calls differ")
	}
	if base == id(b, `{"id":"2"}`, "a") || base == id(b, `{"id":"1"}`, "b") {
		t.Error("different calls are equal")
	}
	if id(b, `{"id":5}`, "a") != "" {
		t.Error("a request that cannot be encoded has an identity")
	}
	c.root = "Mutation"
	if id(c.open(t), `{"id":"1"}`, "a") != "" {
		t.Error("a mutation has an identity")
	}
}

// What mappings of the request ran into and what had to be replaced in the answer
// is told, once.
func TestProblems(t *testing.T) {
	c := product.at(serve(t, shopFiles(t), reply(func(_, out *dynamicpb.Message, _ grpc.ServerStream) error {
		out.Set(out.Descriptor().Fields().ByName("kind"), protoreflect.ValueOfEnum(99))
		return nil
	})))
	c.selection, c.request = "kind", "id: $args.none"
	c.metadata = []spec.Header{{Name: "x", Value: template(t, "{$args.nothing->first}")}}
	b := c.open(t)
	in := input(`{"id":"1"}`)
	in.Problems = &mapping.Problems{}
	if _, ok := b.Identity(nil, in); !ok || in.Problems.Total() != 0 {
		t.Error("an identity tells problems, which the call tells")
	}
	if err := b.Call(t.Context(), in, &connectors.Answer{}); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range in.Problems.List() {
		got = append(got, fmt.Sprint(p.Path, p.Count, " ", p.Message))
	}
	want := []string{
		`[$args none] 1 there is no none in an object`, `[$args nothing] 1 there is no nothing in an object`,
		`[] 1 an enum number without a name became null`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Calls share nothing but memory that is theirs for as long as they run.
func TestConcurrentCalls(t *testing.T) {
	noLeaks(t)
	c := product.at(serve(t, shopFiles(t), reply(func(in, out *dynamicpb.Message, _ grpc.ServerStream) error {
		set(out, "id", idOf(in))
		set(out, "name", strings.Repeat(idOf(in), 500))
		return nil
	})))
	c.settings.Channels = 3
	b := c.open(t)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			id := string(rune('a' + worker))
			var out connectors.Answer
			for range 40 {
				out.Body = out.Body[:0]
				in := &connectors.Input{Vars: mapping.Vars{{Name: "$args", JSON: []byte(`{"id":"` + id + `"}`)}}}
				if err := b.Call(t.Context(), in, &out); err != nil || string(out.Body) != `{"id":"`+id+`","name":"`+strings.Repeat(id, 500)+`"}` {
					t.Errorf("%v %.60s", err, out.Body)
					return
				}
			}
		})
	}
	group.Wait()
}

// A server that speaks no gRPC, or not to the end, is told apart, and nothing it
// says is shown.
func TestNotGRPC(t *testing.T) {
	noLeaks(t)
	pages := map[string]http.HandlerFunc{
		"12 UNIMPLEMENTED: catalog did not answer with gRPC but with HTTP 404 (Not Found)": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "<html>10.0.0.7", http.StatusNotFound)
		},
		"2 UNKNOWN: catalog did not answer with gRPC but with HTTP 200 (OK)": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<html>10.0.0.7"))
		},
		"13 INTERNAL_SERVER_ERROR: stream terminated by RST_STREAM with error code: INTERNAL_ERROR": func(http.ResponseWriter, *http.Request) {
			panic(http.ErrAbortHandler)
		},
		"13 INTERNAL_SERVER_ERROR: unexpected EOF": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/grpc")
			_, _ = w.Write([]byte{0, 0, 0, 0, 100, 1})
		},
	}
	for want, page := range pages {
		server := httptest.NewUnstartedServer(page)
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		var out connectors.Answer
		err := product.at(server.Listener.Addr().String()).open(t).Call(t.Context(), input(`{"id":"1"}`), &out)
		if got := fmt.Sprint(out.Status, " ", out.Fault); err != nil || got != want || strings.Contains(string(out.Body), "10.0.0.7") {
			t.Errorf("%v %s\n%s", err, got, out.Body)
		}
		server.Close()
	}
}
