package traffic

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// overHTTP decorates a source that speaks with a real server, whose every call
// can be started and followed.
func overHTTP(t *testing.T, url string, kind plan.Kind, o Options) subgraphs.Call {
	t.Helper()
	source, err := subgraphs.NewHTTPSource(subgraphs.HTTPOptions{Name: "shop", URL: url, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	call, err := New(o).Decorate(source).Prepare(&subgraphs.Spec{Subgraph: "shop", Kind: kind, Operation: "{a}"})
	if err != nil {
		t.Fatal(err)
	}
	return call
}

// asks are the two ways the executor asks.
var asks = map[string]func(ctx context.Context, call subgraphs.Call, req *subgraphs.Request, res *subgraphs.Response) error{
	"start": ask,
	"fetch": func(ctx context.Context, call subgraphs.Call, req *subgraphs.Request, res *subgraphs.Response) error {
		return call.Fetch(ctx, req, res)
	},
}

// TestOverHTTP has a server that is busy twice.
func TestOverHTTP(t *testing.T) {
	for name, ask := range asks {
		var asked atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if asked.Add(1) <= 2 {
				w.WriteHeader(http.StatusServiceUnavailable)
				io.WriteString(w, `{"errors":[{"message":"busy"}]}`)
				return
			}
			io.WriteString(w, `{"data":{"a":1}}`)
		}))
		call := overHTTP(t, server.URL, plan.Query, Options{Retry: noWait(), Breaker: Breaker{Enabled: true}})
		res := subgraphs.Response{Body: []byte("before")}
		if err := ask(t.Context(), call, &subgraphs.Request{}, &res); err != nil || string(res.Body) != `before{"data":{"a":1}}` || asked.Load() != 3 {
			t.Errorf("%s: %v %s, asked %d times", name, err, res.Body, asked.Load())
		}
		server.Close()
	}
}

// resetting reads requests and breaks the connection off without an answer.
func resetting(t *testing.T) (url string, asked *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	asked = new(atomic.Int64)
	go func() { // ends with the listener
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = io.Copy(io.Discard, r.Body)
				asked.Add(1)
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}
	}()
	return "http://" + listener.Addr().String(), asked
}

// TestMutationIsSentOnceOverHTTP counts what a server that breaks every
// connection has read.
func TestMutationIsSentOnceOverHTTP(t *testing.T) {
	for name, ask := range asks {
		for kind, want := range map[plan.Kind]int64{plan.Mutation: 1, plan.Query: 3} {
			url, asked := resetting(t)
			call := overHTTP(t, url, kind, Options{Retry: noWait(), Breaker: Breaker{Enabled: true}})
			err := ask(t.Context(), call, &subgraphs.Request{}, &subgraphs.Response{})
			if fault.CodeOf(err) != fault.SubrequestHTTPError || asked.Load() != want {
				t.Errorf("%s, kind %d: %v, sent %d times, not %d", name, kind, err, asked.Load(), want)
			}
		}
	}
}

// TestInterruptedRepeat gives up while further attempts are made: between them
// and amid one. Nothing is left running.
func TestInterruptedRepeat(t *testing.T) {
	before := runtime.NumGoroutine()
	func() {
		var asked atomic.Int64
		hang := make(chan struct{})
		second := make(chan struct{}, 2)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1)%2 == 1 {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			second <- struct{}{}
			<-hang
		}))
		defer server.Close()
		defer close(hang)
		for name, ask := range asks {
			asked.Store(0)
			ctx, cancel := context.WithCancel(t.Context())
			go func() { // ends when the second attempt is there
				<-second
				cancel()
			}()
			begin := time.Now()
			err := ask(ctx, overHTTP(t, server.URL, plan.Query, Options{Retry: noWait()}), &subgraphs.Request{}, &subgraphs.Response{})
			if err == nil || time.Since(begin) > 3*time.Second {
				t.Errorf("%s, amid an attempt: %v after %v", name, err, time.Since(begin))
			}
			asked.Store(0)
			ctx, cancel = context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			begin = time.Now()
			slow := Options{Retry: Retry{Attempts: 2, Pause: time.Hour}}
			err = ask(ctx, overHTTP(t, server.URL, plan.Query, slow), &subgraphs.Request{}, &subgraphs.Response{})
			if err == nil || time.Since(begin) > 3*time.Second {
				t.Errorf("%s, between attempts: %v after %v", name, err, time.Since(begin))
			}
			cancel()
		}
	}()
	deadline := time.Now().Add(5 * time.Second)
	for runtime.NumGoroutine() > before+2 && time.Now().Before(deadline) { // kept connections go with the sources
		runtime.Gosched()
	}
	if n := runtime.NumGoroutine(); n > before+2 {
		buf := make([]byte, 1<<16)
		t.Errorf("%d goroutines, %d before:\n%s", n, before, buf[:runtime.Stack(buf, true)])
	}
}
