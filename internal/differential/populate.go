package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// drawKeyedInterface chooses a family of entities, where their interface is an
// interface and where it is an object.
func (b *blueprint) drawKeyedInterface() {
	if !b.chance(45) || len(b.entities) < 3 || len(b.subs) < 2 {
		return
	}
	k := b.newType("Thing", ast.Interface)
	k.keys = []string{"id"}
	k.fields = []*wholeField{{name: "id", base: "ID", form: "%s!"}}
	for _, e := range some(b, b.entities[1:], 2, 3) { // the first stays free for everybody
		e.family = k
		k.members = append(k.members, e.name)
	}
	slices.Sort(k.members)
	subs := some(b, b.subs, 2, 3)
	k.home, k.homes[subs[0]] = subs[0], true
	for _, p := range subs[1:] {
		k.objects[p] = true
	}
	for _, p := range b.subs {
		switch n := b.rng.IntN(100); {
		case slices.Contains(subs, p):
		case n < 30:
			k.views[p] = true
		case n < 60:
			k.homes[p] = true
		}
	}
	b.keyed = k
}

// drawHosts chooses who resolves each entity and by which keys, so that every
// host can be reached from every other.
func (b *blueprint) drawHosts() {
	for i, e := range b.entities {
		var able []*part
		for _, p := range b.subs {
			if b.canDeclare(p, e.name) {
				able = append(able, p)
			}
		}
		hosts := some(b, able, 1, min(4, len(able)))
		if e.family != nil && !slices.Contains(hosts, e.family.home) {
			hosts = append(hosts, e.family.home)
		}
		for _, p := range hosts {
			t := &partType{whole: e, kind: ast.Object}
			p.types[e.name] = t
			p.order = append(p.order, e.name)
			if i == 0 { // others name it by id in their keys
				b.declareKey(p, t, "id", true)
			}
			for _, key := range some(b, e.keys, 1, len(e.keys)) {
				b.declareKey(p, t, key, b.chance(92))
			}
		}
		e.hosts = hosts
		if !connected(e) {
			for _, p := range hosts {
				t := p.types[e.name]
				b.declareKey(p, t, "id", true)
				for i := range t.keys {
					t.keys[i].resolvable = true
				}
			}
		}
	}
	if b.keyed != nil {
		b.declare(b.keyed.home, b.keyed.name)
	}
}

// connected reports whether from every host all others can be entered, the keys
// learnt on the way included.
func connected(e *wholeType) bool {
	for _, from := range e.hosts {
		known := map[string]bool{}
		learn := func(p *part) {
			for _, k := range p.types[e.name].keys {
				known[k.text] = true
			}
		}
		learn(from)
		entered := map[*part]bool{}
		for again := true; again; {
			again = false
			for _, to := range e.hosts {
				if entered[to] {
					continue
				}
				for _, k := range to.types[e.name].keys {
					if k.resolvable && known[k.text] {
						entered[to], again = true, true
						learn(to)
						break
					}
				}
			}
		}
		if len(entered) < len(e.hosts) {
			return false
		}
	}
	return true
}

// drawInterfaces makes interfaces over entities that are all known by id, and
// over value types.
func (b *blueprint) drawInterfaces() {
	var byID []string
	for _, e := range b.entities {
		if len(e.keys) == 1 {
			byID = append(byID, e.name)
		}
	}
	var base *wholeType
	if len(byID) >= 2 && b.chance(40) {
		base = b.newType("Base", ast.Interface)
		base.members = slices.Sorted(slices.Values(byID))
		base.fields = []*wholeField{{name: "id", base: "ID", form: "%s!"}}
		b.interfaces = append(b.interfaces, base)
	}
	for _, name := range []string{"Named", "Ranked"}[:b.rng.IntN(3)] {
		if len(byID) < 2 {
			return
		}
		i := b.newType(name, ast.Interface)
		if b.chance(60) {
			i.parent = base
		}
		i.members = some(b, byID, 2, 4)
		slices.Sort(i.members)
		i.fields = []*wholeField{{name: "id", base: "ID", form: "%s!"}}
		for _, f := range some(b, fieldNames, 1, 2) {
			field := &wholeField{name: f, base: pick(b, leafTypes), form: pick(b, forms)}
			if b.chance(25) {
				field.base = b.entities[0].name
			}
			i.fields = append(i.fields, field)
			for _, m := range i.members {
				b.giveField(b.types[m], field)
			}
		}
		i.fields = slices.DeleteFunc(i.fields, func(f *wholeField) bool {
			return slices.ContainsFunc(i.members, func(m string) bool {
				have := b.types[m].field(f.name)
				return have == nil || have.base != f.base || have.form != f.form || have.args != f.args
			})
		})
		b.interfaces = append(b.interfaces, i)
	}
	if len(b.values) >= 2 && b.chance(40) {
		i := b.newType("Labelled", ast.Interface)
		for _, v := range b.values[:2] {
			i.members = append(i.members, v.name)
		}
		i.fields = []*wholeField{{name: "label", base: "String", form: "%s"}}
		b.interfaces = append(b.interfaces, i)
	}
}

