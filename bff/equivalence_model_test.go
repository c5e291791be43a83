package bff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/weftql/weft/config"
)

// model is a random schema, as data that a contract can be worked out on
// without any code of the gateway.
type model struct {
	types []*mType
	by    map[string]*mType
}

type mType struct {
	name, kind string // type, interface, union, enum, input, scalar
	tags       []string
	fields     []*mField // of inputs too
	interfaces []string
	members    []string // of a union
	values     []*mField
}

type mField struct {
	name, typ string // typ is the named type
	wrap      string // such as [%s!]!
	tags      []string
	args      []*mField
	value     string // default
}

func (f *mField) required() bool { return strings.HasSuffix(f.wrap, "!") && f.value == "" }

var allTags = []string{"a", "b", "c"}

// someTags draws tags; most elements have none.
func someTags(rng *rand.Rand, percent int) []string {
	var tags []string
	for _, tag := range allTags {
		if rng.IntN(100) < percent {
			tags = append(tags, tag)
		}
	}
	return tags
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// drawModel draws a schema of a dozen or two types.
func drawModel(rng *rand.Rand) *model {
	m := &model{by: map[string]*mType{}}
	add := func(kind, prefix string, n int) []string {
		var names []string
		for i := range n {
			t := &mType{name: fmt.Sprintf("%s%d", prefix, i), kind: kind, tags: someTags(rng, 12)}
			m.types, m.by[t.name] = append(m.types, t), t
			names = append(names, t.name)
		}
		return names
	}
	objects := add("type", "Object", 3+rng.IntN(6))
	interfaces := add("interface", "Face", rng.IntN(3))
	unions := add("union", "Union", rng.IntN(3))
	enums := add("enum", "Enum", 1+rng.IntN(3))
	inputs := add("input", "Input", 1+rng.IntN(4))
	scalars := add("scalar", "Scalar", rng.IntN(2))
	roots := []string{"Query"}
	if rng.IntN(2) == 0 {
		roots = append(roots, "Mutation")
	}
	for _, name := range roots {
		t := &mType{name: name, kind: "type"}
		m.types, m.by[name] = append(m.types, t), t
	}
	in := slices.Concat([]string{"Int", "String", "Boolean", "ID"}, enums, inputs, scalars)
	out := slices.Concat([]string{"Int", "String", "ID"}, objects, objects, interfaces, unions, enums, scalars)
	for _, name := range enums {
		for i := range 2 + rng.IntN(3) {
			m.by[name].values = append(m.by[name].values, &mField{name: fmt.Sprintf("%s_V%d", strings.ToUpper(name), i), tags: someTags(rng, 10)})
		}
	}
	for k, name := range inputs {
		for i := range 1 + rng.IntN(4) {
			f := &mField{name: fmt.Sprintf("in%d_%d", k, i), typ: pick(rng, in), wrap: pick(rng, []string{"%s", "%s", "[%s]", "%s!"})}
			if at := slices.Index(inputs, f.typ); at >= k && strings.HasSuffix(f.wrap, "!") {
				f.wrap = "%s" // a required circle could not be written
			}
			if !f.required() {
				f.tags = someTags(rng, 10)
			}
			m.by[name].fields = append(m.by[name].fields, f)
		}
	}
	serial := 0
	fields := func(t *mType, prefix string, n int) {
		for range n {
			serial++
			t.fields = append(t.fields, m.drawField(rng, fmt.Sprintf("%s%d", prefix, serial), out, in))
		}
	}
	for _, name := range interfaces {
		fields(m.by[name], "shared", 1+rng.IntN(2))
	}
	for i, name := range objects {
		t := m.by[name]
		for k, face := range interfaces {
			if i == k || rng.IntN(3) == 0 {
				t.interfaces = append(t.interfaces, face)
				for _, f := range m.by[face].fields {
					own := *f
					own.tags = someTags(rng, 10)
					t.fields = append(t.fields, &own)
				}
			}
		}
		fields(t, "field", 1+rng.IntN(4))
	}
	for _, name := range unions {
		for _, o := range objects {
			if rng.IntN(2) == 0 {
				m.by[name].members = append(m.by[name].members, o)
			}
		}
		if len(m.by[name].members) == 0 {
			m.by[name].members = objects[:1]
		}
	}
	for _, name := range roots {
		fields(m.by[name], strings.ToLower(name), 4+rng.IntN(4))
	}
	return m
}

func (m *model) drawField(rng *rand.Rand, name string, out, in []string) *mField {
	f := &mField{name: name, typ: pick(rng, out), wrap: pick(rng, []string{"%s", "%s", "%s!", "[%s!]!", "[%s]"}), tags: someTags(rng, 12)}
	for i := range rng.IntN(3) {
		a := &mField{name: fmt.Sprintf("%sArg%d", name, i), typ: pick(rng, in), wrap: pick(rng, []string{"%s", "%s", "%s!", "[%s]"}), tags: someTags(rng, 8)}
		if a.typ == "Int" && a.wrap == "%s" {
			a.value = "3"
		}
		f.args = append(f.args, a)
	}
	return f
}

// hiding is a contract being worked out: coordinates of the model.
type hiding map[string]bool

// contractOf works the contract out by going over everything until nothing
// changes any more.
func (m *model) contractOf(c *config.Contract) hiding {
	h := hiding{}
	m.byTags(h, c)
	m.byList(h, c)
	m.fixpoint(h)
	reached := map[string]bool{}
	for _, root := range []string{"Query", "Mutation"} {
		if m.by[root] != nil && !h[root] {
			m.reach(h, root, reached)
		}
	}
	for _, t := range m.types {
		if !reached[t.name] {
			h[t.name] = true
		}
	}
	m.fixpoint(h)
	return h
}

func has(tags, of []string) bool {
	return slices.ContainsFunc(tags, func(t string) bool { return slices.Contains(of, t) })
}

func (m *model) byTags(h hiding, c *config.Contract) {
	excluded := func(tags []string) bool { return has(tags, c.ExcludeTags) }
	missing := func(tags []string) bool { return len(c.IncludeTags) > 0 && !has(tags, c.IncludeTags) }
	for _, t := range m.types {
		h[t.name] = excluded(t.tags) || t.kind == "union" && missing(t.tags)
		for _, f := range t.fields {
			at := t.name + "." + f.name
			h[at] = excluded(f.tags) || t.kind != "input" && missing(slices.Concat(f.tags, t.tags))
			for _, a := range f.args {
				h[at+"("+a.name+":)"] = excluded(a.tags)
			}
		}
		for _, v := range t.values {
			h[t.name+"."+v.name] = excluded(v.tags)
		}
	}
}

func (m *model) byList(h hiding, c *config.Contract) {
	for _, at := range c.Deny {
		h[at] = true
	}
	if len(c.Allow) == 0 {
		return
	}
	allowed := func(t, f string) bool { return slices.Contains(c.Allow, t+".*") || slices.Contains(c.Allow, t+"."+f) }
	for _, t := range m.types {
		if t.kind != "type" && t.kind != "interface" {
			continue
		}
		for _, f := range t.fields {
			yes := allowed(t.name, f.name)
			for _, face := range t.interfaces {
				yes = yes || m.by[face].has(f.name) && allowed(face, f.name)
			}
			if !yes {
				h[t.name+"."+f.name] = true
			}
		}
	}
}

func (t *mType) has(field string) bool {
	return slices.ContainsFunc(t.fields, func(f *mField) bool { return f.name == field })
}

func (m *model) fixpoint(h hiding) {
	for changed := true; changed; {
		changed = false
		hide := func(at string) {
			if !h[at] {
				h[at], changed = true, true
			}
		}
		for _, t := range m.types {
			if h[t.name] {
				continue
			}
			left := t.kind == "scalar"
			for _, f := range t.fields {
				m.dangling(h, t, f, hide)
				left = left || !h[t.name+"."+f.name]
				if h[t.name+"."+f.name] {
					for _, face := range t.interfaces {
						if m.by[face].has(f.name) {
							hide(face + "." + f.name)
						}
					}
				}
			}
			for _, v := range t.values {
				left = left || !h[t.name+"."+v.name]
			}
			for _, name := range t.members {
				left = left || !h[name]
			}
			if t.kind == "interface" {
				left = left && slices.ContainsFunc(m.types, func(o *mType) bool { return !h[o.name] && slices.Contains(o.interfaces, t.name) })
			}
			if !left && t.name != "Query" {
				hide(t.name)
			}
		}
	}
}

func (m *model) dangling(h hiding, t *mType, f *mField, hide func(string)) {
	at := t.name + "." + f.name
	switch {
	case h[at]:
		return
	case h[f.typ] && t.kind == "input" && f.required():
		hide(t.name)
		return
	case h[f.typ]:
		hide(at)
		return
	}
	for _, a := range f.args {
		switch arg := at + "(" + a.name + ":)"; {
		case (h[arg] || h[a.typ]) && a.required():
			hide(at)
		case h[a.typ]:
			hide(arg)
		}
	}
}

func (m *model) reach(h hiding, name string, reached map[string]bool) {
	t := m.by[name]
	if t == nil || h[name] || reached[name] {
		return
	}
	reached[name] = true
	for _, f := range t.fields {
		if at := name + "." + f.name; !h[at] {
			m.reach(h, f.typ, reached)
			for _, a := range f.args {
				if !h[at+"("+a.name+":)"] {
					m.reach(h, a.typ, reached)
				}
			}
		}
	}
	for _, n := range slices.Concat(t.interfaces, t.members) {
		m.reach(h, n, reached)
	}
	if t.kind == "interface" {
		for _, o := range m.types {
			if slices.Contains(o.interfaces, name) {
				m.reach(h, o.name, reached)
			}
		}
	}
}

// print writes what a contract leaves as a subgraph's schema.
func (m *model) print(h hiding, tagged bool) string {
	var b strings.Builder
	if tagged {
		b.WriteString(`extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])` + "\n")
	}
	tags := func(list []string) string {
		text := ""
		for _, tag := range list {
			if tagged {
				text += fmt.Sprintf(" @tag(name: %q)", tag)
			}
		}
		return text
	}
	input := func(f *mField) string {
		text := f.name + ": " + fmt.Sprintf(f.wrap, f.typ)
		if f.value != "" {
			text += " = " + f.value
		}
		return text + tags(f.tags)
	}
	visible := func(names []string) []string {
		return slices.DeleteFunc(slices.Clone(names), func(n string) bool { return h[n] })
	}
	for _, t := range m.types {
		if h[t.name] {
			continue
		}
		b.WriteString(t.kind + " " + t.name)
		if list := visible(t.interfaces); len(list) > 0 {
			b.WriteString(" implements " + strings.Join(list, " & "))
		}
		b.WriteString(tags(t.tags))
		switch t.kind {
		case "scalar":
			b.WriteString("\n")
			continue
		case "union":
			b.WriteString(" = " + strings.Join(visible(t.members), " | ") + "\n")
			continue
		}
		b.WriteString(" {\n")
		for _, f := range t.fields {
			at := t.name + "." + f.name
			if h[at] {
				continue
			}
			if t.kind == "input" {
				b.WriteString("  " + input(f) + "\n")
				continue
			}
			var args []string
			for _, a := range f.args {
				if !h[at+"("+a.name+":)"] {
					args = append(args, input(a))
				}
			}
			b.WriteString("  " + f.name)
			if len(args) > 0 {
				b.WriteString("(" + strings.Join(args, ", ") + ")")
			}
			b.WriteString(": " + fmt.Sprintf(f.wrap, f.typ) + tags(f.tags) + "\n")
		}
		for _, v := range t.values {
			if !h[t.name+"."+v.name] {
				b.WriteString("  " + v.name + tags(v.tags) + "\n")
			}
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// drawContract draws what a profile may say.
func (m *model) drawContract(rng *rand.Rand) config.Contract {
	var c config.Contract
	if rng.IntN(2) == 0 {
		c.IncludeTags = someTags(rng, 60)
	}
	if rng.IntN(3) > 0 {
		c.ExcludeTags = someTags(rng, 40)
	}
	if len(c.IncludeTags)+len(c.ExcludeTags) == 0 {
		c.ExcludeTags = []string{"a"}
	}
	listed := rng.IntN(4) == 0
	for _, t := range m.types {
		if listed && (t.kind == "type" || t.kind == "interface") {
			if rng.IntN(2) == 0 {
				c.Allow = append(c.Allow, t.name+".*")
			}
			for _, f := range t.fields {
				if rng.IntN(3) == 0 {
					c.Allow = append(c.Allow, t.name+"."+f.name)
				}
			}
		}
		if rng.IntN(25) == 0 && t.name != "Query" {
			c.Deny = append(c.Deny, t.name)
		}
		for _, f := range t.fields {
			switch {
			case t.kind == "input" && f.required():
			case rng.IntN(30) == 0:
				c.Deny = append(c.Deny, t.name+"."+f.name)
			case rng.IntN(30) == 0 && len(f.args) > 0 && !strings.HasPrefix(f.name, "shared"):
				c.Deny = append(c.Deny, t.name+"."+f.name+"("+f.args[0].name+":)")
			}
		}
	}
	return c
}
