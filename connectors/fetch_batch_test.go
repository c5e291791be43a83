package connectors

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

func products(n int, id func(i int) int) []subgraphs.Set {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`{"__typename":"Product","id":"%d"}`, id(i))
	}
	return representations(list...)
}

// batchOf is a Batch connector of products by id.
func batchOf(size int) *spec.Connector {
	c := rest(spec.Batch, "B", "Product", "id", "ids: $batch.id", "$.items { id name }")
	c.BatchSize = size
	return c
}

// echo answers a batch with its keys, last first, as numbers.
func echo(_ context.Context, _ *spec.Connector, in *Input) answer {
	var items []string
	for _, id := range strings.FieldsFunc(string(in.Vars[0].JSON), func(c rune) bool { return c < '0' || c > '9' }) {
		items = append([]string{`{"id":` + id + `,"name":"n` + id + `"}`}, items...)
	}
	return answer{body: `{"items":[` + strings.Join(items, ",") + `]}`}
}

func TestHundredEntitiesAreOneBatch(t *testing.T) {
	l := newLab(t, echo, batchOf(0))
	call := l.prepare(plan.Query, entities, nil, "Product B")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: products(100, func(i int) int { return i })})
	if n := len(l.asked()); n != 1 {
		t.Errorf("%d requests", n)
	}
	var want []string
	for i := range 100 {
		want = append(want, fmt.Sprintf(`{"__typename":"Product","id":"%d","name":"n%d"}`, i, i))
	}
	same(t, "answer", got, `{"data":{"_entities":[`+strings.Join(want, ",")+`]}}`)
}

func TestHundredEntitiesWithoutBatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		under, most := 0, 0
		release := make(chan struct{})
		l := newLab(t, func(ctx context.Context, c *spec.Connector, in *Input) answer {
			mu.Lock()
			under++
			most = max(most, under)
			mu.Unlock()
			<-release
			mu.Lock()
			under--
			mu.Unlock()
			return byThis(ctx, c, in)
		}, rest(spec.Type, "T", "Product", "id", "$this.id", "$ { id name }"))
		call := l.prepare(plan.Query, entities, nil, "Product T")
		done := make(chan string)
		go func() {
			done <- l.fetch(context.Background(), call, &subgraphs.Request{Sets: products(100, func(i int) int { return i })})
		}()
		synctest.Wait()
		close(release)
		got := <-done
		if n := len(l.asked()); n != 100 || most < 64 {
			t.Errorf("%d requests, %d at once", n, most)
		}
		if n := strings.Count(got, `"name":"n`); n != 100 {
			t.Errorf("%d objects", n)
		}
	})
}

func TestHundredTimesOneKeyIsOneRequest(t *testing.T) {
	for _, c := range []*spec.Connector{batchOf(0), rest(spec.Type, "T", "Product", "id", "$this.id", "$ { id name }")} {
		l := newLab(t, byThis, c)
		if c.Place == spec.Batch {
			l.serve = echo
		}
		call := l.prepare(plan.Query, entities, nil, "Product "+c.ID)
		got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: products(100, func(int) int { return 7 })})
		if n := len(l.asked()); n != 1 {
			t.Errorf("%s: %d requests", c.ID, n)
		}
		if n := strings.Count(got, `"name":"n7"`); n != 100 {
			t.Errorf("%s: %d objects", c.ID, n)
		}
	}
}

