package compose

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// randomGraph writes tiny subgraphs that mostly compose, with everything that
// satisfiability is about: keys (composite, nested, not resolvable), externals
// with @requires and @provides, labels, contexts, hidden fields, interfaces, unions,
// interface objects, shared mutation fields and fields that return the query root. Everything is
// @shareable, so that sharing does not decide.
type randomGraph struct {
	*rand.Rand
	subs []*randomSubgraph
	// connected gives every object a key, so that more graphs are satisfiable.
	connected bool
}

type randomSubgraph struct {
	types map[string]*randomType
	query []string
	extra []string
}

type randomType struct {
	keys, fields []string // fields by name, in order
	declared     map[string]string
	header       string
	interfaces   []string
}

func (t *randomType) add(name, text string) {
	if _, ok := t.declared[name]; ok {
		return
	}
	t.fields = append(t.fields, name)
	t.declared[name] = text
}

// fieldTypes is the universe: each object has the same fields everywhere.
var fieldTypes = map[string]string{
	"id": "ID!", "k": "ID!", "x": "Int", "y": "Int", "z": "Int", "w": "Int", "v": "V", "a": "Int", "b": "Int",
	"t": "T1", "o": "T2", "i": "I", "u": "U", "root": "Query",
}

func (g *randomGraph) chance(percent int) bool { return g.IntN(100) < percent }

func (g *randomGraph) pick(list ...string) string { return list[g.IntN(len(list))] }

// typ returns a type of a subgraph, making it and what it needs.
func (g *randomGraph) typ(s *randomSubgraph, name string) *randomType {
	if t := s.types[name]; t != nil {
		return t
	}
	t := &randomType{declared: map[string]string{}, header: "type"}
	s.types[name] = t
	switch name {
	case "Query":
		g.field(s, "Query", "root", "")
	case "V":
		g.field(s, name, g.pick("a", "b"), "")
	case "I":
		if _, ok := s.types["T0"]; !ok && g.chance(30) {
			t.header = "interfaceObject"
			t.keys = append(t.keys, `@key(fields: "id")`)
			g.field(s, name, "id", "")
			g.field(s, name, "w", "")
			break
		}
		t.header = "interface"
		g.field(s, name, "id", "")
		for _, object := range []string{"T0", "T1"} {
			g.typ(s, object).interfaces = []string{"I"}
			g.field(s, object, "id", "")
		}
		if g.chance(40) {
			t.keys = append(t.keys, `@key(fields: "id")`)
			for _, object := range []string{"T0", "T1"} {
				g.key(s, object, `@key(fields: "id")`)
			}
		}
	case "U":
		t.header = "union"
		for _, object := range []string{"T0", "T1", "T2"} {
			if g.chance(60) {
				g.typ(s, object)
				t.fields = append(t.fields, object)
			}
		}
		if len(t.fields) == 0 {
			g.typ(s, "T2")
			t.fields = []string{"T2"}
		}
	default:
		g.object(s, name, t)
	}
	return t
}

func (g *randomGraph) object(s *randomSubgraph, name string, t *randomType) {
	g.field(s, name, g.pick("id", "k", "x", "y"), "")
	for _, f := range []string{"id", "k", "x", "y", "v", "t", "o", "i", "u", "root"} {
		odds := 30
		if slices.Contains([]string{"i", "u", "root"}, f) {
			odds = 6
		}
		if g.chance(odds) {
			g.field(s, name, f, "")
		}
	}
	if g.connected {
		g.key(s, name, `@key(fields: "id")`)
	}
	for range g.IntN(3) {
		key := g.pick("id", "id", "k", "id k", "v { a }", "o { id }", "x")
		resolvable := ""
		if g.chance(20) {
			resolvable = ", resolvable: false"
		}
		g.key(s, name, fmt.Sprintf("@key(fields: %q%s)", key, resolvable))
	}
	if g.chance(25) && len(t.keys) > 0 {
		required := g.pick("x", "y", "x y", "v { b }", "o { y }", "i { id }", "i { ... on T0 { x } }", "u { ... on T1 { y } __typename }")
		top, _, _ := strings.Cut(required, " ")
		if _, ok := t.declared[top]; !ok {
			g.external(s, name, required)
			t.add("z", fmt.Sprintf("z: Int @shareable @requires(fields: %q)", required))
		}
	}
}

