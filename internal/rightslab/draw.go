package main

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// sketch is a random graph: its subgraphs, in which directives stand.
type sketch struct {
	rng      *rand.Rand
	types    map[string]string // GraphQL type by field name, in the whole graph
	entities []*entity
	boxes    bool
	objects  bool // one subgraph has K0 as an interface object
	subs     []*sub
}

// entity is an object type that several subgraphs know by its id.
type entity struct {
	name   string
	fields []*field
	kinds  []string // interfaces it implements
}

// field is a field of an entity.
type field struct {
	name  string
	in    []*sub
	needs string // another field that @requires reads, or ""
}

// sub is one subgraph.
type sub struct {
	name  string
	needs map[string]bool // types to declare
	roots []string
}

var (
	leafPool = []string{"name", "rank", "note", "tone", "stamp", "score", "tags", "level"}
	linkPool = []string{"next", "pal", "pals", "pick", "box", "kin"}
	subNames = []string{"alder", "beech", "cedar", "daisy"}
	leafType = map[string]string{
		"name": "String", "note": "String!", "tone": "Tone", "stamp": "Stamp", "score": "Float", "tags": "[String!]", "level": "Int!",
	}
)

const argument = "(n: Int = 3)"

// drawGraph draws the SDLs of a graph's subgraphs.
func drawGraph(rng *rand.Rand) map[string]string {
	g := &sketch{rng: rng, types: map[string]string{}, boxes: rng.IntN(2) == 0, objects: rng.IntN(3) == 0}
	for _, name := range subNames[:2+rng.IntN(len(subNames)-1)] {
		g.subs = append(g.subs, &sub{name: name, needs: map[string]bool{}})
	}
	for i := range 2 + rng.IntN(3) {
		g.entities = append(g.entities, &entity{name: fmt.Sprintf("E%d", i)})
	}
	g.drawKinds()
	g.drawTypes()
	g.drawFields()
	g.drawRoots()
	out := map[string]string{}
	for _, s := range g.subs {
		out[s.name] = g.print(s)
	}
	if g.objects && slices.ContainsFunc(g.subs, func(s *sub) bool { return s.needs["K0"] }) {
		s := &sub{name: "violet"}
		g.subs = append(g.subs, s)
		out[s.name] = imports + "type Query {\n  byKind: [K0]\n}\ntype K0 @key(fields: \"id\") @interfaceObject {\n  id: ID!\n  extra: Int\n  more" + argument + ": String\n}\n"
	}
	return g.guard(out)
}

func (g *sketch) chance(percent int) bool { return g.rng.IntN(100) < percent }

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

func (g *sketch) sub() *sub { return pick(g.rng, g.subs) }

// drawKinds makes interfaces: K0 of some entities, K1 of others.
func (g *sketch) drawKinds() {
	for i := range 1 + g.rng.IntN(2) {
		name := fmt.Sprintf("K%d", i)
		for _, e := range g.entities {
			if len(g.members(name)) == 0 || g.chance(60) {
				e.kinds = append(e.kinds, name)
			}
		}
	}
}

func (g *sketch) members(kind string) []*entity {
	var list []*entity
	for _, e := range g.entities {
		if slices.Contains(e.kinds, kind) {
			list = append(list, e)
		}
	}
	return list
}

func (g *sketch) composites() []string {
	list := []string{"K0", "U"}
	if len(g.members("K1")) > 0 {
		list = append(list, "K1")
	}
	for _, e := range g.entities {
		list = append(list, e.name)
	}
	return list
}

// drawTypes gives every field name one type everywhere, so that operations
// need not fear conflicts.
func (g *sketch) drawTypes() {
	for name, typ := range leafType {
		g.types[name] = typ
	}
	g.types["rank"] = "Int"
	forms := []string{"%s", "%s", "%s!", "[%s]", "[%s!]!"}
	for _, name := range linkPool {
		g.types[name] = fmt.Sprintf(pick(g.rng, forms), pick(g.rng, g.composites()))
	}
	g.types["box"] = pick(g.rng, []string{"Box", "Box!", "[Box!]"})
	g.types["pal"], g.types["pick"] = "K0", "U"
}

// drawFields gives entities fields, and fields owners. One subgraph has the
// interfaces' common fields.
func (g *sketch) drawFields() {
	home, common := g.sub(), some(g.rng, append(slices.Clone(leafPool), "next"), 1, 3)
	for _, e := range g.entities {
		for _, name := range common {
			if len(e.kinds) > 0 {
				e.fields = append(e.fields, &field{name: name, in: []*sub{home}})
			}
		}
		for _, name := range some(g.rng, append(slices.Clone(leafPool), linkPool...), 3, 7) {
			if e.field(name) != nil || name == "box" && !g.boxes {
				continue
			}
			f := &field{name: name, in: []*sub{g.sub()}}
			if other := g.sub(); other != f.in[0] && g.chance(20) {
				f.in = append(f.in, other)
			}
			e.fields = append(e.fields, f)
		}
		g.drawRequires(e)
	}
	for _, e := range g.entities {
		for _, f := range e.fields {
			for _, s := range f.in {
				g.need(s, e.name)
				g.need(s, named(g.typeOf(f.name)))
			}
		}
	}
}

