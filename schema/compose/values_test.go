package compose

import (
	"slices"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

// defaultOf parses a value as the default of an argument.
func defaultOf(t *testing.T, text string) *ast.Value {
	t.Helper()
	doc, err := parser.ParseSchema(&ast.Source{Input: "type T { f(a: Int = " + text + "): Int }"})
	if err != nil {
		t.Fatal(err)
	}
	return doc.Definitions[0].Fields[0].Arguments[0].DefaultValue
}

func TestSameValue(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"1", "1.0", true},
		{"100", "1e2", true},
		{"1e999999999", "1e999999998", false},
		{"1e999999999", "1e999999999", true},
		{"1", "2", false},
		{`"a"`, `"""a"""`, true},
		{`"A"`, "A", false},
		{"A", "A", true},
		{"null", "null", true},
		{"true", "false", false},
		{"[1, 2]", "[1, 2.0]", true},
		{"[1, 2]", "[2, 1]", false},
		{"[1]", "[1, 1]", false},
		{`{a: 1, b: "x"}`, `{b: "x", a: 1}`, true},
		{"{a: 1}", "{a: 2}", false},
		{"{a: 1}", "{b: 1}", false},
		{"{a: 1}", "{a: 1, b: null}", false},
		{"[]", "{}", false},
	} {
		if got := sameValue(defaultOf(t, c.a), defaultOf(t, c.b)); got != c.same {
			t.Errorf("%s and %s: same is %v", c.a, c.b, got)
		}
	}
	if sameValue(nil, defaultOf(t, "null")) || !sameValue(nil, nil) {
		t.Error("no value is not null, and equals no value")
	}
}

func TestSuggest(t *testing.T) {
	candidates := []string{"@key", "@tag", "@requires", "@requiresScopes", "@external", "@extends"}
	for name, want := range map[string][]string{
		"@kye":      {"@key"},
		"@Requires": {"@requires"},
		"@require":  {"@requires"},
		"@extend":   {"@extends", "@external"},
		"@nothing":  nil,
		"":          nil,
		"k":         nil,
	} {
		if got := suggest(name, candidates); !slices.Equal(got, want) {
			t.Errorf("suggest(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestSubgraphNames(t *testing.T) {
	sdl := "type Query { a: Int }"
	r := Compose([]Input{{Name: "b", SDL: sdl}, {Name: "", SDL: sdl}, {Name: "b", SDL: sdl}, {Name: "_", SDL: sdl}}, Options{})
	if got := codesOf(r.Errors); !slices.Equal(got, []string{string(InvalidSubgraphName)}) || len(r.Errors) != 3 {
		t.Errorf("got %s", diagnosticsText(r.Errors))
	}
}
