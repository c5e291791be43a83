package server

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// streaming answers by the document's first word: "count N" is a subscription
// of N events, "quiet" one without any, "flood N" one of events of N bytes
// without end, "fails N" breaks after N events, "eof" and "late" at once for a
// reason that looks like something else, "dropped" tells of lost events;
// "wait" is a query that ends when it is given up, "hold" one that ends with
// release; anything else is the fake's.
type streaming struct {
	fake
	release          chan struct{}
	open             atomic.Int64 // feeds
	waiting, waited  atomic.Int64 // queries
	asked            atomic.Int64
	inits            sync.Map // of callers seen
	methods, headers sync.Map
}

func newStreaming() *streaming { return &streaming{release: make(chan struct{})} }

func (s *streaming) Do(ctx context.Context, req *operation.Request) *Answer {
	s.asked.Add(1)
	s.inits.Store(string(req.Caller.Init), true)
	s.methods.Store(req.Caller.Method, true)
	s.headers.Store(req.Caller.Header.Get("Authorization"), true)
	word, rest, _ := strings.Cut(string(req.Document), " ")
	n, _ := strconv.Atoi(rest)
	f := &fakeFeed{engine: s, done: make(chan struct{})}
	switch word {
	case "count":
		f.events = n
	case "fails":
		f.events, f.err = n, fault.List{{Code: fault.SubrequestHTTPError, Message: "it broke"}}
	case "eof":
		f.err = fault.List{{Code: fault.SubrequestHTTPError, Message: "it broke", Cause: io.EOF}}
	case "late":
		f.err = fault.List{{Code: fault.GatewayTimeout, Message: "too late", Cause: context.DeadlineExceeded}}
	case "quiet":
		f.quiet = true
	case "dropped":
		f.events, f.dropped = 1, 7
	case "flood":
		f.events, f.size = 1<<40, n
	case "wait", "hold":
		s.waiting.Add(1)
		select {
		case <-ctx.Done():
		case <-s.release:
		}
		s.waited.Add(1)
		return &Answer{Body: []byte(`{"data":{"waited":true}}`)}
	default:
		return s.fake.Do(ctx, req)
	}
	if !req.Stream {
		return &Answer{Errors: fault.List{{Code: fault.NotAcceptable, Message: "no stream"}}}
	}
	s.open.Add(1)
	return &Answer{Feed: f}
}

type fakeFeed struct {
	engine        *streaming
	events, given int
	size, dropped int
	quiet         bool
	err           error
	once          sync.Once
	done          chan struct{}
}

func (f *fakeFeed) Next(ctx context.Context) (*Answer, *Delivery, error) {
	if f.quiet {
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-f.done:
			return nil, nil, io.EOF
		}
	}
	if f.given == f.events {
		if f.err != nil {
			return nil, nil, f.err
		}
		return nil, nil, io.EOF
	}
	f.given++
	a := &Answer{Body: fmt.Appendf(nil, `{"data":{"n":%d}}`, f.given)}
	if f.size > 0 {
		a.Body = fmt.Appendf(nil, `{"data":{"n":%d,"fill":"%s"}}`, f.given, strings.Repeat("x", f.size))
	}
	return a, &Delivery{More: true, Dropped: f.dropped}, nil
}

func (f *fakeFeed) Close() {
	f.once.Do(func() {
		close(f.done)
		f.engine.open.Add(-1)
	})
}

// eventually waits for something that another goroutine does soon.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.NewTimer(5 * time.Second)
	defer deadline.Stop()
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline.C:
			stacks := make([]byte, 1<<16)
			t.Fatalf("%s: not after 5 s\n%s", what, stacks[:runtime.Stack(stacks, true)])
		}
	}
}

// nothingLeft checks at the end of a test that its goroutines have ended.
func nothingLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	t.Cleanup(func() {
		eventually(t, fmt.Sprintf("%d goroutines as before", before), func() bool { return runtime.NumGoroutine() <= before })
	})
}
