package main

import (
	"fmt"
	"strings"
)

// drawContext lets a field take an argument from an object above it. The type
// with that field is reached in no other way, as the rules want it.
func (b *blueprint) drawContext() {
	e := pick(b, b.entities)
	p := pick(b, e.hosts)
	t := p.types[e.name]
	if p.old || !b.enterable(p, e) {
		return
	}
	var props []*partField
	for _, f := range t.fields {
		if b.types[f.base] == nil && f.args == "" && !f.external && len(f.directives) == 0 && !f.shareable {
			props = append(props, f)
		}
	}
	if len(props) == 0 {
		return
	}
	prop := pick(b, props)
	prop.input = true
	nook := b.newType("Nook", "OBJECT")
	nook.entity, nook.keys = true, []string{"id"}
	nook.fields = []*wholeField{{name: "id", base: "ID", form: "%s!"}}
	nook.hosts = append([]*part{p}, some(b, others(b.subs, p), 0, 2)...)
	for _, host := range nook.hosts {
		here := &partType{whole: nook, kind: nook.kind}
		host.types[nook.name] = here
		host.order = append(host.order, nook.name)
		b.declareKey(host, here, "id", true)
	}
	for i, host := range nook.hosts {
		b.own(host, nook, b.randomField(host, fmt.Sprintf("part%d", i)))
	}
	own := b.own(p, nook, &wholeField{name: "ctx", base: pick(b, leafTypes), form: "%s", args: b.args(30), fixed: true})
	own.ownArgs = withArgument(own.args, fmt.Sprintf("scope: %s @fromContext(field: \"$scope { %s }\")", nullable(prop), prop.name))
	b.own(p, e, &wholeField{name: "nook", base: nook.name, form: pick(b, forms), fixed: true})
	t.context = "scope"
}

func others(list []*part, but *part) []*part {
	var out []*part
	for _, p := range list {
		if p != but {
			out = append(out, p)
		}
	}
	return out
}

// withArgument adds an argument to a list of them.
func withArgument(args, more string) string {
	if args == "" {
		return "(" + more + ")"
	}
	return args[:len(args)-1] + ", " + more + ")"
}

// nullable is a field's type without any non-null, as contexts are.
func nullable(f *partField) string { return strings.ReplaceAll(f.typeText(), "!", "") }
