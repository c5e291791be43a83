package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// drawRequires adds a computed field whose inputs other subgraphs resolve.
func (b *blueprint) drawRequires() {
	e := pick(b, b.entities)
	p := pick(b, e.hosts)
	t := p.types[e.name]
	if !b.enterable(p, e) {
		return
	}
	var inputs []*wholeField
	for _, f := range e.fields {
		if have := t.field(f.name); have == nil && b.resolvedElsewhere(e, p, f) && b.canRequire(p, f) {
			inputs = append(inputs, f)
		}
	}
	if len(inputs) == 0 {
		return
	}
	var parts []string
	for _, f := range some(b, inputs, 1, 3) {
		parts = append(parts, b.require(p, t, f))
	}
	name := fmt.Sprintf("calc%d", len(e.fields))
	f := &wholeField{name: name, base: pick(b, leafTypes), form: pick(b, forms), args: b.args(20)}
	own := b.own(p, e, f)
	own.directives = append(own.directives, fmt.Sprintf("@requires(fields: %q)", strings.Join(parts, " ")))
	if b.chance(20) {
		b.overrideFrom(e, p, own)
	}
}

// resolvedElsewhere reports whether an enterable host other than p resolves f.
func (b *blueprint) resolvedElsewhere(e *wholeType, p *part, f *wholeField) bool {
	for _, host := range e.hosts {
		if have := host.types[e.name].field(f.name); host != p && have != nil && !have.external && b.enterable(host, e) {
			return true
		}
	}
	return false
}

// canRequire reports whether p can name f as an input.
func (b *blueprint) canRequire(p *part, f *wholeField) bool {
	t := b.types[f.base]
	return b.canDeclare(p, f.base) && (t == nil || !t.split) && !f.fixed
}

// require declares an input as external and returns how it is selected.
func (b *blueprint) require(p *part, t *partType, f *wholeField) string {
	f.input = true
	x := t.add(f)
	x.external = true
	b.declare(p, f.base)
	text := f.name + b.requiredArgs(f)
	inner := b.types[f.base]
	if inner == nil {
		return text
	}
	return text + " { " + strings.Join(b.requiredBelow(p, inner), " ") + " }"
}

// requiredArgs gives literal arguments, always where one is required.
func (b *blueprint) requiredArgs(f *wholeField) string {
	switch {
	case f.args == "" || b.chance(40) && !strings.Contains(f.args, "n: Int!"):
		return ""
	case strings.HasPrefix(f.args, "(n: Int"):
		return fmt.Sprintf("(n: %d)", b.rng.IntN(4))
	case strings.HasPrefix(f.args, "(on:"):
		return "(on: false)"
	case strings.HasPrefix(f.args, "(tone:"):
		return "(tone: PALE)"
	case strings.HasPrefix(f.args, "(ids:"):
		return "(ids: [7])"
	}
	return ""
}

// requiredBelow selects one or two leaves inside an input that is an object.
func (b *blueprint) requiredBelow(p *part, t *wholeType) []string {
	here := b.declare(p, t.name)
	if t == b.keyed {
		return []string{"id"}
	}
	if len(here.members) > 0 {
		return b.requiredByType(p, here)
	}
	if !t.entity {
		var leaves []*wholeField
		for _, f := range t.fields {
			if b.types[f.base] == nil {
				leaves = append(leaves, f)
			}
		}
		var out []string
		for _, f := range some(b, leaves, 1, 2) {
			f.input = true
			out = append(out, f.name+b.requiredArgs(f))
		}
		return out
	}
	out := []string{keyText(here)}
	for _, f := range t.fields {
		if b.types[f.base] == nil && here.field(f.name) == nil && b.resolvedElsewhere(t, p, f) && b.chance(40) && len(out) < 3 {
			f.input = true
			here.add(f).external = true
			b.declare(p, f.base)
			out = append(out, f.name+b.requiredArgs(f))
		}
	}
	return out
}

// requiredByType selects inside the members of an abstract type.
func (b *blueprint) requiredByType(p *part, here *partType) []string {
	var out []string
	if b.chance(40) {
		out = append(out, "__typename")
	}
	for _, m := range some(b, here.members, 1, 2) {
		out = append(out, "... on "+m+" { "+strings.Join(b.requiredBelow(p, b.types[m]), " ")+" }")
	}
	return out
}

func keyText(t *partType) string { return t.keys[0].text }

// drawProvides lets a field's subgraph give fields of the entity it leads to.
func (b *blueprint) drawProvides() {
	p := pick(b, b.subs)
	var leads []*partField
	for _, name := range p.order {
		t := p.types[name]
		if t.kind != ast.Object || !t.whole.entity && t.whole.name != "Query" {
			continue
		}
		for _, f := range t.fields {
			if target := p.types[f.base]; target != nil && (target.whole.entity || len(target.members) > 0) && target.whole != b.keyed &&
				!f.external && !f.shareable && !f.moved && f.as == "" && len(f.directives) == 0 {
				leads = append(leads, f)
			}
		}
	}
	if len(leads) == 0 {
		return
	}
	lead := pick(b, leads)
	target := p.types[lead.base]
	given := b.provided(p, target)
	for _, m := range target.members {
		if below := b.provided(p, p.types[m]); len(below) > 0 && b.types[m].entity {
			given = append(given, "... on "+m+" { "+strings.Join(below, " ")+" }")
		}
	}
	if len(given) > 0 {
		lead.directives = append(lead.directives, fmt.Sprintf("@provides(fields: %q)", strings.Join(given, " ")))
	}
}

