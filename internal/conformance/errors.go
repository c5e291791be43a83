package main

import (
	"fmt"
	"strconv"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/testkit"
)

// judgeErrors compares the errors with expected.errors: false, true, or a list
// of matchers that must cover each other.
func judgeErrors(want any, got []*fault.Error) string {
	switch want := want.(type) {
	case bool:
		if want && len(got) == 0 {
			return "want an error, got none"
		}
		if !want && len(got) > 0 {
			return fmt.Sprintf("want no errors, got %v at %q", got[0], fault.PathString(got[0].Path))
		}
	case []any:
		return judgeMatchers(want, got)
	}
	return ""
}

func judgeMatchers(matchers []any, got []*fault.Error) string {
	matched := make([]bool, len(got))
	for _, m := range matchers {
		m, _ := m.(*testkit.Object)
		found := false
		for i, e := range got {
			if matchesPath(m, e.Path) {
				matched[i], found = true, true
			}
		}
		if !found {
			return "no error matches " + testkit.FormatJSON(m)
		}
	}
	for i, ok := range matched {
		if !ok {
			return fmt.Sprintf("unexpected error at %q: %v", fault.PathString(got[i].Path), got[i])
		}
	}
	return ""
}

// matchesPath applies {"path": P} (exactly P) or {"under": P} (begins with P).
func matchesPath(m *testkit.Object, path []fault.Step) bool {
	want, exact := m.Value("path").([]any)
	if !exact {
		want, _ = m.Value("under").([]any)
	}
	if len(path) < len(want) || exact && len(path) != len(want) {
		return false
	}
	for i, step := range want {
		have := path[i].Key
		if have == "" {
			have = strconv.Itoa(path[i].Index)
		}
		if have != fmt.Sprint(step) {
			return false
		}
	}
	return true
}