// key adds a key and the fields it selects.
func (g *randomGraph) key(s *randomSubgraph, typ, key string) {
	t := g.typ(s, typ)
	if slices.Contains(t.keys, key) {
		return
	}
	t.keys = append(t.keys, key)
	fields := strings.Split(key, `"`)[1]
	switch fields {
	case "v { a }":
		g.field(s, typ, "v", "")
		g.field(s, "V", "a", "")
	case "o { id }":
		g.field(s, typ, "o", "")
		g.field(s, "T2", "id", "")
	default:
		for _, f := range strings.Fields(fields) {
			g.field(s, typ, f, "")
		}
	}
}

// external declares what a selection selects without resolving it.
func (g *randomGraph) external(s *randomSubgraph, typ, selection string) {
	switch selection {
	case "v { b }":
		g.field(s, typ, "v", " @external")
		g.field(s, "V", "b", "")
	case "o { y }":
		g.field(s, typ, "o", " @external")
		g.field(s, "T2", "y", "")
	case "i { id }":
		g.field(s, typ, "i", " @external")
	case "i { ... on T0 { x } }":
		g.typ(s, "T0")
		g.field(s, typ, "i", " @external")
		g.field(s, "T0", "x", "")
	case "u { ... on T1 { y } __typename }":
		g.field(s, typ, "u", " @external")
		g.field(s, "T1", "y", "")
	default:
		for _, f := range strings.Fields(selection) {
			g.field(s, typ, f, " @external")
		}
	}
}

// field declares a field and its type.
func (g *randomGraph) field(s *randomSubgraph, typ, name, external string) {
	t := g.typ(s, typ)
	if _, ok := t.declared[name]; ok {
		return
	}
	mark := " @shareable"
	switch {
	case external != "":
		mark = external
	case t.header == "interface":
		mark = ""
	}
	t.add(name, name+": "+fieldTypes[name]+mark)
	result := strings.Trim(fieldTypes[name], "!")
	if strings.ContainsAny(result[:1], "TVUQ") || result == "I" {
		target := g.typ(s, result)
		if external == "" && t.header != "interface" && result == "T2" && g.chance(20) {
			if _, ok := target.declared["y"]; !ok && name == "o" {
				g.field(s, "T2", "y", " @external")
				t.declared[name] += ` @provides(fields: "y")`
			}
		}
	}
}

// randomSubgraphs returns the inputs of one seed.
func randomSubgraphs(seed uint64) []Input {
	g := &randomGraph{Rand: rand.New(rand.NewPCG(seed, 1))}
	g.connected = g.chance(60)
	n := 2 + g.IntN(2)
	for range n {
		s := &randomSubgraph{types: map[string]*randomType{}}
		g.subs = append(g.subs, s)
		for _, name := range []string{"T0", "T1", "T2"} {
			if g.chance(35) {
				g.typ(s, name)
			}
		}
	}
	for i, s := range g.subs {
		if g.chance(70) || i == 0 {
			root := g.pick("T0", "T0", "T1", "T2", "I", "U", "[V]")
			g.typ(s, strings.Trim(root, "[]"))
			s.query = append(s.query, fmt.Sprintf("q%d: %s", i, root))
		}
		if g.chance(30) {
			g.typ(s, "T0")
			s.query = append(s.query, "shared: T0 @shareable")
		}
		if g.chance(25) {
			g.typ(s, "T1")
			s.extra = append(s.extra, "type Mutation { m: T1 @shareable }")
		}
	}
	g.label()
	g.hide()
	g.context()
	inputs := make([]Input, n)
	for i, s := range g.subs {
		name := string(rune('a' + i))
		inputs[i] = Input{Name: name, URL: "http://" + name, SDL: s.print()}
	}
	return inputs
}

