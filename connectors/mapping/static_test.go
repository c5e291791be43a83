package mapping

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestUses(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`a x: b.c`, `$.a@0 $.b.c@5`},
		{`x: $args.filter.name y: $args`, `$args.filter.name@3 $args@24`},
		{`$this { id o { k } }`, `$this.id@8 $this.o.k@15`},
		{`$args.f { }`, `$args.f@0`},
		{`x: $batch.id->joinNotNull($config.sep)`, `$batch.id@3 $config.sep@26`},
		{`x: $args.l->map({ a: @.b, c: $this.d, e: f })`, `$args.l.b@21 $this.d@29 $.f@41`},
		{`ids: $batch->map(@.id)`, `$batch.id@17`},
		{`x: $batch->filter(@.n->gt(1)).id y: $batch->map(1)`, `$batch.id@3 $batch.n@18 $batch@36`},
		{`x: $args.l->first { a b: $env.X }`, `$args.l.a@20 $env.X@25`},
		{`x: $(a ?? $context.b ?? [1, $request.headers.c])`, `$.a@5 $context.b@10 $request.headers.c@28`},
		{`x: a->as($v)->echo($v.b) y: $v`, `$.a.b@19 $v@28`},
		{`x: $this.o->as($v, @.k)->map([@.l, $v.m])`, `$this.o.k@19 $this.o.l@30`},
		{`x: $this.o->as($v) { k l: $v.m->as($w)->first n: $w }`, `$this.o.k@21 $this.o.m@26 $w@49`},
		{`x: y { z: $ }`, `$.y@10`},
		{`x: @ y: @.z`, `$@3 $.z@8`},
		{`$status->eq(200)`, `$status@0`},
		{`x: { y: { z } }`, `$.z@10`},
	} {
		m, err := Parse(c.text, V3)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		var got []string
		for _, u := range m.Uses() {
			got = append(got, fmt.Sprintf("%s@%d", strings.Join(append([]string{u.Variable}, u.Path...), "."), u.Offset))
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, s, c.want)
		}
	}
}

func TestShape(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`a b: c.d`, `~{a:?$ b:?$}`},
		{`a { b } c: { d }`, `~{a*:~{b:?$} c*:{d:?$}}`},
		{`a.b`, `?$`},
		{`$.a { b c: $args.d e: $("x") }`, `~{b:?$ c:?$args e:string}`},
		{`$args { id }`, `~{id:?$args}`},
		{`a b.c { d }`, `~{a:?$ d:?$}`},
		{`...a b`, `~{b:?$ …}`},
		{`...a->match(["x", {b: 1}], [@, {c: "y"}]) d`, `~{b:number c:string d:?$}`},
		{`a: $(1) b: $(true) c: $(null) d: $([1, null, 2.5]) e: $({f: g})`, `~{a:number b:boolean c:null d:[number] e:{f:?$}}`},
		{`a: x->size b: x->first c: x->map({d: @.e}) f: x->joinNotNull(",") g: x->eq(1) h: x->add(1)`, `~{a:number b:?$ c:[{d:?$}] f:string g:boolean h:number}`},
		{`$(x ?? "y")`, `?`},
		{`$("x" ?? "y")`, `string`},
		{`$(null ?? "y")`, `string`},
		{`$([1, "x"])`, `[?]`},
		{`a: x->filter(@.b) { c }`, `~{a*:~{c:?$}}`},
		{`a: x->entries`, `~{a:[{key:string value:?}]}`},
		{`a: x->as($y)->echo($y) b: $status`, `~{a:? b:number}`},
		{`a { b } a { c }`, `~{a*:~{b:?$ c:?$}}`},
		{`a: $(1) a: $("x")`, `~{a:?}`},
		{`a: $({b: {c: 1}}).b.c d: $([{e: 1}]).e`, `~{a:number d:[number]}`},
		{`$({a: 1}) { a }`, `{a:?}`},
		{`a: $([{b: 1}]) { b }`, `~{a*:~{b:?}}`},
		{`a: { b.c }`, `~{a*:?$}`},
		{``, `~{}`},
	} {
		m, err := Parse(c.text, V4)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if got := shapeText(m.Shape()); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.text, got, c.want)
		}
	}
}

