package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

var keywords = map[ast.DefinitionKind]string{
	ast.Scalar:      "scalar",
	ast.Object:      "type",
	ast.Interface:   "interface",
	ast.Union:       "union",
	ast.Enum:        "enum",
	ast.InputObject: "input",
}

func (p *supergraphPrinter) typ(t *mergedType) {
	p.description("", t.description)
	p.write(keywords[t.kind], " ", t.name)
	for i, iface := range t.interfaces {
		if i == 0 {
			p.write(" implements ")
		} else {
			p.write(" & ")
		}
		p.write(iface.name)
	}
	p.write("\n")
	p.typeDirectives(t)
	switch t.kind {
	case ast.Object, ast.Interface:
		p.block(len(t.fields), func(i int) { p.field(t.fields[i]) })
	case ast.InputObject:
		p.block(len(t.inputs), func(i int) { p.input(t.inputs[i]) })
	case ast.Enum:
		p.block(len(t.values), func(i int) { p.value(t.values[i]) })
	case ast.Union:
		for i, m := range t.members {
			if i == 0 {
				p.write("  = ")
			} else {
				p.write(" | ")
			}
			p.write(m)
		}
		p.write("\n")
	}
	p.write("\n")
}

func (p *supergraphPrinter) block(n int, write func(i int)) {
	p.write("{\n")
	for i := range n {
		write(i)
	}
	p.write("}\n")
}

func (p *supergraphPrinter) field(f *mergedField) {
	p.description("  ", f.description)
	p.write("  ", f.name)
	p.arguments(f.args, "  ")
	p.write(": ", f.typ.String())
	if f.stands {
		p.write(" @join__field")
	}
	p.joins(f.joins)
	for _, j := range f.joined {
		p.write(" ", joinDirectiveText(j))
	}
	p.appliedInline(f.applied)
	p.write("\n")
}

// arguments writes arguments in one line, or one a line if one of them has a
// description.
func (p *supergraphPrinter) arguments(args []*mergedArg, indent string) {
	if len(args) == 0 {
		return
	}
	described := false
	for _, a := range args {
		described = described || a.description != ""
	}
	p.write("(")
	for i, a := range args {
		switch {
		case described:
			p.write("\n")
			p.description(indent+"  ", a.description)
			p.write(indent, "  ")
		case i > 0:
			p.write(", ")
		}
		p.write(a.name, ": ", a.typ.String())
		p.defaultValue(a.value)
		p.appliedInline(a.applied)
	}
	if described {
		p.write("\n", indent)
	}
	p.write(")")
}

func (p *supergraphPrinter) defaultValue(v *ast.Value) {
	if v != nil {
		p.write(" = ")
		writeValue(&p.b, v)
	}
}

func (p *supergraphPrinter) input(f *mergedInput) {
	p.description("  ", f.description)
	p.write("  ", f.name, ": ", f.typ.String())
	p.defaultValue(f.value)
	p.joins(f.joins)
	p.appliedInline(f.applied)
	p.write("\n")
}

func (p *supergraphPrinter) value(v *mergedValue) {
	p.description("  ", v.description)
	p.write("  ", v.name)
	for _, s := range v.sources {
		p.write(" @join__enumValue(graph: ", s.owner.subgraph.enum, ")")
	}
	p.appliedInline(v.applied)
	p.write("\n")
}
