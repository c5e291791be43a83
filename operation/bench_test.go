package operation_test

import (
	"testing"

	"github.com/weftql/weft/operation"
)

// heavy is an operation of the size clients send: fragments, arguments,
// variables, a few levels.
const heavy = `query Heavy($first: Int!, $lang: String, $where: Filter, $id: ID!, $deep: Boolean!) {
  animals(first: $first, where: $where, order: [NAME, AGE]) {
    ...Base
    friends(first: 5) { ...Base friend { ...Base home { place } } }
    ... on Pet { owner { id name salary pet { ...Base } } }
    ... on Dog { barks size owner { animals { ...Base } } }
    ... on Cat { meows }
    thing { __typename ... on Home { place } ... on Keeper { id name } }
  }
  animal(id: $id) { ...Base friend @include(if: $deep) { ...Base friends(first: 3) { ...Base } } }
  count(of: DOG, near: [[1.5, 2.5]])
}
fragment Base on Animal { __typename id name(lang: $lang) home { place thing { ... on Dog { id } } } }`

func BenchmarkPrepare(b *testing.B) {
	p := operation.NewPreparer(zoo(b).API, operation.Limits{})
	for _, c := range []struct{ name, query string }{{"tiny", `{ dog { id name } }`}, {"heavy", heavy}} {
		b.Run(c.name, func(b *testing.B) {
			request := &operation.Request{Document: []byte(c.query)}
			b.ReportAllocs()
			b.SetBytes(int64(len(c.query)))
			for b.Loop() {
				if _, err := p.Prepare(b.Context(), request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCoerce(b *testing.B) {
	g := zoo(b)
	op, err := operation.Prepare(b.Context(), g.API, &operation.Request{Document: []byte(heavy)})
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct{ name, variables string }{
		{"unchanged", `{"first":20,"lang":"de","where":{"kind":"CAT","weight":2.5,"ids":["a","b","c"],"name":"x"},"id":"17","deep":true}`},
		{"rewritten", `{"first":20,"lang":"de","where":{"ids":["a","b","c"],"name":"x"},"id":17,"deep":true}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			raw := []byte(c.variables)
			var values operation.Values
			b.ReportAllocs()
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				if values, _, err = op.Coerce(raw, values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestAllocations holds the figures of the benchmarks that do not depend on
// the machine: coercing what needs no change allocates nothing, preparing a
// few hundred bytes some hundred times.
func TestAllocations(t *testing.T) {
	p := operation.NewPreparer(zoo(t).API, operation.Limits{})
	request := &operation.Request{Document: []byte(heavy)}
	op, err := p.Prepare(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(`{"first":20,"lang":"de","where":{"kind":"CAT","weight":2.5,"ids":["a","b","c"],"name":"x"},"id":"17","deep":true}`)
	var values operation.Values
	if n := testing.AllocsPerRun(100, func() { values, _, err = op.Coerce(raw, values) }); n > 0 || err != nil {
		t.Errorf("Coerce allocates %v times, %v", n, err)
	}
	if n := testing.AllocsPerRun(10, func() { _, err = p.Prepare(t.Context(), request) }); n > 750 || err != nil {
		t.Errorf("Prepare allocates %v times, %v", n, err)
	}
}
