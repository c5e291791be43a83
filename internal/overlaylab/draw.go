package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// sketch is a random graph and, beside each element, what an overlay makes of it.
type sketch struct {
	rng   *rand.Rand
	types []*kind
	subs  []string
	// derived counts what the overlay adds.
	derived int
}

// kind is a type of the graph.
type kind struct {
	word    string // type, interface, union, enum, input
	name    string
	client  string
	fields  []*member
	values  []*enumValue
	of      []string // interfaces implemented, or a union's members
	entity  bool
	home    string // the subgraph of a value type, "" for all
	touched bool   // the overlay speaks of the type itself
}

type enumValue struct {
	name, client string
	hidden       bool
}

// member is an output or input field of the graph, or one the overlay adds.
type member struct {
	name, typ string
	sub       string // that resolves it
	args      []*parameter
	fallback  string // of input fields, GraphQL

	client  string
	hidden  bool
	touched bool
	as      string // its type for the client, in the graph's names
	rule    rule
	given   given // of input fields
}

// parameter is an argument.
type parameter struct {
	name, typ, fallback string
	client              string
	hidden, touched     bool
	given               given
	cap                 int
}

// given is what stands for a value that is not given, or must not be.
type given struct {
	fallback string // @default, GraphQL in the client's terms
	fixed    string // @fixed, GraphQL in the client's terms
	claim    string
}

// rule is what becomes of an output field's value.
type rule struct {
	path  []hop
	expr  *formula
	deflt string // GraphQL
	cap   int
}

// hop is one step of a path.
type hop struct {
	field *member
	args  string // as written
	give  map[string]any
	item  int    // -1: all of it
	where string // a Boolean field
	// own is the argument of the client's field that fills n.
	own bool
}

func (g *sketch) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func some[T any](rng *rand.Rand, list []T, low, high int) []T {
	list = slices.Clone(list)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(len(list), low+rng.IntN(high-low+1))]
}

func named(typ string) string { return strings.Trim(typ, "[]!") }

func (g *sketch) kind(name string) *kind {
	for _, k := range g.types {
		if k.name == name {
			return k
		}
	}
	return nil
}

func (k *kind) field(name string) *member {
	for _, f := range k.fields {
		if f.name == name && f.sub != "" {
			return f
		}
	}
	return nil
}

// drawGraph draws the types and who resolves what.
func drawGraph(rng *rand.Rand) *sketch {
	g := &sketch{rng: rng, subs: []string{"alder", "beech", "cedar"}[:2+rng.IntN(2)]}
	tone := &kind{word: "enum", name: "Tone"}
	for _, v := range []string{"DARK", "GREY", "LIGHT"} {
		tone.values = append(tone.values, &enumValue{name: v, client: v})
	}
	g.types = append(g.types, tone, g.input(), g.box())
	entities := []string{"E0", "E1", "E2"}[:2+rng.IntN(2)]
	for _, name := range entities {
		g.types = append(g.types, &kind{word: "type", name: name, entity: true})
	}
	g.types = append(g.types, &kind{word: "interface", name: "K"}, &kind{word: "union", name: "U", of: []string{"E0", entities[len(entities)-1]}})
	home := pick(rng, g.subs)
	common := g.draw(some(rng, []string{"name", "rank", "level", "box", "pal"}, 1, 3), home)
	k := g.kind("K")
	k.fields = append([]*member{{name: "id", typ: "ID!", sub: "*"}}, clone(common)...)
	for i, name := range entities {
		e := g.kind(name)
		e.fields = []*member{{name: "id", typ: "ID!", sub: "*"}}
		if i < 2 {
			e.of = []string{"K"}
			e.fields = append(e.fields, clone(common)...)
		}
		for _, f := range g.draw(some(rng, fieldNames(), 4, 9), "") {
			if e.field(f.name) == nil {
				e.fields = append(e.fields, f)
			}
		}
	}
	q := &kind{word: "type", name: "Query"}
	for i, sub := range g.subs {
		for j := range 1 + rng.IntN(3) {
			typ := fmt.Sprintf(pick(rng, []string{"%s", "%s", "[%s]", "[%s!]!", "%s!"}), pick(rng, append([]string{"K", "U"}, entities...)))
			q.fields = append(q.fields, &member{name: fmt.Sprintf("q%d%d", i, j), typ: typ, sub: sub, args: g.params("")})
		}
		q.fields = append(q.fields, &member{name: fmt.Sprintf("ping%d", i), typ: "String", sub: sub, args: g.params("want")})
	}
	g.types = append(g.types, q)
	for _, t := range g.types {
		t.client = t.name
		for _, f := range t.fields {
			f.client, f.as = f.name, f.typ
		}
	}
	return g
}