// label moves a field from one subgraph to another, progressively.
func (g *randomGraph) label() {
	if !g.chance(35) {
		return
	}
	for _, typ := range []string{"T0", "T1", "T2"} {
		from, to := g.subs[0].types[typ], g.subs[1].types[typ]
		name := g.pick("x", "y", "o", "k")
		if from == nil || to == nil || !strings.HasSuffix(from.declared[name], " @shareable") || !strings.HasSuffix(to.declared[name], " @shareable") {
			continue
		}
		to.declared[name] += fmt.Sprintf(` @override(from: "a", label: "l%s")`, g.pick("1", "2"))
	}
}

// hide makes a field inaccessible: no goal any more, but still a step.
func (g *randomGraph) hide() {
	if !g.chance(25) {
		return
	}
	s := g.subs[g.IntN(len(g.subs))]
	name := g.pick("x", "y", "z", "k", "o", "t", "v")
	if t := s.types[g.pick("T0", "T1", "T2")]; t != nil && strings.HasSuffix(t.declared[name], " @shareable") {
		t.declared[name] += " @inaccessible"
	}
}

// context lets a field of T1 take an argument from a T2 above it.
func (g *randomGraph) context() {
	if !g.chance(20) {
		return
	}
	for _, s := range g.subs {
		if s.types["T1"] == nil || s.types["T2"] == nil {
			continue
		}
		g.key(s, "T1", `@key(fields: "id")`)
		setter := s.types["T2"]
		if strings.Contains(setter.declared["k"], "@external") {
			continue
		}
		g.field(s, "T2", "k", "")
		setter.keys = append(setter.keys, `@context(name: "c")`)
		s.types["T1"].add("cx", `cx(arg: ID @fromContext(field: "$c { k }")): Int @shareable`)
		return
	}
}

func (s *randomSubgraph) print() string {
	var b strings.Builder
	b.WriteString("extend schema @link(url: \"https://specs.apollo.dev/federation/v2.8\", import: [\"@context\", \"@fromContext\", \"@inaccessible\", \"@key\", \"@shareable\", \"@external\", \"@requires\", \"@provides\", \"@override\", \"@interfaceObject\"])\n\n")
	names := make([]string, 0, len(s.types))
	for name := range s.types {
		names = append(names, name)
	}
	slices.Sort(names)
	if !slices.Contains(names, "Query") && len(s.query) > 0 {
		s.types["Query"] = &randomType{declared: map[string]string{}, header: "type"}
		names = append(names, "Query")
	}
	for _, name := range names {
		t := s.types[name]
		keys := ""
		for _, k := range t.keys {
			keys += " " + k
		}
		switch t.header {
		case "union":
			fmt.Fprintf(&b, "union %s = %s\n", name, strings.Join(t.fields, " | "))
			continue
		case "interfaceObject":
			fmt.Fprintf(&b, "type %s%s @interfaceObject {\n", name, keys)
		case "interface":
			fmt.Fprintf(&b, "interface %s%s {\n", name, keys)
		default:
			implements := ""
			if len(t.interfaces) > 0 {
				implements = " implements " + strings.Join(t.interfaces, " & ")
			}
			fmt.Fprintf(&b, "type %s%s%s {\n", name, implements, keys)
		}
		for _, f := range t.fields {
			b.WriteString("  " + t.declared[f] + "\n")
		}
		if name == "Query" {
			for _, q := range s.query {
				b.WriteString("  " + q + "\n")
			}
		}
		b.WriteString("}\n")
	}
	for _, e := range s.extra {
		b.WriteString(e + "\n")
	}
	return b.String()
}
