package bff_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// drawer writes random operations over a model. A tame one stays within a
// contract and gives what is required; a wild one takes whatever there is, and
// misspells some of it.
type drawer struct {
	*model
	hidden    hiding
	rng       *rand.Rand
	tame      bool
	variables []string
	fragments []string
	budget    int
	aliases   int
}

func (m *model) drawOperation(rng *rand.Rand, hidden hiding) string {
	d := &drawer{model: m, hidden: hidden, rng: rng, tame: rng.IntN(2) == 0, budget: 4 + rng.IntN(25)}
	root, kind := "Query", "query"
	if m.by["Mutation"] != nil && rng.IntN(4) == 0 && !(d.tame && hidden["Mutation"]) {
		root, kind = "Mutation", "mutation"
	}
	body := d.selection(root, 0)
	if rng.IntN(12) == 0 && kind == "query" {
		body = strings.TrimSuffix(body, "}") + fmt.Sprintf(` t: __type(name: %q) { name } s: __schema { types { name } } }`, pick(rng, m.types).name)
	}
	text := kind + " Drawn"
	if len(d.variables) > 0 {
		text += "(" + strings.Join(d.variables, ", ") + ")"
	}
	return text + " " + body + "\n" + strings.Join(d.fragments, "\n")
}

// see returns what may be selected of a list of coordinates.
func (d *drawer) see(at string) bool { return !d.tame || !d.hidden[at] }

func (d *drawer) name(name string) string {
	if !d.tame && d.rng.IntN(40) == 0 {
		at := d.rng.IntN(len(name))
		return name[:at] + "x" + name[at:]
	}
	return name
}

func (d *drawer) selection(typ string, depth int) string {
	t := d.by[typ]
	var parts []string
	if d.rng.IntN(6) == 0 {
		parts = append(parts, "__typename")
	}
	for range 1 + d.rng.IntN(3) {
		if part := d.part(t, depth); part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		parts = []string{"__typename"}
	}
	return "{ " + strings.Join(parts, " ") + " }"
}

func (d *drawer) part(t *mType, depth int) string {
	if d.budget--; d.budget < 0 || depth > 6 {
		return ""
	}
	if t.kind != "type" || d.rng.IntN(12) == 0 {
		if on := d.narrower(t); on != "" && (len(t.fields) == 0 || d.rng.IntN(3) == 0) {
			return d.fragment(on, depth)
		}
	}
	var fields []*mField
	for _, f := range t.fields {
		if d.see(t.name + "." + f.name) {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return ""
	}
	f := pick(d.rng, fields)
	text := d.name(f.name) + d.arguments(t, f)
	if d.rng.IntN(3) > 0 {
		d.aliases++
		text = fmt.Sprintf("x%d: %s", d.aliases, text)
	}
	if result := d.by[f.typ]; result != nil && (result.kind == "type" || result.kind == "interface" || result.kind == "union") {
		return text + " " + d.selection(f.typ, depth+1)
	}
	return text
}

// narrower returns a type a fragment can be on.
func (d *drawer) narrower(t *mType) string {
	var names []string
	for _, o := range d.types {
		if !d.see(o.name) {
			continue
		}
		fits := slices.Contains(t.members, o.name) || slices.Contains(o.interfaces, t.name) || o == t && t.kind != "union"
		if fits || !d.tame && d.rng.IntN(20) == 0 {
			names = append(names, o.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return pick(d.rng, names)
}

func (d *drawer) fragment(on string, depth int) string {
	if k := d.by[on].kind; k != "type" && k != "interface" && k != "union" {
		return "... on " + on + " { __typename }"
	}
	body := d.selection(on, depth+1)
	if d.rng.IntN(3) > 0 {
		return "... on " + d.name(on) + " " + body
	}
	name := fmt.Sprintf("Part%d", len(d.fragments))
	d.fragments = append(d.fragments, "") // its number is taken
	d.fragments[len(d.fragments)-1] = fmt.Sprintf("fragment %s on %s %s", name, d.name(on), body)
	return "..." + name
}

func (d *drawer) arguments(t *mType, f *mField) string {
	var args []string
	for _, a := range f.args {
		at := t.name + "." + f.name + "(" + a.name + ":)"
		if !d.see(at) || !a.required() && d.rng.IntN(3) == 0 || !d.tame && d.rng.IntN(15) == 0 {
			continue
		}
		args = append(args, d.name(a.name)+": "+d.value(a, 0, false))
	}
	if len(args) == 0 {
		return ""
	}
	return "(" + strings.Join(args, ", ") + ")"
}

func (d *drawer) value(a *mField, depth int, inner bool) string {
	if !inner && d.rng.IntN(4) == 0 {
		name := fmt.Sprintf("$v%d", len(d.variables))
		d.variables = append(d.variables, name+": "+fmt.Sprintf(a.wrap, d.name(a.typ)))
		return name
	}
	if strings.HasPrefix(a.wrap, "[") {
		one := *a
		one.wrap = "%s!"
		return "[" + d.value(&one, depth, true) + "]"
	}
	if !a.required() && d.rng.IntN(10) == 0 {
		return "null"
	}
	switch a.typ {
	case "Int":
		return fmt.Sprint(d.rng.IntN(100))
	case "Boolean":
		return "true"
	case "String", "ID":
		return `"s"`
	}
	t := d.by[a.typ]
	switch t.kind {
	case "enum":
		for _, i := range d.rng.Perm(len(t.values)) {
			if v := t.values[i]; d.see(t.name + "." + v.name) {
				return d.name(v.name)
			}
		}
		return "NONE"
	case "input":
		return d.object(t, depth)
	}
	return "1"
}

func (d *drawer) object(t *mType, depth int) string {
	var members []string
	for _, f := range t.fields {
		if d.see(t.name+"."+f.name) && (f.required() || depth < 3 && d.rng.IntN(2) == 0) {
			members = append(members, d.name(f.name)+": "+d.value(f, depth+1, true))
		}
	}
	return "{" + strings.Join(members, ", ") + "}"
}
