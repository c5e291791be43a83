package weft_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/weftql/weft"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/subgraphs"
)

// answering is a source whose fetches are answered by a function; prepare, if
// set, is called for every plan.
type answering struct {
	fetch   func(ctx context.Context, req *subgraphs.Request) (string, error)
	prepare func()
}

func (a *answering) Prepare(*subgraphs.Spec) (subgraphs.Call, error) {
	if a.prepare != nil {
		a.prepare()
	}
	return a, nil
}

func (a *answering) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	body, err := a.fetch(ctx, req)
	res.Body = append(res.Body, body...)
	return err
}

func always(body string) *answering {
	return &answering{fetch: func(context.Context, *subgraphs.Request) (string, error) { return body, nil }}
}

// one is a graph of one subgraph with the field a.
func one(source subgraphs.Source) weft.Options {
	return weft.Options{Subgraphs: []weft.Subgraph{{Name: "s", Schema: weft.Schema{Text: "type Query { a(x: String): String b: String }"}, Source: source}}}
}

func gateway(t *testing.T, o weft.Options) *weft.Gateway {
	t.Helper()
	g, err := weft.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

// do runs an operation and renders its answer.
func do(ctx context.Context, g *weft.Gateway, document string) string {
	answer := g.Do(ctx, &operation.Request{Document: []byte(document), Caller: &caller.Caller{Method: "POST"}})
	if answer.Release != nil {
		defer answer.Release()
	}
	out := string(answer.Body)
	for _, e := range answer.Errors {
		out += " " + e.Error()
	}
	return strings.TrimSpace(out)
}

func TestTimeoutOfAnOperation(t *testing.T) {
	source := &answering{fetch: func(ctx context.Context, req *subgraphs.Request) (string, error) {
		ctx, cancel := context.WithDeadline(ctx, req.Deadline)
		defer cancel()
		<-ctx.Done()
		return "", &fault.Error{Code: fault.GatewayTimeout, Message: "late", Subgraph: "s"}
	}}
	o := one(source)
	o.Timeout = 30 * time.Millisecond
	start := time.Now()
	if got := do(t.Context(), gateway(t, o), "{a}"); got != `{"data":{"a":null}} GATEWAY_TIMEOUT: Internal error` {
		t.Error(got)
	}
	if spent := time.Since(start); spent > 5*time.Second {
		t.Errorf("it took %v", spent)
	}
}

// TestOnePlanForAll asks the same new operation many times at once.
func TestOnePlanForAll(t *testing.T) {
	var plans atomic.Int32
	source := always(`{"data":{"a":"x"}}`)
	source.prepare = func() { plans.Add(1) }
	g := gateway(t, one(source))
	var wg sync.WaitGroup
	for i := range 40 {
		text := "{a}"
		if i%2 == 1 {
			text = "query { # another text of the same operation\n a }"
		}
		wg.Go(func() {
			if got := do(t.Context(), g, text); got != `{"data":{"a":"x"}}` {
				t.Error(got)
			}
		})
	}
	wg.Wait()
	if n := plans.Load(); n != 1 {
		t.Errorf("planned %d times", n)
	}
}

// TestCancelledPlanningDoesNotPoison cancels the client whose request started a
// planning; the next one is served.
func TestCancelledPlanningDoesNotPoison(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	source := always(`{"data":{"a":"x"}}`)
	var first sync.Once
	source.prepare = func() {
		first.Do(func() { close(entered); <-leave })
	}
	g := gateway(t, one(source))
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-entered; cancel() }() // ends with the planning
	if got := do(ctx, g, "{a}"); got != "GATEWAY_TIMEOUT: the operation was given up" {
		t.Error(got)
	}
	close(leave)
	if got := do(t.Context(), g, "{a}"); got != `{"data":{"a":"x"}}` {
		t.Error(got)
	}
}

// TestPanicWhilePlanning has a bug where a plan is made: the request fails as an
// incident, the next one is served, and the snapshot is not held.
func TestPanicWhilePlanning(t *testing.T) {
	source := always(`{"data":{"a":"x"}}`)
	broken := true
	source.prepare = func() {
		if broken {
			panic("a bug")
		}
	}
	g := gateway(t, one(source))
	h := server.NewHandler(g, server.Options{})
	ask := func() string {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{a}"}`))
		r.Header.Set("Content-Type", "application/json")
		h.ServeHTTP(w, r)
		return w.Body.String()
	}
	if got := ask(); !strings.Contains(got, "INTERNAL_SERVER_ERROR") || strings.Contains(got, "bug") {
		t.Error(got)
	}
	broken = false
	if got := ask(); got != `{"data":{"a":"x"}}` {
		t.Error(got)
	}
}

