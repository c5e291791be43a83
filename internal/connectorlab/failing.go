package connectorlab

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// compareFailing compares where requests failed. What is not the truth must be
// null and below an error; each error must be about a connector that failed, said
// once for a place; and each connector that failed must be told of.
func (l *lab) compareFailing(q *question, got *testkit.Object, errs []any) string {
	told, said := map[string][]string{}, map[string]int{}
	for _, e := range errs {
		e, _ := e.(*testkit.Object)
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
		told[at] = append(told[at], extensions.Text("service"))
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
	if q.want.Data != nil {
		data = q.want.Data
	}
	root := l.g.query
	if q.op.mutation {
		root = l.g.mutation
	}
	return (&comparison{told}).object(data, got.Value("data"), "", root, q.op.selections)
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

// comparison finds a place that is not the truth without an error to tell so.
type comparison struct {
	told map[string][]string // by place: the subgraphs that had errors there
}

// explained reports whether a field of an object may be null: there is an error
// at its place, or at the object's one of who answers the field, or in the object
// one of who answers what it needs.
func (c *comparison) explained(f *field, object, at string) bool {
	if len(c.told[at]) > 0 {
		return true
	}
	by := func(list []*subgraph) func(string) bool {
		return func(who string) bool {
			return slices.ContainsFunc(list, func(s *subgraph) bool { return s.name == who })
		}
	}
	if slices.ContainsFunc(c.told[object], by(f.subs)) {
		return true
	}
	for place, who := range c.told {
		if f.needs != nil && (place == object || strings.HasPrefix(place, object+"/")) && slices.ContainsFunc(who, by(f.needs.subs)) {
			return true
		}
	}
	return false
}

func (c *comparison) object(want, got any, at string, t *typ, set []*selection) string {
	w, _ := want.(*testkit.Object)
	g, ok := got.(*testkit.Object)
	if !ok || w == nil {
		return "data: " + at
	}
	if !slices.Equal(w.Names(), g.Names()) {
		return "members: " + at
	}
	for _, name := range w.Names() {
		named, inside := find(set, name)
		i := slices.IndexFunc(t.fields, func(f *field) bool { return f.name == named })
		if i < 0 { // __typename
			if w.Value(name) != g.Value(name) {
				return "data: " + at + "/" + name
			}
			continue
		}
		f, below := t.fields[i], at+"/"+name
		if g.Value(name) == nil && w.Value(name) != nil {
			if c.explained(f, at, below) {
				continue
			}
			return "null without an error: " + below
		}
		if d := c.value(w.Value(name), g.Value(name), below, f, inside); d != "" {
			return d
		}
	}
	return ""
}

func (c *comparison) value(want, got any, at string, f *field, set []*selection) string {
	list, ok := want.([]any)
	switch {
	case f.of == nil || want == nil:
		if d := testkit.Diff(want, got, true); d != "" {
			return "data: " + at + " " + d
		}
	case ok:
		g, ok := got.([]any)
		if !ok || len(g) != len(list) {
			return "data: " + at
		}
		for i := range list {
			if d := c.value(list[i], g[i], at+"/"+strconv.Itoa(i), f, set); d != "" {
				return d
			}
		}
	default:
		return c.object(want, got, at, f.of, set)
	}
	return ""
}

// find returns the field of a response key, and all that is selected below it.
func find(set []*selection, name string) (field string, below []*selection) {
	for _, s := range set {
		switch {
		case s.on != "":
			if f, in := find(s.below, name); f != "" {
				field, below = f, append(below, in...)
			}
		case s.alias == name || s.alias == "" && s.name == name:
			field, below = s.name, append(below, s.below...)
		}
	}
	return field, below
}
