package operation

import (
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"

	"github.com/weftql/weft/schema"
)

func TestShape(t *testing.T) {
	sdl, err := os.ReadFile("testdata/zoo.graphql")
	if err != nil {
		t.Fatal(err)
	}
	g, err := schema.Load(string(sdl))
	if err != nil {
		t.Fatal(err)
	}
	p := NewPreparer(g.API, Limits{})
	for _, c := range []struct {
		document string
		want     Shape
	}{
		{`{ __typename }`, Shape{Depth: 1, Height: 1, RootFields: 1}},
		{`{ a: __typename __typename }`, Shape{Depth: 1, Height: 2, RootFields: 2, Aliases: 1}},
		{`{ __typename: __typename __typename }`, Shape{Depth: 1, Height: 1, RootFields: 1}},
		{`{ dog { friend { id } id } dog { friend { friend { id } } } }`, Shape{Depth: 4, Height: 7, RootFields: 1}},
		{`{ ...F dog { ...G } } fragment F on Query { x: __typename dog { ...G } } fragment G on Dog { y: id }`,
			Shape{Depth: 2, Height: 5, RootFields: 3, Aliases: 3, Fragments: 2}},
		{`{ ... on Query { __typename } ... @include(if: true) { __typename } }`,
			Shape{Depth: 1, Height: 2, RootFields: 2, Directives: 1}},
		{`query ($v: Boolean! = true) { __typename @skip(if: $v) dog @include(if: $v) { ...F @skip(if: false) ...F } } fragment F on Dog { id @skip(if: $v) }`,
			Shape{Depth: 2, Height: 4, RootFields: 2, Directives: 5, Fragments: 1}},
		{`query A { __typename ...F } query B { dog { friend { id } } } fragment F on Query { b: __typename }`,
			Shape{Depth: 1, Height: 2, RootFields: 2, Aliases: 1, Fragments: 1}},
		{`{ dog { id b: id c: id d: id e: id f: id g: id h: id i: id j: id j: id } }`,
			Shape{Depth: 2, Height: 11, RootFields: 1, Aliases: 10}},
	} {
		r := &Request{Document: []byte(c.document)}
		if strings.Contains(c.document, "query B") {
			r.Name = "A"
		}
		op, err := p.Prepare(t.Context(), r)
		if err != nil {
			t.Errorf("%s: %v", c.document, err)
		} else if op.Shape != c.want {
			t.Errorf("%s: %+v, want %+v", c.document, op.Shape, c.want)
		}
	}
}

// TestShapeIsLinear counts what would be 2^3000 fields and a chain of 3000
// fragments.
func TestShapeIsLinear(t *testing.T) {
	var text strings.Builder
	text.WriteString("{ ...F2999 }\nfragment F0 on Query { a: b @c }\n")
	for i := range 2999 {
		fmt.Fprintf(&text, "fragment F%d on Query { x%d { ...F%d ...F%d } }\n", i+1, i, i, i)
	}
	doc, err := parser.ParseQuery(&ast.Source{Input: text.String()})
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	got := shapeOf(doc, doc.Operations[0])
	most := math.MaxInt
	if want := (Shape{Depth: 3000, Height: most, RootFields: 1, Aliases: most, Directives: most, Fragments: 3000}); got != want {
		t.Errorf("%+v", got)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("took %v", took)
	}
}
