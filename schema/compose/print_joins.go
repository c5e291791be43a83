package compose

import (
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// typeDirectives writes what stands on a type, a line each.
func (p *supergraphPrinter) typeDirectives(t *mergedType) {
	for _, s := range t.sources {
		for _, r := range s.interfaces {
			p.write("  @join__implements(graph: ", s.subgraph.enum, `, interface: "`, r.name, "\")\n")
		}
	}
	p.joinTypes(t)
	for _, s := range t.sources {
		for _, r := range s.members {
			p.write("  @join__unionMember(graph: ", s.subgraph.enum, `, member: "`, r.name, "\")\n")
		}
	}
	for _, j := range t.joined {
		p.write("  ", joinDirectiveText(j), "\n")
	}
	if t.oneOf {
		p.write("  @oneOf\n")
	}
	for _, a := range t.applied {
		p.write("  ")
		p.applied(a)
		p.write("\n")
	}
}

// joinTypes writes a @join__type per subgraph and key.
func (p *supergraphPrinter) joinTypes(t *mergedType) {
	if !t.everywhere {
		for _, s := range t.sources {
			p.joinType(s.subgraph, s)
		}
		return
	}
	for _, s := range p.c.subgraphs {
		p.joinType(s, s.typeByName[t.name])
	}
}

func (p *supergraphPrinter) joinType(s *subgraph, d *typeDecl) {
	if d == nil || len(d.keys) == 0 {
		p.write("  @join__type(graph: ", s.enum)
		if d != nil && d.interfaceObject {
			p.write(", isInterfaceObject: true")
		}
		p.write(")\n")
		return
	}
	for _, k := range d.keys {
		p.write("  @join__type(graph: ", s.enum, ", key: ")
		writeString(&p.b, k.fields.text)
		if k.extension {
			p.write(", extension: true")
		}
		if r := k.application.arg("resolvable"); r != nil {
			p.write(", resolvable: ", r.Raw)
		}
		if d.interfaceObject {
			p.write(", isInterfaceObject: true")
		}
		p.write(")\n")
	}
}

func (p *supergraphPrinter) joins(joins []joinField) {
	for _, j := range joins {
		p.write(" @join__field(graph: ", j.subgraph.enum)
		p.fieldSet("requires", j.requires)
		p.fieldSet("provides", j.provides)
		if j.typ != nil {
			p.write(`, type: "`, j.typ.String(), `"`)
		}
		if j.external {
			p.write(", external: true")
		}
		if j.override != "" {
			p.write(", override: ")
			writeString(&p.b, j.override)
		}
		if j.usedOverridden {
			p.write(", usedOverridden: true")
		}
		if j.label != "" {
			p.write(", overrideLabel: ")
			writeString(&p.b, j.label)
		}
		p.contexts(j)
		p.write(")")
	}
}

func (p *supergraphPrinter) fieldSet(name string, s *fieldSet) {
	if s != nil {
		p.write(", ", name, ": ")
		writeString(&p.b, s.text)
	}
}

func (p *supergraphPrinter) contexts(j joinField) {
	for i, a := range j.contexts {
		if i == 0 {
			p.write(", contextArguments: [")
		} else {
			p.write(", ")
		}
		p.write("{context: ")
		writeString(&p.b, supergraphContext(j.subgraph, a.fromContext.context))
		p.write(`, name: "`, a.name, `", type: "`, a.typ.String(), `", selection: `)
		writeString(&p.b, a.fromContext.selection)
		p.write("}")
	}
	if len(j.contexts) > 0 {
		p.write("]")
	}
}

func joinDirectiveText(j joinDirective) string {
	var b strings.Builder
	b.WriteString("@join__directive(graphs: [")
	for i, s := range j.graphs {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(s.enum)
	}
	b.WriteString(`], name: "` + j.name + `"`)
	if len(j.args) > 0 {
		object := &ast.Value{Kind: ast.ObjectValue}
		for _, a := range j.args {
			object.Children = append(object.Children, &ast.ChildValue{Name: a.Name, Value: a.Value})
		}
		b.WriteString(", args: ")
		writeValue(&b, object)
	}
	b.WriteString(")")
	return b.String()
}