func clone(list []*member) []*member {
	var out []*member
	for _, f := range list {
		c := *f
		c.args = nil
		for _, a := range f.args {
			b := *a
			c.args = append(c.args, &b)
		}
		out = append(out, &c)
	}
	return out
}

func (g *sketch) input() *kind {
	k := &kind{word: "input", name: "Want"}
	k.fields = []*member{
		{name: "n", typ: "Int", fallback: pick(g.rng, []string{"", "2"})},
		{name: "text", typ: "String"},
		{name: "tone", typ: "Tone", fallback: pick(g.rng, []string{"", "DARK"})},
		{name: "tones", typ: "[Tone!]"},
		{name: "more", typ: "Want"},
	}
	return k
}

func (g *sketch) box() *kind {
	k := &kind{word: "type", name: "Box", home: "*"}
	for _, f := range []*member{
		{name: "label", typ: "String!"}, {name: "size", typ: "Int"}, {name: "tone", typ: "Tone"}, {name: "main", typ: "Boolean"},
		{name: "inner", typ: pick(g.rng, []string{"Box", "[Box]", "[Box!]"})}, {name: "marks", typ: pick(g.rng, []string{"[String]", "[String!]!", "[[Int]]"})},
	} {
		f.sub = "*"
		k.fields = append(k.fields, f)
	}
	return k
}

// types of fields are the same everywhere, so that operations need not fear
// conflicts; links are not, and get response names of their own.
func fieldNames() []string {
	return []string{"name", "note", "rank", "level", "tone", "tags", "grid", "box", "boxes", "pal", "pals", "other", "any"}
}

func (g *sketch) draw(names []string, sub string) []*member {
	typ := map[string]string{
		"name": "String", "note": "String!", "rank": "Int", "level": "Int!", "tone": "Tone", "tags": "[String!]", "grid": "[[Tone]]",
		"box": "Box", "boxes": pick(g.rng, []string{"[Box!]!", "[Box]"}), "pal": "E0", "pals": pick(g.rng, []string{"[E1!]!", "[K]"}), "other": "K", "any": "U",
	}
	var out []*member
	for _, name := range names {
		f := &member{name: name, typ: typ[name], sub: sub}
		if sub == "" {
			f.sub = pick(g.rng, g.subs)
		}
		switch name {
		case "rank", "boxes", "pal":
			f.args = g.params("")
		case "note":
			f.args = g.params("want")
		}
		out = append(out, f)
	}
	return out
}

// params draws arguments: a number, and perhaps a tone, and what is asked for.
func (g *sketch) params(want string) []*parameter {
	list := []*parameter{{name: "n", typ: "Int", fallback: pick(g.rng, []string{"", "3"})}}
	if g.chance(40) {
		list = append(list, &parameter{name: "tone", typ: "Tone", fallback: pick(g.rng, []string{"", "GREY"})})
	}
	if want != "" {
		list = append(list, &parameter{name: "want", typ: "Want"})
	}
	for _, a := range list {
		a.client = a.name
	}
	return list
}

const imports = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
`

// subgraphs prints the graph's subgraphs.
func (g *sketch) subgraphs() map[string]string {
	out := map[string]string{}
	for _, sub := range g.subs {
		var b strings.Builder
		b.WriteString(imports)
		for _, k := range g.types {
			b.WriteString(g.printIn(k, sub))
		}
		out[sub] = b.String()
	}
	return out
}

func (g *sketch) printIn(k *kind, sub string) string {
	switch k.word {
	case "enum":
		return "enum Tone { DARK GREY LIGHT }\n"
	case "union":
		return "union U = " + strings.Join(slices.Compact(slices.Clone(k.of)), " | ") + "\n"
	}
	text := k.word + " " + k.name
	if len(k.of) > 0 {
		text += " implements " + strings.Join(k.of, " & ")
	}
	switch {
	case k.entity:
		text += ` @key(fields: "id")`
	case k.home == "*":
		text += " @shareable"
	}
	text += " {\n"
	for _, f := range k.fields {
		if k.word != "input" && f.sub != "*" && f.sub != sub {
			continue
		}
		text += "  " + f.name + printParams(f.args) + ": " + f.typ
		if f.fallback != "" {
			text += " = " + f.fallback
		}
		text += "\n"
	}
	return text + "}\n"
}

func printParams(list []*parameter) string {
	var parts []string
	for _, a := range list {
		text := a.name + ": " + a.typ
		if a.fallback != "" {
			text += " = " + a.fallback
		}
		parts = append(parts, text)
	}
	if parts == nil {
		return ""
	}
	return "(" + strings.Join(parts, ", ") + ")"
}
