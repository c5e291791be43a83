package mapping

import (
	"fmt"
	"strings"
	"testing"
)

// people is a page of a REST API: n objects of which a mapping wants a half.
func people(n int) []byte {
	var b strings.Builder
	b.WriteString(`{"meta":{"total":123,"next":"c2"},"data":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"person_id":%d,"name":"Person Number %d","email":"p%d@example.test","age":%d,"score":%d.5,`+
			`"address":{"street":"Harbor Street %d","city":"Lund","geo":{"lat":55.7,"lng":13.19}},`+
			`"tags":["a","b","c"],"notes":"a longer text that nobody asked for, with \"quotes\" in it","active":true}`, i, i, i, i%90, i, i)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

const peopleMapping = `$.data { id: person_id name score city: address.city home: address { street geo { lat } } tags kind: $("P") }`

func peopleOutput() *Output {
	scalar := func(k Kind) *Output { return &Output{Kind: k} }
	return &Output{Kind: Object, Lists: 1, Typename: "Person", Fields: []OutputField{
		{"__typename", "__typename", scalar(String)},
		{"id", "id", scalar(ID)}, {"label", "name", scalar(String)}, {"score", "score", scalar(Float)},
		{"city", "city", scalar(String)}, {"tags", "tags", &Output{Kind: String, Lists: 1}},
		{"home", "home", &Output{Kind: Object, Fields: []OutputField{
			{"street", "street", scalar(String)},
			{"geo", "geo", &Output{Kind: Object, Fields: []OutputField{{"lat", "lat", scalar(Float)}}}},
		}}},
	}}
}

// BenchmarkAppend runs one shape on both evaluators, as it is and typed, and
// mappings that only the general one can run.
func BenchmarkAppend(b *testing.B) {
	input := people(100)
	b.Run("check", func(b *testing.B) {
		b.SetBytes(int64(len(input)))
		b.ReportAllocs()
		for b.Loop() {
			if _, _, _, err := checkJSON(input); err != nil {
				b.Fatal(err)
			}
		}
	})
	run := func(name, text string, out *Output, general bool) {
		m, err := Parse(text, V3)
		if err != nil {
			b.Fatal(err)
		}
		p := m.Compile(out)
		if general {
			p.fast = nil
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(input)))
			b.ReportAllocs()
			dst := make([]byte, 0, len(input))
			for b.Loop() {
				var ok bool
				if dst, ok = p.Append(dst[:0], input, nil, nil); !ok {
					b.Fatal("no result")
				}
			}
		})
	}
	run("shape/plain/fast", peopleMapping, nil, false)
	run("shape/plain/general", peopleMapping, nil, true)
	run("shape/typed/fast", peopleMapping, peopleOutput(), false)
	run("shape/typed/general", peopleMapping, peopleOutput(), true)
	run("methods", `$.data->filter(@.age->gt(30)) { id: person_id tags: tags->joinNotNull(",") city: $(address.town ?? address.city) }`, nil, false)
	run("one field", `$.meta.next`, nil, false)
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(peopleMapping, V3); err != nil {
			b.Fatal(err)
		}
	}
}

// TestFastAllocations: the fast path allocates nothing.
func TestFastAllocations(t *testing.T) {
	input := people(20)
	dst := make([]byte, 0, len(input))
	m, err := Parse(peopleMapping, V3)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []*Output{nil, peopleOutput()} {
		p := m.Compile(out)
		if p.fast == nil {
			t.Fatal("no fast form")
		}
		if n := testing.AllocsPerRun(100, func() { p.Append(dst[:0], input, nil, nil) }); n > 0 && !raced {
			t.Errorf("%v allocations", n)
		}
	}
}
