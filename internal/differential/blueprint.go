package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// blueprint is a random graph under construction: what exists in the whole, and
// which subgraph declares which part of it.
type blueprint struct {
	rng *rand.Rand
	// alike keeps the nullability of shared fields the same everywhere: where
	// fields fail, the strictest declaration would decide how far null spreads.
	alike bool
	types map[string]*wholeType
	order []string // of types, as made
	subs  []*part

	entities, values, interfaces, unions []*wholeType
	keyed                                *wholeType // an interface with interface objects, or nil
}

// wholeType is a type of the unsplit graph.
type wholeType struct {
	name   string
	kind   ast.DefinitionKind
	entity bool
	keys   []string // field sets any subgraph may declare
	fields []*wholeField
	// members of an abstract type.
	members []string
	// family is the keyed interface an entity implements.
	family *wholeType
	// homes, objects and views: where a keyed interface is one, an object, or
	// only a plain interface. home is the first of homes.
	home                  *part
	homes, objects, views map[*part]bool // views: an interface without its key
	// hosts resolve fields of an entity and can be entered.
	hosts []*part
	split bool // a value type whose fields are spread
	// parent is the interface an interface implements.
	parent *wholeType
}

// wholeField is a field of the unsplit graph.
type wholeField struct {
	name, args, base, form string // form wraps base, as "[%s!]"
	input                  bool   // some @requires reads it
	plain                  bool   // one owner, no directives so far
	sharedBy               []*part
	hidden                 bool // @inaccessible
	fixed                  bool // stays as it is: leads to or takes a context
	moved                  bool // some subgraph overrides it
}

// part is one subgraph.
type part struct {
	name  string
	types map[string]*partType
	order []string
	// renamed: the root types have other names here; old: written for Federation
	// 1 if nothing in it needs 2.
	renamed, old bool
}

// partType is a type as one subgraph declares it.
type partType struct {
	whole           *wholeType
	kind            ast.DefinitionKind
	interfaceObject bool
	keys            []partKey
	implements      []string
	members         []string
	fields          []*partField
	context         string // the name it sets, or ""
}

type partKey struct {
	text       string
	resolvable bool
}

// partField is a field as one subgraph declares it.
type partField struct {
	*wholeField
	form       string // may be stricter than the whole's
	as         string // a member of base declared instead of it, or ""
	external   bool
	shareable  bool
	directives []string
	ownArgs    string // arguments where they differ from the whole's
}

// typeText prints the type as this subgraph declares it.
func (f *partField) typeText() string {
	base := f.base
	if f.as != "" {
		base = f.as
	}
	return fmt.Sprintf(f.form, base)
}

