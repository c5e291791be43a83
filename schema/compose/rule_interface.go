package compose

import (
	"fmt"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkInterfaceKeys checks that the implementations of an interface with a key
// have that key.
func (c *composition) checkInterfaceKeys(s *subgraph) {
	for _, t := range s.types {
		if t.kind != ast.Interface {
			continue
		}
		for _, k := range t.keys {
			c.checkInterfaceKey(t, k)
		}
	}
}

func (c *composition) checkInterfaceKey(t *typeDecl, k *key) {
	var missing, unresolvable []string
	at := []place{{t.subgraph, k.application.pos}}
	var missingAt, unresolvableAt []place
	if k.fields.broken {
		return
	}
	want := k.fields.canonical()
	for _, object := range t.subgraph.possible(t) {
		found, resolvable := false, false
		for _, own := range object.keys {
			if own.fields.broken || own.fields.canonical() == want {
				found, resolvable = true, own.resolvable
				break
			}
		}
		switch {
		case !found:
			missing, missingAt = append(missing, object.name), append(missingAt, object.place())
		case k.resolvable && !resolvable:
			unresolvable, unresolvableAt = append(unresolvable, object.name), append(unresolvableAt, object.place())
		}
	}
	switch {
	case len(missing) > 0:
		c.fail(InterfaceKeyNotOnImplementation, t.name, fmt.Sprintf(
			"The interface %s has the key %s, which its implementations %s lack. Add the same @key to them.",
			quote(t.name), quote(k.fields.text), join(missing)), append(at, missingAt...)...)
	case len(unresolvable) > 0:
		c.fail(InterfaceKeyNotOnImplementation, t.name, fmt.Sprintf(
			"The interface %s has the resolvable key %s, which is resolvable: false on %s. Make it resolvable there, or resolvable: false on the interface.",
			quote(t.name), quote(k.fields.text), join(unresolvable)), append(at, unresolvableAt...)...)
	}
}

// canonical returns a text that is equal for field sets that select the same.
func (f *fieldSet) canonical() string { return canonicalSelections(f.selections) }

// canonicalSelections writes selections sorted, equal ones merged.
func canonicalSelections(list []*selection) string {
	below := map[string][]*selection{}
	for _, sel := range list {
		label := sel.name
		if label == "" {
			label = "... on " + sel.on.name
		}
		for _, a := range sel.args {
			label += "(" + a.Name + ":" + a.Value.String() + ")"
		}
		below[label] = append(below[label], sel.selections...)
	}
	labels := make([]string, 0, len(below))
	for label := range below {
		labels = append(labels, label)
	}
	sort.Strings(labels)
	var b strings.Builder
	for i, label := range labels {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(label)
		if sub := below[label]; len(sub) > 0 {
			b.WriteString("{" + canonicalSelections(sub) + "}")
		}
	}
	return b.String()
}

// checkInterfaceObjects checks that interface objects are entities.
func (c *composition) checkInterfaceObjects(s *subgraph) {
	for _, t := range s.types {
		if t.interfaceObject && len(t.keys) == 0 {
			c.fail(InterfaceObjectUsage, t.name, fmt.Sprintf(
				"%s is an @interfaceObject, but has no @key in this subgraph, so its objects cannot be found. Add the key of the interface.",
				quote(t.name)), t.place())
		}
	}
}

// checkAuthOnInterfaces reports authorization directives where they would mean
// several types at once.
func (c *composition) checkAuthOnInterfaces(s *subgraph) {
	for _, id := range []directiveID{idAuthenticated, idRequiresScopes, idPolicy} {
		for _, t := range s.types {
			if t.kind == ast.Interface || t.interfaceObject {
				c.rejectAuth(s, t.name, t.directives.all(id))
			}
			if t.kind == ast.Interface {
				for _, f := range t.fields {
					c.rejectAuth(s, f.coordinate(), f.directives.all(id))
				}
			}
		}
	}
}

func (c *composition) rejectAuth(s *subgraph, coordinate string, list applications) {
	for _, a := range list {
		c.fail(AuthOnInterface, coordinate, fmt.Sprintf(
			"@%s cannot be used on %s: an interface gets the requirements of its implementations. Put it on them.", a.name, quote(coordinate)),
			place{s, a.pos})
	}
}
