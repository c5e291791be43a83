package executor

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

const subscriptionPlan = `
subgraphs a b
variables room
shape 1
  message 2
shape 2 links 1
  id String
  text String
shape 3
  name String
fetch a vars 0
  data 1
fetch b after 0
  _entities r User 3
    to 2.0
      id! .0
data
  message 0.0 T!
    records 0/0
    text 0.1 T
    name 1.0 T
`

// streamSource streams events from a, and names from b.
type streamSource struct {
	events []string
	end    error
	closed int
	room   string
}

type streamCall struct{ s *streamSource }

func (s *streamSource) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	if spec.Name == "0" {
		return streamCall{s}, nil
	}
	return funcCall{funcSource{fetch: func(_ context.Context, _ string, req *subgraphs.Request, res *subgraphs.Response) error {
		res.Body = append(res.Body, `{"data":{"_entities":[{"name":"name of `+string(req.Sets[0].Reps[len(req.Sets[0].Reps)-3])+`"}]}}`...)
		return nil
	}}, spec.Name}, nil
}

func (c streamCall) Fetch(context.Context, *subgraphs.Request, *subgraphs.Response) error {
	return errors.New("a stream is not fetched")
}

func (c streamCall) Subscribe(_ context.Context, req *subgraphs.Request) (subgraphs.Stream, error) {
	c.s.room = string(req.Values[0])
	if c.s.room == `"none"` {
		return nil, &fault.Error{Code: "NOT_FOUND", Message: "no such room"}
	}
	return c.s, nil
}

func (s *streamSource) Next(_ context.Context, res *subgraphs.Response) error {
	if len(s.events) == 0 {
		return s.end
	}
	res.Body = append(res.Body, s.events[0]...)
	s.events = s.events[1:]
	return nil
}

func (s *streamSource) Close() error { s.closed++; return nil }

func subscriptionOver(t *testing.T, s *streamSource, goroutines bool) *Program {
	t.Helper()
	p, err := parsePlan(subscriptionPlan)
	if err != nil {
		t.Fatal(err)
	}
	p.Kind = 2
	x, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	x.goroutines = goroutines
	prog, err := x.Compile(p, func(string) subgraphs.Source { return s })
	if err != nil {
		t.Fatal(err)
	}
	return prog
}

// Each event is the answer of fetch 0; the rest of the plan runs for it.
func TestSubscription(t *testing.T) {
	for _, goroutines := range []bool{false, true} {
		s := &streamSource{end: io.EOF, events: []string{
			`{"data":{"message":{"id":"1","text":"hi"}}}`,
			`{"data":{"message":{"id":"2","text":null}},"errors":[{"message":"secret","path":["message","text"]}]}`,
			`{"data":null,"errors":[{"message":"lost"}]}`,
			`{"data":{"mess`,
			`{"data":{"message":{"id":"3","text":"bye"}}}`,
		}}
		run, err := subscriptionOver(t, s, goroutines).Open(context.Background(), &Input{Values: [][]byte{[]byte(`"x"`)}})
		if err != nil {
			t.Fatal(err)
		}
		var results []*Result
		for {
			res, err := run.Next(context.Background())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			results = append(results, res) // released later: each is valid on its own
		}
		want := []string{
			`{"data":{"message":{"text":"hi","name":"name of 1"}}}`,
			`{"data":{"message":{"text":null,"name":"name of 2"}}}DOWNSTREAM_SERVICE_ERROR message.text: secret (a)` + "\n",
			`{"data":null}DOWNSTREAM_SERVICE_ERROR message: lost (a)` + "\n",
			`{"data":null}SUBREQUEST_MALFORMED_RESPONSE message: the subgraph's answer is not valid JSON (a)` + "\n",
			`{"data":{"message":{"text":"bye","name":"name of 3"}}}`,
		}
		if len(results) != len(want) {
			t.Fatalf("%d results", len(results))
		}
		for i, res := range results {
			if got := string(res.Body) + describeErrors(res.Errors); got != want[i] {
				t.Errorf("event %d: %s", i, got)
			}
			res.Release()
		}
		run.Close()
		run.Close()
		if s.closed != 1 || s.room != `"x"` {
			t.Errorf("closed %d times, room %s", s.closed, s.room)
		}
		if _, err := run.Next(context.Background()); !errors.Is(err, io.EOF) {
			t.Error("an ended stream goes on:", err)
		}
	}
}

