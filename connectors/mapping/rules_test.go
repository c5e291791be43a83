package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// rule is one sentence of the language: a mapping, what it is applied to, what
// comes out ("" is no value) and where problems are, in order.
type rule struct{ text, input, want, problems string }

// loom is the input where a rule has none.
const loom = `{"id":"L-7","n":7,"f":1.5,"t":true,"z":null,"s":"abc","e":"","wide":"éa","o":{"k":1,"p":{"q":2}},` +
	`"xs":[3,1,2],"ys":[{"v":1},{"v":null},{}],"zs":[[{"v":1}],[{"v":2},{"v":3}]],"none":[],"full name":"Ines","esc\u0061pe":1}`

var testVars = Vars{
	{"$args", []byte(`{"id":"A1","list":[1,2],"deep":{"x":null}}`)},
	{"$broken", []byte(`{"id":`)}, {"$empty", nil}, {"$latin", []byte("\"\xff\"")},
}

func (r rule) run(t *testing.T, v Version) {
	t.Helper()
	m, err := Parse(r.text, v)
	if err != nil {
		t.Errorf("%s: %v", r.text, err)
		return
	}
	input := r.input
	if input == "" {
		input = loom
	}
	p := m.Compile(nil)
	for _, fast := range []bool{true, false} {
		if !fast {
			p.fast = nil
		}
		var problems Problems
		out, ok := p.Append(nil, []byte(input), testVars, &problems)
		got := ""
		if ok {
			got = string(out)
		}
		if !sameText(got, r.want) {
			t.Errorf("%s\n got %s\nwant %s", r.text, got, r.want)
		}
		var paths []string
		for _, n := range problems.List() {
			paths = append(paths, pathText(n.Path))
		}
		if at := strings.Join(paths, " "); at != r.problems {
			t.Errorf("%s\n got problems at %s\nwant problems at %s\n%v", r.text, at, r.problems, problems.List())
		}
	}
}

func pathText(path []any) string {
	if len(path) == 0 {
		return "/"
	}
	var b strings.Builder
	for _, p := range path {
		fmt.Fprintf(&b, "/%v", p)
	}
	return b.String()
}

// sameText compares JSON but for the order of keys; numbers by their text.
func sameText(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	decode := func(s string) (v any) {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return err
		}
		return v
	}
	return reflect.DeepEqual(decode(a), decode(b))
}

func runRules(t *testing.T, v Version, rules []rule) {
	t.Helper()
	for _, r := range rules {
		r.run(t, v)
	}
}

func TestNaming(t *testing.T) {
	runRules(t, V3, []rule{
		{`id`, ``, `{"id":"L-7"}`, ``},
		{`"full name"`, ``, `{"full name":"Ines"}`, ``},
		{`'full name' escape`, ``, `{"full name":"Ines","escape":1}`, ``},
		{`a: o.p.q`, ``, `{"a":2}`, ``},
		{`o { k }`, ``, `{"o":{"k":1}}`, ``},
		{`o`, `{"o":{"k":[1, 2]}}`, `{"o":{"k":[1,2]}}`, ``},
		{`o.p`, ``, `{"q":2}`, ``},
		{`o.p { q }`, ``, `{"q":2}`, ``},
		{`id o.p { q }`, ``, `{"id":"L-7","q":2}`, ``},
		{`$.id`, ``, `"L-7"`, ``},
		{`$`, `[1]`, `[1]`, ``},
		{`@`, `[1]`, `[1]`, ``},
		{`$.n?`, ``, `7`, ``},
		{`g: { a: id b: { c: n } }`, ``, `{"g":{"a":"L-7","b":{"c":7}}}`, ``},
		{``, ``, `{}`, ``},
		{`# nothing`, ``, `{}`, ``},
		{"a: # why\n id", ``, `{"a":"L-7"}`, ``},
		{`o{k}n`, ``, `{"o":{"k":1},"n":7}`, ``},
		{`o . p . q`, ``, `2`, ``},
		{`a: o { p.q }`, ``, `{"a":2}`, `/o`},
		{`true false: null`, `{"true":1,"null":2}`, `{"true":1,"false":2}`, ``},
	})
}

