package limit

import (
	"context"
	"strconv"
	"testing"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/stages"
)

// benchLimits are what an ordinary graph has: three rates and the cost.
func benchLimits() config.Limits {
	return config.Limits{
		Rates: []config.Rate{
			{Name: "ip", Key: "request.ip", Rate: "100000000/s"},
			{Name: "user", Key: "principal.sub ?? request.ip", Rate: "100000000/s"},
			{Name: "plan", Key: "claims.plan", Rate: "100000000/s", Match: `client.name != "internal"`},
		},
		Cost:        config.CostLimits{Max: 10_000},
		Concurrency: config.ConcurrencyLimits{Max: 1000},
	}
}

// BenchmarkHotPath is Enter, Check and Settle of an operation seen before.
func BenchmarkHotPath(b *testing.B) {
	actual := benchLimits()
	actual.Rates[2].Cost = "actual"
	for _, c := range []struct {
		name string
		cfg  config.Limits
		ip   string
	}{
		{"three rates and cost", benchLimits(), "192.0.2.1"},
		{"IPv6", benchLimits(), "2001:db8::1"},
		{"one rate by actual cost", actual, "192.0.2.1"},
		{"documents and variables only", config.Limits{}, "192.0.2.1"},
	} {
		b.Run(c.name, func(b *testing.B) {
			f := newFixture(b, c.cfg)
			op, err := f.prepare.Prepare(context.Background(), &operation.Request{
				Document: []byte(`query ($n: Int) { me { name cart { id reviews { stars } } } products(first: $n) { name reviews { text } } }`)})
			if err != nil {
				b.Fatal(err)
			}
			notes, err := f.chain.Prepare(op)
			if err != nil {
				b.Fatal(err)
			}
			values, _, err := op.Coerce([]byte(`{"n": 20}`), nil)
			if err != nil {
				b.Fatal(err)
			}
			who := from(c.ip, "ana")
			var call stages.Call
			b.ReportAllocs()
			for b.Loop() {
				call.Reset()
				call.Caller = who
				if err := f.chain.Enter(context.Background(), &call); err != nil {
					b.Fatal(err)
				}
				call.Operation, call.Values = op, values
				if err := f.chain.Check(context.Background(), &call, notes); err != nil {
					b.Fatal(err)
				}
				call.Actual = 60
				f.chain.Settle(&call, notes)
			}
		})
	}
}

// BenchmarkManyKeys counts a hundred thousand clients, from all cores.
func BenchmarkManyKeys(b *testing.B) {
	l := newLocal(1_000_000)
	r := testRule("1000/s", 0)
	keys := make([][]byte, 100_000)
	for i := range keys {
		keys[i] = strconv.AppendInt([]byte(r.prefix), int64(i), 10)
	}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		d, i := r.demand("", 1), 0
		for pb.Next() {
			d[0].key = keys[i%len(keys)]
			l.take(int64(i)*1000, d, 1)
			i += 7919
		}
	})
}

// BenchmarkMeasure goes through an answer of 100 products.
func BenchmarkMeasure(b *testing.B) {
	f := newFixture(b, config.Limits{Cost: config.CostLimits{Max: 10_000}})
	op, err := f.prepare.Prepare(context.Background(), &operation.Request{
		Document: []byte(`{ products(first: 100) { id name reviews { stars text } } }`)})
	if err != nil {
		b.Fatal(err)
	}
	data := []byte(`{"products":[`)
	for i := range 100 {
		if i > 0 {
			data = append(data, ',')
		}
		data = append(data, `{"id":"p1234","name":"A thing of some kind","reviews":[{"stars":4,"text":"Good enough for what it is"},{"stars":5,"text":"Quite so"}]}`...)
	}
	data = append(data, "]}"...)
	p := newWeights(shop(b)).compile(op, 10, -1)
	call := &stages.Call{Operation: op}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if p.Measure(call, data) != 300 {
			b.Fatal("wrong")
		}
	}
}

// BenchmarkCompile prepares the cost of an operation of 1 000 fields.
func BenchmarkCompile(b *testing.B) {
	f := newFixture(b, config.Limits{Document: config.DocumentLimits{MaxHeight: 100_000, MaxAliases: 100_000, MaxRootFields: 100_000}})
	doc := []byte("{")
	for i := range 250 {
		doc = append(doc, " p"+strconv.Itoa(i)+": products(first: "+strconv.Itoa(i)+") { id name reviews { stars } }"...)
	}
	op, err := f.prepare.Prepare(context.Background(), &operation.Request{Document: append(doc, '}')})
	if err != nil {
		b.Fatal(err)
	}
	w := newWeights(shop(b))
	b.ReportAllocs()
	for b.Loop() {
		w.compile(op, 10, -1)
	}
}
