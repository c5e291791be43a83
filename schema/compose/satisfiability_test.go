package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/schema"
)

// TestSatisfiability composes each case's subgraphs and shows what the last
// phase says, with the reasons, the suggestions and the example.
func TestSatisfiability(t *testing.T) {
	golden.Run(t, "testdata/satisfiability", []string{"errors.txt", "hints.txt"}, func(t *testing.T, c *golden.Case) {
		r := Compose(caseInputs(t, c), Options{})
		c.Output(t, "errors.txt", explainedText(r.Errors))
		if hints := explainedText(r.Hints); strings.Contains(hints, string(HintRuntimeTypes)) {
			c.Output(t, "hints.txt", hints)
		}
	})
}

func explainedText(list []Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s %s\n  %s\n", d.Code, d.Coordinate, d.Message)
		if d.Example != "" {
			fmt.Fprintf(&b, "  example  %s\n", d.Example)
		}
		for _, line := range d.Because {
			fmt.Fprintf(&b, "  because  %s\n", line)
		}
		for _, line := range d.Fix {
			fmt.Fprintf(&b, "  fix      %s\n", line)
		}
		for _, l := range d.Locations {
			fmt.Fprintf(&b, "  at       %s:%d:%d\n", l.File, l.Line, l.Column)
		}
	}
	return b.String()
}

func satConformanceDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("WEFT_CONFORMANCE")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "conformance")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no conformance vectors: set WEFT_CONFORMANCE")
	}
	return dir
}

// Supergraphs that another composer has accepted are satisfiable.
func TestForeignSupergraphsAreSatisfiable(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(satConformanceDir(t), "*", "*", "supergraph.graphql"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no supergraphs: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			sdl, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			g, err := schema.Load(string(sdl))
			if err != nil {
				t.Fatal(err)
			}
			errs, _ := checkSatisfiability(g)
			for _, d := range errs {
				t.Errorf("%s %s", d.Code, d.Message)
			}
		})
	}
}

// A chain of types is as deep as the schema is long: nothing may recurse along
// it.
func TestSatisfiabilityOfALongChain(t *testing.T) {
	const n = 5_000
	var a, b strings.Builder
	link := "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\"])\n"
	a.WriteString(link + "type Query { t0: T0 }\n")
	b.WriteString(link)
	for i := range n {
		fmt.Fprintf(&a, "type T%d @key(fields: \"id\") { id: ID! next: T%d }\n", i, min(i+1, n-1))
		fmt.Fprintf(&b, "type T%d @key(fields: \"id\") { id: ID! x: Int }\n", i)
	}
	r := Compose([]Input{{Name: "a", SDL: a.String()}, {Name: "b", SDL: b.String()}}, Options{})
	if !r.OK() {
		t.Fatal(r.Errors[0])
	}
}

// Graphs on which a search over all states or all settings of labels does not
// end, but that are fine.
func TestSatisfiabilityDoesNotExplode(t *testing.T) {
	t.Run("subsets", func(t *testing.T) {
		// A value type that every subgraph but one knows in part: each path
		// leads to another subset of the subgraphs.
		const n = 40
		var inputs []Input
		for s := range n {
			var b strings.Builder
			b.WriteString("extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@shareable\"])\n")
			b.WriteString("type Query { v: V @shareable }\ntype V @shareable { x: Int\n")
			for f := range n {
				if f != s || s == 0 {
					fmt.Fprintf(&b, "f%d: V\n", f)
				}
			}
			b.WriteString("}\n")
			inputs = append(inputs, Input{Name: fmt.Sprintf("s%02d", s), SDL: b.String()})
		}
		if r := Compose(inputs, Options{}); !r.OK() {
			t.Fatal(r.Errors[0])
		}
	})
	t.Run("labels", func(t *testing.T) {
		// A chain of types whose links are all being moved.
		const n = 60
		var a, b strings.Builder
		link := "extend schema @link(url: \"https://specs.apollo.dev/federation/v2.7\", import: [\"@key\", \"@override\"])\n"
		a.WriteString(link + "type Query { t: T0 }\n")
		b.WriteString(link)
		for i := range n {
			fmt.Fprintf(&a, "type T%d @key(fields: \"id\") { id: ID! next: T%d }\n", i, (i+1)%n)
			fmt.Fprintf(&b, "type T%d @key(fields: \"id\") { id: ID! next: T%d @override(from: \"a\", label: \"l%d\") }\n", i, (i+1)%n, i)
		}
		if r := Compose([]Input{{Name: "a", SDL: a.String()}, {Name: "b", SDL: b.String()}}, Options{}); !r.OK() {
			t.Fatal(r.Errors[0])
		}
	})
}