func some(rng *rand.Rand, list []string, low, high int) []string {
	list = slices.Clone(list)
	rng.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list[:min(len(list), low+rng.IntN(high-low+1))]
}

func (e *entity) field(name string) *field {
	for _, f := range e.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// drawRequires adds a field that is computed from one of another subgraph.
func (g *sketch) drawRequires(e *entity) {
	from := pick(g.rng, []string{"name", "note", "score", "level"})
	f := e.field(from)
	s := g.sub()
	if f == nil || len(f.in) > 1 || f.in[0] == s || !g.chance(60) {
		return
	}
	e.fields = append(e.fields, &field{name: "calc", in: []*sub{s}, needs: from})
}

func (g *sketch) typeOf(name string) string {
	if name == "calc" {
		return "String"
	}
	return g.types[name]
}

func named(typ string) string { return strings.Trim(typ, "[]!") }

// need makes s declare a type and what the type takes along.
func (g *sketch) need(s *sub, typ string) {
	if s.needs[typ] || !strings.ContainsAny(typ[:1], "EKUB") || typ == "Boolean" {
		return
	}
	s.needs[typ] = true
	switch typ[0] {
	case 'K':
		for _, e := range g.members(typ) {
			g.need(s, e.name)
		}
	case 'U':
		for _, m := range g.unionMembers() {
			g.need(s, m)
		}
	}
}

func (g *sketch) unionMembers() []string {
	list := []string{g.entities[0].name, g.entities[len(g.entities)-1].name}
	if g.boxes {
		list = append(list, "Box")
	}
	return list
}

func (g *sketch) drawRoots() {
	for i, s := range g.subs {
		for j := range 1 + g.rng.IntN(3) {
			typ := pick(g.rng, g.composites())
			form := pick(g.rng, []string{"%s", "%s", "[%s]", "[%s!]!", "%s!"})
			s.roots = append(s.roots, fmt.Sprintf("q%d%d: "+form, i, j, typ))
			g.need(s, typ)
		}
		s.roots = append(s.roots, fmt.Sprintf("ping%d%s: Int", i, argument))
	}
}

const imports = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@interfaceObject", "@authenticated", "@requiresScopes", "@policy"])
`

// print prints a subgraph without directives of authorization.
func (g *sketch) print(s *sub) string {
	var b strings.Builder
	b.WriteString(imports + "type Query {\n  " + strings.Join(s.roots, "\n  ") + "\n}\n")
	if s == g.subs[0] && g.rng.IntN(3) == 0 {
		b.WriteString("type Mutation {\n  do" + argument + ": Int\n  make: E0\n}\n")
		g.need(s, "E0")
	}
	for _, kind := range []string{"K0", "K1"} {
		if s.needs[kind] {
			b.WriteString(g.printKind(s, kind))
		}
	}
	for _, e := range g.entities {
		if s.needs[e.name] {
			b.WriteString(g.printEntity(s, e))
		}
	}
	if s.needs["U"] {
		b.WriteString("union U = " + strings.Join(slices.Compact(g.unionMembers()), " | ") + "\n")
	}
	if s.needs["Box"] {
		b.WriteString("type Box @shareable {\n  size: Int\n  mark: Stamp\n  label: String!\n}\n")
	}
	text := b.String()
	if strings.Contains(text, "Tone") {
		b.WriteString("enum Tone { DARK LIGHT }\n")
	}
	if strings.Contains(text, "Stamp") {
		b.WriteString("scalar Stamp\n")
	}
	return b.String()
}

func (g *sketch) printKind(s *sub, kind string) string {
	key := ""
	if g.objects && kind == "K0" {
		key = ` @key(fields: "id")`
	}
	text := "interface " + kind + key + " {\n  id: ID!\n"
	members := g.members(kind)
	for _, f := range members[0].fields {
		everywhere := f.needs == ""
		for _, m := range members {
			other := m.field(f.name)
			everywhere = everywhere && other != nil && slices.Contains(other.in, s)
		}
		if everywhere {
			text += g.printField(f) + "\n"
		}
	}
	return text + "}\n"
}

func (g *sketch) printField(f *field) string {
	args := ""
	if f.name == "rank" {
		args = argument
	}
	return "  " + f.name + args + ": " + g.typeOf(f.name)
}

func (g *sketch) printEntity(s *sub, e *entity) string {
	text := "type " + e.name
	var kinds []string
	for _, k := range e.kinds {
		if s.needs[k] {
			kinds = append(kinds, k)
		}
	}
	if len(kinds) > 0 {
		text += " implements " + strings.Join(kinds, " & ")
	}
	text += ` @key(fields: "id") {` + "\n  id: ID!\n"
	external := ""
	for _, f := range e.fields {
		if !slices.Contains(f.in, s) {
			continue
		}
		line := g.printField(f)
		if len(f.in) > 1 {
			line += " @shareable"
		}
		if f.needs != "" {
			line += fmt.Sprintf(" @requires(fields: %q)", f.needs)
			external = "  " + f.needs + ": " + g.typeOf(f.needs) + " @external\n"
		}
		text += line + "\n"
	}
	return text + external + "}\n"
}

var (
	typeLine   = regexp.MustCompile(`^(type|enum|scalar) (\w+)`)
	fieldLine  = regexp.MustCompile(`^  (\w+)(\([^)]*\))?: `)
	argsOf     = regexp.MustCompile(`^  \w+\(`)
	requires   = regexp.MustCompile(`@requires\(fields: "(\w+)"\)`)
	ownRequire = regexp.MustCompile(`@(authenticated|requiresScopes\(scopes: \S.*?\]\]\)|policy\(policies: \S.*?\]\]\))`)
)

// guard writes directives into the subgraphs, line by line. A field with
// @requires gets those of what it reads: composition wants that.
func (g *sketch) guard(sdls map[string]string) map[string]string {
	share := pick(g.rng, []int{4, 8, 15, 30})
	on := map[string]string{} // directives by coordinate, of all subgraphs
	for _, s := range g.subs {
		lines, typ := strings.Split(sdls[s.name], "\n"), ""
		for i, line := range lines {
			if m := typeLine.FindStringSubmatch(line); m != nil {
				typ = m[2]
				odds := share / 2
				switch {
				case typ == "Query" || typ == "Mutation":
					odds = 2
				case strings.Contains(line, "@interfaceObject"):
					odds = 0
				}
				if g.chance(odds) {
					lines[i] = strings.Replace(line, m[0], m[0]+"\x00", 1)
					lines[i] = g.place(lines[i], g.directives(false))
				}
			} else if strings.HasPrefix(line, "interface") {
				typ = ""
			} else if m := fieldLine.FindStringSubmatch(line); m != nil && typ != "" && !strings.Contains(line, "@external") && !strings.Contains(line, "@requires(") {
				if g.chance(share) {
					text := g.directives(argsOf.MatchString(line))
					lines[i] += text
					on[typ+"."+m[1]] += text
				}
			}
		}
		sdls[s.name] = strings.Join(lines, "\n")
	}
	for _, s := range g.subs {
		lines, typ := strings.Split(sdls[s.name], "\n"), ""
		for i, line := range lines {
			if m := typeLine.FindStringSubmatch(line); m != nil {
				typ = m[2]
			} else if m := requires.FindStringSubmatch(line); m != nil {
				lines[i] += on[typ+"."+m[1]]
			}
		}
		sdls[s.name] = strings.Join(lines, "\n")
	}
	return sdls
}

// place puts directives of a type behind its name and interfaces.
func (g *sketch) place(line, directives string) string {
	line = strings.Replace(line, "\x00", "", 1)
	if cut := strings.IndexAny(line, "@{"); cut >= 0 {
		return line[:cut] + strings.TrimPrefix(directives, " ") + " " + line[cut:]
	}
	return line + directives
}

// directives draws what an element asks for.
func (g *sketch) directives(arguments bool) string {
	text := ""
	n := g.rng.IntN(10)
	if n < 3 {
		text += " @authenticated"
	}
	if n >= 2 && n < 7 {
		text += " @requiresScopes(scopes: " + g.terms([]string{"a", "b", "c"}) + ")"
	}
	if n >= 6 {
		names := []string{"p", "q"}
		if arguments {
			names = append(names, "small")
		}
		text += " @policy(policies: " + g.terms(names) + ")"
	}
	return text
}

func (g *sketch) terms(names []string) string {
	var terms []string
	for range 1 + g.rng.IntN(2) {
		var list []string
		for _, n := range some(g.rng, names, 1, 2) {
			list = append(list, fmt.Sprintf("%q", n))
		}
		terms = append(terms, "["+strings.Join(list, ", ")+"]")
	}
	return "[" + strings.Join(terms, ", ") + "]"
}

// stripped takes the directives off the interfaces of a supergraph, as older
// composers leave them: then the gateway alone minds implementing types.
func stripped(supergraph string) string {
	lines, inside := strings.Split(supergraph, "\n"), false
	for i, line := range lines {
		switch {
		case strings.HasPrefix(line, "interface"):
			inside = true
		case strings.HasPrefix(line, "}"):
			inside = false
		}
		if inside {
			lines[i] = ownRequire.ReplaceAllString(line, "")
		}
	}
	return strings.Join(lines, "\n")
}