func TestMerging(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: n a: f`, ``, `{"a":1.5}`, ``},
		{`a: n a: id`, ``, `{"a":"L-7"}`, `/`},
		{`a: n a: z a: id`, ``, `{"a":null}`, ``},
		{`a: z a: o`, ``, `{"a":null}`, ``},
		{`a: o { k } a: o.p { q }`, ``, `{"a":{"k":1,"q":2}}`, ``},
		{`a: $({x: {y: 1}}) a: $({x: {z: 2}, w: 3})`, ``, `{"a":{"x":{"y":1,"z":2},"w":3}}`, ``},
		{`a: $([1, {b: 1}]) a: $([2, {c: 1}, 3])`, ``, `{"a":[2,{"b":1,"c":1},3]}`, ``},
		{`a: $([1, 2]) a: $(["x"])`, ``, `{"a":["x",2]}`, `/`},
		{`a: o a: $({k: 2})`, ``, `{"a":{"k":2,"p":{"q":2}}}`, ``},
		{`a: id a: nope`, ``, `{"a":"L-7"}`, `/nope`},
		{`id z.q { r }`, ``, `{"id":"L-7"}`, `/z/q /`},
		{`id $.z { r }`, ``, `null`, `/z/r`},
		{`id $.n { r }`, ``, `{"id":"L-7"}`, `/n/r /`},
		{`id $.xs { r }`, ``, `{"id":"L-7"}`, `/xs/0/r /xs/1/r /xs/2/r /`},
	})
	runRules(t, V4, []rule{
		{`id ... o`, ``, `{"id":"L-7","k":1,"p":{"q":2}}`, ``},
		{`id ... z`, ``, `null`, ``},
		{`id ... z k: n`, ``, `null`, ``},
		{`id ... n`, ``, `{"id":"L-7"}`, `/`},
		{`id ... xs`, ``, `{"id":"L-7"}`, `/`},
		{`id ... nope`, ``, `{"id":"L-7"}`, `/nope /`},
		{`... o { k }`, ``, `{"k":1}`, ``},
		{`...o k: id`, ``, `{"k":"L-7","p":{"q":2}}`, `/`},
		{`o ...$.o.p`, ``, `{"o":{"k":1,"p":{"q":2}},"q":2}`, ``},
		{`g: $({ id, n, o? { k }, x: 1 })`, ``, `{"g":{"id":"L-7","n":7,"o":{"k":1},"x":1}}`, ``},
	})
}

func TestLists(t *testing.T) {
	runRules(t, V3, []rule{
		{`ys { v }`, ``, `{"ys":[{"v":1},{"v":null},{}]}`, `/ys/2/v`},
		{`vs: ys.v`, ``, `{"vs":[1,null,null]}`, `/ys/2/v`},
		{`vs: ys.v?`, ``, `{"vs":[1,null,null]}`, `/ys/2/v`},
		{`vs: ys.v.w`, ``, `{"vs":[null,null,null]}`, `/ys/2/v /ys/v/0/w /ys/v/1/w /ys/v/2/w`},
		{`vs: zs.v`, ``, `{"vs":[[1],[2,3]]}`, ``},
		{`zs { v }`, ``, `{"zs":[[{"v":1}],[{"v":2},{"v":3}]]}`, ``},
		{`zs { w }`, ``, `{"zs":[[{}],[{},{}]]}`, `/zs/0/0/w /zs/1/0/w /zs/1/1/w`},
		{`none { v }`, ``, `{"none":[]}`, ``},
		{`none: none.v`, ``, `{"none":[]}`, ``},
		{`xs { v }`, ``, `{"xs":[3,1,2]}`, `/xs/0/v /xs/1/v /xs/2/v`},
		{`xs { v: $ }`, ``, `{"xs":[{"v":3},{"v":1},{"v":2}]}`, ``},
		{`v`, `[{"v":1},null,[{"v":2}],3]`, `[{"v":1},null,[{"v":2}],3]`, `/1/v /3/v`},
		{`$.v`, `[{"v":1},{}]`, `[1,null]`, `/1/v`},
		{`$({ items: $ { v } })`, `[{"v":1}]`, `{"items":[{"v":1}]}`, ``},
		{`a: ys.v->first b: ys.v->size`, ``, `{"a":1,"b":3}`, `/ys/2/v /ys/2/v`},
	})
}

func TestAbsence(t *testing.T) {
	runRules(t, V3, []rule{
		{`nope`, ``, `{}`, `/nope`},
		{`$.nope`, ``, ``, `/nope`},
		{`nope?`, ``, `{}`, ``},
		{`$.nope?`, ``, ``, ``},
		{`z? id`, ``, `{"id":"L-7"}`, ``},
		{`a: z`, ``, `{"a":null}`, ``},
		{`a: z.q`, ``, `{}`, `/z/q`},
		{`a: z?.q`, ``, `{}`, ``},
		{`a: n?.q`, ``, `{}`, `/n/q`},
		{`a: n.q?`, ``, `{}`, `/n/q`},
		{`a: o.q?.r`, ``, `{}`, ``},
		{`z { q }`, ``, `{"z":null}`, `/z/q`},
		{`z? { q }`, ``, `{}`, ``},
		{`s { q }`, ``, `{"s":"abc"}`, `/s/q`},
		{`s { q: $ r }`, ``, `{"s":{"q":"abc"}}`, `/s/r`},
		{`s { g: { q } }`, ``, `{"s":{"g":"abc"}}`, `/s/q`},
		{`s { q: $("x") }`, ``, `{"s":{"q":"x"}}`, ``},
		{`a: $([nope, z, id])`, ``, `{"a":[null,null,"L-7"]}`, `/nope`},
		{`a: $({x: nope, y: z})`, ``, `{"a":{"y":null}}`, `/nope`},
		{`a`, `"text"`, `"text"`, `/a`},
		{`a: $`, `null`, `{"a":null}`, ``},
	})
}

func TestChains(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: $(z ?? "x")`, ``, `{"a":"x"}`, ``},
		{`a: $(nope ?? z ?? n)`, ``, `{"a":7}`, ``},
		{`a: $(nope ?? z)`, ``, `{"a":null}`, ``},
		{`a: $(z ?? nope)`, ``, `{}`, `/nope`},
		{`a: $(nope ?? nada)`, ``, `{}`, `/nope /nada`},
		{`a: $(nope ?! nada ?! z)`, ``, `{"a":null}`, ``},
		{`a: $(z ?! "x")`, ``, `{"a":null}`, ``},
		{`a: $(nope ?! nada)`, ``, `{}`, `/nope /nada`},
		{`a: $([nope] ?? 1)`, ``, `{"a":[null]}`, `/nope`},
		{`a: $(nope ?? [nada])`, ``, `{"a":[null]}`, `/nada`},
		{`a: $(nope ?? {x: $(nada ?? 1), y: nil})`, ``, `{"a":{"x":1}}`, `/nil`},
		{`a: $({x: $(nope ?? nada)} ?? 1)`, ``, `{"a":{}}`, `/nope /nada`},
		{`a: $(n ?? nope)`, ``, `{"a":7}`, ``},
		{`a: $(z?->size ?? 0)`, ``, `{"a":0}`, ``},
	})
}

