package compose

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// addFields makes a field for every field some source declares, with its
// declarations.
func (m *merger) addFields(t *mergedType) {
	t.fieldByName = map[string]*mergedField{}
	for _, s := range t.sources {
		for _, d := range s.fields {
			f := t.fieldByName[d.name]
			if f == nil {
				f = &mergedField{owner: t, name: d.name}
				t.fieldByName[d.name] = f
				t.fields = append(t.fields, f)
			}
			f.sources = append(f.sources, d)
		}
	}
}

// mergeField merges an output field. Where all declarations are external it
// must be an interface object that resolves it: then their type is the field's
// type, and all else comes from the interface.
func (m *merger) mergeField(f *mergedField, o *overrides) {
	resolved := m.notExternal(f)
	standIns := m.standIns(f)
	if len(resolved) == 0 && allExternal(standIns) {
		m.failExternalEverywhere(f, standIns)
		return
	}
	m.checkExternalDirectives(f)
	typed := resolved
	if len(resolved) == 0 {
		typed = f.sources
	} else {
		parts := m.fieldParts(resolved)
		f.description = m.mergeDescription(f.coordinate(), parts)
		f.applied = m.mergeApplied(f.coordinate(), parts, m.auth[authTarget{f.owner.name, f.name}])
		f.args = m.mergeArguments(f.coordinate(), fieldArguments(resolved))
	}
	same := m.mergeFieldType(f, typed)
	if len(resolved) < len(f.sources) {
		m.checkExternals(f, same)
	}
	if o.any() || m.needsJoin(f, same) {
		f.joins = m.joinFields(f, same, o)
	}
	f.joined = m.joinDirectives(m.fieldParts(f.sources))
}

// notExternal returns the declarations that take part in the merge.
func (m *merger) notExternal(f *mergedField) []*fieldDecl {
	for i, d := range f.sources {
		if !d.external {
			continue
		}
		resolved := append([]*fieldDecl(nil), f.sources[:i]...)
		for _, rest := range f.sources[i+1:] {
			if !rest.external {
				resolved = append(resolved, rest)
			}
		}
		return resolved
	}
	return f.sources
}

func allExternal(fields []*fieldDecl) bool {
	for _, d := range fields {
		if !d.external {
			return false
		}
	}
	return true
}

// mergeFieldType merges the declared types and notes the use of an enum. It
// reports whether all are the same.
func (m *merger) mergeFieldType(f *mergedField, declared []*fieldDecl) bool {
	types := make([]typed, len(declared))
	for i, d := range declared {
		types[i] = typed{d.typ, d.place()}
	}
	var outcome typeOutcome
	f.typ, outcome = m.mergeTypes(types, output)
	m.noteEnum(f.typ, output, f.coordinate(), types[0].at)
	switch outcome {
	case typesSame:
	case typesIncompatible:
		m.fail(FieldTypeMismatch, f.coordinate(), fmt.Sprintf(
			"Field %q has types that do not fit together: %s. Declare the same type everywhere, or one that all others are subtypes of in one of them.",
			f.coordinate(), tell(typeSayings(types))), typePlaces(types)...)
	case typesDiffer:
		m.hint(HintFieldType, f.coordinate(), fmt.Sprintf(
			"Field %q has different types: %s. Clients see %q.", f.coordinate(), tell(typeSayings(types)), f.typ.String()), typePlaces(types)...)
	}
	return outcome == typesSame
}

// fieldArguments are the argument lists of declarations of one field.
func fieldArguments(declared []*fieldDecl) []argumentSource {
	sources := make([]argumentSource, len(declared))
	for i, d := range declared {
		sources[i] = argumentSource{d.owner.subgraph, d.args, d.pos}
	}
	return sources
}

// hintMissingField tells that a field of a type without a key is not in every
// subgraph of the type. Interface objects and declarations that are external as
// a whole promise nothing.
func (m *merger) hintMissingField(f *mergedField) {
	t := f.owner
	if len(f.sources) == len(t.sources) || t.kind == ast.Interface && m.providedByInterfaceObject(t, f.name) {
		return
	}
	for _, s := range t.sources {
		if s.fieldByName[f.name] != nil || s.interfaceObject || allExternal(s.fields) {
			continue
		}
		code, kind := HintObjectField, "Object"
		if t.kind == ast.Interface {
			code, kind = HintInterfaceField, "Interface"
		}
		m.hint(code, f.coordinate(), fmt.Sprintf("%s type %q has no key, and its field %q is in %s but not in %s.",
			kind, t.name, f.name, subgraphNames(f.places()), subgraphNames(without(t.places(), f.places()))), f.places()...)
		return
	}
}
