package compose

import "github.com/vektah/gqlparser/v2/ast"

// authTarget is an element that requirements flow to: a type, or a field of it.
type authTarget struct{ typ, field string }

// requirement reports whether a directive restricts access.
func requirement(id directiveID) bool {
	return id == idAuthenticated || id == idRequiresScopes || id == idPolicy
}

// flowAuth finds what each element owes to others, so that no requirement can
// be circumvented by another path to the same data:
//
//	object type, object field   up to the interfaces the type implements
//	interface object field      down to that field of every implementation, and
//	                            up again to what else those implement
//
// The parts it notes are merged with the element's own.
func (m *merger) flowAuth() {
	m.auth = map[authTarget][]part{}
	if m.specs.byID[idAuthenticated] == nil && m.specs.byID[idRequiresScopes] == nil && m.specs.byID[idPolicy] == nil {
		return
	}
	for _, s := range m.subgraphs {
		for _, d := range s.types {
			t := m.graph.byName[d.name]
			if d.kind != ast.Object || t == nil {
				continue
			}
			if restricted(d.directives) && t.kind == ast.Object {
				m.flowUp(t, "", part{s, nil, d.directives, d.pos})
			}
			for _, f := range d.fields {
				if f.external || !restricted(f.directives) {
					continue
				}
				p := part{s, nil, f.directives, f.pos}
				if t.kind == ast.Interface {
					m.flowDown(t, f.name, p)
				} else {
					m.flowUp(t, f.name, p)
				}
			}
		}
	}
}

func restricted(l applications) bool {
	for _, a := range l {
		if requirement(a.id) {
			return true
		}
	}
	return false
}

func (m *merger) owe(typ, field string, p part) {
	target := authTarget{typ, field}
	m.auth[target] = append(m.auth[target], p)
}

func (m *merger) flowUp(t *mergedType, field string, p part) {
	for _, i := range t.interfaces {
		m.owe(i.name, field, p)
	}
}

func (m *merger) flowDown(from *mergedType, field string, p part) {
	others := map[string]bool{}
	for _, t := range from.implementations {
		m.owe(t.name, field, p)
		for _, i := range t.interfaces {
			if i != from && !others[i.name] {
				others[i.name] = true
				m.owe(i.name, field, p)
			}
		}
	}
}