func TestVariables(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: $args.id`, ``, `{"a":"A1"}`, ``},
		{`a: $args.deep.x`, ``, `{"a":null}`, ``},
		{`a: $args.no.x`, ``, `{}`, `/$args/no`},
		{`o { a: $args.no b: $nope c: $nope.x }`, ``, `{"o":{}}`, `/$args/no /o /o`},
		{`$args { id deep { x } }`, ``, `{"id":"A1","deep":{"x":null}}`, ``},
		{`a: $args.list->map($args.id)`, ``, `{"a":["A1","A1"]}`, ``},
		{`a: $broken.id b: $empty`, ``, `{}`, `/ /`},
		{`a: $latin`, ``, `{"a":"\ufffd"}`, ``},
		{`z { a: $args.id }`, ``, `{"z":{"a":"A1"}}`, ``},
		{`z { a: $args.no }`, ``, `{"z":null}`, `/$args/no`},
		{`a: $ args`, `{"args":1}`, `{"a":{"args":1},"args":1}`, ``},
	})
}

func TestLiterals(t *testing.T) {
	runRules(t, V3, []rule{
		{`a: $("x") b: $('y"') c: $("it\"s\\ \n") d: $("ä")`, ``, `{"a":"x","b":"y\"","c":"it\"s\\ \n","d":"ä"}`, ``},
		{`a: $(007) b: $(-0.50) c: $(-.5) d: $(3.) e: $(0) f: $(- 1)`, ``, `{"a":7,"b":-0.5,"c":-0.5,"d":3.0,"e":0,"f":-1}`, ``},
		{`a: $(123456789012345678901234567890)`, ``, `{"a":123456789012345678901234567890}`, ``},
		{`a: $([1,[2,],]) b: $({}) c: $([]) d: $({"q q": 1, x: 2,})`, ``, `{"a":[1,[2]],"b":{},"c":[],"d":{"q q":1,"x":2}}`, ``},
		{`a: $({x: 1, y: 2, x: 3})`, ``, `{"a":{"x":3,"y":2}}`, ``},
		{`a: $({x: {y: 1}}.x.y) b: $([{v: 1}].v) c: $({x: 1, y: 2} { x })`, ``, `{"a":1,"b":[1],"c":{"x":1}}`, ``},
		{`a: $(nullable) b: $(trueish?)`, `{"nullable":1}`, `{"a":1}`, ``},
		{`a: $($(1)) b: $($)`, `{"q":2}`, `{"a":1,"b":{"q":2}}`, ``},
		{`a: $(o { k }) b: $(o.p { r: q })`, ``, `{"a":{"k":1},"b":{"r":2}}`, ``},
	})
}

// TestVersions are forms that some versions lack.
func TestVersions(t *testing.T) {
	for _, c := range []struct {
		text  string
		since Version
	}{
		{`a: b?`, V3}, {`a: b?.c`, V3}, {`a: $(b ?? 1)`, V3}, {`a: $($.b ?! 1)`, V3}, {`a: $(b)`, V3}, {`a: b->echo(c)`, V3},
		{`a: b { c.d }`, V3}, {`a: $({ b: c })`, V3},
		{`...a`, V4}, {`a: $({ b })`, V4},
		{`a: $($.b)`, V1}, {`a: $(b.c)`, V1}, {`a: b->echo($.c)`, V1}, {`a: b->as($x)->echo($x)`, V1}, {`$args { a }`, V1}, {`a.b`, V1}, {`a { b: $ }`, V1},
		{`a: b->echo(@ { c d: e.f })`, V1},
	} {
		for v := V1; v <= V4; v++ {
			if _, err := Parse(c.text, v); (err == nil) != (v >= c.since) {
				t.Errorf("%s in version 0.%d: %v", c.text, v, err)
			}
		}
	}
}

// TestMistakes are texts that no version takes, with where they go wrong.
func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
	}{
		{`a {`, 3}, {`a }`, 2}, {`{ a }`, 0}, {`a: `, 3}, {`a.`, 2}, {`a: .b`, 3}, {`a->`, 3}, {`a->x(`, 5}, {`a->x(1`, 6}, {`a->x(1 2)`, 7},
		{`a->x(,)`, 5}, {`a: $(`, 5}, {`a: $(1`, 6}, {`a: $()`, 5}, {`a: $([1`, 7}, {`a: $({b: 1`, 10}, {`a: $({1: 2})`, 6},
		{`a: $(1e3)`, 6}, {`"abc`, 0}, {`a: 'x`, 3}, {`a: b??`, 4}, {`a: b?? 1`, 4}, {`a: $(b ?? 1 ?! 2)`, 12}, {`a b.c`, 2}, {`b.c a`, 0},
		{`a: ...b`, 3}, {`a..b`, 2}, {`a: $(-)`, 5}, {`a::b`, 2}, {`a,b`, 1}, {`$ a`, 0}, {`a: $($x y)`, 8}, {`a: 1`, 3}, {`é`, 0},
		{`a: b? ?`, 6}, {`a: b->first { c }->d`, 17}, {`a: $(@,{ a: x b: y })`, 6}, {"\x00", 0},
	} {
		for _, v := range []Version{V3, V4} {
			_, err := Parse(c.text, v)
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%s: %v", c.text, err)
			} else if e.Offset != c.offset {
				t.Errorf("%s: offset %d, want %d: %v", c.text, e.Offset, c.offset, err)
			}
		}
	}
}

// TestInputs are what backends send that is not quite JSON.
func TestInputs(t *testing.T) {
	deep := func(n int) string { return strings.Repeat(`[`, n) + strings.Repeat(`]`, n) }
	runRules(t, V3, []rule{
		{`a`, `{"a":1,"a":2}`, `{"a":2}`, ``},
		{`a { b }`, `{"a":{"b":1},"a":{"b":2,"b":{}}}`, `{"a":{"b":{}}}`, ``},
		{`a: $->entries`, `{"x":1,"y":2,"x":3}`, `{"a":[{"key":"x","value":3},{"key":"y","value":2}]}`, ``},
		{`a`, "{\"a\":\"x\xff\xfey\"}", `{"a":"x\ufffd\ufffdy"}`, ``},
		{`a`, `{"a":"\ud800x\udc00\ud83d\ude00"}`, `{"a":"\ufffdx\ufffd😀"}`, ``},
		{`a: "k\ufffd"`, "{\"k\xff\":1}", `{}`, `/kufffd`},
		{`a`, `{"a":1e999}`, `{"a":1e999}`, ``},
		{`a`, `{"a":-123456789012345678901234567890.000}`, `{"a":-123456789012345678901234567890.000}`, ``},
		{`a`, " \n{ \"a\" :\t[ 1 , 2 ] } ", `{"a":[1,2]}`, ``},
		{`$`, deep(512), deep(512), ``},
		{`$`, deep(513), ``, `/`},
		{`a`, `{"a":1`, ``, `/`},
		{`a`, `{"a":1}}`, ``, `/`},
		{`a`, `{"a":1,}`, ``, `/`},
		{`a`, `{"a":01}`, ``, `/`},
		{`a`, `{"a":"` + "\n" + `"}`, ``, `/`},
		{`a`, `{"b":tru,"a":1}`, ``, `/`},
		{`a`, `{'a':1}`, ``, `/`},
		{`a`, ` `, ``, `/`},
		{`a`, "\xef\xbb\xbf{}", ``, `/`},
		{`a`, `{"a":NaN}`, ``, `/`},
	})
}

// TestDepth: neither text nor data nor the values that a mapping piles up make
// the evaluation recurse without bound.
func TestDepth(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("a { ", 65) + strings.Repeat("}", 65),
		"a: " + strings.Repeat("$(", 65) + "1" + strings.Repeat(")", 65),
		"a: " + strings.Repeat("b->echo(", 65) + "1" + strings.Repeat(")", 65),
		"a: $(" + strings.Repeat("[", 65) + strings.Repeat("]", 65) + ")",
		"a: $(" + strings.Repeat("{a:", 10_000) + "1" + strings.Repeat("}", 10_000) + ")",
		strings.Repeat("x", 64<<10+1),
		"a: $([" + strings.Repeat("1,", 10_001) + "])",
		"a: $({" + strings.Repeat(`k:1,`, 16_000) + "}",
	} {
		if _, err := Parse(text, V4); err == nil {
			t.Errorf("%.40s… parses", text)
		}
	}
	runRules(t, V4, []rule{
		{strings.Repeat("a { ", 62) + "b" + strings.Repeat("}", 62), strings.Repeat(`{"a":`, 62) + `{"b":1}` + strings.Repeat("}", 62),
			strings.Repeat(`{"a":`, 62) + `{"b":1}` + strings.Repeat("}", 62), ``},
		{"a: " + strings.Repeat(".a", 10_000)[1:] + "?", strings.Repeat(`{"a":`, 510) + "null" + strings.Repeat("}", 510), `{}`, strings.Repeat("/a", 511)},
		{`$` + strings.Repeat(`->echo([@])`, 5_900) + `->size`, `1`, `1`, ``},
		{`$` + strings.Repeat(`->echo([@, @])`, 60) + `->size`, `1`, `2`, ``},
		{`$` + strings.Repeat(`->echo([@, @])`, 60), `1`, ``, `/`},
		{`$` + strings.Repeat(`->echo([@, @])`, 60) + `->as($x)->eq($x)`, `1`, ``, `/`},
		{`$` + strings.Repeat(`->echo([@, @, @, @, @, @, @, @, @, @])->joinNotNull("")`, 30) + `->size`, `"0123456789"`, ``, `/`},
		{`$->map($->map(@))->size`, `[` + strings.Repeat("1,", 999) + `1]`, `1000`, ``},
		{`$->map($->map($->map($->map(@))))->size`, `[` + strings.Repeat("1,", 999) + `1]`, ``, `/`},
	})
}

// TestProblems: what cannot be kept is counted.
func TestProblems(t *testing.T) {
	m, err := Parse(`a b: $(c ?? d)`, V3)
	if err != nil {
		t.Fatal(err)
	}
	input := []byte("[" + strings.Repeat("{},", 2999) + "{}]")
	for _, fast := range []bool{true, false} {
		p := m.Compile(nil)
		if !fast {
			p.fast = nil
		}
		var problems Problems
		if _, ok := p.Append(nil, input, nil, &problems); !ok {
			t.Fatal("no result")
		}
		if len(problems.List()) != 1000 || problems.Total() != 9000 || problems.Dropped() != 8000 {
			t.Errorf("%d of %d problems, %d dropped", len(problems.List()), problems.Total(), problems.Dropped())
		}
		problems.Reset()
		p.Append(nil, []byte(`{}`), nil, &problems)
		p.Append(nil, []byte(`{}`), nil, &problems)
		if l := problems.List(); len(l) != 3 || l[0].Count != 2 || l[0].Offset != 0 || l[2].Offset != 12 {
			t.Errorf("%+v", l)
		}
		p.Append(nil, []byte(`{}`), nil, nil)
		var none *Problems
		if none.List() != nil || none.Total() != 0 || none.Dropped() != 0 {
			t.Error("nil problems are not empty")
		}
	}
}

// TestAppendKeeps: what stands in dst stays, and nothing is added without a
// result.
func TestAppendKeeps(t *testing.T) {
	m, err := Parse(`$.a { b c: $("x") }`, V3)
	if err != nil {
		t.Fatal(err)
	}
	p := m.Compile(nil)
	for input, want := range map[string]string{
		`{"a":{"b":1}}`: `pre{"b":1,"c":"x"}`, `{"b":1}`: `pre`, `{"a":[{"b":1},`: `pre`, `{"a":[1]}`: `pre[{"c":"x"}]`,
	} {
		dst := append(make([]byte, 0, 100), "pre"...)
		if out, _ := p.Append(dst, []byte(input), nil, nil); !bytes.Equal(out, []byte(want)) {
			t.Errorf("%s: %s", input, out)
		}
	}
}
