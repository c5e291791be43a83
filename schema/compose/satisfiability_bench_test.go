package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/schema"
)

// linkedEntities returns subgraphs with n entity types, each in three of them,
// all linked to each other in both directions: the shape on which a search over
// paths does not end.
func linkedEntities(n, subgraphs int) []Input {
	texts := make([]strings.Builder, subgraphs)
	for s := range texts {
		texts[s].WriteString("extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\", \"@shareable\"])\n")
		fmt.Fprintf(&texts[s], "type Query { start%d: T%d }\n", s, s)
	}
	for i := range n {
		homes := []int{i % subgraphs, (i*7 + 3) % subgraphs, (i*3 + i/subgraphs + 1) % subgraphs}
		seen := map[int]bool{}
		for k, s := range homes {
			if seen[s] {
				continue
			}
			seen[s] = true
			// Each subgraph of a type links to types that live there too, so
			// that its SDL is complete.
			fmt.Fprintf(&texts[s], "type T%d @key(fields: \"id\") { id: ID! a%d: Int b%d: String next%d: T%d prev%d: [T%d!] }\n",
				i, k, k, k, (i+subgraphs)%n, k, (i+n-subgraphs)%n)
		}
		// A link to another residue: a stub without fields of its own.
		_ = homes
	}
	for i := range n {
		homes := map[int]bool{i % subgraphs: true, (i*7 + 3) % subgraphs: true, (i*3 + i/subgraphs + 1) % subgraphs: true}
		for _, from := range []int{(i + n - subgraphs) % n, (i + subgraphs) % n} {
			for _, s := range []int{from % subgraphs, (from*7 + 3) % subgraphs, (from*3 + from/subgraphs + 1) % subgraphs} {
				if !homes[s] {
					homes[s] = true
					fmt.Fprintf(&texts[s], "type T%d @key(fields: \"id\", resolvable: false) { id: ID! }\n", i)
				}
			}
		}
	}
	inputs := make([]Input, subgraphs)
	for s := range texts {
		inputs[s] = Input{Name: fmt.Sprintf("s%02d", s), URL: fmt.Sprintf("http://s%02d", s), SDL: texts[s].String()}
	}
	return inputs
}

// readLattice returns the vectors' 40-subgraph graph, nil without vectors.
func readLattice(b *testing.B) []Input {
	files, _ := filepath.Glob(filepath.Join(satConformanceDir(b), "plans", "lattice", "subgraphs", "*.graphql"))
	var inputs []Input
	for _, f := range files {
		sdl, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".graphql")
		inputs = append(inputs, Input{Name: name, URL: "http://" + name, SDL: string(sdl)})
	}
	return inputs
}

// BenchmarkSatisfiability measures the check alone; the bar for the whole
// composition of linked_5000 is 3 s and 1 GiB, of lattice 1 s.
func BenchmarkSatisfiability(b *testing.B) {
	for name, inputs := range map[string][]Input{"linked_5000": linkedEntities(5000, 20), "lattice": readLattice(b)} {
		b.Run(name, func(b *testing.B) {
			res := Compose(inputs, Options{SkipSatisfiability: true})
			if !res.OK() {
				b.Fatal(res.Errors[0])
			}
			g, err := schema.Load(res.Supergraph)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if errs, _ := checkSatisfiability(g); len(errs) > 0 {
					b.Fatal(errs[0].Message)
				}
			}
		})
	}
}

// BenchmarkCompose measures all phases.
func BenchmarkCompose(b *testing.B) {
	for name, inputs := range map[string][]Input{"linked_5000": linkedEntities(5000, 20), "lattice": readLattice(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if res := Compose(inputs, Options{}); !res.OK() {
					b.Fatal(res.Errors[0])
				}
			}
		})
	}
}
