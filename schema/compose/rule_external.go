package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkExternals reports external fields of interfaces, and external fields
// nothing uses.
func (c *composition) checkExternals(s *subgraph) {
	for _, t := range s.types {
		if t.kind != ast.Interface {
			continue
		}
		for _, f := range t.fields {
			if f.external {
				c.fail(ExternalOnInterface, f.coordinate(), fmt.Sprintf(
					"%s is a field of an interface, which no subgraph resolves, so it cannot be @external. Mark the fields of the implementations.",
					quote(f.coordinate())), f.place())
			}
		}
	}
	s.eachField(func(f *fieldDecl) {
		if f.external && !f.used {
			c.fail(ExternalUnused, f.coordinate(), fmt.Sprintf(
				"%s is @external, but no @key, @requires, @provides or @fromContext selects it and no interface needs it. Remove the field, or @external.",
				quote(f.coordinate())), f.place())
		}
	})
}
