package bff

import "testing"

func TestNameIn(t *testing.T) {
	for text, want := range map[string]string{
		"query Top { a }": "Top", "{ a }": "", "query { a }": "", "query($x: Int) { a }": "", "fragment F on T { a }\nmutation M { a }": "M",
		`# hello\nquery\n  Top($x: Int) { a }`: "Top", "subscription\tS{a}": "S", "": "",
	} {
		if got := nameIn([]byte(text)); got != want {
			t.Errorf("%q: %q, not %q", text, got, want)
		}
	}
}
