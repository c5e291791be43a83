package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkMergedRequires checks every @requires against the merged schema. The
// subgraph that writes it knows only its own declaration of the fields; other
// subgraphs answer, and the merge may have dropped an argument or made one
// required.
func (c *composition) checkMergedRequires() {
	for _, s := range c.subgraphs {
		for _, d := range s.types {
			for _, f := range d.fields {
				if f.requires != nil {
					c.checkRequiresArguments(f, f.requires.selections)
				}
			}
		}
	}
}

func (c *composition) checkRequiresArguments(of *fieldDecl, selections []*selection) {
	for _, sel := range selections {
		if sel.field != nil {
			c.checkRequiredField(of, sel)
		}
		c.checkRequiresArguments(of, sel.selections)
	}
}

func (c *composition) checkRequiredField(of *fieldDecl, sel *selection) {
	t := c.merged.byName[sel.field.owner.name]
	if t == nil {
		return
	}
	f := t.fieldByName[sel.name]
	if f == nil {
		return
	}
	for _, given := range sel.args {
		if f.arg(given.Name) == nil {
			c.failRequires(of, f, fmt.Sprintf("it passes argument %q", given.Name), "does not exist", func(d *fieldDecl) bool { return d.arg(given.Name) == nil })
		}
	}
	for _, a := range f.args {
		if a.required() && sel.args.ForName(a.name) == nil {
			c.failRequires(of, f, fmt.Sprintf("it passes no argument %q", a.name), "is required", func(d *fieldDecl) bool {
				own := d.arg(a.name)
				return own != nil && own.typ.NonNull
			})
		}
	}
}

func (c *composition) failRequires(of *fieldDecl, f *mergedField, what, why string, culprit func(*fieldDecl) bool) {
	var culprits []place
	for _, d := range f.sources {
		if culprit(d) {
			culprits = append(culprits, d.place())
		}
	}
	at := append([]place{{of.owner.subgraph, of.requires.application.pos}}, culprits...)
	c.fail(RequiresInvalidFields, of.coordinate(), fmt.Sprintf(
		"@requires(fields: %s) of %q cannot be fulfilled: %s to %q, which %s in %s. Change the selection, or the argument there.",
		valueText(&ast.Value{Kind: ast.StringValue, Raw: of.requires.text}), of.coordinate(), what, f.coordinate(), why, subgraphNames(culprits)), at...)
}