// A stream that breaks ends with a fault; a refused one does not start.
func TestSubscriptionFails(t *testing.T) {
	s := &streamSource{end: errors.New("reset by peer")}
	prog := subscriptionOver(t, s, false)
	run, err := prog.Open(context.Background(), &Input{Values: [][]byte{[]byte(`"x"`)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := run.Next(context.Background()); fault.CodeOf(err) != fault.DownstreamServiceError {
		t.Error(err)
	}
	run.Close()
	// A connection that ended is no stream that was completed.
	s.end = &fault.Error{Code: fault.SubrequestHTTPError, Message: "the connection broke", Cause: io.EOF}
	if run, err = prog.Open(context.Background(), &Input{Values: [][]byte{[]byte(`"x"`)}}); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Next(context.Background()); fault.CodeOf(err) != fault.SubrequestHTTPError {
		t.Error(err)
	}
	run.Close()
	if _, err := prog.Open(context.Background(), &Input{Values: [][]byte{[]byte(`"none"`)}}); fault.CodeOf(err) != "NOT_FOUND" {
		t.Error(err)
	}
}

// A query is answered as a single part.
func TestOpenQuery(t *testing.T) {
	prog, _ := compileText(t, tinyPlan, func(string, *subgraphs.Request) string { return tinyAnswer })
	run, err := prog.Open(context.Background(), &Input{})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	res, err := run.Next(context.Background())
	if err != nil || string(res.Body) != tinyAnswer {
		t.Error(err)
	}
	res.Release()
	if _, err := run.Next(context.Background()); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// gapSource streams one event that follows a gap.
type gapSource struct{ streamSource }

func (s *gapSource) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	if spec.Name == "0" {
		return gapCall{s}, nil
	}
	return s.streamSource.Prepare(spec)
}

type gapCall struct{ s *gapSource }

func (c gapCall) Fetch(context.Context, *subgraphs.Request, *subgraphs.Response) error {
	return errors.New("a stream is not fetched")
}

func (c gapCall) Subscribe(_ context.Context, req *subgraphs.Request) (subgraphs.Stream, error) {
	if string(req.Values[0]) == `"none"` {
		return nil, fault.List{{Code: "NOT_FOUND", Message: "no such room"}, {Code: "FORBIDDEN", Message: "not yours"}}
	}
	return c.s, nil
}

func (s *gapSource) Next(ctx context.Context, res *subgraphs.Response) error {
	res.Gap = true
	return s.streamSource.Next(ctx, res)
}

// TestGapAndErrors hands on what a stream says beside its events.
func TestGapAndErrors(t *testing.T) {
	x, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := &gapSource{streamSource{events: []string{`{"data":{"message":null}}`}, end: io.EOF}}
	parsed, err := parsePlan(subscriptionPlan)
	if err != nil {
		t.Fatal(err)
	}
	parsed.Kind = 2
	p, err := x.Compile(parsed, func(string) subgraphs.Source { return s })
	if err != nil {
		t.Fatal(err)
	}
	var list fault.List
	if _, err := p.Open(t.Context(), &Input{Values: [][]byte{[]byte(`"none"`)}}); !errors.As(err, &list) || len(list) != 2 || list[1].Code != "FORBIDDEN" || list[1].Subgraph != "a" {
		t.Errorf("got %v", err)
	}
	run, err := p.Open(t.Context(), &Input{Values: [][]byte{[]byte(`"1"`)}})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	result, err := run.Next(t.Context())
	if err != nil || !result.Gap || !result.More {
		t.Fatalf("%+v %v", result, err)
	}
	result.Release()
}
