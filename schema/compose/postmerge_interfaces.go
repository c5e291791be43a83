package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkImplementations reports interface fields that an implementation lacks:
// it implements the interface only where the interface has no such field.
func (c *composition) checkImplementations() {
	for _, t := range c.merged.types {
		if t.kind != ast.Object && t.kind != ast.Interface {
			continue
		}
		for _, i := range t.interfaces {
			for _, f := range i.fields {
				if t.fieldByName[f.name] == nil {
					c.failNotImplemented(t, i, f)
				}
			}
		}
	}
}

func (c *composition) failNotImplemented(t, i *mergedType, f *mergedField) {
	var with, implementing []place
	for _, d := range f.sources {
		if d.owner.kind == ast.Interface {
			with = append(with, d.place())
		}
	}
	for _, s := range t.sources {
		for _, r := range s.interfaces {
			if r.name == i.name {
				implementing = append(implementing, s.place())
			}
		}
	}
	c.fail(InterfaceFieldNoImplem, t.name+"."+f.name, fmt.Sprintf(
		"Interface field %q is declared in %s, but type %q, which implements %q in %s, has no field %q. Add it there, or remove it from the interface.",
		f.coordinate(), subgraphNames(with), t.name, i.name, subgraphNames(implementing), f.name), append(implementing, with...)...)
}
