package compose

import (
	"fmt"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

// checkInterfaceObjects reports a subgraph that has an interface object and
// one of the types it stands for.
func (m *merger) checkInterfaceObjects(t *mergedType) {
	for _, s := range t.objects {
		var defined []*mergedType
		var at []place
		for _, i := range t.implementations {
			if d := s.subgraph.typeByName[i.name]; d != nil {
				defined = append(defined, i)
				at = append(at, d.place())
			}
		}
		if len(defined) > 0 {
			m.fail(InterfaceObjectUsage, t.name, fmt.Sprintf(
				"Type %q is an @interfaceObject in subgraph %q, where it stands for every implementation; so that subgraph must not define %s. Move their fields elsewhere, or declare the interface itself.",
				t.name, s.subgraph.name, typeNames(defined)), append([]place{s.place()}, at...)...)
		}
	}
}

// standIns returns the interface object fields that stand for a field in
// subgraphs that do not know its type, in subgraph order.
//
//	a: interface Media { id } type Book implements Media { id stars }
//	b: type Media @interfaceObject { id stars }      stands for Book.stars in b
func (m *merger) standIns(f *mergedField) []*fieldDecl {
	if f.owner.kind != ast.Object {
		return nil
	}
	var found []*fieldDecl
	for _, i := range f.owner.interfaces {
		for _, o := range i.objects {
			if f.owner.everywhere || o.subgraph.typeByName[f.owner.name] != nil {
				continue
			}
			if d := o.fieldByName[f.name]; d != nil {
				found = append(found, d)
			}
		}
	}
	if len(found) > 1 {
		sort.SliceStable(found, func(i, j int) bool { return found[i].owner.subgraph.index < found[j].owner.subgraph.index })
	}
	return found
}

// providedByInterfaceObject reports whether some subgraph resolves the field
// for all implementations of the interface.
func (m *merger) providedByInterfaceObject(i *mergedType, field string) bool {
	for _, o := range i.objects {
		if d := o.fieldByName[field]; d != nil && !d.external {
			return true
		}
	}
	return false
}

// addInterfaceObjectFields gives implementations the fields that interface
// objects resolve for them. Such a field is a copy of the merged interface
// field; no subgraph declares it where it stands.
func (m *merger) addInterfaceObjectFields() {
	for _, t := range m.graph.types {
		if t.kind != ast.Object {
			continue
		}
		for _, i := range t.interfaces {
			if len(i.objects) == 0 {
				continue
			}
			for _, f := range i.fields {
				if m.providedByInterfaceObject(i, f.name) {
					m.addStandIn(t, f)
				}
			}
		}
	}
}

func (m *merger) addStandIn(t *mergedType, of *mergedField) {
	f := t.fieldByName[of.name]
	switch {
	case f == nil:
		f = &mergedField{owner: t, name: of.name, typ: of.typ, description: of.description, args: of.args, stands: true}
		m.copyApplied(f, of)
		t.fieldByName[f.name] = f
		t.fields = append(t.fields, f)
		m.checkSharing(f, nil)
	case !f.stands && allExternal(f.sources) && len(f.joins) > 0:
		m.copyApplied(f, of)
	}
}

// copyApplied copies the directives of an interface field, but for access
// requirements: those follow from the interface objects and from what else the
// type implements.
func (m *merger) copyApplied(f, of *mergedField) {
	flowing := m.mergeApplied(f.coordinate(), nil, m.auth[authTarget{f.owner.name, f.name}])
	for _, a := range flowing {
		if findApplied(f.applied, a.id) == nil {
			f.applied = append(f.applied, a)
		}
	}
	for _, a := range of.applied {
		if !requirement(a.id) && !hasApplied(f.applied, a) {
			f.applied = append(f.applied, a)
		}
	}
}

func hasApplied(list []applied, a applied) bool {
	for _, b := range list {
		if a.name == b.name && argumentsText(a.args) == argumentsText(b.args) {
			return true
		}
	}
	return false
}
