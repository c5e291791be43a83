package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// mergeObjects merges object types: fields unite, and every field that several
// subgraphs resolve must be shareable in all of them.
func (m *merger) mergeObjects() {
	for _, t := range m.graph.types {
		if t.kind != ast.Object {
			continue
		}
		m.mergeType(t)
		value := !m.hintEntity(t) && !t.root()
		m.addFields(t)
		for _, f := range t.fields {
			if value {
				m.hintMissingField(f)
			}
			o := m.resolveOverrides(f)
			if t.name == "Subscription" {
				m.checkSubscriptionField(f)
			}
			m.mergeField(f, o)
			m.checkSharing(f, o)
		}
		m.dropUntyped(t)
	}
}

// dropUntyped removes the fields whose merge failed so early that they have no
// type. An error was reported for each.
func (m *merger) dropUntyped(t *mergedType) {
	kept := t.fields[:0]
	for _, f := range t.fields {
		if f.typ == nil {
			delete(t.fieldByName, f.name)
			continue
		}
		kept = append(kept, f)
	}
	t.fields = kept
}

// hintEntity reports whether the type has a key in some subgraph, with a hint
// if not in all.
func (m *merger) hintEntity(t *mergedType) bool {
	var with, lack []place
	for _, s := range t.sources {
		if s.directives.has(idKey) {
			with = append(with, s.place())
		} else {
			lack = append(lack, s.place())
		}
	}
	if len(with) > 0 && len(lack) > 0 {
		m.hint(HintEntity, t.name, fmt.Sprintf("Type %q has a @key in %s but not in %s. Entities can be entered only where they have one.",
			t.name, subgraphNames(with), subgraphNames(lack)), append(with, lack...)...)
	}
	return len(with) > 0
}
