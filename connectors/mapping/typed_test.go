package mapping

import (
	"strings"
	"testing"
)

// want makes an Output of a short notation: a type as in GraphQL, and for an
// object its fields in braces, "response:name type". T is __typename.
func want(t *testing.T, text string) *Output {
	t.Helper()
	words := strings.Fields(strings.NewReplacer("{", " { ", "}", " } ", "[", " [ ", "]", " ] ").Replace(text))
	out, rest := wantType(words)
	if len(rest) > 0 {
		t.Fatalf("%s: %v is left", text, rest)
	}
	return out
}

func wantType(words []string) (*Output, []string) {
	switch words[0] {
	case "[":
		out, rest := wantType(words[1:])
		out.Lists++
		return out, rest[1:]
	case "{":
		out := &Output{Kind: Object, Typename: "T"}
		words = words[1:]
		for words[0] != "}" {
			response, name, aliased := strings.Cut(words[0], ":")
			if !aliased {
				name = response
			}
			if name == "__typename" {
				out.Fields = append(out.Fields, OutputField{Response: response, Name: name})
				words = words[1:]
				continue
			}
			f := OutputField{Response: response, Name: name}
			f.Output, words = wantType(words[1:])
			out.Fields = append(out.Fields, f)
		}
		return out, words[1:]
	}
	kinds := map[string]Kind{"Any": Any, "ID": ID, "String": String, "Int": Int, "Float": Float, "Boolean": Boolean, "Enum": Enum, "Text": String}
	return &Output{Kind: kinds[words[0]], Lenient: words[0] == "Text", Values: []string{"RED", "DARK_BLUE"}}, words[1:]
}

// TestTyped: what GraphQL makes of a mapping's value.
func TestTyped(t *testing.T) {
	for _, c := range []struct{ text, output, input, want, problems string }{
		{`a b c d e`, `{a ID b ID c ID d ID e ID}`, `{"a":"x","b":7,"c":7.0,"d":true,"e":12345678901234567890}`, `{"a":"x","b":"7","c":null,"d":null,"e":"12345678901234567890"}`, `/c /d`},
		{`a b c d`, `{a String b String c String d String}`, `{"a":"x","b":7,"c":true,"d":["x"]}`, `{"a":"x","b":null,"c":null,"d":null}`, `/b /c /d`},
		{`a b c d`, `{a Text b Text c Text d Text}`, `{"a":"x","b":7.0,"c":true,"d":["x"]}`, `{"a":"x","b":"7.0","c":"true","d":null}`, `/d`},
		{`a b c d e f`, `{a Int b Int c Int d Int e Int f Int}`, `{"a":7,"b":3.0,"c":3.5,"d":2147483648,"e":-2147483648,"f":"7"}`, `{"a":7,"b":3,"c":null,"d":null,"e":-2147483648,"f":null}`, `/c /d /f`},
		{`a b c`, `{a Int b Int c Int}`, `{"a":1e2,"b":1e99,"c":-0}`, `{"a":100,"b":null,"c":0}`, `/b`},
		{`a b c`, `{a Float b Float c Float}`, `{"a":7,"b":1.50,"c":"1.5"}`, `{"a":7,"b":1.50,"c":null}`, `/c`},
		{`a b`, `{a Boolean b Boolean}`, `{"a":false,"b":0}`, `{"a":false,"b":null}`, `/b`},
		{`a b c d`, `{a Enum b Enum c Enum d Enum}`, `{"a":"RED","b":"red","c":1,"d":"DARK\u005fBLUE"}`, `{"a":"RED","b":null,"c":null,"d":"DARK_BLUE"}`, `/b /c`},
		{`a b`, `{a Any b [Any]}`, `{"a":{"x":[1, 2]},"b":{"x":1}}`, `{"a":{"x":[1,2]},"b":null}`, `/b`},
		{`a b c d`, `{a [Int] b [Int] c [[Int]] d Int}`, `{"a":[1,"x",null],"b":1,"c":[[1],null,2],"d":[1]}`, `{"a":[1,null,null],"b":null,"c":[[1],null,null],"d":null}`, `/a/1 /b /c/2 /d`},
		{`a z { q }`, `{n:a ID m:a ID x String z {q ID}}`, `{"a":1,"z":null}`, `{"n":"1","m":"1","x":null,"z":null}`, `/z/q`},
		{`o { a b }`, `{o {__typename b Int}}`, `{"o":{"a":1,"b":2}}`, `{"o":{"__typename":"T","b":2}}`, ``},
		{`o { a } p { a }`, `{o [{a Int}] p {a Int}}`, `{"o":{"a":1},"p":[{"a":1}]}`, `{"o":null,"p":null}`, `/o /p`},
		{`o`, `{x:o {y:a Int c {d Int}}}`, `{"o":{"a":1,"b":2,"c":"x"}}`, `{"x":{"y":1,"c":null}}`, `/o/c`},
		{`o { a }`, `{o {a Int}}`, `{"o":"n/a"}`, `{"o":null}`, `/o/a /o`},
		{`o { k: $("x") a }`, `{o {a Int}}`, `{"o":null}`, `{"o":{"a":null}}`, `/o/a`},
		{`$.items { id kind: $("K") }`, `[{id ID __typename k:kind String}]`, `{"items":[{"id":1},{"id":"b"},null]}`, `[{"id":"1","__typename":"T","k":"K"},{"id":"b","__typename":"T","k":"K"},{"id":null,"__typename":"T","k":"K"}]`, `/items/2/id`},
		{`id`, `[{id ID}]`, `[{"id":1}]`, `[{"id":"1"}]`, ``},
		{`$.n`, `Int`, `{"n":"x"}`, `null`, `/`},
		{`$.n`, `Int`, `{}`, ``, `/n`},
		{`ids: items.id`, `{ids [ID]}`, `{"items":[{"id":1},{},{"id":"x"}]}`, `{"ids":["1",null,"x"]}`, `/items/1/id`},
		{`a: $([1, "x"])`, `{a [Int]}`, `{}`, `{"a":[1,null]}`, `/a/1`},
		{`a: b->first { c d }`, `{a {c Int}}`, `{"b":[{"c":1}]}`, `{"a":{"c":1}}`, ``},
	} {
		m, err := Parse(c.text, V3)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Compile(want(t, c.output))
		for _, fast := range []bool{true, false} {
			if !fast {
				p.fast = nil
			}
			var problems Problems
			out, _ := p.Append(nil, []byte(c.input), nil, &problems)
			if !sameText(string(out), c.want) {
				t.Errorf("%s as %s\n got %s\nwant %s", c.text, c.output, out, c.want)
			}
			var paths []string
			for _, n := range problems.List() {
				paths = append(paths, pathText(n.Path))
			}
			if got := strings.Join(paths, " "); got != c.problems {
				t.Errorf("%s as %s\n got problems at %s\nwant problems at %s", c.text, c.output, got, c.problems)
			}
		}
	}
}

