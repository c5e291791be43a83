package compose

import (
	"fmt"
	"strings"
	"testing"
)

// wideGraph returns subgraphs that share types entities: each subgraph declares
// every entity that belongs to it and a few of its neighbours' as references.
func wideGraph(subgraphs, types int) []Input {
	inputs := make([]Input, subgraphs)
	for s := range inputs {
		var b strings.Builder
		b.WriteString(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@shareable", "@tag"])` + "\n")
		b.WriteString("interface Node { id: ID! }\n")
		fmt.Fprintf(&b, "type Query { root%d: T%d }\n", s, s)
		for n := s; n < types; n += subgraphs {
			next := (n + 1) % types
			fmt.Fprintf(&b, "type T%d implements Node @key(fields: \"id\") @tag(name: \"t\") {\n  id: ID!\n  name: String\n  next: T%d\n  all(first: Int = 10, after: ID): [T%d!]!\n  size: Int @tag(name: \"s\")\n}\n", n, next, next)
			fmt.Fprintf(&b, "type T%d @key(fields: \"id\") { id: ID! size: Int @external area%d: Float @requires(fields: \"size\") }\n", next, s)
		}
		inputs[s] = Input{Name: fmt.Sprintf("s%02d", s), URL: "http://s", SDL: b.String()}
	}
	return inputs
}

// BenchmarkSubgraphs measures the phases before the merge: 5,000 types in 20
// subgraphs, each declared twice.
func BenchmarkSubgraphs(b *testing.B) {
	inputs := wideGraph(20, 5000)
	b.ReportAllocs()
	for b.Loop() {
		if run := beforeMerge(inputs); len(run.result.Errors) > 0 {
			b.Fatal(run.result.Errors[0])
		}
	}
}

// BenchmarkSubgraphsFederation1 is the same without @link, so every subgraph is
// upgraded.
func BenchmarkSubgraphsFederation1(b *testing.B) {
	inputs := wideGraph(20, 5000)
	for i := range inputs {
		_, inputs[i].SDL, _ = strings.Cut(inputs[i].SDL, "\n")
	}
	b.ReportAllocs()
	for b.Loop() {
		if run := beforeMerge(inputs); len(run.result.Errors) > 0 {
			b.Fatal(run.result.Errors[0])
		}
	}
}
