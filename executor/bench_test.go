package executor

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/weftql/weft/subgraphs"
)

// step runs one step of an execution again and again over the same run.
type step struct {
	r    *run
	once func()
	size int
}

// newParse parses the reviews of the heavy query.
func newParse(t testing.TB) step {
	prog, seen := heavy(t, heavyShop)
	prog.Execute(context.Background(), &Input{}).Release()
	body := seen.seen["2"]
	f := &prog.fetches[2]
	r := prog.executor.take(context.Background(), prog, &Input{})
	return step{r, func() {
		r.reset(prog)
		fl := r.flight(f)
		fl.at = len(r.buf)
		r.buf = append(r.buf, body...)
		fl.end = len(r.buf)
		r.buf = append(r.buf, 0)
		if a := r.read(fl); a.bad != "" {
			t.Fatal(a.bad)
		}
	}, len(body)}
}

// newRepresent builds the request for n different entities.
func newRepresent(t testing.TB, n int) step {
	prog, _ := entitiesPlan(t, n)
	res := prog.Execute(context.Background(), &Input{})
	r := res.run
	return step{r, func() {
		r.reps, r.ends, r.members, r.leafs, r.queue = r.reps[:0], r.ends[:0], r.members[:0], r.leafs[:0], r.queue[:0]
		r.used = 0
		r.build(&prog.fetches[1])
		if len(r.queue) != 1 || r.flights[0].parts[0].count != n {
			t.Fatal("the request differs")
		}
	}, n}
}

// newWrite writes the answer of the heavy query.
func newWrite(t testing.TB) step {
	prog, _ := heavy(t, heavyShop)
	res := prog.Execute(context.Background(), &Input{})
	r := res.run
	return step{r, func() {
		r.out = r.out[:0]
		r.answer()
	}, len(res.Body)}
}

func (s step) bench(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(s.size))
	for b.Loop() {
		s.once()
	}
}

func BenchmarkParse(b *testing.B) {
	b.Run("reviews76k", newParse(b).bench)
}

func BenchmarkWrite(b *testing.B) {
	b.Run("heavy", newWrite(b).bench)
}

func BenchmarkRepresentations(b *testing.B) {
	s := newRepresent(b, 1000)
	b.Run("1000", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.once()
		}
	})
}

// entitiesPlan asks for n entities of a list.
func entitiesPlan(t testing.TB, n int) (*Program, *replay) {
	return compileText(t, `
subgraphs a b
shape 1
  list [2]
shape 2 links 1
  id String
  name String
shape 3
  stock Int
  price Float
fetch a
  data 1
fetch b after 0
  _entities r T 3
    to 2.0
      id! .0
data
  list 0.0 [T]
    records 0/0
    id 0.0 T!
    name 0.1 T
    stock 1.0 T
    price 1.1 T
`, func(fetch string, _ *subgraphs.Request) string {
		var list []string
		for i := range n {
			if fetch == "0" {
				list = append(list, fmt.Sprintf(`{"id":"entity-%d","name":"the name of entity %d"}`, i, i))
			} else {
				list = append(list, fmt.Sprintf(`{"stock":%d,"price":%d.25}`, i%100, i))
			}
		}
		name := "_entities"
		if fetch == "0" {
			name = "list"
		}
		return `{"data":{"` + name + `":[` + strings.Join(list, ",") + `]}}`
	})
}

func BenchmarkEntities(b *testing.B) {
	for _, n := range []int{1, 10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			prog, _ := entitiesPlan(b, n)
			execute(b, prog)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entity")
		})
	}
}

// BenchmarkNullPropagation compares an answer whose every second item becomes
// null with the clean one; BenchmarkSubgraphErrors one with an error for every
// tenth entity. Neither may cost more than twice.
func BenchmarkNullPropagation(b *testing.B) {
	for _, name := range []string{"clean", "nulls"} {
		b.Run(name, func(b *testing.B) {
			prog, _ := compileText(b, manyPlan, func(string, *subgraphs.Request) string {
				var list []string
				for i := range 1000 {
					n := "1"
					if name == "nulls" && i%2 == 0 {
						n = "null"
					}
					list = append(list, fmt.Sprintf(`{"text":"some words in a text","n":%s}`, n))
				}
				return `{"data":{"list":[` + strings.Join(list, ",") + `]}}`
			})
			execute(b, prog)
		})
	}
}

func BenchmarkSubgraphErrors(b *testing.B) {
	for _, name := range []string{"clean", "errors"} {
		b.Run(name, func(b *testing.B) {
			prog, _ := compileText(b, manyPlan, func(string, *subgraphs.Request) string {
				var list, errs []string
				for i := range 1000 {
					text := `"some words in a text"`
					if name == "errors" && i%10 == 0 {
						text = "null"
						errs = append(errs, fmt.Sprintf(`{"message":"no text","path":["list",%d,"text"]}`, i))
					}
					list = append(list, fmt.Sprintf(`{"n":%d,"text":%s}`, i, text))
				}
				tail := ""
				if errs != nil {
					tail = `,"errors":[` + strings.Join(errs, ",") + `]`
				}
				return `{"data":{"list":[` + strings.Join(list, ",") + `]}` + tail + `}`
			})
			execute(b, prog)
		})
	}
}

// BenchmarkCompile compiles the heavy plan: a part of what a new operation costs.
func BenchmarkCompile(b *testing.B) {
	text, err := os.ReadFile("testdata/heavy.plan.txt")
	if err != nil {
		b.Fatal(err)
	}
	p, err := parsePlan(string(text))
	if err != nil {
		b.Fatal(err)
	}
	x, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Compile(p, func(string) subgraphs.Source { return bytesSource{} }); err != nil {
			b.Fatal(err)
		}
	}
}
