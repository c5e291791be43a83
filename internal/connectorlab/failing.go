package connectorlab

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/weftql/weft/internal/testkit"
)

// compareFailing compares where requests failed. What is not the truth must be
// null and below an error; each error must be about a connector that failed, said
// once for a place; and each connector that failed must be told of.
func (l *lab) compareFailing(want *testkit.Response, got *testkit.Object, errs []any) string {
	paths, said := map[string]bool{}, map[string]int{}
	for _, e := range errs {
		e := e.(*testkit.Object)
		path, _ := e.Value("path").([]any)
		extensions, _ := e.Value("extensions").(*testkit.Object)
		c, _ := extensions.Value("connector").(*testkit.Object)
		who := extensions.Text("service") + " " + c.Text("coordinate")
		at := pathText(path)
		switch {
		case l.backend.failed[who] == nil:
			return "an error of what did not fail: " + testkit.FormatJSON(e)
		case said[at+who] == len(l.backend.failed[who]):
			return "an error twice: " + testkit.FormatJSON(e)
		}
		paths[at] = true
		said[at+who]++
		said[who]++
		if missing := absent(got.Value("data"), path); missing {
			return "an error that is not at a place of the answer: " + testkit.FormatJSON(e)
		}
	}
	for who := range l.backend.failed {
		if said[who] == 0 {
			return "no error although it failed: " + who
		}
	}
	var data any
	if want.Data != nil {
		data = want.Data
	}
	return deviation(data, got.Value("data"), "", paths, paths[""])
}

func pathText(path []any) string {
	text := ""
	for _, p := range path {
		switch p := p.(type) {
		case string:
			text += "/" + p
		case json.Number:
			text += "/" + p.String()
		}
	}
	return text
}

// absent reports whether a path leads nowhere: it may end at null early.
func absent(v any, path []any) bool {
	for _, p := range path {
		switch at := v.(type) {
		case nil:
			return false
		case *testkit.Object:
			name, _ := p.(string)
			if !at.Has(name) {
				return true
			}
			v = at.Value(name)
		case []any:
			i, err := strconv.Atoi(fmt.Sprint(p))
			if err != nil || i < 0 || i >= len(at) {
				return true
			}
			v = at[i]
		default:
			return true
		}
	}
	return false
}

// deviation finds a place that is not the truth without an error to tell so.
func deviation(want, got any, at string, paths map[string]bool, told bool) string {
	told = told || paths[at]
	if got == nil && want != nil {
		if told {
			return ""
		}
		return "null without an error: " + at
	}
	switch w := want.(type) {
	case *testkit.Object:
		g, ok := got.(*testkit.Object)
		if !ok {
			return "data: " + at
		}
		for i, name := range w.Names() {
			if i >= g.Len() || g.Names()[i] != name {
				return "members: " + at
			}
			if d := deviation(w.Value(name), g.Value(name), at+"/"+name, paths, told); d != "" {
				return d
			}
		}
		if w.Len() != g.Len() {
			return "members: " + at
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return "data: " + at
		}
		for i := range w {
			if d := deviation(w[i], g[i], at+"/"+strconv.Itoa(i), paths, told); d != "" {
				return d
			}
		}
		return ""
	}
	if d := testkit.Diff(want, got, true); d != "" {
		return "data: " + at + " " + d
	}
	return ""
}
