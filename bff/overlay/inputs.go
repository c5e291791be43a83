package overlay

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// nameInputs reads the names of input fields, and which of them clients have:
// constants anywhere in the file depend on it.
func (m *model) nameInputs(t *typ, ext *ast.Definition) {
	for _, f := range ext.Fields {
		on := ext.Name + "." + f.Name
		a := m.applied(f.Directives, onInputField, on)
		from, to, _ := a.renamed(f.Name)
		have := t.base(from)
		if have == nil {
			m.add(f.Position, "%s: the graph's %s has no field %s%s", on, t.def.Name, from, t.nearField(from))
			continue
		}
		m.sameType(f.Type, have.typ, f.Position, on)
		have.name, have.at = to, f.Position
		have.hidden = a.get(hideDirective) != nil
		have.given.fixed = a.get(fixedDirective) != nil
	}
}

// extendInput reads what stands for the values of input fields.
func (m *model) extendInput(t *typ, ext *ast.Definition) {
	for _, f := range ext.Fields {
		on := ext.Name + "." + f.Name
		a := applied{m, f.Directives, on}
		from, _, _ := quiet(a).renamed(f.Name)
		have := t.base(from)
		if have == nil {
			continue
		}
		have.given = m.readGiven(a, f.DefaultValue, have.typ, on)
		if have.hidden && have.given.json == "" && have.typ.NonNull && have.def.DefaultValue == nil {
			m.add(f.Position, "@hide on %s: it is required, so it needs @fixed", on)
		}
	}
}

// quiet is a with its mistakes told to nobody: they were before.
func quiet(a applied) applied {
	m := *a.m
	m.list = nil
	a.m = &m
	return a
}

// base returns the member the graph calls name, nil if there is none.
func (t *typ) base(name string) *field {
	for _, f := range t.fields {
		if f.def != nil && f.def.Name == name {
			return f
		}
	}
	return nil
}

// sameType checks that a type written in the file is the graph's.
func (m *model) sameType(written, have *ast.Type, at *ast.Position, on string) {
	if b := m.baseType(written); b == nil || b.String() != have.String() {
		m.add(at, "%s is of type %s in the graph, not %s", on, m.clientType(have), written)
	}
}

// readGiven reads @default and @fixed of an argument or input field, or its
// default in GraphQL's own form.
func (m *model) readGiven(a applied, written *ast.Value, t *ast.Type, on string) given {
	var out given
	fixed, fallback := a.get(fixedDirective), a.get(defaultDirective)
	if fixed != nil && (fallback != nil || written != nil) {
		m.add(fixed.Position, "@fixed on %s leaves nothing to default", on)
		return out
	}
	switch {
	case fixed != nil:
		out.fixed = true
		v := a.value(fixed)
		if v == nil {
			return out
		}
		if claim, ok := claimOf(v); ok {
			if out.claim = claim; !m.takesClaim(t) {
				m.add(v.Position, "@fixed on %s: a claim cannot be a %s", on, m.clientType(t))
			}
			return out
		}
		out.json = m.constant(v, t, "@fixed on "+on)
	case fallback != nil:
		out.fallback = a.value(fallback)
		out.json = m.constant(out.fallback, t, "@default on "+on)
		if written != nil {
			m.add(fallback.Position, "@default on %s: it has a default already", on)
		}
	case written != nil:
		out.fallback = written
		out.json = m.constant(written, t, "the default of "+on)
	}
	return out
}

// claimOf recognises {claim: "name"}.
func claimOf(v *ast.Value) (string, bool) {
	if v.Kind != ast.ObjectValue || len(v.Children) != 1 || v.Children[0].Name != "claim" {
		return "", false
	}
	c := v.Children[0].Value
	return c.Raw, c.Kind == ast.StringValue && c.Raw != ""
}

// takesClaim reports whether a value of type t can come from a claim: scalars,
// enums, and lists of them.
func (m *model) takesClaim(t *ast.Type) bool {
	for t.Elem != nil {
		t = t.Elem
	}
	named := m.byBase[t.NamedType]
	return named != nil && (named.def.Kind == ast.Scalar || named.def.Kind == ast.Enum)
}
