package operation

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// text prints the selection set of __schema or __type with named fragments
// inlined. Fields may appear more than once: the source that answers merges
// them as the specification says.
func (l *lowering) text(x *node) string {
	p := &printer{l: l}
	p.write("{")
	for _, s := range x.sources {
		// A directive stands once at a place, so each condition opens a fragment.
		closing := ""
		for bit, name := range l.n.conditions {
			if s.when.Set&(1<<bit) != 0 {
				p.write(" ... @include(if: ")
				p.variable(name)
				p.write(") {")
				closing += " }"
			}
			if s.when.Clear&(1<<bit) != 0 {
				p.write(" ... @skip(if: ")
				p.variable(name)
				p.write(") {")
				closing += " }"
			}
		}
		p.set(s.set, 1)
		p.write(closing)
	}
	p.write(" }")
	l.hash.string(p.canonical.String())
	return p.text.String()
}

// printer writes the text and, beside it, the text with variables numbered
// instead of named.
type printer struct {
	l               *lowering
	text, canonical strings.Builder
}

func (p *printer) write(s string) {
	p.text.WriteString(s)
	p.canonical.WriteString(s)
}

func (p *printer) variable(name string) {
	p.text.WriteString("$" + name)
	p.canonical.WriteString("$" + strconv.Itoa(p.l.variable(name)))
}

func (p *printer) value(v *ast.Value) {
	p.text.WriteString(v.String())
	p.canonical.WriteString(p.l.numbered(v))
}

// set prints selections, each after a space.
func (p *printer) set(set ast.SelectionSet, depth int) {
	if most := p.l.n.limits.Nesting; depth > most {
		p.l.n.fail(tooLarge("levels of fields", most))
		return
	}
	for _, sel := range set {
		if !p.l.n.count() {
			return
		}
		p.write(" ")
		switch sel := sel.(type) {
		case *ast.Field:
			p.field(sel, depth)
		case *ast.InlineFragment:
			p.fragment(sel.TypeCondition, sel.Directives, sel.SelectionSet, depth)
		case *ast.FragmentSpread:
			if def := p.l.n.fragments[sel.Name]; def != nil {
				p.fragment(def.TypeCondition, sel.Directives, def.SelectionSet, depth)
			}
		}
	}
}

func (p *printer) field(f *ast.Field, depth int) {
	if f.Alias != f.Name {
		p.write(f.Alias + ": ")
	}
	p.write(f.Name)
	if len(f.Arguments) > 0 {
		p.write("(")
		for i, a := range f.Arguments {
			if i > 0 {
				p.write(", ")
			}
			p.write(a.Name + ": ")
			p.value(a.Value)
		}
		p.write(")")
	}
	p.directives(f.Directives)
	if len(f.SelectionSet) > 0 {
		p.write(" {")
		p.set(f.SelectionSet, depth+1)
		p.write(" }")
	}
}

func (p *printer) fragment(condition string, directives ast.DirectiveList, set ast.SelectionSet, depth int) {
	p.write("...")
	if condition != "" {
		p.write(" on " + condition)
	}
	p.directives(directives)
	p.write(" {")
	p.set(set, depth+1)
	p.write(" }")
}

// directives prints @skip and @include; others have no effect here.
func (p *printer) directives(list ast.DirectiveList) {
	for _, d := range list {
		if arg := d.Arguments.ForName("if"); arg != nil && (d.Name == "skip" || d.Name == "include") {
			p.write(" @" + d.Name + "(if: ")
			p.value(arg.Value)
			p.write(")")
		}
	}
}
