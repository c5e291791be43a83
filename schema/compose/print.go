package compose

import (
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// supergraphPrinter writes the merged schema as supergraph SDL: the schema
// definition with its links, directive definitions by name, types by name.
// Everything else keeps the order of the merge, so equal input gives equal
// bytes.
type supergraphPrinter struct {
	b        strings.Builder
	c        *composition
	g        *supergraph
	features []*featureLink
}

// printSupergraph returns the supergraph SDL.
func (c *composition) printSupergraph() string {
	p := &supergraphPrinter{c: c, g: c.merged, features: c.linkedFeatures()}
	size := 0
	for _, in := range c.inputs {
		size += len(in.SDL)
	}
	p.b.Grow(2 * size) // about what @join__ adds
	p.schema()
	p.definitions()
	p.types()
	return strings.TrimRight(p.b.String(), "\n") + "\n"
}

func (p *supergraphPrinter) write(texts ...string) {
	for _, t := range texts {
		p.b.WriteString(t)
	}
}

func (p *supergraphPrinter) schema() {
	p.description("", p.g.description)
	p.write("schema\n", `  @link(url: "`, linkIdentity, `/v1.0")`, "\n")
	p.write(`  @link(url: "`, joinIdentity, "/", p.c.specs.join.String(), `", for: EXECUTION)`, "\n")
	for _, f := range p.features {
		p.write("  ", linkText(f), "\n")
	}
	for _, j := range p.g.joined {
		p.write("  ", joinDirectiveText(j), "\n")
	}
	for _, a := range p.g.applied {
		p.write("  ")
		p.applied(a)
		p.write("\n")
	}
	p.write("{\n  query: Query\n")
	for _, root := range []string{"Mutation", "Subscription"} {
		if t := p.g.byName[root]; t != nil && t.kind == ast.Object {
			p.write("  ", strings.ToLower(root), ": ", root, "\n")
		}
	}
	p.write("}\n\n")
}

// definitions writes directive definitions: of the specs and of the merge.
func (p *supergraphPrinter) definitions() {
	texts := append(joinDefinitions(p.c.specs.join), `directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA`)
	for _, f := range p.features {
		texts = append(texts, f.definitionTexts(p.g)...)
	}
	if p.g.usesOneOf() {
		// Built in since 2025; readers that are older know it by this.
		texts = append(texts, "directive @oneOf on INPUT_OBJECT")
	}
	sort.Strings(texts)
	merged := p.g.definitions
	for _, text := range texts {
		for len(merged) > 0 && "directive @"+merged[0].name < text {
			p.definition(merged[0])
			merged = merged[1:]
		}
		p.write(text, "\n\n")
	}
	for _, d := range merged {
		p.definition(d)
	}
}

func (p *supergraphPrinter) definition(d *mergedDefinition) {
	p.description("", d.description)
	p.write("directive @", d.name)
	p.arguments(d.args, "")
	if d.repeatable {
		p.write(" repeatable")
	}
	p.write(" on ", locationList(d.locations), "\n\n")
}

// types writes types by name: those of the specs and those of the merge.
func (p *supergraphPrinter) types() {
	type named struct {
		name  string
		write func()
	}
	list := make([]named, 0, len(p.g.types)+8)
	for _, t := range p.g.types {
		list = append(list, named{t.name, func() { p.typ(t) }})
	}
	for _, t := range append(joinTypes(p.c.specs.join, p.c.subgraphs), p.featureTypes()...) {
		if p.g.byName[t.name] == nil {
			list = append(list, named{t.name, func() { p.write(t.text, "\n\n") }})
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].name < list[j].name })
	for _, t := range list {
		t.write()
	}
}

func (p *supergraphPrinter) featureTypes() []specType {
	var types []specType
	for _, f := range p.features {
		types = append(types, f.typeTexts()...)
	}
	return types
}

// description writes a description before an element, if there is one.
func (p *supergraphPrinter) description(indent, text string) {
	if text == "" {
		return
	}
	if !plainBlock(text) {
		p.write(indent)
		writeString(&p.b, text)
		p.write("\n")
		return
	}
	p.write(indent, `"""`, "\n")
	for _, line := range strings.Split(strings.ReplaceAll(text, `"""`, `\"""`), "\n") {
		if line != "" {
			p.write(indent, line)
		}
		p.write("\n")
	}
	p.write(indent, `"""`, "\n")
}

// plainBlock reports whether a block string gives the text back unchanged:
// blank lines at the ends and common indentation would be lost.
func plainBlock(text string) bool {
	lines := strings.Split(text, "\n")
	flush := false
	for i, line := range lines {
		blank := strings.Trim(line, " \t") == ""
		if blank && (i == 0 || i == len(lines)-1 || line != "") {
			return false
		}
		flush = flush || !blank && line[0] != ' ' && line[0] != '\t'
		for _, r := range line {
			if r < ' ' && r != '\t' || r == 0x7f {
				return false
			}
		}
	}
	return flush
}

func (p *supergraphPrinter) applied(a applied) {
	p.write("@", a.name)
	if len(a.args) > 0 {
		p.write("(", argumentsText(a.args), ")")
	}
}

func (p *supergraphPrinter) appliedInline(list []applied) {
	for _, a := range list {
		p.write(" ")
		p.applied(a)
	}
}