// provided declares up to two fields of an entity as external and returns how
// they are selected.
func (b *blueprint) provided(p *part, t *partType) []string {
	var given []string
	e := t.whole
	if !e.entity {
		return nil
	}
	for _, key := range e.keys { // a key that opens other subgraphs
		if f := e.field(key); f != nil && b.types[f.base] == nil && t.field(key) == nil && slices.Contains(b.knownKeys(e), key) && b.chance(30) {
			t.add(f).external = true
			given = append(given, key)
		}
	}
	for _, f := range e.fields {
		owner := b.soleOwner(e, f)
		if owner == nil || owner == t || f.args != "" || len(given) == 2 {
			continue
		}
		text := f.name
		if value := b.types[f.base]; value != nil {
			if value.kind != ast.Object || value.entity || value.split || !b.canDeclare(p, f.base) {
				continue
			}
			text += " { label }"
			if value.field("label") == nil {
				continue
			}
		}
		if have := t.field(f.name); have != nil && !have.external || len(owner.field(f.name).directives) > 0 {
			continue
		}
		t.add(f).external = true
		b.declare(p, f.base)
		owner.field(f.name).shareable = true
		given = append(given, text)
	}
	return given
}

// soleOwner returns the one host that resolves a field, nil if there are more
// or the field is part of a key.
func (b *blueprint) soleOwner(e *wholeType, f *wholeField) *partType {
	for _, k := range e.keys {
		if slices.Contains(keyFields(k), f.name) {
			return nil
		}
	}
	var owner *partType
	for _, p := range b.subs {
		t := p.types[e.name]
		if t == nil {
			continue
		}
		if have := t.field(f.name); have != nil && !have.external {
			if owner != nil {
				return nil
			}
			owner = t
		}
	}
	return owner
}

// drawRoots gives the subgraphs root fields.
func (b *blueprint) drawRoots() {
	query := b.newType("Query", ast.Object)
	n := 0
	root := func(p *part, whole *wholeType, prefix string) {
		n++
		f := b.randomField(p, fmt.Sprintf("%s%d", prefix, n))
		if b.chance(60) {
			var able []string
			for _, e := range b.entities {
				if b.canDeclare(p, e.name) {
					able = append(able, e.name)
				}
			}
			if len(able) > 0 {
				f.base = pick(b, able)
			}
		}
		f.args = pick(b, rootArgs)
		b.ownRoot(p, whole, f)
	}
	for i, p := range b.subs {
		for range b.rng.IntN(4) {
			root(p, query, "get")
		}
		if i == 0 {
			root(p, query, "get")
		}
	}
	if b.chance(30) {
		subscription := b.newType("Subscription", ast.Object)
		for range 1 + b.rng.IntN(2) {
			root(pick(b, b.subs), subscription, "on")
		}
	}
	b.shareRoots(query)
	if b.chance(30) {
		b.spreadRoot(query)
	}
	if !b.chance(40) {
		return
	}
	mutation := b.newType("Mutation", ast.Object)
	for _, p := range some(b, b.subs, 1, 3) {
		for range 1 + b.rng.IntN(2) {
			root(p, mutation, "do")
		}
	}
}

// spreadRoot makes a split value type below a root field.
func (b *blueprint) spreadRoot(query *wholeType) {
	var hosts []*part
	for _, p := range b.subs {
		if p.types["Query"] != nil {
			hosts = append(hosts, p)
		}
	}
	if len(hosts) >= 2 {
		b.spread(query, hosts, "Box", "hall")
	}
}

func (b *blueprint) ownRoot(p *part, whole *wholeType, f *wholeField) {
	if whole.field(f.name) == nil {
		whole.fields = append(whole.fields, f)
	}
	t := p.types[whole.name]
	if t == nil {
		t = &partType{whole: whole, kind: ast.Object}
		p.types[whole.name] = t
		p.order = append(p.order, whole.name)
	}
	b.declare(p, f.base)
	t.add(f)
}

// shareRoots lets a second subgraph resolve a root field.
func (b *blueprint) shareRoots(query *wholeType) {
	for _, f := range slices.Clone(query.fields) {
		if !b.chance(15) {
			continue
		}
		p := pick(b, b.subs)
		if !b.canDeclare(p, f.base) || p.types["Query"] != nil && p.types["Query"].field(f.name) != nil {
			continue
		}
		b.ownRoot(p, query, f)
		for _, other := range b.subs {
			if t := other.types["Query"]; t != nil && t.field(f.name) != nil {
				t.field(f.name).shareable = true
			}
		}
	}
}

// hide makes a few fields inaccessible to clients; subgraphs go on using them.
func (b *blueprint) hide() {
	if !b.chance(30) {
		return
	}
	for _, e := range b.entities {
		for _, f := range e.fields {
			if f.name != "id" && b.chance(15) && !b.inInterface(e.name, f.name) {
				f.hidden = true
			}
		}
	}
}

func (b *blueprint) inInterface(typeName, field string) bool {
	for _, name := range b.order {
		i := b.types[name]
		if i.kind == ast.Interface && slices.Contains(i.members, typeName) && i.field(field) != nil {
			return true
		}
	}
	return false
}

// closeInterfaces lets whoever implements an interface implement its parent.
func (b *blueprint) closeInterfaces() {
	for _, p := range b.subs {
		for _, name := range slices.Clone(p.order) {
			t := p.types[name]
			parent := t.whole.parent
			if parent == nil {
				continue
			}
			base := p.types[parent.name]
			if base == nil {
				base = &partType{whole: parent, kind: ast.Interface}
				p.types[parent.name] = base
				p.order = append(p.order, parent.name)
			}
			t.implements = append(t.implements, parent.name)
			for _, m := range t.members {
				if !slices.Contains(base.members, m) {
					base.members = append(base.members, m)
					p.types[m].implements = append(p.types[m].implements, parent.name)
				}
			}
		}
	}
}
