package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

// funcSource makes calls of functions: fetch by number, start optional.
type funcSource struct {
	fetch func(ctx context.Context, fetch string, req *subgraphs.Request, res *subgraphs.Response) error
	start func(ctx context.Context, fetch string) (subgraphs.Pending, error)
}

type funcCall struct {
	s    funcSource
	name string
}

type funcStarter struct{ funcCall }

func (s funcSource) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	if s.start != nil {
		return funcStarter{funcCall{s, spec.Name}}, nil
	}
	return funcCall{s, spec.Name}, nil
}

func (c funcCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	return c.s.fetch(ctx, c.name, req, res)
}

func (c funcStarter) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	return c.s.start(ctx, c.name)
}

// compileOver compiles a plan text over one source.
func compileOver(t testing.TB, text string, o Options, inline bool, s subgraphs.Source) *Program {
	t.Helper()
	p, err := parsePlan(text)
	if err != nil {
		t.Fatal(err)
	}
	p.Inline = inline
	x, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	prog, err := x.Compile(p, func(string) subgraphs.Source { return s })
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

const branches = `
subgraphs a b
shape 1 links 1
  slow 2
shape 2
  id String
shape 3
  fast 4
shape 4 links 1
  id String
shape 5
  name String
fetch a
  data 1
fetch b
  data 3
    to 1.0
fetch a after 1
  _entities r T 5
    to 4.0
      id! .0
data
  records 0/0
  slow 0.0 T
    id 0.0 T!
  fast 1.0 T
    records 0/0
    name 1.0 T
`

// A fetch starts as soon as what it waits for is linked: the slow branch answers
// only after the follow-up of the fast one was sent.
func TestNoBarrier(t *testing.T) {
	followed := make(chan struct{})
	prog := compileOver(t, branches, Options{}, false, funcSource{fetch: func(ctx context.Context, fetch string, req *subgraphs.Request, res *subgraphs.Response) error {
		switch fetch {
		case "0":
			select {
			case <-followed:
			case <-time.After(10 * time.Second):
				return errors.New("the follow-up of the other branch waits for this one")
			}
			res.Body = append(res.Body, `{"data":{"slow":{"id":"1"}}}`...)
		case "1":
			res.Body = append(res.Body, `{"data":{"fast":{"id":"2"}}}`...)
		case "2":
			close(followed)
			res.Body = append(res.Body, `{"data":{"_entities":[{"name":"n"}]}}`...)
		}
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if got := string(res.Body); got != `{"data":{"slow":{"id":"1"},"fast":{"name":"n"}}}` || len(res.Errors) > 0 {
		t.Error(got, res.Errors)
	}
}

// A panic of the run itself, a bug, leaves no request behind: whatever is on its
// way ends first.
func TestPanicLeavesNothing(t *testing.T) {
	for _, inline := range []bool{false, true} {
		ended := false
		s := funcSource{fetch: func(_ context.Context, fetch string, _ *subgraphs.Request, res *subgraphs.Response) error {
			if fetch == "0" {
				res.Body = append(res.Body, `{"data":{"one":{"id":"2"}}}`...)
				return nil
			}
			for range 1000 {
				runtime.Gosched()
			}
			ended = true
			return nil
		}}
		if inline {
			s.start = func(ctx context.Context, fetch string) (subgraphs.Pending, error) {
				return endingPending{func(res *subgraphs.Response) error { return s.fetch(ctx, fetch, nil, res) }}, nil
			}
		}
		prog := compileOver(t, `
subgraphs a b
shape 1 links 1
  one 2
shape 2 links 1
  id String
shape 3
  two String
shape 4
  name String
fetch a
  data 1
fetch b
  data 3
    to 1.0
fetch b after 0
  _entities r T 4
    to 2.0
      id! .0
data
  records 0/0
  two 1.0 T
`, Options{}, inline, s)
		prog.fetches[2].sets[0].targets[0].shape = nil
		func() {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			prog.Execute(context.Background(), &Input{})
		}()
		if !ended {
			t.Errorf("inline %v: a request goes on", inline)
		}
	}
}

type endingPending struct {
	finish func(*subgraphs.Response) error
}

func (p endingPending) Finish(res *subgraphs.Response) error { return p.finish(res) }
func (p endingPending) Interrupt()                           {}

// held is a request that ends only when it is interrupted.
type held struct {
	once        sync.Once
	interrupted chan struct{}
	started     chan<- string
	fetch       string
}

func (h *held) Finish(res *subgraphs.Response) error {
	h.started <- h.fetch
	<-h.interrupted
	res.Body = append(res.Body, `{"data":{"slow"`...) // what had arrived by then
	return context.Canceled
}

func (h *held) Interrupt() { h.once.Do(func() { close(h.interrupted) }) }

// Cancelling the context interrupts what is pending, and nothing is sent any
// more.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan string, 4)
	prog := compileOver(t, branches, Options{}, true, funcSource{start: func(ctx context.Context, fetch string) (subgraphs.Pending, error) {
		return &held{interrupted: make(chan struct{}), started: started, fetch: fetch}, nil
	}})
	go func() { // ends with the first read
		<-started
		cancel()
	}()
	res := prog.Execute(ctx, &Input{})
	defer res.Release()
	if got := describeErrors(res.Errors); got != "GATEWAY_TIMEOUT slow: the subgraph did not answer in time (a)\nGATEWAY_TIMEOUT fast: the subgraph did not answer in time (b)\n" {
		t.Error(got)
	}
	if string(res.Body) != `{"data":{"slow":null,"fast":null}}` {
		t.Errorf("%s", res.Body)
	}
}

// Cancelling at any moment is safe; what Interrupt is called for ends soon.
func TestInterruptAnytime(t *testing.T) {
	started := make(chan string, 4)
	prog := compileOver(t, branches, Options{}, true, funcSource{start: func(ctx context.Context, fetch string) (subgraphs.Pending, error) {
		return &held{interrupted: make(chan struct{}), started: started, fetch: fetch}, nil
	}})
	for i := range 200 {
		ctx, cancel := context.WithCancel(context.Background())
		var wait sync.WaitGroup
		wait.Go(func() {
			for range i % 7 {
				runtime.Gosched()
			}
			cancel()
		})
		res := prog.Execute(ctx, &Input{})
		if len(res.Errors) != 2 || res.Errors[0].Code != fault.GatewayTimeout {
			t.Fatal(res.Errors)
		}
		res.Release()
		wait.Wait()
		for len(started) > 0 {
			<-started
		}
	}
}

// After the deadline nothing is sent.
func TestDeadline(t *testing.T) {
	prog := compileOver(t, branches, Options{}, false, funcSource{fetch: func(context.Context, string, *subgraphs.Request, *subgraphs.Response) error {
		t.Error("a request was sent")
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{Deadline: time.Now().Add(-time.Second)})
	defer res.Release()
	if got := describeErrors(res.Errors); got != "GATEWAY_TIMEOUT slow: the operation took too long (a)\nGATEWAY_TIMEOUT fast: the operation took too long (b)\n" {
		t.Error(got)
	}
}

// Errors of sources become faults; a fault keeps its code, text and extensions.
func TestSourceErrors(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.New("dial tcp: refused"), "DOWNSTREAM_SERVICE_ERROR list: the subgraph could not be asked (a)\n"},
		{fmt.Errorf("read: %w", context.DeadlineExceeded), "GATEWAY_TIMEOUT list: the subgraph did not answer in time (a)\n"},
		{&fault.Error{Code: fault.SubrequestHTTPError, Message: "503", Subgraph: "x", Extensions: []byte(`"http":{"status":503}`), Path: []fault.Step{{Key: "p"}}},
			`SUBREQUEST_HTTP_ERROR list: 503 (x) {"http":{"status":503}}` + "\n"},
	} {
		prog := compileOver(t, manyPlan, Options{}, false, funcSource{fetch: func(_ context.Context, _ string, _ *subgraphs.Request, res *subgraphs.Response) error {
			res.Body = append(res.Body, "half an ans"...)
			return test.err
		}})
		res := prog.Execute(context.Background(), &Input{})
		if got := describeErrors(res.Errors); got != test.want {
			t.Errorf("%v: %s", test.err, got)
		}
		if !errors.Is(res.Errors[0], test.err) && res.Errors[0].Code != fault.SubrequestHTTPError {
			t.Errorf("%v: the cause is lost", test.err)
		}
		res.Release()
	}
}

// The bytes of all answers of a run are limited.
func TestMaxBytes(t *testing.T) {
	for _, inline := range []bool{false, true} {
		prog, _ := compileText(t, manyPlan, func(string, *subgraphs.Request) string { return manyAnswer(1000) })
		prog.inline = inline
		prog.executor.limits.bytes = 4000
		res := prog.Execute(context.Background(), &Input{})
		if got := describeErrors(res.Errors); got != "SUBREQUEST_MALFORMED_RESPONSE list: the subgraphs' answers are too large (a)\n" {
			t.Error(got)
		}
		res.Release()
	}
}

// A small answer cannot mean records without end.
func TestMaxSlots(t *testing.T) {
	prog, _ := compileText(t, manyPlan, func(string, *subgraphs.Request) string {
		return `{"data":{"list":[` + strings.Repeat("{},", 999) + `{}]}}`
	})
	prog.executor.limits.slots = 2000
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if got := describeErrors(res.Errors); got != "SUBREQUEST_MALFORMED_RESPONSE list: the subgraphs' answers hold too many values (a)\n" {
		t.Error(got)
	}
}

// An answer of many empty objects is refused long before its records take more
// memory than its bytes could mean, whatever the plan expects of them, and the
// next run does not notice.
func TestManyEmptyObjects(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: 24 MiB of answer")
	}
	text := "subgraphs a\nshape 1\n  list [2]\nshape 2\n"
	for i := range 40 {
		text += fmt.Sprintf("  k%d Int\n", i)
	}
	text += "fetch a\n  data 1\ndata\n  list 0.0 [T]\n    k0 0.0 T\n"
	hostile := true
	prog := compileOver(t, text, Options{}, false, funcSource{fetch: func(_ context.Context, _ string, _ *subgraphs.Request, res *subgraphs.Response) error {
		n := 2
		if hostile {
			n = 8 << 20
		}
		res.Body = append(res.Body, `{"data":{"list":[`...)
		res.Body = append(append(res.Body, strings.Repeat("{},", n)...), `{}]}}`...)
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{})
	if got := describeErrors(res.Errors); got != "SUBREQUEST_MALFORMED_RESPONSE list: the subgraphs' answers hold too many values (a)\n" {
		t.Error(got)
	}
	if n := 8 * (cap(res.run.arena) + cap(res.run.stack)); n > 512<<20 {
		t.Errorf("%d MiB of records", n>>20)
	}
	res.Release()
	hostile = false
	res = prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if string(res.Body) != `{"data":{"list":[{"k0":null},{"k0":null},{"k0":null}]}}` {
		t.Errorf("%s", res.Body)
	}
}

// Many errors about many entities take time for each of them, not for each pair.
func TestManyErrors(t *testing.T) {
	var list, errs []string
	for i := range 50_000 {
		list = append(list, fmt.Sprintf(`{"id":"%d"}`, i))
	}
	for i := range 1000 {
		errs = append(errs, fmt.Sprintf(`{"message":"error %d"}`, i))
	}
	for _, path := range []string{"", `,"path":["_entities",0,"stock"]`} {
		prog, _ := compileText(t, manyEntitiesPlan, func(fetch string, _ *subgraphs.Request) string {
			if fetch == "0" {
				return `{"data":{"list":[` + strings.Join(list, ",") + `]}}`
			}
			all := strings.ReplaceAll(strings.Join(errs, ","), `"}`, `"`+path+`}`)
			return `{"data":null,"errors":[` + all + `]}`
		})
		res := prog.Execute(context.Background(), &Input{})
		if len(res.Errors) != 1000 {
			t.Errorf("%d errors", len(res.Errors))
		}
		if got := fault.PathString(res.Errors[999].Path); path == "" && got != "list" {
			t.Error(got)
		}
		res.Release()
	}
}

const manyEntitiesPlan = `
subgraphs a b
shape 1
  list [2]
shape 2 links 1
  id String
shape 3
  stock Int
fetch a
  data 1
fetch b after 0
  _entities r T 3
    to 2.0
      id! .0
data
  list 0.0 [T]
    records 0/0
    stock 1.0 T
`

// Representations that repeat a long value of an enclosing object end at the
// limit of bytes.
func TestMaxRepresentations(t *testing.T) {
	prog := compileOver(t, `
subgraphs a b
shape 1
  top 2
shape 2
  text String
  list [3]
shape 3 links 1 parent
  id String
shape 4
  n Int
fetch a
  data 1
fetch b after 0
  _entities r T 4
    to 3.0
      id! .0
      text ^.0
data
  top 0.0 T
    list 0.1 [T]
      records 0/0
      n 1.0 T
`, Options{MaxBytes: 1 << 20}, false, funcSource{fetch: func(_ context.Context, fetch string, _ *subgraphs.Request, res *subgraphs.Response) error {
		if fetch == "1" {
			t.Error("the request was sent")
		}
		res.Body = append(res.Body, `{"data":{"top":{"text":"`+strings.Repeat("x", 100_000)+`","list":[`...)
		for i := range 10_000 {
			res.Body = fmt.Appendf(res.Body, `{"id":"%d"},`, i)
		}
		res.Body = append(res.Body, `{}]}}}`...)
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if got := describeErrors(res.Errors); got != "OPERATION_LIMIT_EXCEEDED top.list: the operation asks for too many bytes of representations (b)\n" {
		t.Error(got)
	}
	if cap(res.run.reps) > 4<<20 {
		t.Errorf("%d bytes of representations", cap(res.run.reps))
	}
}

// Values of the answer cannot split a fetch into requests without end.
func TestMaxRequests(t *testing.T) {
	sent := 0
	prog := compileOver(t, contextPlan, Options{MaxRequests: 10}, false, funcSource{fetch: func(_ context.Context, fetch string, _ *subgraphs.Request, res *subgraphs.Response) error {
		if fetch == "1" {
			return errors.New("down")
		}
		sent++
		var list []string
		for i := range 50 {
			list = append(list, fmt.Sprintf(`{"id":"1","region":"%d"}`, i))
		}
		res.Body = append(res.Body, `{"data":{"list":[`+strings.Join(list, ",")+`]}}`...)
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	limited := 0
	for _, info := range res.Fetches {
		if info.Error != nil && info.Error.Code == fault.LimitExceeded {
			limited++
		}
	}
	// One refused request stands for all of them.
	if len(res.Fetches) != 11 || limited != 1 || sent != 1 {
		t.Errorf("%d requests, %d refused", len(res.Fetches), limited)
	}
	if got := describeErrors(res.Errors); !strings.Contains(got, "OPERATION_LIMIT_EXCEEDED list: the operation needs too many subgraph requests (b)\n") {
		t.Error(got)
	}
}

const contextPlan = `
subgraphs a b
variables region
shape 1
  list [2]
shape 2 links 1
  id String
  region String
shape 3
  price Int
fetch a
  data 1
fetch b after 0 vars 0
  _entities r T 3
    to 2.0
      id! .0
  context 0 .1
data
  list 0.0 [T]
    records 0/0
    price 1.0 T
`

const manyPlan = `
subgraphs a
shape 1
  list [2]
shape 2
  n Int
  text String
fetch a
  data 1
data
  list 0.0 [T]
    n 0.0 T!
    text 0.1 T
`

func manyAnswer(n int) string {
	var b strings.Builder
	b.WriteString(`{"data":{"list":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		switch i % 1000 {
		case 7:
			fmt.Fprintf(&b, `{"n":null,"text":"gone %d"}`, i)
		default:
			fmt.Fprintf(&b, `{"n":%d,"text":"some words to fill the answer %d"}`, i, i)
		}
	}
	return b.String() + `]}}`
}

// pieces counts writes and keeps what was written.
type pieces struct {
	bytes.Buffer
	writes, largest int
}

func (p *pieces) Write(b []byte) (int, error) {
	p.writes++
	p.largest = max(p.largest, len(b))
	return p.Buffer.Write(b)
}

// An answer above the limit is written in pieces, the same bytes as at once.
func TestLargeAnswer(t *testing.T) {
	prog, _ := compileText(t, manyPlan, func(string, *subgraphs.Request) string { return manyAnswer(100_000) })
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if res.Body != nil {
		t.Fatalf("%d bytes in one buffer", len(res.Body))
	}
	if cap(res.run.out) > 2*largeAnswer {
		t.Errorf("the first walk kept %d bytes", cap(res.run.out))
	}
	var p pieces
	if n, err := res.WriteTo(&p); err != nil || n != int64(p.Len()) {
		t.Fatal(n, err)
	}
	if p.largest > 2*piece || p.writes < 50 {
		t.Errorf("%d writes of up to %d bytes", p.writes, p.largest)
	}
	var got struct {
		Data struct{ List []*struct{ N int } }
	}
	if err := json.Unmarshal(p.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Data.List) != 100_000 || got.Data.List[7] != nil || got.Data.List[1007] != nil || got.Data.List[8].N != 8 {
		t.Error("the list differs")
	}
	if len(res.Errors) != 100 || fault.PathString(res.Errors[99].Path) != "list.99007.n" {
		t.Errorf("%d errors", len(res.Errors))
	}
	if n, err := res.WriteTo(failing{}); err == nil || n != 0 {
		t.Error("a failed write is not reported")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("closed") }

// What a large answer left behind does not stay in the pool.
func TestPoolForgetsLarge(t *testing.T) {
	size := 10
	prog := compileOver(t, manyPlan, Options{}, false, funcSource{fetch: func(_ context.Context, _ string, _ *subgraphs.Request, res *subgraphs.Response) error {
		res.Body = append(res.Body, manyAnswer(size)...)
		return nil
	}})
	size = 100_000
	res := prog.Execute(context.Background(), &Input{})
	r := res.run
	res.Release()
	if kept := cap(r.buf) + 8*cap(r.arena) + cap(r.out) + 8*cap(r.stack); kept > keepBytes {
		t.Errorf("%d bytes kept", kept)
	}
	res.Release() // a second time does nothing
	size = 10
	res = prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if len(res.Errors) != 1 || !json.Valid(res.Body) {
		t.Error(res.Errors)
	}
}

// Runs of one program at once do not disturb each other.
func TestConcurrentRuns(t *testing.T) {
	small := shop{users: 3, products: 4, perUser: 2, perProduct: 2}
	recorded, r := heavy(t, small)
	want := executeBody(recorded)
	var answers []string
	for i := range recorded.fetches {
		answers = append(answers, string(r.seen[fmt.Sprint(i)]))
	}
	text, err := os.ReadFile("testdata/heavy.plan.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, goroutines := range []bool{false, true} {
		prog := compileOver(t, string(text), Options{}, true, bytesSource{answers, true})
		prog.executor.goroutines = goroutines
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				for range 20 {
					if got := executeBody(prog); got != want {
						t.Errorf("an answer differs: %.200s", got)
						return
					}
				}
			})
		}
		wait.Wait()
	}
}

func executeBody(prog *Program) string {
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	return string(res.Body)
}

// Information about requests is kept for telemetry.
func TestFetchInfo(t *testing.T) {
	prog := compileOver(t, branches, Options{}, false, funcSource{fetch: func(ctx context.Context, fetch string, req *subgraphs.Request, res *subgraphs.Response) error {
		res.Status = 200
		res.Header = append(res.Header, subgraphs.Header{Name: "Age", Value: fetch})
		switch fetch {
		case "0":
			return errors.New("down")
		case "1":
			res.Body = append(res.Body, `{"data":{"fast":{"id":"2"}}}`...)
		case "2":
			res.Body = append(res.Body, `{"data":{"_entities":[null]}}`...)
		}
		return nil
	}})
	res := prog.Execute(context.Background(), &Input{})
	defer res.Release()
	seen := map[int]FetchInfo{}
	for _, info := range res.Fetches {
		seen[info.Fetch] = info
	}
	if len(seen) != 3 || seen[0].Error == nil || seen[1].Bytes != 28 || seen[2].Representations != 1 || seen[2].Header[0].Value != "2" || seen[1].Status != 200 || seen[2].Start.IsZero() {
		t.Errorf("%+v", seen)
	}
}

// Plans that contradict themselves do not compile.
func TestCompileErrors(t *testing.T) {
	const head = "subgraphs a\nshape 1\n  x 2\n  n Int\nshape 2 links 1\n  id String\nshape 3\n  y Int\nfetch a\n"
	for _, test := range []struct{ text, want string }{
		{head + "  data 9\ndata\n", "no shape 9"},
		{head + "  data 2\ndata\n", "shape 2 of a root answer without target"},
		{head + "  data 1\n  data 1\ndata\n", "a second root answer"},
		{head + "  data 1\nfetch a after 3\n", "waits for fetch 3"},
		{head + "  e r T 3\n    to 2.5\n", "no link 5"},
		{head + "  e r T 3\n    to 2.0\n      id .7\n", "no key 7"},
		{head + "  e r T 3\n    to 2.0\n      id ^.0\n", "does not know its parent"},
		{head + "  e r T 3\n    to 2.0\n      id .0\n  f s T 2\n    to 2.0\n      id .0\n", "two shapes in link 0"},
		{head + "  e r T 3\n    to 1.0\n      id .0\n", "no link 0"},
		{head + "  data 1\ndata\n  x 0.0 T\n", "object and leaf mixed up"},
		{head + "  data 1\ndata\n  n 0.1 [T]\n", "1 list levels"},
		{head + "  data 1\ndata\n  records 3/0\n", "hangs on record 3"},
		{head + "  data 1\ndata\n  x 0.0 T\n    records 0/0\n    y 1.0 T\n", "nothing hangs in link 0"},
		{head + "  data 1\ndata\n  n 4.1 T\n", "no record 4"},
		{head + "  data 1\n  join .1 .1 0\n", "a join of leafs"},
		{head + "  data 1\n  context 0 .0\n", "context variable 0 is not the fetch's"},
		{head + "  data 1\n    to 0.0\nfetch a vars 2\n  data 1\n", "no variable 2"},
	} {
		p, err := parsePlan(test.text)
		if err != nil {
			t.Fatal(err)
		}
		x, _ := New(Options{})
		_, err = x.Compile(p, func(string) subgraphs.Source { return funcSource{} })
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s\nwant %s, got %v", test.text, test.want, err)
		}
	}
	if _, err := New(Options{MaxBytes: -1}); err == nil {
		t.Error("a negative limit is accepted")
	}
}

// A walk over an endless answer stops when the time is up: the records are
// shared, so a list of lists of the same entities grows with each level.
func TestStopsWriting(t *testing.T) {
	prog := compileOver(t, manyPlan, Options{}, false, funcSource{fetch: func(_ context.Context, _ string, _ *subgraphs.Request, res *subgraphs.Response) error {
		res.Body = append(res.Body, manyAnswer(100_000)...)
		return nil
	}})
	ctx, cancel := context.WithCancel(context.Background())
	r := prog.executor.take(ctx, prog, &Input{})
	r.fetchAll()
	cancel()
	res := r.finish()
	if string(res.Body) != `{"data":null}` || len(res.Errors) != 1 || res.Errors[0].Code != fault.GatewayTimeout {
		t.Errorf("%.100s %v", res.Body, res.Errors)
	}
	res.Release()
	res = prog.Execute(context.Background(), &Input{})
	defer res.Release()
	if n, err := res.WriteTo(failing{}); err == nil || n != 0 {
		t.Error("a failed write is not reported")
	}
	if r := res.run; !r.stopped || r.ordinal > 20_000 {
		t.Errorf("the walk went on to place %d", r.ordinal)
	}
}
