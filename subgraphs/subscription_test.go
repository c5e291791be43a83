package subgraphs

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// newStreams returns a source; when the test is over nothing of it may run any
// more.
func newStreams(t testing.TB, o HTTPOptions) *HTTPSource {
	t.Helper()
	o.Name = "reviews"
	source, err := NewHTTPSource(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		source.Close()
		noGoroutines(t)
	})
	return source
}

// noGoroutines waits until no goroutine of a subscription runs. It yields
// rather than sleeps: what is to end has been told to.
func noGoroutines(t testing.TB) {
	t.Helper()
	stacks := make([]byte, 1<<20)
	for start := time.Now(); ; runtime.Gosched() {
		text := string(stacks[:runtime.Stack(stacks, true)])
		left := ""
		for _, stack := range strings.Split(text, "\n\n") {
			for _, mark := range []string{"subgraphs.(*socket)", "subgraphs.(*eventReader)", "subgraphs.(*upstream)", "subgraphs.(*socketPool)", "subgraphs.(*hub)"} {
				if strings.Contains(stack, mark) {
					left = stack
				}
			}
		}
		if left == "" {
			return
		}
		if time.Since(start) > 5*time.Second {
			t.Fatalf("a goroutine is left:\n%s", left)
		}
	}
}

var watch1 = &Spec{Kind: plan.Subscription, Operation: "subscription{a}", Variables: []string{"v"}}

func callFor(t testing.TB, source *HTTPSource, spec *Spec) Subscriber {
	t.Helper()
	call, err := source.Prepare(spec)
	if err != nil {
		t.Fatal(err)
	}
	subscriber, ok := call.(Subscriber)
	if !ok {
		t.Fatalf("%T is no Subscriber", call)
	}
	return subscriber
}

// subscribe returns a stream that is closed with the test.
func subscribe(t testing.TB, source *HTTPSource, spec *Spec, req *Request) Stream {
	t.Helper()
	stream, err := callFor(t, source, spec).Subscribe(t.Context(), req)
	if err != nil {
		t.Fatalf("%v (%v)", err, errors.Unwrap(err))
	}
	t.Cleanup(func() { closeStream(t, stream) })
	return stream
}

func closeStream(t testing.TB, stream Stream) {
	t.Helper()
	if err := stream.Close(); err != nil {
		t.Error(err)
	}
}

// testWait is when a test gives up.
const testWait = 20 * time.Second

func next(t testing.TB, stream Stream, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testWait)
	defer cancel()
	res := Response{Body: []byte("kept")}
	if err := stream.Next(ctx, &res); err != nil {
		t.Fatalf("%v instead of %.200s", err, want)
	}
	if got := strings.TrimPrefix(string(res.Body), "kept"); got != want {
		t.Fatalf("got  %.200s\nwant %.200s", got, want)
	}
}

// nextEnds expects the end: want, or a fault that reads as want.
func nextEnds(t testing.TB, stream Stream, want any) {
	t.Helper()
	for range 2 { // it stays
		ctx, cancel := context.WithTimeout(t.Context(), testWait)
		defer cancel()
		var res Response
		err := stream.Next(ctx, &res)
		if err == nil {
			t.Fatalf("an event: %.200s", res.Body)
		}
		expectError(t, err, want)
	}
}

func expectError(t testing.TB, err error, want any) {
	t.Helper()
	if target, ok := want.(error); ok {
		if !errors.Is(err, target) {
			t.Errorf("got  %v\nwant %v", err, want)
		}
		return
	}
	got := err.Error()
	for _, f := range fault.Of(err) {
		if f.Extensions != nil {
			got += " {" + string(f.Extensions) + "}"
		}
	}
	if got != want {
		t.Errorf("got  %s\nwant %s\n(%v)", got, want, errors.Unwrap(err))
	}
}
