package compose

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/internal/golden"
)

// TestMerge composes each case's subgraphs. The supergraph is shown without the
// definitions of the specs, which are the same everywhere.
func TestMerge(t *testing.T) {
	golden.Run(t, "testdata/merge", []string{"supergraph.graphql", "api.graphql", "errors.txt", "hints.txt"}, func(t *testing.T, c *golden.Case) {
		inputs := caseInputs(t, c)
		r := Compose(inputs, Options{})
		c.Output(t, "supergraph.graphql", withoutSpecs(r.Supergraph))
		if c.Header("show") == "api" {
			c.Output(t, "api.graphql", r.API)
		}
		c.Output(t, "errors.txt", diagnosticsText(r.Errors))
		c.Output(t, "hints.txt", diagnosticsText(r.Hints))
		checkOrder(t, inputs, r)
		checkNames(t, inputs, r)
	})
}

func caseInputs(t *testing.T, c *golden.Case) []Input {
	t.Helper()
	var inputs []Input
	for _, file := range c.Inputs("subgraphs/") {
		name := strings.TrimSuffix(path.Base(file), ".graphql")
		inputs = append(inputs, Input{Name: name, URL: "http://" + name, SDL: c.Must(t, file)})
	}
	return inputs
}

// withoutSpecs drops what every supergraph has: the definitions of link, join
// and other specs.
func withoutSpecs(sdl string) string {
	var kept []string
	for _, paragraph := range strings.Split(sdl, "\n\n") {
		switch {
		case strings.HasPrefix(paragraph, "directive @join__"), strings.HasPrefix(paragraph, "directive @link("),
			strings.HasPrefix(paragraph, "scalar join__"), strings.HasPrefix(paragraph, "scalar link__"),
			strings.HasPrefix(paragraph, "enum join__"), strings.HasPrefix(paragraph, "enum link__"), strings.HasPrefix(paragraph, "input join__"):
		default:
			kept = append(kept, paragraph)
		}
	}
	return strings.Join(kept, "\n\n")
}

func diagnosticsText(list []Diagnostic) string {
	var b strings.Builder
	for _, d := range list {
		fmt.Fprintf(&b, "%s %s %s\n  %s\n", d.Severity, d.Code, d.Coordinate, d.Message)
		for _, l := range d.Locations {
			fmt.Fprintf(&b, "  at %s:%d:%d\n", l.File, l.Line, l.Column)
		}
	}
	return b.String()
}

// checkOrder: the order of inputs decides nothing.
func checkOrder(t *testing.T, inputs []Input, want *Result) {
	t.Helper()
	for range inputs {
		inputs = append(inputs[1:len(inputs):len(inputs)], inputs[0])
		for _, order := range [][]Input{inputs, reversed(inputs)} {
			got := Compose(order, Options{})
			if got.Supergraph != want.Supergraph || diagnosticsText(got.Errors) != diagnosticsText(want.Errors) || diagnosticsText(got.Hints) != diagnosticsText(want.Hints) {
				t.Errorf("another order of the subgraphs gives another result")
			}
		}
	}
}

func reversed(inputs []Input) []Input {
	r := slices.Clone(inputs)
	slices.Reverse(r)
	return r
}

// checkNames: names break ties, so descriptions and the arguments of
// non-repeatable directives may follow them; the rest of the API may not.
func checkNames(t *testing.T, inputs []Input, want *Result) {
	t.Helper()
	renamed := slices.Clone(inputs)
	for i := range renamed {
		renamed[i].Name = fmt.Sprintf("n%02d", len(inputs)-i)
		for j := range renamed {
			renamed[j].SDL = strings.ReplaceAll(renamed[j].SDL, fmt.Sprintf("from: %q", inputs[i].Name), fmt.Sprintf("from: %q", renamed[i].Name))
		}
	}
	got := Compose(renamed, Options{})
	if want.OK() != got.OK() {
		t.Errorf("other names of the subgraphs give another verdict: %v, not %v %s", got.OK(), want.OK(), summary(got.Errors))
		return
	}
	if !slices.Equal(codesOf(got.Errors), codesOf(want.Errors)) || !slices.Equal(codesOf(got.Hints), codesOf(want.Hints)) {
		t.Errorf("other names of the subgraphs give other codes: %v %v, not %v %v", codesOf(got.Errors), codesOf(got.Hints), codesOf(want.Errors), codesOf(want.Hints))
	}
	if d := differences(nameless(want.API), nameless(got.API)); d != "" {
		t.Errorf("other names of the subgraphs give another API: %s", d)
	}
}

// nameless drops the arguments of directives from the facts of an API.
func nameless(api string) map[string]bool {
	kept := map[string]bool{}
	for fact := range apiFacts(api, false) {
		if strings.HasPrefix(fact, "@") {
			kept[fact] = true
			continue
		}
		element, directive, _ := strings.Cut(fact, " @")
		name, _, _ := strings.Cut(directive, "(")
		kept[element+" "+name] = true
	}
	return kept
}
