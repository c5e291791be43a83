package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// header imports everything; what is not used does no harm.
const header = `schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject", "@inaccessible", "@context", "@fromContext"])`

// rootNames are the root types of the whole.
var rootNames = []string{"Query", "Mutation", "Subscription"}

// printHeader extends the schema, or defines it where root types are renamed.
func printHeader(p *part) string {
	if p.federation1() {
		return ""
	}
	var roots []string
	for _, name := range rootNames {
		if p.renamed && p.types[name] != nil {
			roots = append(roots, strings.ToLower(name)+": "+p.rootName(name))
		}
	}
	if len(roots) == 0 {
		return "extend " + header + "\n"
	}
	return header + " { " + strings.Join(roots, " ") + " }\n"
}

// federation1 reports whether the subgraph is printed without @link, which it
// can be when it uses nothing that came with Federation 2.
func (p *part) federation1() bool {
	if !p.old || p.renamed {
		return false
	}
	for _, t := range p.types {
		if t.interfaceObject || t.context != "" || slices.ContainsFunc(t.keys, func(k partKey) bool { return !k.resolvable }) {
			return false
		}
		for _, f := range t.fields {
			if f.shareable || f.hidden || slices.ContainsFunc(f.directives, func(d string) bool { return strings.HasPrefix(d, "@override") }) {
				return false
			}
		}
	}
	return true
}

// rootName is what a type is called in this subgraph.
func (p *part) rootName(name string) string {
	if p.renamed && slices.Contains(rootNames, name) {
		return "The" + name
	}
	return name
}

// commonTypes are the leaf and input types, declared where they are used.
var commonTypes = map[string]string{
	"Tone":   "enum Tone { DARK LIGHT PALE }\n",
	"JSON":   "scalar JSON\n",
	"Filter": "input Filter { min: Int = 3 tags: [String!] tone: Tone }\n",
}

// subgraphs prints the subgraphs that declare anything, by name.
func (b *blueprint) subgraphs() map[string]string {
	out := map[string]string{}
	for _, p := range b.subs {
		if len(p.order) > 0 {
			out[p.name] = printHeader(p) + b.printPart(p)
		}
	}
	return out
}

func (b *blueprint) printPart(p *part) string {
	var s strings.Builder
	order := slices.Clone(p.order)
	slices.Sort(order)
	for _, name := range order {
		t := p.types[name]
		if t.kind == ast.Interface {
			b.fillInterface(p, t)
		}
		printType(&s, t, p)
	}
	return withCommon(s.String(), s.String())
}

// withCommon adds the leaf and input types that mentions names.
func withCommon(text, mentions string) string {
	if strings.Contains(mentions, "Filter") {
		text += commonTypes["Filter"]
		mentions += commonTypes["Filter"]
	}
	for _, name := range []string{"JSON", "Tone"} {
		if strings.Contains(mentions, name) {
			text += commonTypes[name]
		}
	}
	return text
}

// fillInterface gives an interface the fields all its members resolve here.
func (b *blueprint) fillInterface(p *part, t *partType) {
	for _, f := range t.whole.fields {
		everywhere := true
		for _, m := range t.members {
			have := p.types[m].field(f.name)
			everywhere = everywhere && have != nil && !have.external
		}
		if everywhere {
			t.add(f)
		}
	}
}

// printType prints a type of a subgraph with its directives, or, without a
// subgraph, as clients see it.
func printType(s *strings.Builder, t *partType, p *part) {
	name := t.whole.name
	if p != nil {
		name = p.rootName(name)
	}
	keyword := map[ast.DefinitionKind]string{ast.Object: "type", ast.Interface: "interface", ast.Union: "union"}[t.kind]
	fmt.Fprintf(s, "%s %s", keyword, name)
	if len(t.implements) > 0 {
		names := slices.Clone(t.implements)
		slices.Sort(names)
		fmt.Fprintf(s, " implements %s", strings.Join(names, " & "))
	}
	for _, k := range t.keys {
		if k.resolvable {
			fmt.Fprintf(s, " @key(fields: %q)", k.text)
		} else {
			fmt.Fprintf(s, " @key(fields: %q, resolvable: false)", k.text)
		}
	}
	if t.interfaceObject {
		s.WriteString(" @interfaceObject")
	}
	if t.context != "" {
		fmt.Fprintf(s, " @context(name: %q)", t.context)
	}
	if t.kind == ast.Union {
		fmt.Fprintf(s, " = %s\n", strings.Join(t.members, " | "))
		return
	}
	root := slices.Contains(rootNames, t.whole.name)
	if p != nil && !p.federation1() && t.kind == ast.Object && !t.whole.entity && !root && !t.interfaceObject {
		s.WriteString(" @shareable")
	}
	s.WriteString(" {\n")
	for _, f := range t.fields {
		if p != nil || !f.hidden {
			printField(s, t, f, p)
		}
	}
	s.WriteString("}\n")
}

// printField prints a field as printType does its type.
func printField(s *strings.Builder, t *partType, f *partField, p *part) {
	args := f.args
	if p != nil && f.ownArgs != "" {
		args = f.ownArgs
	}
	fmt.Fprintf(s, "  %s%s: %s", f.name, args, f.typeText())
	var directives []string
	switch {
	case t.kind != ast.Object:
	case f.external:
		directives = append([]string{"@external"}, f.directives...)
	default:
		directives = slices.Clone(f.directives)
		if f.shareable {
			directives = append(directives, "@shareable")
		}
		if f.hidden {
			directives = append(directives, "@inaccessible")
		}
	}
	for _, d := range directives {
		s.WriteString(" " + d)
	}
	s.WriteString("\n")
}

// whole prints the unsplit schema: all that the subgraphs declare together.
func (b *blueprint) whole() string {
	merged := map[string]*partType{}
	for _, p := range b.subs {
		for _, name := range p.order {
			mergeInto(merged, name, p.types[name])
		}
	}
	if b.keyed != nil && merged[b.keyed.name] != nil {
		for _, m := range b.keyed.members {
			for _, f := range merged[b.keyed.name].fields {
				merged[m].add(f.wholeField)
			}
		}
	}
	var s strings.Builder
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		printType(&s, merged[name], nil)
	}
	var mentions strings.Builder // by hidden fields too: what they name stays visible
	for _, p := range b.subs {
		mentions.WriteString(b.printPart(p))
	}
	return withCommon(s.String(), mentions.String())
}

// mergeInto adds a subgraph's declaration of a type to the whole's, without
// directives.
func mergeInto(merged map[string]*partType, name string, t *partType) {
	m := merged[name]
	if m == nil {
		m = &partType{whole: t.whole, kind: t.whole.kind}
		merged[name] = m
	}
	for _, f := range t.fields {
		m.add(f.wholeField)
	}
	for _, i := range t.implements {
		if !slices.Contains(m.implements, i) {
			m.implements = append(m.implements, i)
		}
	}
	for _, member := range t.members {
		if !slices.Contains(m.members, member) {
			m.members = append(m.members, member)
		}
	}
	slices.Sort(m.members)
}