// TestSwapWhileServing swaps the graph while a request of the old one is under
// way: it ends on the old one, and new requests see the new one.
func TestSwapWhileServing(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.graphql")
	write(t, file, "type Query { a: String }")
	entered, leave := make(chan struct{}), make(chan struct{})
	source := &answering{fetch: func(context.Context, *subgraphs.Request) (string, error) {
		entered <- struct{}{}
		<-leave
		return `{"data":{"a":"x","b":"y"}}`, nil
	}}
	g := gateway(t, weft.Options{Subgraphs: []weft.Subgraph{{Name: "s", Schema: weft.Schema{File: file}, Source: source}}})
	old := g.Snapshot()
	answers := make(chan string, 1)
	go func() { answers <- do(t.Context(), g, "{a}") }() // ends with the request
	<-entered
	write(t, file, "type Query { b: String }")
	if err := g.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if g.Snapshot() == old {
		t.Error("nothing was swapped")
	}
	if got := do(t.Context(), g, "{a}"); !strings.Contains(got, "GRAPHQL_VALIDATION_FAILED") {
		t.Errorf("the new graph has a: %s", got)
	}
	close(leave)
	if got := <-answers; got != `{"data":{"a":"x"}}` {
		t.Errorf("the old request: %s", got)
	}
	current := g.Snapshot()
	if err := g.Reload(t.Context()); err != nil || g.Snapshot() != current {
		t.Errorf("unchanged schemas made a new snapshot: %v", err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// eventually waits for a condition that another goroutine brings about.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			t.Fatalf("%s did not happen", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// TestWatch changes a schema file under a running gateway: by writing, by
// renaming over it, and with a text that does not compose.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "s.graphql")
	write(t, file, "type Query { a: String }")
	var logged logBuffer
	o := weft.Options{Watch: true, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		Subgraphs: []weft.Subgraph{{Name: "s", Schema: weft.Schema{File: file}, Source: always(`{"data":{"a":"x","b":"y","c":"z"}}`)}}}
	g := gateway(t, o)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }() // ends with cancel
	serves := func(document, want string) func() bool {
		return func() bool { return do(t.Context(), g, document) == want }
	}
	eventually(t, "the watch", func() bool {
		// The watch begins at some time after Run: write until it is noticed.
		write(t, file, "type Query { b: String }")
		return serves("{b}", `{"data":{"b":"y"}}`)()
	})
	write(t, filepath.Join(dir, "new"), "type Query { c: String }")
	if err := os.Rename(filepath.Join(dir, "new"), file); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the change by renaming", serves("{c}", `{"data":{"c":"z"}}`))
	write(t, file, "type Query { c: ")
	eventually(t, "the refusal", func() bool { _, details := g.Health(); return !details[0].OK })
	if !serves("{c}", `{"data":{"c":"z"}}`)() {
		t.Error("the graph does not run any more")
	}
	if _, details := g.Health(); !strings.Contains(details[0].Detail, "s.graphql:1:") {
		t.Errorf("health says %v", details)
	}
	eventually(t, "the log", func() bool {
		return strings.Contains(logged.String(), "schema change refused, the running graph stays")
	})
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestPoll serves a subgraph's SDL that changes.
func TestPoll(t *testing.T) {
	var sdl atomic.Pointer[string]
	set := func(text string) { sdl.Store(&text) }
	set("type Query { a: String }")
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"data":{"_service":{"sdl":"` + *sdl.Load() + `"}}}`))
	}))
	defer backend.Close()
	g := gateway(t, weft.Options{Subgraphs: []weft.Subgraph{{Name: "s", Schema: weft.Schema{Poll: 5 * time.Millisecond},
		HTTP: subgraphs.HTTPOptions{URL: backend.URL}, Source: always(`{"data":{"b":"y"}}`)}}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }() // ends with cancel
	set("type Query { b: String }")
	eventually(t, "the poll", func() bool { return do(t.Context(), g, "{b}") == `{"data":{"b":"y"}}` })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// TestReloadReadsWhatIsDue changes a file beside a subgraph that was asked for
// its schema once and is down now: the change is taken, and the subgraph is not
// asked again but by Reload, which tells that it cannot be read.
func TestReloadReadsWhatIsDue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.graphql")
	write(t, file, "type Query { a: String }")
	var asked atomic.Int64
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) > 1 {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"data":{"_service":{"sdl":"type Query { d: String }"}}}`))
	}))
	defer backend.Close()
	var logged logBuffer
	g := gateway(t, weft.Options{Watch: true, Logger: slog.New(slog.NewTextHandler(&logged, nil)), Subgraphs: []weft.Subgraph{
		{Name: "down", HTTP: subgraphs.HTTPOptions{URL: backend.URL}, Source: always(`{"data":{"d":"z"}}`)},
		{Name: "s", Schema: weft.Schema{File: file}, Source: always(`{"data":{"b":"y"}}`)},
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- g.Run(ctx) }() // ends with cancel
	eventually(t, "the watch", func() bool {
		write(t, file, "type Query { b: String }")
		return do(t.Context(), g, "{b}") == `{"data":{"b":"y"}}`
	})
	if n := asked.Load(); n != 1 {
		t.Errorf("the subgraph was asked %d times", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	write(t, file, "type Query { c: String }")
	if err := g.Reload(t.Context()); fault.CodeOf(err) != fault.SchemaUnavailable || asked.Load() < 2 {
		t.Errorf("%v after %d questions", err, asked.Load())
	}
	if _, details := g.Health(); details[0].OK || !strings.Contains(details[0].Detail, "the last known schema is served") {
		t.Errorf("health says %v", details)
	}
	if got := do(t.Context(), g, "{__typename}"); got != `{"data":{"__typename":"Query"}}` {
		t.Error(got)
	}
	if err := g.Reload(t.Context()); fault.CodeOf(err) != fault.SchemaUnavailable {
		t.Error(err)
	}
}

// TestNothingSecretIsLogged plants a secret wherever a client or a subgraph can
// put one and looks for it in the log.
func TestNothingSecretIsLogged(t *testing.T) {
	const secret = "s3cr3t-value"
	var logged logBuffer
	source := &answering{fetch: func(context.Context, *subgraphs.Request) (string, error) {
		return `{"data":{"a":"` + secret + `"},"errors":[{"message":"no","path":["a"],"extensions":{"stack":"` + secret + `"}}]}`, nil
	}}
	o := one(source)
	o.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	g := gateway(t, o)
	answer := g.Do(t.Context(), &operation.Request{
		Document: []byte("query($v: String) { a(x: $v) }"), Variables: []byte(`{"v":"` + secret + `"}`),
		Caller: &caller.Caller{Method: "POST", Header: http.Header{"Authorization": {secret}}},
	})
	answer.Release()
	do(t.Context(), g, `{ a(y: "`+secret+`") }`)
	if text := logged.String(); strings.Contains(text, secret) || !strings.Contains(text, "operation error") {
		t.Errorf("the log: %s", text)
	}
}

// TestClientsThatLeaveAreNotNews hangs up while a subgraph works: that is no
// warning.
func TestClientsThatLeaveAreNotNews(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var logged logBuffer
	o := one(&answering{fetch: func(ctx context.Context, _ *subgraphs.Request) (string, error) {
		cancel()
		return "", &fault.Error{Code: fault.SubrequestHTTPError, Subgraph: "s", Message: "the subgraph request was cancelled", Cause: context.Canceled}
	}})
	o.Logger = slog.New(slog.NewTextHandler(&logged, nil))
	if got := do(ctx, gateway(t, o), "{a}"); !strings.Contains(got, "Internal error") || logged.String() != "" {
		t.Errorf("%s\n%s", got, logged.String())
	}
}

// TestTwoGateways runs two graphs in one process.
func TestTwoGateways(t *testing.T) {
	first, second := gateway(t, one(always(`{"data":{"a":"1"}}`))), gateway(t, one(always(`{"data":{"a":"2"}}`)))
	if a, b := do(t.Context(), first, "{a}"), do(t.Context(), second, "{a}"); a != `{"data":{"a":"1"}}` || b != `{"data":{"a":"2"}}` {
		t.Error(a, b)
	}
}

func TestClosedGatewayRefuses(t *testing.T) {
	g, err := weft.New(t.Context(), one(always(`{"data":{"a":"x"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
	g.Close() // is harmless
	if got := do(t.Context(), g, "{a}"); got != "SERVER_SHUTDOWN: the gateway is closed" {
		t.Error(got)
	}
	if required, _ := g.Health(); required[0].OK {
		t.Error("a closed gateway is ready")
	}
}

func TestNewReportsEverything(t *testing.T) {
	_, err := weft.New(t.Context(), weft.Options{Subgraphs: []weft.Subgraph{
		{Name: "a", Schema: weft.Schema{File: "/none/a.graphql"}}, {Name: "b"}, {Name: "c", Schema: weft.Schema{Text: "type Query { c: Int }"}},
	}})
	var list fault.List
	if !errors.As(err, &list) || len(list) != 2 || list[0].Code != fault.SchemaUnavailable || list[1].Code != fault.ConfigInvalid {
		t.Error(err)
	}
}

// BenchmarkDo is a known operation without HTTP.
func BenchmarkDo(b *testing.B) {
	g, err := weft.New(b.Context(), one(always(`{"data":{"a":"x"}}`)))
	if err != nil {
		b.Fatal(err)
	}
	defer g.Close()
	request := &operation.Request{Document: []byte("{a}"), Caller: &caller.Caller{Method: "POST"}}
	b.ReportAllocs()
	for b.Loop() {
		g.Do(b.Context(), request).Release()
	}
}