// TestOutputOrder: fields come in the order they are wanted in, under the names
// they are wanted under.
func TestOutputOrder(t *testing.T) {
	m, err := Parse(`a b c: { d: a }`, V3)
	if err != nil {
		t.Fatal(err)
	}
	p := m.Compile(want(t, `{z:c {d ID} "q":b ID y:a Int}`))
	got, _ := p.Append(nil, []byte(`{"a":1,"b":"x"}`), nil, nil)
	if string(got) != `{"z":{"d":"1"},"\"q\"":"x","y":1}` {
		t.Errorf("%s", got)
	}
}

// TestTypenameOfMapping: without a Typename the mapping decides, as unions do.
func TestTypenameOfMapping(t *testing.T) {
	m, err := Parse(`id ... kind->match(["c", { __typename: "Cat", lives: $.lives }], [@, { __typename: "Dog" }])`, V4)
	if err != nil {
		t.Fatal(err)
	}
	out := want(t, `[{__typename id ID lives Int}]`)
	out.Typename = ""
	out.Fields[0].Output = &Output{Kind: String}
	got, _ := m.Compile(out).Append(nil, []byte(`[{"id":1,"kind":"c","lives":9},{"id":2,"kind":"d"}]`), nil, nil)
	if string(got) != `[{"__typename":"Cat","id":"1","lives":9},{"__typename":"Dog","id":"2","lives":null}]` {
		t.Errorf("%s", got)
	}
}

// TestPruning: what nobody wants is not evaluated and not read.
func TestPruning(t *testing.T) {
	for _, c := range []struct{ text, output, reads string }{
		{`a b c { d e }`, `{a ID}`, `a`},
		{`a b c { d e }`, `{c {e ID}}`, `c(e)`},
		{`a b c { d e }`, `{x:c {e ID} y:c {d ID}}`, `c(d e)`},
		{`a: x.y.z b: x.q`, `{a ID b ID}`, `x(q y(z))`},
		{`a: b->map(@.x) c`, `{a ID}`, `b`},
		{`a: b->map(c)`, `{a [ID]}`, `b c`},
		{`a: b`, `{a {c {d ID}}}`, `b(c(d))`},
		{`a: $`, `{a Any}`, `*`},
		{`$.data { id: key owner { id name } }`, `[{owner {name ID}}]`, `data(owner(name))`},
		{`a: $args.id`, `{a ID}`, ``},
		{`a: $args { x: $.y }`, `{a {x ID}}`, ``},
		{`a b.c { d e }`, `{a ID d ID}`, `a b(c(d))`},
		{`a: $(b ?? c.d) e: $({f: g})`, `{a ID e Any}`, `b c(d) g`},
		{`a { b: { c } }`, ``, `a(c)`},
		{`a { b: $ }`, ``, `a`},
	} {
		m, err := Parse(c.text, V3)
		if err != nil {
			t.Fatal(err)
		}
		var out *Output
		if c.output != "" {
			out = want(t, c.output)
		}
		if got := readsText(m.Compile(out).Reads()); got != c.reads {
			t.Errorf("%s to %s reads %s, want %s", c.text, c.output, got, c.reads)
		}
	}
}

func readsText(r *Reads) string {
	if r.All {
		return "*"
	}
	var list []string
	for _, f := range r.Fields {
		text := f.Name
		if sub := readsText(f.Sub); sub != "*" && sub != "" {
			text += "(" + sub + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, " ")
}
