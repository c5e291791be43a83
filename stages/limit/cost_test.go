package limit

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/schema/compose"
	"github.com/weftql/weft/stages"
)

// TestCost has a case for each rule of the estimate. A case's subgraphs are
// composed, or it has a supergraph; its operations (query.graphql, and variables.json if given) are
// estimated, and measured against data.json if given.
func TestCost(t *testing.T) {
	golden.Run(t, "testdata/cost", []string{"cost.txt"}, func(t *testing.T, c *golden.Case) {
		g := composed(t, c)
		var out strings.Builder
		p := operation.NewPreparer(g.API, operation.Limits{})
		doc := c.Must(t, "query.graphql")
		w := newWeights(g)
		size := int64(10)
		if text := c.Header("default_list_size"); text != "" {
			size, _ = strconv.ParseInt(text, 10, 64)
		}
		for _, name := range operations(doc) {
			op, err := p.Prepare(t.Context(), &operation.Request{Document: []byte(doc), Name: name})
			if err != nil {
				t.Fatal(err)
			}
			variables, _ := c.Input("variables.json")
			values, _, err := op.Coerce([]byte(variables), nil)
			if err != nil {
				t.Fatal(err)
			}
			program := w.compile(op, size, -1)
			n, err := program.estimate(values)
			fmt.Fprintf(&out, "%s: %d", name, n)
			for i, s := range g.Subgraphs {
				if of := w.compile(op, size, i); len(g.Subgraphs) > 1 {
					n, _ := of.estimate(values)
					fmt.Fprintf(&out, ", %s %d", s.Name, n)
				}
			}
			if program.fixed {
				out.WriteString(", fixed")
			}
			if data, ok := c.Input("data.json"); ok {
				fmt.Fprintf(&out, ", actual %d", program.Measure(&stages.Call{Operation: op, Values: values}, []byte(data)))
			}
			if err != nil {
				fmt.Fprintf(&out, "\n  %s: %s", fault.CodeOf(err), fault.Of(err)[0].Message)
			}
			out.WriteString("\n")
		}
		c.Output(t, "cost.txt", out.String())
	})
}

func composed(t testing.TB, c *golden.Case) *schema.Supergraph {
	t.Helper()
	if sdl, ok := c.Input("supergraph.graphql"); ok {
		g, err := schema.Load(sdl)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	var inputs []compose.Input
	for _, name := range c.Inputs("subgraphs/") {
		sdl, _ := c.Input("subgraphs/" + strings.TrimPrefix(name, "subgraphs/"))
		inputs = append(inputs, compose.Input{
			Name: strings.TrimSuffix(strings.TrimPrefix(name, "subgraphs/"), ".graphql"), URL: "http://a", SDL: header + sdl})
	}
	return compileGraph(t, inputs)
}

const header = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize"])
`

func compileGraph(t testing.TB, inputs []compose.Input) *schema.Supergraph {
	t.Helper()
	result := compose.Compose(inputs, compose.Options{})
	if !result.OK() {
		t.Fatal(result.Errors)
	}
	g, err := schema.Load(result.Supergraph)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// operations returns the names of a document's operations, in order.
func operations(doc string) []string {
	var names []string
	for _, line := range strings.Split(doc, "\n") {
		for _, kind := range []string{"query ", "mutation ", "subscription "} {
			if rest, ok := strings.CutPrefix(line, kind); ok {
				end := strings.IndexFunc(rest, func(r rune) bool { return strings.ContainsRune(" ({", r) })
				names = append(names, rest[:end])
			}
		}
	}
	return names
}

func TestLeaves(t *testing.T) {
	for text, want := range map[string]string{
		"items":                         "items",
		"page.items":                    "page.items",
		"page { items }":                "page.items",
		"a{b{c d}e}":                    "a.b.c a.b.d a.e",
		"a b":                           "a b",
		"}":                             "",
		"{":                             "",
		strings.Repeat("a{", 100) + "b": "",
	} {
		var got []string
		for _, path := range leaves(text) {
			got = append(got, strings.Join(path, "."))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}

func TestTimesIsBounded(t *testing.T) {
	for _, c := range [][3]int64{{3, 4, 12}, {0, 5, 0}, {maxCost, maxCost, maxCost}, {maxCost, -maxCost, -maxCost}, {2, -3, -6}, {maxCost, 1, maxCost}, {maxCost, -1, -maxCost}} {
		if got := times(c[0], c[1]); got != c[2] {
			t.Errorf("%d · %d is %d", c[0], c[1], got)
		}
	}
}

// FuzzMeasure measures what is no answer, too.
func FuzzMeasure(f *testing.F) {
	g := compileGraph(f, []compose.Input{{Name: "a", URL: "http://a", SDL: header + "type Query { a: A l: [[A]] n: Int @cost(weight: 2) } type A { a: A n: Int }"}})
	op, err := operation.Prepare(f.Context(), g.API, &operation.Request{Document: []byte("{ a { n a { n } } l { n a { n } } n }")})
	if err != nil {
		f.Fatal(err)
	}
	p := newWeights(g).compile(op, 10, -1)
	for _, text := range []string{`{"a":{"n":1,"a":null},"l":[[{"n":1},null],[]],"n":5}`, ` { "x" : [ ] , "n" : 1 } `, `{"l":[[[`, `{"l":[,`, `{"a"`, `[`, ``, `{"a":{`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if got := p.Measure(&stages.Call{Operation: op}, data); got < 1 || got > int64(len(data))+1 {
			t.Errorf("%d", got)
		}
	})
}
