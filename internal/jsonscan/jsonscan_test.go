package jsonscan

import (
	"encoding/json"
	"testing"
)

func TestEach(t *testing.T) {
	for _, c := range []struct{ value, want string }{
		{`{"a":1,"b":[{}, "]"] , "c":{"d":"\"}"}}`, `"a"=1;"b"=[{}, "]"];"c"={"d":"\"}"};`},
		{` [ 1 , "x",null,[] ]`, `=1;="x";=null;=[];`},
		{`{}`, ``}, {`[]`, ``},
		{`{"a":1`, `!`}, {`{"a"}`, `!`}, {`{"a":}`, `!`}, {`[1,]`, `!`}, {`[1}`, `!`}, {`[}`, `!`}, {`{]`, `!`}, {`{"a":[}}`, `!`},
		{`12`, `!`}, {``, `!`}, {`{"a`, `!`}, {`["\`, `!`}, {`[1 2]`, `!`},
	} {
		got := ""
		if !Each([]byte(c.value), func(name, value []byte) bool {
			got += string(name) + "=" + string(value) + ";"
			return true
		}) {
			got = "!"
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.value, got, c.want)
		}
	}
}

func TestMember(t *testing.T) {
	object := []byte(`{"id":"1", "x" : {"id":2}}`)
	if got := string(Member(object, "x")); got != `{"id":2}` {
		t.Error(got)
	}
	if Member(object, "y") != nil || !Null(Member(object, "y")) || !Null([]byte("null")) || Null([]byte(`"n"`)) {
		t.Error("missing members are not told from values")
	}
}

func TestDotted(t *testing.T) {
	const object = `{"a":{"b":1,"c.d":{"e":2},"n":null},"a.b":3,"https://x.example/y":{"tenant":4},"l":[{"b":5}],"t":"b"}`
	for path, want := range map[string]string{
		"a.b": "3", "a.c.d.e": "2", "a.n": "null", "a.n.x": "", "https://x.example/y.tenant": "4",
		"l.b": "", "t.b": "", "a.x": "", "x.b": "", "": "", ".": "", "a.": "", "a..b": "",
	} {
		if got := string(Dotted([]byte(object), path)); got != want {
			t.Errorf("%q: got %s, want %s", path, got, want)
		}
	}
	if Dotted(nil, "a.b") != nil {
		t.Error("found something in nothing")
	}
}

func TestText(t *testing.T) {
	for _, c := range []struct {
		value, want string
		ok          bool
	}{
		{`"plain"`, "plain", true}, {`"é"`, "é", true}, {`"a\u0041\n"`, "aA\n", true}, {`""`, "", true},
		{`1`, "", false}, {`"`, "", false}, {`"\x"`, "", false}, {"\"\xff\"", "", false},
	} {
		got, ok := AppendText(nil, []byte(c.value))
		if ok != c.ok || string(got) != c.want {
			t.Errorf("%s: %q %v", c.value, got, ok)
		}
	}
}

func TestDepth(t *testing.T) {
	deep := make([]byte, 3*MaxDepth)
	for i := range deep {
		deep[i] = '['
	}
	if Skip(deep, 0) != None {
		t.Error("no end was found")
	}
}

func FuzzSkip(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,{"b":"c\""}]}`, `[[[]]]`, `"x`, `{"a":}`, `-1.5e+3`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		start := Space(text, 0)
		end := Skip(text, start)
		if json.Valid(text) && (end == None || Space(text, end) != len(text)) && start < len(text) {
			t.Errorf("%q: the value ends at %d", text, end)
		}
		Each(text, func(name, value []byte) bool {
			_, _ = AppendText(nil, name)
			_, _ = AppendText(nil, value)
			_, _ = Integer(value)
			return true
		})
	})
}
