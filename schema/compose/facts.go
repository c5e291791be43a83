package compose

import (
	"github.com/vektah/gqlparser/v2/ast"
)

// fieldSets are the resolved selections of a subgraph, each read once. Those
// whose argument is no string are not among them.
type fieldSets struct {
	keys     []*usedSet
	requires []*usedSet
	provides []*usedSet
}

// usedSet is one @key, @requires or @provides application.
type usedSet struct {
	application *application
	// owner is the type of a @key, on the type the selection is read on: the
	// owner, for @provides the field's type. It is nil if that is no composite.
	owner *typeDecl
	field *fieldDecl // nil for @key
	on    *typeDecl
	text  string
	// notString: the argument is no string literal, so nothing is resolved.
	notString bool
	*resolved
}

// collectSets reads all field sets.
func (s *subgraph) collectSets() *fieldSets {
	sets := &fieldSets{}
	for _, t := range s.types {
		if t.kind != ast.Object && t.kind != ast.Interface {
			continue
		}
		for _, a := range t.directives {
			if a.id == idKey {
				sets.keys = append(sets.keys, s.readSet(a, t, nil, t))
			}
		}
		for _, f := range t.fields {
			for _, a := range f.directives {
				switch a.id {
				case idRequires:
					sets.requires = append(sets.requires, s.readSet(a, t, f, t))
				case idProvides:
					on := s.typeByName[f.typ.Name()]
					if on != nil && !composite(on.kind) {
						on = nil
					}
					sets.provides = append(sets.provides, s.readSet(a, t, f, on))
				default: // keys stand on types, other directives have no field set
				}
			}
		}
	}
	return sets
}

func (s *subgraph) readSet(a *application, owner *typeDecl, f *fieldDecl, on *typeDecl) *usedSet {
	set := &usedSet{application: a, owner: owner, field: f, on: on, resolved: &resolved{}}
	var ok bool
	if set.text, ok = a.fieldsText(); !ok {
		set.notString = true
		return set
	}
	if on != nil {
		set.resolved = s.resolveSelection(on, set.text)
	}
	return set
}

// externalFacts computes external, fakeExternal and provided of every field.
// typesToo says whether @external on a type counts, which it did not in
// federation 1.
func (s *subgraph) externalFacts(sets *fieldSets, typesToo bool) {
	s.eachField(func(f *fieldDecl) { f.external, f.fakeExternal, f.provided = false, false, false })
	for _, set := range sets.keys {
		if !set.onExtension() {
			continue
		}
		for _, f := range set.targets {
			if f.directives.has(idExternal) {
				f.fakeExternal = true
			}
		}
	}
	for _, set := range sets.provides {
		withImplementations(set.targets, func(f *fieldDecl) { f.provided = true })
	}
	s.eachField(func(f *fieldDecl) {
		marked := f.directives.has(idExternal) || typesToo && f.owner.kind == ast.Object && f.owner.directives.has(idExternal)
		f.external = marked && !f.fakeExternal
	})
}

// onExtension reports whether a key stands on an extension, or on a type that
// says @extends.
func (set *usedSet) onExtension() bool {
	b := set.application.block
	return b != nil && b.extension || set.owner.extends
}

// usedFacts computes used of every field. External facts need not be known.
func (s *subgraph) usedFacts(sets *fieldSets) {
	s.eachField(func(f *fieldDecl) { f.used = false })
	use := func(f *fieldDecl) { f.used = true }
	for _, list := range [][]*usedSet{sets.keys, sets.requires, sets.provides} {
		for _, set := range list {
			withImplementations(set.targets, use)
		}
	}
	for _, targets := range s.contextTargets() {
		withImplementations(targets, use)
	}
	for _, t := range s.types {
		if t.kind != ast.Interface {
			continue
		}
		for _, implementation := range t.implementations {
			if implementation.kind != ast.Object {
				continue
			}
			for _, f := range t.fields {
				if g := implementation.fieldByName[f.name]; g != nil {
					g.used = true
				}
			}
		}
	}
}

// shareableFacts computes shareable of every field. External facts must be
// known.
func (s *subgraph) shareableFacts(sets *fieldSets) {
	s.eachField(func(f *fieldDecl) { f.shareable = f.markedShareable() })
	for _, set := range sets.keys {
		withImplementations(set.targets, func(f *fieldDecl) { f.shareable = true })
	}
	for _, set := range sets.provides {
		if set.owner.kind != ast.Object {
			continue
		}
		withImplementations(set.targets, func(f *fieldDecl) { f.shareable = f.shareable || f.external })
	}
}

// markedShareable reports whether the field is marked itself, or its block is.
// A mark on a definition does not cover an extension, nor the other way round.
func (f *fieldDecl) markedShareable() bool {
	if f.owner.kind != ast.Object {
		return false
	}
	if f.directives.has(idShareable) {
		return true
	}
	for _, a := range f.owner.directives {
		if a.id == idShareable && a.block == f.block {
			return true
		}
	}
	return false
}

// fill puts keys, requires, provides, override and contexts into the model.
func (s *subgraph) fill(sets *fieldSets) {
	s.eachField(func(f *fieldDecl) {
		f.requires, f.provides, f.override = nil, nil, nil
		if a := f.directives.first(idOverride); a != nil {
			f.override = &override{from: a.text("from"), label: a.text("label"), application: a}
		}
	})
	for _, t := range s.types {
		t.keys, t.contexts = nil, nil
		for _, a := range t.directives {
			if a.id == idContext {
				t.contexts = append(t.contexts, a.text("name"))
			}
		}
	}
	for _, set := range sets.keys {
		set.owner.keys = append(set.owner.keys, &key{
			fields: set.fieldSet(), resolvable: !isFalse(set.application.arg("resolvable")),
			extension: set.onExtension(), application: set.application,
		})
	}
	for _, set := range sets.requires {
		set.field.requires = set.fieldSet()
	}
	for _, set := range sets.provides {
		set.field.provides = set.fieldSet()
	}
}

func isFalse(v *ast.Value) bool { return v != nil && v.Kind == ast.BooleanValue && v.Raw == "false" }

func (set *usedSet) fieldSet() *fieldSet {
	return &fieldSet{
		text: set.text, parent: set.on, selections: set.selections, application: set.application,
		broken: set.notString || set.missing != "" || set.wrong != "",
	}
}

// eachField visits every output field in source order.
func (s *subgraph) eachField(visit func(*fieldDecl)) {
	for _, t := range s.types {
		for _, f := range t.fields {
			visit(f)
		}
	}
}
