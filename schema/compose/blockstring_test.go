package compose

import (
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestDedented(t *testing.T) {
	for _, c := range []struct{ literal, want string }{
		{"\"\"\"first\n    second\n      third\"\"\"", "first\nsecond\n  third"},
		{"\"\"\"\n  a\n    b\n  \"\"\"", "a\n  b"},
		{"\"\"\"  lead\n   x\n\n   y\n   \"\"\"", "  lead\nx\n\ny"},
		{"\"\"\"one\n\ttwo\n\t\tthree\n\t\"\"\"", "one\ntwo\n\tthree"},
		{"\"\"\"a\nb\"\"\"", "a\nb"},
		{"\"\"\"a \\\"\"\" b\n  c\"\"\"", "a \"\"\" b\nc"},
		{"\"x\"", "x"},
	} {
		sdl := "# a \"\"\" comment\ntype A { \"\"\"t\"\"\" x: Int }\n" + c.literal + " type B @mark { y: Int }"
		doc, err := parser.ParseSchema(&ast.Source{Input: dedented(sdl)})
		if err != nil {
			t.Errorf("%q: %v", c.literal, err)
			continue
		}
		plain, err := parser.ParseSchema(&ast.Source{Input: sdl})
		if err != nil {
			t.Fatal(err)
		}
		b, p := doc.Definitions[1], plain.Definitions[1]
		if b.Description != c.want {
			t.Errorf("%q: got %q, want %q", c.literal, b.Description, c.want)
		}
		if b.Directives[0].Position.Line != p.Directives[0].Position.Line || b.Directives[0].Position.Column != p.Directives[0].Position.Column {
			t.Errorf("%q: positions moved", c.literal)
		}
	}
}