func TestBatchMatching(t *testing.T) {
	fail := `{"message":"%s","extensions":{"code":"CONNECTOR_RESPONSE_INVALID","connector":{"coordinate":"Product"}},"path":["_entities",%d]}`
	for _, c := range []struct {
		name     string
		keys     []string
		body     string
		position bool
		want     string
		errors   string
		problem  string
	}{
		{"by value, not by position", []string{`"1"`, `"2"`}, `[{"id":2,"name":"b"},{"id":"1","name":"a"}]`, false, `{"name":"a"},{"name":"b"}`, "", ""},
		{"fewer", []string{`"1"`, `"2"`}, `[{"id":2,"name":"b"}]`, false, `null,{"name":"b"}`, "", ""},
		{"nulls and no objects", []string{`"1"`, `"2"`}, `[null,{"id":"2"}]`, false, `null,{"name":null}`, "", ""},
		{"unknown", []string{`"1"`}, `[{"id":3,"name":"c"}]`, false, `null`, "", "a key that was not asked for"},
		{"without key", []string{`"1"`}, `[{"name":"c"}]`, false, `null`, "", "has no key"},
		{"twice", []string{`"1"`}, `[{"id":1,"name":"first"},{"id":"1","name":"second"}]`, false, `{"name":"first"}`, "", "have one key"},
		{"single object for one key", []string{`"1"`}, `{"id":1,"name":"a"}`, false, `{"name":"a"}`, "", ""},
		{"single object for two keys", []string{`"1"`, `"2"`}, `{"id":1,"name":"a"}`, false, `null,null`,
			fmt.Sprintf(fail, "the answer to a batch is not a list", 0) + "," + fmt.Sprintf(fail, "the answer to a batch is not a list", 1), ""},
		{"null", []string{`"1"`}, `null`, false, `null`, fmt.Sprintf(fail, "the answer to a batch is not a list", 0), ""},
		{"no answer", []string{`"1"`, `"2"`}, "", false, `null,null`, "", ""},
		{"no answer for one", []string{`"1"`}, "", true, `null`, "", ""},
		{"empty", []string{`"1"`}, `[]`, false, `null`, "", ""},
		{"position", []string{`"1"`, `"2"`, `"3"`}, `[{"name":"x"},null,{"id":1,"name":"y"}]`, true, `{"name":"x"},null,{"name":"y"}`, "", ""},
		{"position, too few", []string{`"1"`, `"2"`}, `[{"name":"x"}]`, true, `null,null`,
			fmt.Sprintf(fail, "the answer to a batch has not as many results as keys", 0) + "," + fmt.Sprintf(fail, "the answer to a batch has not as many results as keys", 1), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := `{"items":` + c.body + `}`
			if c.body == "" {
				body = "null"
			}
			l := newLab(t, fixed(body), batchOf(0))
			l.options.Config = map[string]SourceConfig{"": {MatchByPosition: c.position}}
			problems := ""
			l.options.Trace.Problems = func(_ string, list []mapping.Problem) {
				for _, p := range list {
					problems += p.Message + ";"
				}
			}
			call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
			var list []string
			for _, k := range c.keys {
				list = append(list, `{"id":`+k+`}`)
			}
			want := `{"data":{"_entities":[` + c.want + `]}`
			if c.errors != "" {
				want += `,"errors":[` + c.errors + `]`
			}
			same(t, "answer", l.fetch(context.Background(), call, &subgraphs.Request{Sets: representations(list...)}), want+"}")
			if !strings.Contains(problems, c.problem) {
				t.Errorf("problems: %s", problems)
			}
		})
	}
}

func TestChunks(t *testing.T) {
	l := newLab(t, func(ctx context.Context, c *spec.Connector, in *Input) answer {
		if strings.Contains(string(in.Vars[0].JSON), `"3"`) {
			return answer{status: 500, body: `{}`}
		}
		return echo(ctx, c, in)
	}, batchOf(2))
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
	got := l.fetch(context.Background(), call, &subgraphs.Request{Sets: products(7, func(i int) int { return i % 5 })})
	failed := func(i int) string {
		return fmt.Sprintf(`{"message":"Request failed","extensions":{"code":"CONNECTOR_FETCH","http":{"status":500},"connector":{"coordinate":"Product"}},"path":["_entities",%d]}`, i)
	}
	same(t, "answer", got, `{"data":{"_entities":[{"name":"n0"},{"name":"n1"},null,null,{"name":"n4"},{"name":"n0"},{"name":"n1"}]},"errors":[`+failed(2)+`,`+failed(3)+`]}`)
	sameList(t, "requests", l.asked(), `B $batch=[{"id":"0"},{"id":"1"}]`, `B $batch=[{"id":"2"},{"id":"3"}]`, `B $batch=[{"id":"4"}]`)
}

func TestBatchSizes(t *testing.T) {
	get := batchOf(0)
	get.HTTP.Method, get.HTTP.Body = "GET", nil
	get.HTTP.QueryParams = parse("id: $batch.id")
	long := func(i int) int { return 1_000_000_000_000 + i }
	short := func(i int) int { return i }
	for _, c := range []struct {
		connector *spec.Connector
		keys      int
		id        func(int) int
		requests  int
	}{
		{batchOf(0), 1000, short, 1}, {batchOf(0), 1001, short, 2}, {batchOf(7), 1000, short, 143}, {get, 100, short, 1}, {get, 101, short, 2},
		{func() *spec.Connector { c := *get; c.BatchSize = 1000; return &c }(), 1000, long, 3},
	} {
		l := newLab(t, echo, c.connector)
		call := l.prepare(plan.Query, entities, nil, "Product B")
		l.fetch(context.Background(), call, &subgraphs.Request{Sets: products(c.keys, c.id)})
		if n := len(l.asked()); n != c.requests {
			t.Errorf("%s, size %d, %d keys: %d requests", c.connector.HTTP.Method, c.connector.BatchSize, c.keys, n)
		}
	}
}
