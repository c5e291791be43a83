package executor

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rogpeppe/go-internal/txtar"

	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// FuzzScan compares the scanners with encoding/json, which accepts the same
// texts but for deep nesting and invalid UTF-8.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0.5e+7,"x\u00e9\\\"",null,true,false,{}]}`, `[`, `[}`, `{"a":1,}`, `[1,]`, `01`, `-`, `1.`, `1e`, `"\x"`, `"\u12g4"`,
		"\"\x01\"", `"` + strings.Repeat("long ", 20) + `"`, `"` + strings.Repeat("long ", 20) + `\"`, `{"a" : { } , "b" : [ ] }`, "\"\xff\"", `tru`, `nullx`, `"a`,
		`"0123456789abcdef` + "\x1f" + `"`, strings.Repeat("[", 600) + strings.Repeat("]", 600),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		buf := append(append([]byte(nil), text...), 0)
		var high uint64
		pos := skip(buf, space(buf, 0), &high)
		ok := pos >= 0 && space(buf, pos) == len(text)
		ok = ok && (high&highs == 0 || utf8.Valid(text))
		want := json.Valid(text) && utf8.Valid(text)
		if ok != want && (!want || depth(text) <= maxDepth) {
			t.Errorf("%q: %v, encoding/json says %v", text, ok, want)
		}
		if ok && high&highs == 0 && strings.ContainsFunc(string(text), func(r rune) bool { return r >= utf8.RuneSelf }) {
			t.Errorf("%q: high bits were not seen", text)
		}
	})
}

func depth(text []byte) (deepest int) {
	d := 0
	for _, c := range text {
		switch c {
		case '{', '[':
			d++
		case '}', ']':
			d--
		}
		deepest = max(deepest, d)
	}
	return deepest
}

// FuzzAnswers gives arbitrary bytes as answers to the plans of all cases: the
// client's answer must be JSON and the same on every way to run.
func FuzzAnswers(f *testing.F) {
	var plans []string
	for i, name := range caseNames(f) {
		archive, err := txtar.ParseFile("testdata/cases/" + name)
		if err != nil {
			f.Fatal(err)
		}
		var answers []string
		for _, file := range archive.Files {
			switch {
			case file.Name == "plan.txt":
				plans = append(plans, string(file.Data))
			case strings.HasPrefix(file.Name, "answers/"):
				answers = append(answers, string(file.Data))
			}
		}
		f.Add(i, strings.Join(answers, "\x00"), uint64(i))
	}
	f.Fuzz(func(t *testing.T, number int, answers string, conditions uint64) {
		if number < 0 || number >= len(plans) {
			return
		}
		var first string
		for _, way := range []string{"direct", "inline", "goroutines"} {
			p, err := parsePlan(plans[number])
			if err != nil {
				t.Fatal(err)
			}
			got, ok := runBytes(p, way, strings.Split(answers, "\x00"), conditions)
			if !ok {
				return // a plan that does not compile
			}
			if body, _, _ := strings.Cut(got, "\x00"); !json.Valid([]byte(body)) || !utf8.ValidString(body) {
				t.Errorf("not JSON: %q", body)
			}
			if first == "" {
				first = got
			} else if got != first {
				t.Errorf("%s differs:\n%q\n%q", way, got, first)
			}
		}
	})
}

func caseNames(t testing.TB) (names []string) {
	t.Helper()
	entries, err := os.ReadDir("testdata/cases")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// runBytes runs a plan; request i gets answer i. It returns body and errors
// with a zero byte between.
func runBytes(p *plan.Plan, way string, answers []string, conditions uint64) (string, bool) {
	x, err := New(Options{})
	if err != nil {
		return "", false
	}
	x.goroutines = way == "goroutines"
	p.Inline = way == "inline"
	prog, err := x.Compile(p, func(string) subgraphs.Source { return bytesSource{answers, way == "inline"} })
	if err != nil {
		return "", false
	}
	res := prog.Execute(context.Background(), &Input{Conditions: conditions, Exprs: testExprs})
	defer res.Release()
	return string(res.Body) + "\x00" + describeErrors(res.Errors), true
}

// bytesSource answers fetch N with its N-th answer.
type bytesSource struct {
	answers []string
	starts  bool
}

type bytesCall struct {
	answers []string
	fetch   int
}

type bytesStarter struct{ bytesCall }

func (s bytesSource) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	c := bytesCall{s.answers, number10(spec.Name)}
	if s.starts {
		return bytesStarter{c}, nil
	}
	return c, nil
}

func (c bytesCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	if c.fetch >= len(c.answers) {
		return errors.New("no answer")
	}
	res.Body = append(res.Body, c.answers[c.fetch]...)
	return nil
}

func (c bytesStarter) Start(ctx context.Context, req *subgraphs.Request) (subgraphs.Pending, error) {
	return bytesPending{c.bytesCall, req}, nil
}

type bytesPending struct {
	call bytesCall
	req  *subgraphs.Request
}

func (p bytesPending) Finish(res *subgraphs.Response) error {
	return p.call.Fetch(context.Background(), p.req, res)
}

func (p bytesPending) Interrupt() {}
