package main

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// canDeclare reports whether a subgraph may declare a type: an interface object
// and the members of its interface must not meet in one subgraph.
func (b *blueprint) canDeclare(p *part, name string) bool {
	t := b.types[name]
	switch {
	case t == nil: // scalars, enums, inputs
		return true
	case t == b.keyed:
		return t.homes[p] || t.objects[p] || t.views[p]
	case t.entity:
		return t.family == nil || !t.family.objects[p]
	case t.kind == ast.Object:
		for _, f := range t.fields {
			if !b.canDeclare(p, f.base) {
				return false
			}
		}
		return true
	}
	return slices.ContainsFunc(t.members, func(m string) bool { return b.canDeclare(p, m) })
}

// declare makes sure that a subgraph has a type, and what the type needs.
func (b *blueprint) declare(p *part, name string) *partType {
	whole := b.types[name]
	if whole == nil {
		return nil
	}
	if t := p.types[name]; t != nil {
		return t
	}
	t := &partType{whole: whole, kind: whole.kind}
	p.types[name] = t
	p.order = append(p.order, name)
	switch {
	case whole == b.keyed && whole.views[p]:
		b.declareMembers(p, t)
	case whole == b.keyed:
		b.declareKeyed(p, t)
	case whole.entity:
		b.declareStub(p, t)
	case whole.kind == ast.Object && !whole.split:
		for _, f := range whole.fields {
			t.add(f)
			b.declare(p, f.base)
		}
	case whole.kind == ast.Interface || whole.kind == ast.Union:
		b.declareMembers(p, t)
	}
	return t
}

// declareStub gives an entity one key, often not one to enter by.
func (b *blueprint) declareStub(p *part, t *partType) {
	b.declareKey(p, t, pick(b, b.knownKeys(t.whole)), b.chance(50))
}

// knownKeys are the keys some host can be entered by.
func (b *blueprint) knownKeys(whole *wholeType) []string {
	var keys []string
	for _, host := range whole.hosts {
		for _, k := range host.types[whole.name].keys {
			if k.resolvable && !slices.Contains(keys, k.text) {
				keys = append(keys, k.text)
			}
		}
	}
	if len(keys) == 0 {
		return whole.keys[:1]
	}
	return keys
}

func (b *blueprint) declareKey(p *part, t *partType, key string, resolvable bool) {
	if t.hasKey(key) {
		return
	}
	t.keys = append(t.keys, partKey{key, resolvable})
	for _, name := range keyFields(key) {
		f := t.whole.field(name)
		t.add(f)
		inner := b.declare(p, f.base)
		if inner != nil && inner.whole.entity {
			b.declareKey(p, inner, "id", b.chance(50))
		}
	}
}

// declareMembers chooses which members of an abstract type the subgraph knows.
func (b *blueprint) declareMembers(p *part, t *partType) {
	var able []string
	for _, m := range t.whole.members {
		if b.canDeclare(p, m) {
			able = append(able, m)
		}
	}
	t.members = append(t.members, some(b, able, 1, len(able))...)
	slices.Sort(t.members)
	for _, m := range t.members {
		member := b.declare(p, m)
		if t.kind == ast.Interface {
			member.implements = append(member.implements, t.whole.name)
		}
	}
}

// declareKeyed declares the keyed interface as what it is in this subgraph.
func (b *blueprint) declareKeyed(p *part, t *partType) {
	t.keys = []partKey{{"id", true}}
	t.add(t.whole.field("id"))
	if t.whole.objects[p] {
		t.kind, t.interfaceObject = ast.Object, true
		if b.chance(20) {
			t.keys[0].resolvable = false
		}
		return
	}
	t.members = t.whole.members
	for _, m := range t.members {
		member := b.declare(p, m)
		b.declareKey(p, member, "id", true)
		for i := range member.keys {
			member.keys[i].resolvable = true
		}
		member.implements = append(member.implements, t.whole.name)
	}
}

// own lets a subgraph resolve a field.
func (b *blueprint) own(p *part, whole *wholeType, f *wholeField) *partField {
	if whole.field(f.name) == nil {
		whole.fields = append(whole.fields, f)
	}
	b.declare(p, f.base)
	return b.declare(p, whole.name).add(f)
}
