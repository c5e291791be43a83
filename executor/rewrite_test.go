package executor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/subgraphs"
)

const manyWritesPlan = `
subgraphs a
shape 1
  list [2]
shape 2
  n Int
  text String
  tags [String]
fetch a
  data 1
data
  list 0.0 [T]
    n 0.0 T default -1
    first 0.2 [T] item 1 default "none"
    both none T! expr 1
      uses
        _0 0.0 T!
        _1 0.1 T
    deny none T null
`

// A large answer is written twice: rewritten values are the same both times, and
// what became null stays so.
func TestLargeWrites(t *testing.T) {
	const count = 60_000
	prog, _ := compileText(t, manyWritesPlan, func(string, *subgraphs.Request) string {
		var b strings.Builder
		b.WriteString(`{"data":{"list":[`)
		for i := range count {
			if i > 0 {
				b.WriteByte(',')
			}
			n := fmt.Sprint(i)
			if i%1000 == 7 {
				n = "null"
			}
			fmt.Fprintf(&b, `{"n":%s,"text":"some words to fill the answer %d","tags":["t%d"]}`, n, i, i)
		}
		return b.String() + `]}}`
	})
	res := prog.Execute(context.Background(), &Input{Exprs: testExprs})
	defer res.Release()
	if res.Body != nil {
		t.Fatalf("%d bytes in one buffer", len(res.Body))
	}
	var p pieces
	if _, err := res.WriteTo(&p); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Data struct {
			List []*struct {
				N     int
				First string
				Both  []any
				Deny  any
			}
		}
	}
	if err := json.Unmarshal(p.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	list := got.Data.List
	if len(list) != count || list[7] != nil || list[8].First != "t8" || list[count-1].Both[0] != float64(count-1) {
		t.Error("the list differs")
	}
	if len(res.Errors) != count/1000 || fault.PathString(res.Errors[0].Path) != "list.7.both" {
		t.Errorf("%d errors, the first at %s", len(res.Errors), fault.PathString(res.Errors[0].Path))
	}
}

// Expressions are given so much and no more: what is above makes their field
// null, not the answer.
func TestArgumentsAreBounded(t *testing.T) {
	prog, _ := compileText(t, `
subgraphs a
shape 1
  list [2]
  n Int
shape 2
  text String
fetch a
  data 1
data
  all none T expr 1
    uses
      _0 0.0 [T]
        text 0.0 T
  n 0.1 T
`, func(string, *subgraphs.Request) string {
		return `{"data":{"n":1,"list":[` + strings.Repeat(`{"text":"`+strings.Repeat("x", 1000)+`"},`, 100) + `{"text":"y"}]}}`
	})
	res := prog.Execute(context.Background(), &Input{Exprs: testExprs})
	defer res.Release()
	if got := string(res.Body) + describeErrors(res.Errors); got != `{"data":{"all":null,"n":1}}EXPRESSION_FAILED all: the expression was given too much`+"\n" {
		t.Error(got)
	}
}

// Values of events are rewritten as any others; a subscription whose root field
// is denied opens no stream.
func TestSubscriptionWrites(t *testing.T) {
	s := &streamSource{end: io.EOF, events: []string{`{"data":{"message":{"id":"1","text":null}}}`, `{"data":{"message":{"id":"2","text":"b"}}}`}}
	text := strings.Replace(subscriptionPlan, "    text 0.1 T\n", "    text 0.1 T default \"-\"\n    both none T expr 1\n      uses\n        _0 0.1 T\n        _1 1.0 T\n", 1)
	for name, want := range map[string][]string{
		text: {
			`{"data":{"message":{"text":"-","both":[null,"name of 1"],"name":"name of 1"}}}`,
			`{"data":{"message":{"text":"b","both":["b","name of 2"],"name":"name of 2"}}}`,
		},
		"shape 1\ndata\n  message none T null\n": {`{"data":{"message":null}}`},
	} {
		p, err := parsePlan(name)
		if err != nil {
			t.Fatal(err)
		}
		p.Kind = 2
		x, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		prog, err := x.Compile(p, func(string) subgraphs.Source { return s })
		if err != nil {
			t.Fatal(err)
		}
		run, err := prog.Open(context.Background(), &Input{Values: [][]byte{[]byte(`"x"`)}, Exprs: testExprs})
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; ; i++ {
			res, err := run.Next(context.Background())
			if errors.Is(err, io.EOF) {
				if i != len(want) {
					t.Errorf("%d events, want %d", i, len(want))
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if i < len(want) && string(res.Body)+describeErrors(res.Errors) != want[i] {
				t.Errorf("event %d: %s %s", i, res.Body, describeErrors(res.Errors))
			}
			res.Release()
		}
		run.Close()
	}
}
