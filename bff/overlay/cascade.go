package overlay

import "github.com/vektah/gqlparser/v2/ast"

// cascade hides what cannot stay because of what is hidden: fields and arguments
// whose type is gone, and types nothing is left of. Something required never
// goes alone: what needs it goes with it.
func (m *model) cascade() {
	for changed := true; changed; {
		changed = false
		for _, t := range m.types {
			if !t.hidden && m.settle(t) {
				changed = true
			}
		}
	}
	for _, t := range m.types {
		if t.hidden && m.isRoot(t) && t.def == m.base.AST.Query {
			m.add(t.at, "nothing of Query is left")
		}
	}
}

// settle looks at one type and reports whether something of it went.
func (m *model) settle(t *typ) bool {
	changed, left := false, 0
	for _, f := range t.fields {
		if f.hidden {
			continue
		}
		if t.def.Kind == ast.InputObject {
			if m.gone(f.typ) {
				f.hidden, changed = true, true
				if f.typ.NonNull && f.def.DefaultValue == nil {
					t.hidden = true
				}
			}
		} else if m.gone(f.typ) || m.settleArguments(f, &changed) {
			if f.path != nil || f.expr != nil {
				m.add(f.at, "%s.%s: its type, or that of a required argument, is hidden", t.name, f.name)
			}
			f.hidden, changed = true, true
		}
		if !f.hidden && !f.given.fixed {
			left++
		}
	}
	for _, v := range t.values {
		if !v.hidden {
			left++
		}
	}
	switch t.def.Kind {
	case ast.Object, ast.Interface, ast.InputObject, ast.Enum:
		t.hidden = t.hidden || left == 0
	case ast.Union:
		for _, name := range t.def.Types {
			if member := m.byBase[name]; member != nil && !member.hidden {
				left++
			}
		}
		t.hidden = left == 0
	case ast.Scalar:
	}
	return changed || t.hidden
}

// settleArguments hides arguments whose type is gone; it reports whether one of
// them is required.
func (m *model) settleArguments(f *field, changed *bool) bool {
	for _, a := range f.args {
		if a.hidden || a.given.fixed || !m.gone(a.typ) {
			continue
		}
		a.hidden, *changed = true, true
		if a.typ.NonNull && (a.def == nil || a.def.DefaultValue == nil) && a.given.json == "" {
			return true
		}
	}
	return false
}

func (m *model) gone(t *ast.Type) bool {
	named := m.byBase[t.Name()]
	return named == nil || named.hidden
}
