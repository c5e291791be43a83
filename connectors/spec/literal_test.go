package spec

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func TestLiteralPlaces(t *testing.T) {
	for _, test := range []struct{ literal, text, find, place string }{
		{`"a b"`, "a b", "b", "1:4"},
		{`"a\n\"b"`, "a\n\"b", "b", "1:7"},
		{`"é\u00e9 \u{1F600} \ud83d\ude00 b"`, "éé 😀 😀 b", "b", "1:33"},
		{`"é b"`, "é b", " b", "1:3"},
		{`""`, "", "", "1:2"},
		{`""""""`, "", "", "1:4"},
		{"\"\"\"first\n    b\n      c\"\"\"", "first\nb\n  c", "c", "3:7"},
		{"\"\"\"\n\n\t a\n\t  b\\\"\"\"c\n\n\"\"\"", "a\n b\"\"\"c", "c", "4:9"},
		{"\"\"\"\r\n  a\r\n  b\r\n\"\"\"", "a\nb", "b", "3:3"},
		{"\"\"\"a\"\"\"\"", "a\"", "\"", "1:5"},
	} {
		l := readLiteral(test.literal, 0)
		if l == nil || l.text != test.text {
			t.Errorf("%s is %+v, want %q", test.literal, l, test.text)
			continue
		}
		line, column := lineColumn(test.literal, l.source(strings.Index(test.text, test.find)))
		if got := fmt.Sprintf("%d:%d", line, column); got != test.place {
			t.Errorf("%q of %s is at %s, want %s", test.find, test.literal, got, test.place)
		}
	}
}

// FuzzLiteral: quoted strings have the text the parser gives them, and every
// byte of a literal comes from within it, in order.
func FuzzLiteral(f *testing.F) {
	f.Add(`"a\n\"b\u00e9\u{1F600}\ud83d\ude00"`)
	f.Add("\"\"\"a\n  b\\\"\"\"\n\n c\"\"\"")
	f.Fuzz(func(t *testing.T, text string) {
		doc, err := parser.ParseSchema(&ast.Source{Input: "schema @a(b: " + text + ") { query: Q }"})
		if !utf8.ValidString(text) || err != nil || len(doc.Schema) != 1 || len(doc.Schema[0].Directives) != 1 || len(doc.Schema[0].Directives[0].Arguments) != 1 {
			return
		}
		v := doc.Schema[0].Directives[0].Arguments[0].Value
		if !isString(v) {
			return
		}
		l := readLiteral(v.Position.Src.Input, byteOffset(v.Position.Src.Input, v.Position.Start))
		if l == nil {
			t.Fatal("not read")
		}
		if v.Kind == ast.StringValue && l.text != v.Raw {
			t.Errorf("%q, but the parser says %q", l.text, v.Raw)
		}
		if len(l.from) != len(l.text)+1 {
			t.Errorf("%d places for %d bytes", len(l.from), len(l.text))
		}
		for i := 1; i < len(l.from); i++ {
			if l.from[i] < l.from[i-1] {
				t.Errorf("byte %d comes from %d, the one before from %d", i, l.from[i], l.from[i-1])
			}
		}
	})
}
