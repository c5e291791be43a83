package fault

import (
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestAppendJSON(t *testing.T) {
	for _, c := range []struct {
		fault *Error
		want  string
	}{
		{&Error{Message: "no"}, `{"message":"no"}`},
		{&Error{Message: "no", Code: BadRequest, Locations: []Position{{1, 2}, {3, 4}}},
			`{"message":"no","locations":[{"line":1,"column":2},{"line":3,"column":4}],"extensions":{"code":"BAD_REQUEST"}}`},
		{&Error{Message: "no", Locations: []Position{{0, 2}}}, `{"message":"no"}`},
		{&Error{Message: "no", Path: []Step{{Key: "a"}, {Index: 0}, {Key: "b\n"}}}, `{"message":"no","path":["a",0,"b\n"]}`},
		{&Error{Message: "no", Path: []Step{}}, `{"message":"no","path":[]}`},
		{&Error{Message: "no", Extensions: []byte(`"x":1`)}, `{"message":"no","extensions":{"x":1}}`},
		{&Error{Message: "no", Code: "C", Extensions: []byte(`"x":1`)}, `{"message":"no","extensions":{"code":"C","x":1}}`},
	} {
		if got := string(c.fault.AppendJSON(nil)); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	if got := string(List{{Message: "a"}, {Message: "b"}}.AppendJSON(nil)); got != `[{"message":"a"},{"message":"b"}]` {
		t.Error(got)
	}
}

func FuzzAppendString(f *testing.F) {
	f.Add("a\"\\\n\t\x00\x1f\u2028é\xff")
	f.Fuzz(func(t *testing.T, s string) {
		out := AppendString(nil, s)
		var back string
		if err := json.Unmarshal(out, &back); err != nil || !utf8.Valid(out) {
			t.Fatalf("%q: %v", out, err)
		}
		if utf8.ValidString(s) && back != s {
			t.Fatalf("%q came back as %q", s, back)
		}
	})
}
