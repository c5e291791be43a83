package overlay

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// requirement is what a client's field asks for: all that the fields it is made
// of ask for, and the types it passes. Its own type asks beside it, as for any
// field.
func (m *model) requirement(t *typ, f *field) schema.Requirement {
	if f.path == nil && f.expr == nil {
		if f.id == schema.NoField {
			return nil
		}
		return m.g.Requirements[m.g.Fields[f.id].Requirement]
	}
	var all []schema.Requirement
	visit := func(owner *typ, read *field, passed bool) {
		all = append(all, m.fieldRequirements(owner, read.def.Name)...)
		if passed {
			all = append(all, m.typeRequirements(m.byBase[read.def.Type.Name()])...)
		}
	}
	if f.path != nil {
		for i := range f.path.steps {
			s := &f.path.steps[i]
			visit(s.owner, s.field, i < len(f.path.steps)-1)
			if s.where != nil {
				visit(m.byBase[s.field.def.Type.Name()], s.where, true)
			}
		}
	} else {
		m.eachUse(t, f.expr.uses, func(owner *typ, read *field) { visit(owner, read, true) })
	}
	if len(all) == 0 {
		return nil
	}
	return all[0].And(all[1:]...)
}

// fieldRequirements are those of a field, and of the same field of every type
// that an interface stands for.
func (m *model) fieldRequirements(owner *typ, name string) []schema.Requirement {
	out := m.fieldRequirement(nil, owner.id, name)
	if owner.def.Kind != ast.Object {
		for id := range m.g.Types[owner.id].Possible.All() {
			out = m.fieldRequirement(out, schema.TypeID(id), name)
		}
	}
	return out
}

func (m *model) fieldRequirement(out []schema.Requirement, owner schema.TypeID, name string) []schema.Requirement {
	if id := m.g.FieldNamed(owner, name); id != schema.NoField && m.g.Fields[id].Requirement > 0 {
		out = append(out, m.g.Requirements[m.g.Fields[id].Requirement])
	}
	return out
}

// typeRequirements are those of a type, and of every type it can stand for.
func (m *model) typeRequirements(t *typ) []schema.Requirement {
	var out []schema.Requirement
	add := func(id schema.TypeID) {
		if r := m.g.Types[id].Requirement; r > 0 {
			out = append(out, m.g.Requirements[r])
		}
	}
	if t == nil || t.id == schema.NoType {
		return nil
	}
	add(t.id)
	if t.def.Kind == ast.Interface || t.def.Kind == ast.Union {
		for id := range m.g.Types[t.id].Possible.All() {
			add(schema.TypeID(id))
		}
	}
	return out
}