// TestShapeSize: a mapping that uses its parts again and again has a small
// shape all the same, and few uses.
func TestShapeSize(t *testing.T) {
	for _, text := range []string{
		`$` + strings.Repeat(`->echo([{a: @, b: @}, {a: @, b: @}])->first`, 300),
		`$` + strings.Repeat(`->echo({a: @, b: @})`, 1000),
		`$` + strings.Repeat(`->echo([@, @])`, 1000),
		`$` + strings.Repeat(`->echo([@, @]).a`, 1000),
		`x: a` + strings.Repeat(`.a`, 30_000),
	} {
		m, err := Parse(text, V4)
		if err != nil {
			t.Fatal(err)
		}
		if s := m.Shape(); s.size > maxShape {
			t.Errorf("%.40s…: %d parts", text, s.size)
		}
		m.Uses()
		m.Compile(nil).Reads()
	}
}

func shapeText(s *Shape) string {
	switch s.Kind {
	case ShapeObject:
		var list []string
		for _, f := range s.Fields {
			mark := ""
			if f.Group {
				mark = "*"
			}
			list = append(list, f.Name+mark+":"+shapeText(f.Shape))
		}
		if s.Open {
			list = append(list, "…")
		}
		mark := ""
		if s.Maps {
			mark = "~"
		}
		return mark + "{" + strings.Join(list, " ") + "}"
	case ShapeList:
		if s.Item == nil {
			return "[]"
		}
		return "[" + shapeText(s.Item) + "]"
	case ShapeString:
		return "string"
	case ShapeNumber:
		return "number"
	case ShapeBoolean:
		return "boolean"
	case ShapeNull:
		return "null"
	case ShapeUnknown:
	}
	return "?" + s.From
}

func TestTemplate(t *testing.T) {
	for _, c := range []struct{ text, want, problems string }{
		{`plain`, `plain`, ``},
		{``, ``, ``},
		{`/a/{$args.id}/b`, `/a/A1/b`, ``},
		{`{$args.id}{$args.id}`, `A1A1`, ``},
		{`x{$args.deep.x}y`, `xy`, ``},
		{`x{$args.no}y`, `xy`, `/$args/no`},
		{`{$args.list->joinNotNull('}{')}`, `1}{2`, ``},
		{`{$({ a: $args.id })->jsonStringify}`, `{"a":"A1"}`, ``},
		{`a}b`, `a}b`, ``},
		{`{$("é\"")}`, `é"`, ``},
		{`{$(1.50)} {$(true)}`, `1.5 true`, ``},
		{`{$args.list}`, `error`, ``},
		{`x{$args.deep}`, `error`, ``},
		{`{`, `offset 0`, ``}, {`ab{$args.id`, `offset 2`, ``}, {`ab{$args.}`, `offset 9`, ``}, {`a{}`, `offset 2`, ``}, {`{'}`, `offset 0`, ``}, {`a{ b c.d }`, `offset 5`, ``},
	} {
		got := ""
		tpl, err := ParseTemplate(c.text, V3)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) {
				t.Fatal(err)
			}
			got = fmt.Sprintf("offset %d", e.Offset)
		}
		var problems Problems
		if err == nil {
			out, err := tpl.Append([]byte("> "), testVars, &problems)
			got = strings.TrimPrefix(string(out), "> ")
			if err != nil {
				got += "error"
			}
		}
		if got != c.want {
			t.Errorf("%s: got %s, want %s", c.text, got, c.want)
		}
		paths := ""
		for _, p := range problems.List() {
			paths += pathText(p.Path)
		}
		if paths != c.problems {
			t.Errorf("%s: problems at %s, want %s", c.text, paths, c.problems)
		}
	}
	tpl, err := ParseTemplate(`/x/{$args.id}?{$this { k }}`, V3)
	if err != nil {
		t.Fatal(err)
	}
	uses := tpl.Uses()
	if len(uses) != 2 || uses[0].Offset != 4 || uses[1].Offset != 23 || uses[1].Path[0] != "k" {
		t.Errorf("%v", uses)
	}
	if parts := tpl.Parts(); len(parts) != 4 || parts[0].Text != "/x/" || parts[1].Offset != 4 || parts[2].Text != "?" {
		t.Errorf("%v", parts)
	}
}

// TestTemplateAllocations: plain variables in templates cost nothing.
func TestTemplateAllocations(t *testing.T) {
	tpl, err := ParseTemplate(`/x/{$args.id}/{$args.deep.x}`, V3)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]byte, 0, 100)
	if n := testing.AllocsPerRun(100, func() { _, _ = tpl.Append(dst, testVars[:1], nil) }); n > 0 && !raced {
		t.Errorf("%v allocations", n)
	}
}
