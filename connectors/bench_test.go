package connectors

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// quiet is a backend that answers at once and notes nothing.
type quiet struct{ body []byte }

func (q quiet) Call(_ context.Context, _ *Input, out *Answer) error {
	out.Body, out.Status = append(out.Body, q.body...), 200
	return nil
}

func benchmark(b *testing.B, c *spec.Connector, body, operation string, req *subgraphs.Request, sets ...string) {
	l := newLab(b, nil, c)
	l.options.Open = opened(quiet{[]byte(body)})
	call := l.prepare(plan.Query, operation, nil, sets...)
	res := &subgraphs.Response{}
	b.ReportAllocs()
	for b.Loop() {
		res.Body = res.Body[:0]
		if err := call.Fetch(context.Background(), req, res); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBatch is one request for n keys, mapping included.
func BenchmarkBatch(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var items []string
			for i := range n {
				items = append(items, fmt.Sprintf(`{"id":%d,"name":"product %d","price":12.5,"unused":{"a":[1,2,3]}}`, n-1-i, i))
			}
			benchmark(b, batchOf(0), `{"items":[`+strings.Join(items, ",")+`]}`, entities,
				&subgraphs.Request{Sets: products(n, func(i int) int { return i })}, "Product B")
		})
	}
}

// BenchmarkBatchInScope is BenchmarkBatch/100 in operations that keep what they
// looked up.
func BenchmarkBatchInScope(b *testing.B) {
	var items []string
	for i := range 100 {
		items = append(items, fmt.Sprintf(`{"id":%d,"name":"product %d","price":12.5,"unused":{"a":[1,2,3]}}`, 99-i, i))
	}
	l := newLab(b, nil, batchOf(0))
	l.options.Open = opened(quiet{[]byte(`{"items":[` + strings.Join(items, ",") + `]}`)})
	call := l.prepare(plan.Query, entities, nil, "Product B")
	req, res := &subgraphs.Request{Sets: products(100, func(i int) int { return i })}, &subgraphs.Response{}
	b.ReportAllocs()
	for b.Loop() {
		res.Body = res.Body[:0]
		if err := call.Fetch(WithScope(context.Background()), req, res); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCoalesced is one key each of many operations at once.
func BenchmarkCoalesced(b *testing.B) {
	l := newLab(b, echo, batchOf(100))
	l.options.Config = map[string]SourceConfig{"": {Coalesce: Coalesce{Window: time.Millisecond, Threshold: -1}}}
	call := l.prepare(plan.Query, `query($r: [_Any!]!){_entities(representations: $r){... on Product{name}}}`, nil, "Product B")
	b.ReportAllocs()
	b.SetParallelism(100)
	b.RunParallel(func(pb *testing.PB) {
		req, res := &subgraphs.Request{Sets: products(1, func(int) int { return 7 })}, &subgraphs.Response{}
		for pb.Next() {
			res.Body = res.Body[:0]
			if err := call.Fetch(context.Background(), req, res); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(len(l.asked()))/float64(b.N), "requests/op")
}

// BenchmarkSingles is n requests of one key each, on 128 goroutines.
func BenchmarkSingles(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmark(b, rest(spec.Type, "T", "Product", "id", "$this.id", "$ { id name }"), `{"id":1,"name":"product"}`, entities,
				&subgraphs.Request{Sets: products(n, func(i int) int { return i })}, "Product T")
		})
	}
}

// BenchmarkRoot is one root field.
func BenchmarkRoot(b *testing.B) {
	benchmark(b, rest(spec.Root, "p", "Query.product", "", "id: $args.id", "id name"), `{"id":1,"name":"product"}`,
		`{product(id: 1){id name}}`, &subgraphs.Request{})
}