// giveField lets one host of an entity resolve a copy of f, unless the entity
// has a field of this name.
func (b *blueprint) giveField(e *wholeType, f *wholeField) {
	if e.field(f.name) != nil {
		return
	}
	c := *f
	c.plain = true
	var able []*part
	for _, p := range e.hosts {
		if b.canDeclare(p, f.base) {
			able = append(able, p)
		}
	}
	if len(able) > 0 {
		b.own(pick(b, able), e, &c)
	}
}

func (b *blueprint) drawUnions() {
	var candidates []string
	for _, t := range append(slices.Clone(b.entities), b.values...) {
		candidates = append(candidates, t.name)
	}
	for _, name := range []string{"Any", "Either"}[:b.rng.IntN(3)] {
		u := b.newType(name, ast.Union)
		u.members = some(b, candidates, 2, 4)
		slices.Sort(u.members)
		b.unions = append(b.unions, u)
	}
}

// randomField makes a field whose type a subgraph can declare.
func (b *blueprint) randomField(p *part, name string) *wholeField {
	f := &wholeField{name: name, form: pick(b, forms), args: b.args(30), plain: true}
	var bases []string
	switch n := b.rng.IntN(100); {
	case n < 50:
		bases = leafTypes
	case n < 70:
		bases = names(b.entities)
	case n < 80:
		bases = names(b.values)
	case n < 88:
		bases = names(b.interfaces)
	case n < 93 && b.keyed != nil:
		bases = []string{b.keyed.name}
	default:
		bases = names(b.unions)
	}
	bases = slices.DeleteFunc(slices.Clone(bases), func(n string) bool { return !b.canDeclare(p, n) })
	if len(bases) == 0 {
		bases = leafTypes
	}
	f.base = pick(b, bases)
	if t := b.types[f.base]; t != nil && t.kind != ast.Object && b.alike {
		f.form = strings.ReplaceAll(f.form, "!", "") // nobody may resolve any of its types
	}
	return f
}

func names(list []*wholeType) []string {
	var out []string
	for _, t := range list {
		out = append(out, t.name)
	}
	return out
}

// fillEntities gives every entity fields, each resolved by one host.
func (b *blueprint) fillEntities() {
	for _, e := range b.entities {
		for _, name := range some(b, fieldNames, 2, 6) {
			if e.field(name) != nil {
				continue
			}
			p := pick(b, e.hosts)
			b.own(p, e, b.randomField(p, name))
		}
	}
	if b.keyed == nil {
		return
	}
	for _, name := range some(b, []string{"badge", "grade"}, 0, 2) {
		f := &wholeField{name: name, base: pick(b, leafTypes), form: pick(b, forms)}
		b.keyed.fields = append(b.keyed.fields, f)
		b.keyed.home.types[b.keyed.name].add(f)
		for _, m := range b.keyed.members {
			c := *f
			b.own(b.keyed.home, b.types[m], &c)
		}
	}
}

// drawInterfaceObjects adds fields to the keyed interface from the subgraphs
// where it is an object.
func (b *blueprint) drawInterfaceObjects() {
	if b.keyed == nil {
		return
	}
	n := 0
	for _, p := range b.subs {
		if !b.keyed.objects[p] {
			continue
		}
		t := b.declare(p, b.keyed.name)
		if !t.keys[0].resolvable {
			continue
		}
		for range 1 + b.rng.IntN(3) {
			n++
			f := b.randomField(p, fmt.Sprintf("extra%d", n))
			b.keyed.fields = append(b.keyed.fields, f)
			t.add(f)
			b.declare(p, f.base)
			if inputs := b.interfaceInputs(t); len(inputs) > 0 && b.chance(40) {
				in := pick(b, inputs)
				x := t.add(in)
				x.external = true
				b.declare(p, in.base)
				t.field(f.name).directives = append(t.field(f.name).directives, fmt.Sprintf("@requires(fields: %q)", in.name))
				b.markInput(in.name)
			}
		}
	}
}

// interfaceInputs are leaf fields of the keyed interface that its home resolves.
func (b *blueprint) interfaceInputs(t *partType) []*wholeField {
	var list []*wholeField
	for _, f := range b.keyed.home.types[b.keyed.name].fields {
		have := t.field(f.name)
		if f.name != "id" && b.types[f.base] == nil && (have == nil || have.external) {
			list = append(list, f.wholeField)
		}
	}
	return list
}

func (b *blueprint) markInput(name string) {
	for _, m := range append(slices.Clone(b.keyed.members), b.keyed.name) {
		if f := b.types[m].field(name); f != nil {
			f.input = true
		}
	}
}

