package schema

import (
	"strings"
	"testing"
)

func TestTooDeep(t *testing.T) {
	deep := strings.Repeat("[", 5)
	for text, want := range map[string]bool{
		deep:                         true,
		"# " + deep + "\n":           false,
		"# a comment\n" + deep:       true,
		"# a comment\r" + deep:       true, // a carriage return ends the line, too
		`"` + deep + `"`:             false,
		"\"not closed\r" + deep:      true,
		`"""` + deep + "\n" + `"""`:  false,
		`"""` + deep + `"""` + deep:  true,
		strings.Repeat("[]", 5):      false,
		`"a \" ` + deep + `" ` + "[": false,
	} {
		if got := TooDeep(text, 4) != nil; got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
