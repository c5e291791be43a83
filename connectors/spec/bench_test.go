package spec_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/schema/compose"
)

// large is a subgraph of n types, each with a list and a batch connector.
func large(n int) string {
	var b strings.Builder
	b.WriteString(`extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])
  @link(url: "https://specs.apollo.dev/connect/v0.3", import: ["@source", "@connect"])
  @source(name: "a", http: { baseURL: "https://a.example" })
type Query {
`)
	for i := range n {
		fmt.Fprintf(&b, "  t%d(first: Int): [T%d] @connect(source: \"a\", http: { GET: \"/t%d?n={$args.first}\" }, selection: \"$.data { id name }\")\n", i, i, i)
	}
	b.WriteString("}\n")
	for i := range n {
		fmt.Fprintf(&b, `type T%d @key(fields: "id") @connect(source: "a", http: { POST: "/t%d", body: "ids: $batch.id" }, selection: "$.data { id name size: n->add(1) }") {
  id: ID!
  name: String
  size: Int
}
`, i, i)
	}
	return b.String()
}

func BenchmarkParse(b *testing.B) {
	sdl := large(1000)
	b.ReportAllocs()
	for b.Loop() {
		if s, problems := spec.Parse("s", sdl); len(s.Connectors) != 2000 || len(problems) != 0 {
			b.Fatal(len(s.Connectors), problems)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	result := compose.Compose([]compose.Input{{Name: "s", SDL: large(1000)}}, compose.Options{SkipSatisfiability: true})
	if !result.OK() {
		b.Fatal(result.Errors)
	}
	b.ReportAllocs()
	for b.Loop() {
		if list, err := spec.Read(result.Graph); err != nil || len(list) != 1 || len(list[0].Connectors) != 2000 {
			b.Fatal(len(list), err)
		}
	}
}