// drawSplits makes value types whose fields are spread over subgraphs that all
// resolve the one field leading there.
func (b *blueprint) drawSplits() {
	if b.chance(45) {
		e := pick(b, b.entities)
		hosts := slices.DeleteFunc(slices.Clone(e.hosts), func(p *part) bool { return !b.enterable(p, e) })
		if len(hosts) >= 2 {
			b.spread(e, hosts, "Box", "box")
		}
	}
}

// spread makes a split value type below a field that several hosts share; the
// type may hold another one.
func (b *blueprint) spread(owner *wholeType, hosts []*part, suffix, name string) {
	w := b.newType(owner.name+suffix, ast.Object)
	w.split = true
	f := &wholeField{name: name, base: w.name, form: pick(b, []string{"%s", "%s!", "[%s]", "[%s!]!", "[[%s!]]"})}
	owner.fields = append(owner.fields, f)
	hosts = some(b, hosts, 2, 3)
	for i, p := range hosts {
		t := b.declare(p, w.name)
		t.add(b.splitField(w, "common", "String"))
		for j := range 1 + b.rng.IntN(2) {
			t.add(b.splitField(w, fmt.Sprintf("%s%d", fieldNames[i], j), pick(b, leafTypes)))
		}
		if first := b.entities[0]; b.chance(25) && b.canDeclare(p, first.name) {
			lead := b.splitField(w, fmt.Sprintf("lead%d", i), first.name)
			b.declare(p, first.name)
			t.add(lead)
		}
		f.sharedBy = append(f.sharedBy, p)
		p.types[owner.name].add(f).shareable = true
	}
	if suffix == "Box" && b.chance(35) {
		b.spread(w, hosts, "Core", "core")
	}
}

func (b *blueprint) enterable(p *part, e *wholeType) bool {
	return slices.ContainsFunc(p.types[e.name].keys, func(k partKey) bool { return k.resolvable })
}

func (b *blueprint) splitField(w *wholeType, name, base string) *wholeField {
	if f := w.field(name); f != nil {
		return f
	}
	f := &wholeField{name: name, base: base, form: pick(b, []string{"%s", "%s!"})}
	w.fields = append(w.fields, f)
	return f
}

// drawShared lets another host resolve a field too.
func (b *blueprint) drawShared() {
	e, owner, f := b.ownedField()
	if f == nil || len(f.directives) > 0 || f.external {
		return
	}
	for _, p := range some(b, e.hosts, 1, 2) {
		t := p.types[e.name]
		if p == owner || t.field(f.name) != nil || !b.canDeclare(p, f.base) {
			continue
		}
		b.declare(p, f.base)
		c := t.add(f.wholeField)
		c.shareable, f.shareable, f.plain = true, true, false
		if t := p.types[f.base]; t != nil && len(t.members) > 0 && f.as == "" && b.chance(40) {
			c.as = pick(b, t.members)
		}
		if !b.alike && b.types[f.base] == nil && b.chance(30) && strings.HasSuffix(c.form, "s") {
			c.form += "!" // stricter here than in the whole
		}
	}
}

// ownedField returns a field of an entity with the subgraph that resolves it.
func (b *blueprint) ownedField() (*wholeType, *part, *partField) {
	e := pick(b, b.entities)
	p := pick(b, e.hosts)
	t := p.types[e.name]
	var list []*partField
	for _, f := range t.fields {
		if !slices.ContainsFunc(t.keys, func(k partKey) bool { return slices.Contains(keyFields(k.text), f.name) }) &&
			!slices.ContainsFunc(e.keys, func(k string) bool { return slices.Contains(keyFields(k), f.name) }) && !b.types[f.base].isSplit() && !f.fixed {
			list = append(list, f)
		}
	}
	if len(list) == 0 {
		return e, p, nil
	}
	return e, p, pick(b, list)
}

func (t *wholeType) isSplit() bool { return t != nil && t.split }

// drawOverride moves a field from one host to another.
func (b *blueprint) drawOverride() {
	e, owner, f := b.ownedField()
	if f == nil || !f.plain || f.external || len(f.directives) > 0 || !b.enterable(owner, e) {
		return
	}
	b.overrideFrom(e, owner, f)
}

// overrideFrom declares an owner's field in another host, for the owner to take.
func (b *blueprint) overrideFrom(e *wholeType, owner *part, f *partField) {
	for _, p := range e.hosts {
		t := p.types[e.name]
		if p == owner || t.field(f.name) != nil || !b.canDeclare(p, f.base) || !b.enterable(p, e) {
			continue
		}
		b.declare(p, f.base)
		t.add(f.wholeField)
		label := ""
		if b.chance(40) {
			label = fmt.Sprintf(", label: %q", pick(b, []string{"percent(50)", "percent(10)"}))
		}
		f.directives = append(f.directives, fmt.Sprintf("@override(from: %q%s)", p.name, label))
		f.plain, f.moved = false, true
		return
	}
}
