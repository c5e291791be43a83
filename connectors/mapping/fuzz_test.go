package mapping

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

var fuzzSeeds = []string{
	`a b: c.d { e f: $ } g: { h }`, `a: $(b ?? "x" ?? [1, {k: .5}]) # c`, `... a->match(["x", { b }], [@, {}])`,
	`x: $args.l->filter(@->gt(1))->map({i: @, l: $.m})->slice(0, 2) { i }`, `'q "' : "w\n"?.z?->first`, `$.data->as($v, @.n)->echo($v)`,
	`a: b->jsonStringify->jsonParse->joinNotNull(",")->parseInt(16)->add(1, 2.5)->toString`, `$->entries { key value }`,
}

// FuzzParse: no text makes the parser, what looks at its result, or the
// evaluator fail, and what parses says so everywhere.
func FuzzParse(f *testing.F) {
	for _, s := range fuzzSeeds {
		f.Add(s, 4)
		f.Add(s, 2)
	}
	f.Fuzz(func(t *testing.T, text string, version int) {
		v := Version(version&3) + V1
		m, err := Parse(text, v)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(text) || e.Message == "" || !utf8.ValidString(e.Message) {
				t.Fatalf("%q: %#v", text, err)
			}
			return
		}
		for _, u := range m.Uses() {
			if u.Offset > len(text) || !strings.HasPrefix(u.Variable, "$") {
				t.Fatalf("%q: %+v", text, u)
			}
		}
		for _, e := range m.Unknown() {
			if e.Offset > len(text) {
				t.Fatalf("%q: %+v", text, e)
			}
		}
		m.Shape()
		m.Compile(nil).Append(nil, []byte(loom), testVars, &Problems{})
		// What parses in braces parses alone, and in a template.
		if _, err := ParseTemplate("{"+text+"}", v); err != nil && len(m.root.items) > 0 && !strings.ContainsAny(text, `#"'{}`) {
			t.Fatalf("%q as a template: %v", text, err)
		}
	})
}

// FuzzAppend: whatever comes in, what comes out is valid JSON and UTF-8, and the
// two evaluators agree.
func FuzzAppend(f *testing.F) {
	for i, s := range fuzzSeeds {
		f.Add(s, []byte(loom), []byte(`{"l":[1,2]}`), i)
	}
	f.Add(`a`, []byte(`{"a":"\ud800"}`), []byte(`"`+"\xff"+`"`), 0)
	f.Fuzz(func(t *testing.T, text string, input, variable []byte, seed int) {
		m, err := Parse(text, V4)
		if err != nil {
			return
		}
		p := m.Compile(fuzzOutput(m.Shape(), seed, 4))
		vars := Vars{{"$args", variable}}
		var quick, slow Problems
		before := bytes.Clone(input)
		out, ok := p.Append([]byte("x"), input, vars, &quick)
		if !bytes.Equal(input, before) {
			t.Fatal("the input was changed")
		}
		if !ok && string(out) != "x" || ok && (!json.Valid(out[1:]) || !utf8.Valid(out)) {
			t.Fatalf("%q over %q: %q, %v", text, input, out, ok)
		}
		if !json.Valid(input) {
			if ok {
				t.Fatalf("%q over %q, which is no JSON: %q", text, input, out)
			}
			return
		}
		checked, err := CheckJSON(input)
		if err != nil || p.fast == nil {
			return
		}
		want, found := p.general([]byte("x"), checked, vars, &slow)
		if a, b := outcome(out, ok, &quick, p.out == nil), outcome(want, found, &slow, p.out == nil); a != b && quick.Dropped() == 0 {
			t.Fatalf("%q over %q\nto %s\nfast:\n%s\ngeneral:\n%s", text, input, describe(p.out), a, b)
		}
	})
}

// fuzzOutput wants some of what a shape has.
func fuzzOutput(s *Shape, seed, depth int) *Output {
	if seed&1 == 0 || depth == 0 {
		return nil
	}
	out := &Output{Kind: Kind(seed >> 1 & 7), Lists: seed >> 4 & 1, Typename: "T"}
	if s != nil && s.Kind == ShapeObject {
		out.Kind = Object
		for i, f := range s.Fields {
			if seed>>(5+i&15)&1 == 1 {
				out.Fields = append(out.Fields, OutputField{Response: f.Name, Name: f.Name, Output: fuzzOutput(f.Shape, seed>>1|1, depth-1)})
			}
		}
	}
	return out
}

// FuzzCheckJSON: the check accepts what encoding/json accepts, up to its depth,
// and what it returns is that, cleaned.
func FuzzCheckJSON(f *testing.F) {
	for _, s := range []string{loom, ` [1.5e-3,"\u00e4\ud83d\ude00\ud800",true] `, `{"a":{"a":null}}`, `-0`, `"\\\""`, "\"\xc3\x28\"", `[`, `{"a"}`, `tru`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := CheckJSON(b)
		if err != nil {
			if json.Valid(b) && !strings.Contains(err.Error(), "deeper") {
				t.Fatalf("%q: %v", b, err)
			}
			return
		}
		if !json.Valid(b) || !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("%q → %q", b, text)
		}
		var v, w any
		if json.Unmarshal(b, &v) == nil && json.Unmarshal(text, &w) == nil && !same(v, w) {
			t.Fatalf("%q → %q", b, text)
		}
		if end := skipValue(text, 0); end != len(text) {
			t.Fatalf("%q ends at %d", text, end)
		}
	})
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