func (t *wholeType) field(name string) *wholeField {
	for _, f := range t.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (t *partType) field(name string) *partField {
	for _, f := range t.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

func (t *partType) add(f *wholeField) *partField {
	if have := t.field(f.name); have != nil {
		return have
	}
	p := &partField{wholeField: f, form: f.form}
	t.fields = append(t.fields, p)
	return p
}

func (t *partType) hasKey(text string) bool {
	return slices.ContainsFunc(t.keys, func(k partKey) bool { return k.text == text })
}

func (b *blueprint) chance(percent int) bool { return b.rng.IntN(100) < percent }

func pick[T any](b *blueprint, list []T) T { return list[b.rng.IntN(len(list))] }

// some returns between low and high distinct members of list.
func some[T any](b *blueprint, list []T, low, high int) []T {
	n := min(low+b.rng.IntN(high-low+1), len(list))
	out := slices.Clone(list)
	b.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:n]
}

func (b *blueprint) newType(name string, kind ast.DefinitionKind) *wholeType {
	t := &wholeType{name: name, kind: kind, homes: map[*part]bool{}, objects: map[*part]bool{}, views: map[*part]bool{}}
	b.types[name] = t
	b.order = append(b.order, name)
	return t
}

// Names are words, so that schemas of repros can be talked about.
var (
	partNames   = []string{"acorn", "birch", "cedar", "dune", "elm", "fern", "gorse", "hazel"}
	entityNames = []string{"Album", "Boat", "City", "Desk", "Event", "Flag"}
	valueNames  = []string{"Size", "Mood", "Path"}
	fieldNames  = []string{"name", "size", "tag", "mark", "near", "next", "owner", "parts", "rank", "kind", "note", "twin"}
	leafTypes   = []string{"String", "Int", "Float", "Boolean", "ID", "Tone", "JSON", "String", "Int"}
	forms       = []string{"%s", "%s", "%s", "%s!", "%s!", "[%s]", "[%s!]!", "[%s!]", "[[%s]]", "[[%s!]!]"}
	argForms    = []string{"", "", "", "(n: Int)", "(n: Int = 5)", "(n: Int!)", "(on: Boolean! = true)", "(tone: Tone)", "(by: Filter)", "(ids: [ID!])", "(n: Int, text: String = \"a\")"}
	rootArgs    = []string{"", "", "(id: ID)", "(id: ID!, n: Int = 2)", "(by: Filter = {min: 1})"}
)

// draw makes a blueprint.
func draw(rng *rand.Rand, t traits) *blueprint {
	b := &blueprint{rng: rng, alike: t.Errors || t.Absent, types: map[string]*wholeType{}}
	count := 2 + rng.IntN(3)
	if b.chance(25) {
		count = 2 + rng.IntN(len(partNames)-1)
	}
	for _, name := range partNames[:count] {
		b.subs = append(b.subs, &part{name: name, types: map[string]*partType{}, renamed: b.chance(8), old: b.chance(15)})
	}
	b.drawValues()
	b.drawEntities()
	b.drawKeyedInterface()
	b.drawHosts()
	b.drawInterfaces()
	b.drawUnions()
	b.fillEntities()
	b.drawInterfaceObjects()
	b.drawSplits()
	if b.chance(30) {
		b.drawContext()
	}
	for range 1 + rng.IntN(4) {
		b.drawShared()
	}
	for range rng.IntN(4) {
		b.drawOverride()
	}
	for range 1 + rng.IntN(4) {
		b.drawRequires()
	}
	b.drawRoots()
	for range rng.IntN(5) {
		b.drawProvides()
	}
	b.hide()
	b.closeInterfaces()
	return b
}

// drawValues makes value types that every subgraph declares whole.
func (b *blueprint) drawValues() {
	for _, name := range valueNames[:b.rng.IntN(len(valueNames)+1)] {
		t := b.newType(name, ast.Object)
		t.fields = append(t.fields, &wholeField{name: "label", base: "String", form: pick(b, []string{"%s", "%s!"})})
		for _, f := range some(b, fieldNames, 1, 3) {
			t.fields = append(t.fields, &wholeField{name: f, base: pick(b, leafTypes), form: pick(b, forms), args: b.args(15)})
		}
		if len(b.values) > 0 && b.chance(40) {
			t.fields = append(t.fields, &wholeField{name: "inner", base: pick(b, b.values).name, form: pick(b, forms)})
		}
		if b.chance(40) {
			t.fields = append(t.fields, &wholeField{name: "link", base: pick(b, entityNames[:2]), form: pick(b, forms)})
		}
		b.values = append(b.values, t)
	}
}

func (b *blueprint) args(percent int) string {
	if !b.chance(percent) {
		return ""
	}
	return pick(b, argForms)
}

// drawEntities makes the entities and the keys they may be known by.
func (b *blueprint) drawEntities() {
	for _, name := range entityNames[:2+b.rng.IntN(len(entityNames)-1)] {
		t := b.newType(name, ast.Object)
		t.entity = true
		t.keys = []string{"id"}
		t.fields = append(t.fields, &wholeField{name: "id", base: "ID", form: "%s!"})
		b.entities = append(b.entities, t)
		if b.chance(55) {
			continue
		}
		for _, key := range some(b, []string{"code", "org sku", "spot", "refs", "peer"}, 1, 2) {
			b.addKey(t, key)
		}
	}
}

func (b *blueprint) addKey(t *wholeType, key string) {
	leaf := func(name, base string) { t.fields = append(t.fields, &wholeField{name: name, base: base, form: "%s!"}) }
	switch key {
	case "code":
		leaf("code", pick(b, []string{"String", "Int", "ID"}))
	case "org sku":
		leaf("org", "ID")
		leaf("sku", pick(b, []string{"Int", "String", "Tone", "Boolean"}))
	case "spot":
		inner := b.newType(t.name+"Spot", ast.Object)
		inner.fields = []*wholeField{{name: "at", base: "ID", form: "%s!"}, {name: "side", base: "Int", form: "%s!"}, {name: "label", base: "String", form: "%s"}}
		leaf("spot", inner.name)
		key = pick(b, []string{"spot { at }", "spot { at side }"})
	case "refs":
		inner := b.newType(t.name+"Ref", ast.Object)
		inner.fields = []*wholeField{{name: "no", base: "ID", form: "%s!"}, {name: "label", base: "String", form: "%s"}}
		t.fields = append(t.fields, &wholeField{name: "refs", base: inner.name, form: "[%s!]!"})
		key = "refs { no }"
	}
	if key == "peer" {
		if len(b.entities) < 2 {
			return
		}
		leaf("peer", b.entities[0].name)
		key = "peer { id }"
	}
	t.keys = append(t.keys, key)
}

// keyFields are the top-level fields of a key.
func keyFields(key string) []string {
	head, _, nested := strings.Cut(key, " {")
	if nested {
		return []string{head}
	}
	return strings.Fields(key)
}
