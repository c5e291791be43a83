package connectorlab

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/weftql/weft/internal/testkit"
)

// shape is how a backend writes an object in JSON, and how the mapping of a
// connector reads it.
type shape struct {
	typ   *typ
	wires []*wire
	noise string // a key nobody asks for, "" without
	group string // an object some fields stand in, whose fields the mapping lifts out; "" without
}

// wire is one field of a shape.
type wire struct {
	field *field
	form  int    // what of forms is done, see text
	key   string // the name in JSON
	below *shape // of objects
}

const formCount = 24

// shape draws how a backend writes objects of a type: what it must have is
// always there, of the rest some.
func (d *drawer) shape(s *subgraph, t *typ, must []*field, depth int, rest bool) *shape {
	h := &shape{typ: t}
	if d.chance(30) {
		h.noise = "z" + t.name
	}
	if d.chance(25) {
		h.group = pick(d.Rand, []string{"group", "in.side", "\"odd group\""})
	}
	for _, f := range t.fields {
		needed := false
		for _, m := range must {
			needed = needed || m == f
		}
		if !needed && t.entity() && (!rest || !f.plain() || f.key || !f.ownedBy(s) || !d.chance(50)) {
			continue
		}
		if w := d.wire(s, f, depth); w != nil {
			h.wires = append(h.wires, w)
		}
	}
	d.Shuffle(len(h.wires), func(i, j int) { h.wires[i], h.wires[j] = h.wires[j], h.wires[i] })
	return h
}

