package compose

import (
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkShareable reports @shareable where it means nothing: twice on one
// declaration, and on fields of interfaces.
func (c *composition) checkShareable(s *subgraph) {
	for _, t := range s.types {
		if t.kind == ast.Object {
			c.checkRepeatedShareable(t.subgraph, t.name, t.directives)
		}
		for _, f := range t.fields {
			if t.kind == ast.Object {
				c.checkRepeatedShareable(s, f.coordinate(), f.directives)
				continue
			}
			for _, a := range f.directives.all(idShareable) {
				c.fail(InvalidShareableUsage, f.coordinate(), fmt.Sprintf(
					"%s is a field of an interface and cannot be @shareable. Mark the fields of the implementations.", quote(f.coordinate())),
					place{s, a.pos})
			}
		}
	}
}

func (c *composition) checkRepeatedShareable(s *subgraph, coordinate string, list applications) {
	seen := map[*block]bool{}
	for _, a := range list {
		if a.id != idShareable {
			continue
		}
		if seen[a.block] {
			c.fail(InvalidShareableUsage, coordinate, fmt.Sprintf(
				"@shareable occurs twice on the same declaration of %s. Remove one; it is repeatable only to mark extensions too.", quote(coordinate)),
				place{s, a.pos})
			return
		}
		seen[a.block] = true
	}
}

// checkTagDefinition checks a definition of @tag that the SDL brings along
// against the newest version of its spec.
func (c *composition) checkTagDefinition(s *subgraph) {
	expected := book().find(tagIdentity, version{0, 3}).directive("tag")
	for _, d := range s.document.Directives {
		if s.identify(d.Name) != idTag {
			continue
		}
		name := d.Arguments.ForName("name")
		ok := len(d.Arguments) == 1 && name != nil && sameType(name.Type, expected.Arguments[0].Type)
		for _, l := range d.Locations {
			ok = ok && slices.Contains(expected.Locations, l)
		}
		if !ok {
			c.fail(DirectiveDefinitionInvalid, "@"+d.Name, fmt.Sprintf(
				"The definition of @%s must be @tag(name: String!) on some of %s. Remove the definition: the directive is known.",
				d.Name, locationList(expected.Locations)), place{s, d.Position})
		}
	}
}
