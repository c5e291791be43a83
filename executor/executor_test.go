package executor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/subgraphs"
)

// TestCases runs plans over canned answers: sections plan.txt and one
// answers/N.json per fetch, where a section answers/N/VALUE.json stands for the
// request with that first variable. An answer that begins with "fail " is an
// error of the source, "panic" a panic. Each case runs with requests on this
// goroutine, started ahead, and on goroutines; the results must be the same.
func TestCases(t *testing.T) {
	golden.Run(t, "testdata/cases", []string{"response.json", "errors.txt", "requests.txt"}, func(t *testing.T, c *golden.Case) {
		var first [3]string
		for _, way := range []string{"direct", "inline", "goroutines"} {
			got := runCase(t, c, way)
			if way == "direct" {
				first = got
			} else if got != first {
				t.Errorf("%s differs from direct:\n%s\n%s", way, got, first)
			}
		}
		c.Output(t, "response.json", first[0])
		c.Output(t, "errors.txt", first[1])
		c.Output(t, "requests.txt", first[2])
	})
}

// runCase returns response, errors and requests.
func runCase(t *testing.T, c *golden.Case, way string) [3]string {
	t.Helper()
	p, err := parsePlan(c.Must(t, "plan.txt"))
	if err != nil {
		t.Fatal(err)
	}
	x, err := New(Options{MaxErrors: number10(c.Header("max-errors"))})
	if err != nil {
		t.Fatal(err)
	}
	x.goroutines = way == "goroutines"
	p.Inline = way == "inline"
	requests := &requestLog{}
	prog, err := x.Compile(p, func(subgraph string) subgraphs.Source {
		return &scripted{subgraph: subgraph, c: c, requests: requests, starts: way == "inline"}
	})
	if err != nil {
		return [3]string{"", err.Error(), ""}
	}
	in := &Input{Exprs: testExprs}
	if v, ok := c.Input("variables.json"); ok {
		var values []json.RawMessage
		if err := json.Unmarshal([]byte(v), &values); err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			in.Values = append(in.Values, v)
		}
	}
	for _, w := range c.Headers("conditions") {
		in.Conditions |= 1 << number10(w)
	}
	var got [3]string
	for range 2 { // the second run gets what the first left behind
		requests.lines = nil
		res := prog.Execute(context.Background(), in)
		if !json.Valid(res.Body) {
			t.Errorf("%s: the answer is not JSON: %s", way, res.Body)
		}
		again := [3]string{string(res.Body), describeErrors(res.Errors), requests.String()}
		checkStream(t, res)
		res.Release()
		if got[0] != "" && got != again {
			t.Errorf("%s: a second run differs:\n%s\n%s", way, got, again)
		}
		got = again
	}
	return got
}

// testExprs are what expr 1 to 4 of a plan do: list the arguments, fail, make
// null, and make a string of the first one's length.
var testExprs = []func(*caller.Caller, [][]byte, []byte) ([]byte, error){
	func(_ *caller.Caller, args [][]byte, dst []byte) ([]byte, error) {
		return append(append(append(dst, '['), bytes.Join(args, []byte(","))...), ']'), nil
	},
	func(*caller.Caller, [][]byte, []byte) ([]byte, error) { return nil, errors.New("no") },
	func(_ *caller.Caller, _ [][]byte, dst []byte) ([]byte, error) { return append(dst, "null"...), nil },
	func(_ *caller.Caller, args [][]byte, dst []byte) ([]byte, error) {
		return strconv.AppendInt(dst, int64(len(args[0])), 10), nil
	},
}

// checkStream writes the answer once more in pieces.
func checkStream(t *testing.T, res *Result) {
	t.Helper()
	body, errs := string(res.Body), len(res.Errors)
	var b strings.Builder
	if n, err := res.run.stream(&b); err != nil || int(n) != b.Len() || b.String() != body {
		t.Errorf("in pieces (%v):\n%s\nat once:\n%s", err, b.String(), body)
	}
	if len(res.Errors) != errs {
		t.Errorf("writing again reported %d further errors", len(res.Errors)-errs)
	}
}

func describeErrors(errs []*fault.Error) string {
	var b strings.Builder
	for _, e := range errs {
		fmt.Fprintf(&b, "%s %s: %s", e.Code, pathText(e.Path), e.Message)
		if e.Subgraph != "" {
			fmt.Fprintf(&b, " (%s)", e.Subgraph)
		}
		if e.Extensions != nil {
			fmt.Fprintf(&b, " {%s}", e.Extensions)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func pathText(path []fault.Step) string {
	if len(path) == 0 {
		return "-"
	}
	return fault.PathString(path)
}

// requestLog collects the requests of a run; it prints them by fetch.
type requestLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *requestLog) add(s string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, s)
}

func (l *requestLog) String() string {
	slices.Sort(l.lines)
	return strings.Join(l.lines, "\n")
}

// scripted is a source that answers from a case.
type scripted struct {
	subgraph string
	c        *golden.Case
	requests *requestLog
	starts   bool
}

type scriptedCall struct {
	*scripted
	spec *subgraphs.Spec
}

type scriptedStarter struct{ scriptedCall }

type scriptedPending struct {
	call scriptedCall
	req  *subgraphs.Request
}

func (s *scripted) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	call := scriptedCall{s, spec}
	if s.starts {
		return scriptedStarter{call}, nil
	}
	return call, nil
}

func (c scriptedCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	line := c.spec.Name + " " + c.subgraph
	section := "answers/" + c.spec.Name
	for i, v := range req.Values {
		if v == nil {
			continue
		}
		line += fmt.Sprintf(" $%s=%s", c.spec.Variables[i], v)
		if _, ok := c.c.Input(section + "/" + string(v) + ".json"); ok {
			section += "/" + string(v)
		}
	}
	for i, s := range req.Sets {
		line += fmt.Sprintf(" %s[%s]", c.spec.Sets[i].Alias, s.Reps)
	}
	c.requests.add(line)
	body, ok := c.c.Input(section + ".json")
	if !ok {
		return errors.New("the case has no answer for it")
	}
	body = strings.TrimSuffix(body, "\n")
	if text, ok := strings.CutPrefix(body, "fail "); ok {
		return &fault.Error{Code: fault.SubrequestHTTPError, Message: text}
	}
	if body == "panic" {
		panic("broken source")
	}
	res.Body = append(res.Body, body...)
	return nil
}

func (c scriptedStarter) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	return &scriptedPending{c.scriptedCall, req}, nil
}

func (p *scriptedPending) Finish(res *subgraphs.Response) error {
	return p.call.Fetch(context.Background(), p.req, res)
}

func (p *scriptedPending) Interrupt() {}
