package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// mergeInterfaces merges interfaces together with the interface objects that
// stand for them.
func (m *merger) mergeInterfaces() {
	for _, t := range m.graph.types {
		if t.kind != ast.Interface {
			continue
		}
		m.mergeType(t)
		keyed := m.checkInterfaceKeys(t)
		m.checkInterfaceObjects(t)
		m.addFields(t)
		for _, f := range t.fields {
			if !keyed {
				m.hintMissingField(f)
			}
			m.mergeField(f, m.resolveOverrides(f))
		}
		m.dropUntyped(t)
	}
}

// checkInterfaceKeys reports whether some subgraph has a key on the interface.
// Where it is resolvable, the subgraph must know every implementation: it is
// asked for the type of any object.
func (m *merger) checkInterfaceKeys(t *mergedType) bool {
	keyed := false
	for _, s := range t.sources {
		if s.kind != ast.Interface {
			continue
		}
		keyed = keyed || s.directives.has(idKey)
		k := resolvableKey(s)
		if k == nil {
			continue
		}
		if missing := missingImplementations(t, s); len(missing) > 0 {
			m.fail(InterfaceKeyMissingImplementation, t.name, fmt.Sprintf(
				"Interface %q has a resolvable @key in subgraph %q, so that subgraph must define every implementation; it lacks %s. Define them there, or set resolvable: false.",
				t.name, s.subgraph.name, typeNames(missing)), append([]place{{s.subgraph, k.pos}}, declarations(missing)...)...)
		}
	}
	return keyed
}

// resolvableKey returns the first @key without resolvable: false.
func resolvableKey(s *typeDecl) *application {
	for _, a := range s.directives {
		if a.id == idKey {
			if r := a.arg("resolvable"); r == nil || r.Raw != "false" {
				return a
			}
		}
	}
	return nil
}

func missingImplementations(t *mergedType, s *typeDecl) []*mergedType {
	known := map[string]bool{}
	for _, i := range s.implementations {
		known[i.name] = true
	}
	var missing []*mergedType
	for _, i := range t.implementations {
		if !known[i.name] {
			missing = append(missing, i)
		}
	}
	return missing
}

// typeNames returns the names in quotes, as many as one sentence bears.
func typeNames(types []*mergedType) string {
	text := ""
	for i, t := range types {
		if i == maxNames {
			return text + " and others"
		}
		if i > 0 {
			text += ", "
		}
		text += `"` + t.name + `"`
	}
	return text
}

// declarations returns where the types are declared.
func declarations(types []*mergedType) []place {
	var all []place
	for _, t := range types {
		all = append(all, t.places()...)
	}
	return all
}