func (d *drawer) wire(s *subgraph, f *field, depth int) *wire {
	w := &wire{field: f, form: d.IntN(formCount), key: f.name}
	switch d.IntN(6) {
	case 0:
		w.key = "k_" + f.name
	case 1:
		w.key = "odd key-" + f.name
	case 2:
		w.key = pick(d.Rand, []string{"1", "ключ ", `a"\`, "it's{}", "$", "@.", "->first", "#"}) + f.name
	}
	if f.of != nil {
		w.below = d.below(s, f.of, depth)
	}
	return w
}

// below is the shape of an object in another one: at least its key.
func (d *drawer) below(s *subgraph, t *typ, depth int) *shape {
	return d.shape(s, t, s.keyFields(t), depth+1, depth < 1 && d.chance(50))
}

// grouped reports whether a field stands in the group.
func (h *shape) grouped(w *wire) bool { return h.group != "" && w.form%4 == 1 }

// text is the mapping of the shape's fields, without braces.
func (h *shape) text() string {
	var parts, group []string
	for i, w := range h.wires {
		switch {
		case w.field.gone:
		case h.grouped(w):
			group = append(group, w.text())
		case i == 1:
			parts = append(parts, "# a note, with } and \"\n"+w.text())
		default:
			parts = append(parts, w.text())
		}
	}
	if len(group) > 0 {
		parts = append(parts, "$."+h.group+" { "+strings.Join(group, "\n")+" }")
	}
	return strings.Join(parts, " ")
}

// JSON makes what the backend writes of a node.
func (h *shape) JSON(n *node) *testkit.Object {
	o := &testkit.Object{}
	if h.noise != "" {
		o.Set(h.noise, testkit.NewObject("a", []any{"}]", nil, json.Number("-1.5e3"), true}, "\"", "\\\""))
	}
	group := &testkit.Object{}
	for _, w := range h.wires {
		switch {
		case w.field.gone:
		case h.grouped(w):
			w.put(group, w.field.read(n, nil))
		default:
			w.put(o, w.field.read(n, nil))
		}
	}
	switch outer, inner, deep := strings.Cut(h.group, "."); {
	case deep:
		o.Set(outer, testkit.NewObject(inner, group, "k", json.Number("1")))
	case h.group != "":
		o.Set(strings.Trim(outer, `"`), group)
	}
	return o
}

func quoted(key string) string {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_0123456789") == "" && key[0] > '9' {
		return key
	}
	return `"` + strings.ReplaceAll(strings.ReplaceAll(key, `\`, `\\`), `"`, `\"`) + `"`
}

// never reports that the value is always there, so that forms that treat null
// otherwise can be used.
func (f *field) never() bool { return f.key || f.nonNull && f.certain }

// text is the mapping of one field.
func (w *wire) text() string {
	k, name := quoted(w.key), w.field.name
	if w.field.of != nil {
		return w.objectText(k)
	}
	path := k
	switch w.kind() {
	case "meta":
		path = "meta." + k
	case "dollar":
		path = "$." + k
	case "first", "last":
		path = k + "->" + w.kind()
	case "get":
		path = k + "->get(-1)"
	case "or":
		path = `$(nowhere ?? $.` + k + `)`
	case "or2":
		path = `$($.nowhere ?! $.` + k + `)`
	case "echo":
		path = k + "->echo(@)"
	case "as":
		path = k + "->as($v)->echo($v)"
	case "parse":
		path = k + "->jsonParse"
	case "optional":
		path = k + "?"
	case "match":
		path = k + `->match(["r", "RED"], ["g", "GREEN"], ["b", "BLUE"])`
	case "eq":
		path = k + `->eq("on")`
	case "parseInt":
		path = k + "->parseInt"
	case "items":
		path = k + ".v"
	case "map":
		path = k + "->map(@)"
	case "slice":
		path = k + "->slice(1)"
	case "plain":
		if w.key == name {
			return name
		}
	}
	return name + ": " + path
}

// kind is the form for a leaf.
func (w *wire) kind() string {
	f := w.field
	switch n := w.form; {
	case f.list && n < 4:
		return "items"
	case f.list && n < 7 && f.never():
		return "map"
	case f.list && n < 9:
		return "slice"
	case f.list:
	case f.scalar == "Color" && n < 8:
		return "match"
	case f.scalar == "Boolean" && n < 8 && f.never():
		return "eq"
	case f.scalar == "Int" && n < 4:
		return "parseInt"
	}
	return map[int]string{10: "meta", 11: "dollar", 12: "first", 13: "last", 14: "get", 15: "or", 16: "or2", 17: "echo", 18: "as", 19: "parse", 20: "optional"}[w.form]
}

// put writes a field as its text reads it.
func (w *wire) put(o *testkit.Object, v any) {
	if w.field.of != nil {
		w.putObject(o, v)
		return
	}
	f := w.field
	v = w.number(v)
	if v == nil && w.form > 8 {
		v = w.unfit()
	}
	switch w.kind() {
	case "meta":
		m, _ := o.Value("meta").(*testkit.Object)
		if m == nil {
			m = &testkit.Object{}
			o.Set("meta", m)
		}
		m.Set(w.key, v)
		return
	case "first":
		v = []any{v, "no"}
	case "last", "get":
		v = []any{"no", v}
	case "parse":
		v = testkit.FormatJSON(v)
	case "match":
		if s, ok := v.(string); ok {
			v = strings.ToLower(s[:1])
		}
	case "eq":
		v = map[any]any{true: "on", false: "off"}[v]
	case "parseInt":
		if n, ok := v.(json.Number); ok {
			v = string(n)
		}
	case "items":
		if list, ok := v.([]any); ok {
			items := make([]any, len(list))
			for i, item := range list {
				items[i] = testkit.NewObject("v", item)
			}
			v = items
		}
	case "slice":
		if list, ok := v.([]any); ok {
			v = append([]any{"no"}, list...)
		}
	}
	if v == nil && w.form%2 == 0 && f.of == nil {
		return // absent
	}
	o.Set(w.key, v)
}

// unfit is what is no value of the field, so that it becomes null; nil if the
// mapping would make something of it.
func (w *wire) unfit() any {
	number := json.Number("1.5")
	wrong := map[string][]any{
		"ID":      {number, true, &testkit.Object{}},
		"Int":     {number, json.Number("2147483648"), "7", false, []any{}},
		"Float":   {"1.5", true, []any{number}},
		"String":  {number, true, &testkit.Object{}, []any{"x"}},
		"Boolean": {"true", json.Number("1"), &testkit.Object{}},
		"Color":   {"PURPLE", json.Number("0"), true, "red", ""},
	}[w.field.scalar]
	if w.field.list {
		wrong = []any{"x", number, testkit.NewObject("v", "x"), true}
	}
	switch w.kind() {
	case "items", "map", "slice", "match", "eq", "parseInt":
		return nil
	}
	return wrong[w.form%len(wrong)]
}

// number writes IDs that look like numbers as numbers, and whole numbers with a
// point.
func (w *wire) number(v any) any {
	switch x := v.(type) {
	case []any:
		list := make([]any, len(x))
		for i, item := range x {
			list[i] = w.number(item)
		}
		return list
	case string:
		if w.field.scalar == "ID" && w.form%3 != 0 && x != "" && strings.Trim(x, "0123456789") == "" {
			return json.Number(x)
		}
	case json.Number:
		if w.field.scalar == "Int" && w.form > 20 {
			return x + ".0"
		}
	}
	return v
}

// objectText is the mapping of an object, or of a list of them.
func (w *wire) objectText(k string) string {
	name, below := w.field.name, w.below.text()
	braces := "{ " + below + " }"
	switch w.objectKind() {
	case "inline":
		return name + ": { " + below + " }"
	case "stubs":
		return fmt.Sprintf("%s: %s { %s: $ }", name, k, w.below.wires[0].field.name)
	case "optional":
		return fmt.Sprintf("%s: %s?%s", name, k, braces)
	case "meta":
		return fmt.Sprintf("%s: meta.%s %s", name, k, braces)
	case "dollar":
		return fmt.Sprintf("%s: $.%s %s", name, k, braces)
	case "first":
		return fmt.Sprintf("%s: %s->first %s", name, k, braces)
	case "item":
		return fmt.Sprintf("%s: %s.item %s", name, k, braces)
	case "filter":
		return fmt.Sprintf("%s: %s->filter(@.live) %s", name, k, braces)
	case "or":
		return fmt.Sprintf("%s: $(nowhere ?? $.%s) %s", name, k, braces)
	}
	if w.key == name && w.form%2 == 0 {
		return name + " " + braces
	}
	return fmt.Sprintf("%s: %s %s", name, k, braces)
}

func (w *wire) objectKind() string {
	f := w.field
	switch n := w.form; {
	case n == 20 && !f.list && f.never() && !f.of.entity():
		return "inline"
	case n < 6 && w.below.group == "" && len(w.below.wires) == 1 && w.below.wires[0].field.key && (f.list || f.never()):
		return "stubs"
	case n < 9 && f.list:
		return "item"
	case n < 12 && f.list && f.never():
		return "filter"
	case n < 9:
		return "first"
	}
	return map[int]string{13: "meta", 14: "dollar", 15: "optional", 16: "or"}[w.form]
}

func (w *wire) putObject(o *testkit.Object, v any) {
	kind := w.objectKind()
	if n, ok := v.(*node); ok && kind == "inline" {
		made := w.below.JSON(n)
		for _, name := range made.Names() {
			o.Set(name, made.Value(name))
		}
		return
	}
	one := func(v any) any {
		n, ok := v.(*node)
		switch {
		case !ok:
			return nil
		case kind == "stubs":
			inner := w.below.wires[0]
			return inner.number(n.values[inner.field.name])
		}
		made := w.below.JSON(n)
		switch kind {
		case "item":
			return testkit.NewObject("item", made)
		case "filter":
			made.Set("live", true)
		}
		return made
	}
	var out any
	if list, ok := v.([]any); ok {
		items := make([]any, 0, len(list))
		for i, item := range list {
			if kind == "filter" && i%2 == 0 {
				items = append(items, testkit.NewObject("live", false, "id", "no"))
			}
			items = append(items, one(item))
		}
		out = items
	} else if v != nil {
		out = one(v)
	}
	switch kind {
	case "first":
		if out != nil {
			out = []any{out, testkit.NewObject("id", "no")}
		}
	case "meta":
		m, _ := o.Value("meta").(*testkit.Object)
		if m == nil {
			m = &testkit.Object{}
			o.Set("meta", m)
		}
		m.Set(w.key, out)
		return
	}
	if out == nil && w.form%2 == 0 {
		return
	}
	o.Set(w.key, out)
}
