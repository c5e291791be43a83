package bff

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/formatter"
	"github.com/vektah/gqlparser/v2/parser"
)

// printed formats a document without what is for the gateway, in a way of its
// own: from the tree, not from the text.
func printed(doc *ast.QueryDocument) string {
	own := func(d *ast.Directive) bool { return ownDirective(d.Name) }
	for _, o := range doc.Operations {
		o.Directives = slices.DeleteFunc(slices.Clone(o.Directives), own)
		o.Description = ""
		for _, v := range o.VariableDefinitions {
			v.Directives = slices.DeleteFunc(slices.Clone(v.Directives), own)
			v.Description = ""
		}
	}
	for _, f := range doc.Fragments {
		f.Directives = slices.DeleteFunc(slices.Clone(f.Directives), own)
		f.Description = ""
	}
	var b bytes.Buffer
	formatter.NewFormatter(&b).FormatQueryDocument(doc)
	return b.String()
}

// checkDefinitions cuts a document into definitions and holds each against the
// parser's reading; it reports whether the text parses.
func checkDefinitions(t *testing.T, content string) bool {
	doc, err := parser.ParseQuery(&ast.Source{Name: "x", Input: content})
	if err != nil || strings.Contains(content, `""""`) { // which the parser takes for an end, see folder.parse
		definitions(&text{content: content}) // must come to an end
		return false
	}
	found := definitions(&text{content: content})
	if len(found) != len(doc.Operations)+len(doc.Fragments) {
		t.Fatalf("%d definitions, want %d and %d", len(found), len(doc.Operations), len(doc.Fragments))
	}
	var plain []string
	for i := range found {
		var s sheet
		s.add(&found[i])
		again, err := parser.ParseQuery(&ast.Source{Input: s.b.String()})
		if err != nil {
			t.Fatalf("the sheet does not parse: %v\n%q", err, s.b.String())
		}
		if got, want := len(again.Operations)+len(again.Fragments), 1; got != want {
			t.Fatalf("the sheet has %d definitions", got)
		}
		for _, o := range again.Operations {
			holds := slices.ContainsFunc(doc.Operations, func(whole *ast.OperationDefinition) bool {
				_, line := s.origin(o.Position.Line)
				return whole.Position.Line == line && whole.Position.Column == o.Position.Column && whole.Name == o.Name
			})
			if !holds {
				t.Fatalf("operation %s is at another place on the sheet", o.Name)
			}
		}
		plain = append(plain, found[i].plain())
	}
	again, err := parser.ParseQuery(&ast.Source{Input: strings.Join(plain, "\n")})
	if err != nil {
		t.Fatalf("the plain text does not parse: %v\n%q", err, plain)
	}
	if got, want := printed(again), printed(doc); got != want {
		t.Fatalf("cut:\n%s\nparsed:\n%s", got, want)
	}
	for _, p := range plain {
		if essence(p) != essence(strings.ReplaceAll(p, "\n", "\n\t ")) && !strings.Contains(p, `"""`) {
			t.Fatalf("white space counts in %q", p)
		}
	}
	return true
}

var documentSeeds = []string{
	"{ a }", "query A { a } fragment F on T { b }", "\"doc\" query A(\"d\" $x: Int = 3 @deprecated, $y: [In!]! = [{a: 1}]) @rest(path: \"/}{)(\") @keep { a(b: {c: \"}\"}) }",
	"query A @cache(ttl: 5) @skip(if: true) @auth(scopes: [[\"a\"], [\"b\"]]) { a @deprecated(since: \"x\") }",
	"\uFEFF# c\n\"\"\"\ndoc } \\\"\"\" \n\"\"\"\nquery A { a(b: \"\"\"x\n  y\"\"\") }", "mutation($é: Int) { a }", "query A @owner { a } # end",
	"query A {\r\n  a,b,c(d:-1.5e3)\r\n}", "subscription S @rest { a ...F } fragment F on T @rest @x(y: $z) { ... on U { q } ... @include(if: $b) { r } }",
	"query A(,,,$a:Int,){a}", "query query @rest(a: \"\\\"\") { query }", "{ a } { b }", "query A($x: In = {rest: \"@rest\"}) { a }",
}

func TestDefinitions(t *testing.T) {
	for _, seed := range documentSeeds {
		if !checkDefinitions(t, seed) && !strings.Contains(seed, "é") {
			t.Errorf("%q does not parse", seed)
		}
	}
}

func FuzzDefinitions(f *testing.F) {
	for _, seed := range documentSeeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, content string) { checkDefinitions(t, content) })
}
