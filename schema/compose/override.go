package compose

import (
	"fmt"
	"regexp"

	"github.com/vektah/gqlparser/v2/ast"
)

// overrides is what the @override of one field means for each declaration;
// indexed like mergedField.sources. nil is a field without @override.
type overrides struct {
	states []overrideState
}

// overrideState is one declaration's share. overridden: another subgraph takes
// the field over; used: but a key or the like still names it here; label: both
// sides carry it while the migration lasts; unknown: the @override here names
// no subgraph.
type overrideState struct {
	overridden, used, unknown bool
	label                     string
}

func (o *overrides) of(i int) overrideState {
	if o == nil {
		return overrideState{}
	}
	return o.states[i]
}

// any reports whether the supergraph must say something about an override even
// if all subgraphs declare the field alike.
func (o *overrides) any() bool {
	if o == nil {
		return false
	}
	for _, s := range o.states {
		if s.overridden || s.label != "" {
			return true
		}
	}
	return false
}

// resolveOverrides checks the @override of a field and tells what it means.
func (m *merger) resolveOverrides(f *mergedField) *overrides {
	var o *overrides
	for i, d := range f.sources {
		if d.override == nil {
			continue
		}
		if o == nil {
			o = &overrides{states: make([]overrideState, len(f.sources))}
		}
		m.resolveOverride(f, i, o)
	}
	return o
}

func (m *merger) resolveOverride(f *mergedField, i int, o *overrides) {
	d := f.sources[i]
	at := place{d.owner.subgraph, d.override.application.pos}
	from := d.override.from
	source := m.sourceIn(f, from)
	switch {
	case d.owner.kind == ast.Interface:
		m.fail(OverrideOnInterface, f.coordinate(), fmt.Sprintf(
			"Interface field %q has @override in subgraph %q, but only fields of object types are resolved. Move @override to the implementations.", f.coordinate(), d.owner.subgraph.name), at)
	case d.owner.interfaceObject:
		m.fail(OverrideCollision, f.coordinate(), fmt.Sprintf(
			"Field %q of an @interfaceObject type has @override in subgraph %q, which is not supported. Remove @override, and the field from subgraph %q.", f.coordinate(), d.owner.subgraph.name, from), at)
	case m.subgraphNamed(from) == nil:
		o.states[i].unknown = true
		m.hint(HintFromSubgraphDoesNotExist, f.coordinate(), fmt.Sprintf(
			"Field %q overrides subgraph %q, which does not exist.%s If it is gone, remove @override.", f.coordinate(), from, m.suggestSubgraph(from)), at)
	case from == d.owner.subgraph.name:
		m.fail(OverrideFromSelf, f.coordinate(), fmt.Sprintf(
			"Field %q of subgraph %q overrides itself. Name the subgraph that the field is taken from.", f.coordinate(), from), at)
	case source >= 0 && f.sources[source].override != nil:
		m.fail(OverrideSourceHasOverride, f.coordinate(), fmt.Sprintf(
			"Field %q overrides subgraph %q, where it has @override too. Only one subgraph may override a field: remove one of them.", f.coordinate(), from),
			at, place{f.sources[source].owner.subgraph, f.sources[source].override.application.pos})
	case source < 0:
		m.overrideAbsent(f, d, at)
	default:
		m.overrideSource(f, i, source, o, at)
	}
}

// sourceIn returns the index of a subgraph's declaration, -1 without.
func (m *merger) sourceIn(f *mergedField, name string) int {
	for i, d := range f.sources {
		if d.owner.subgraph.name == name {
			return i
		}
	}
	return -1
}

func (m *merger) subgraphNamed(name string) *subgraph {
	for _, s := range m.subgraphs {
		if s.name == name {
			return s
		}
	}
	return nil
}

func (m *merger) suggestSubgraph(name string) string {
	names := make([]string, len(m.subgraphs))
	for i, s := range m.subgraphs {
		names[i] = s.name
	}
	return didYouMean(name, names)
}

// overrideAbsent is the case of a source that does not declare the field. An
// interface object may still resolve it there.
func (m *merger) overrideAbsent(f *mergedField, d *fieldDecl, at place) {
	for _, s := range m.standIns(f) {
		if s.owner.subgraph.name == d.override.from {
			m.fail(OverrideCollision, f.coordinate(), fmt.Sprintf(
				"Field %q overrides subgraph %q, which resolves it through @interfaceObject %q; that cannot be overridden. Remove the field from that type, and @override.",
				f.coordinate(), d.override.from, s.owner.name), at, s.place())
			return
		}
	}
	m.hint(HintOverrideCanBeRemoved, f.coordinate(), fmt.Sprintf(
		"Field %q overrides subgraph %q, which no longer has it. Remove @override.", f.coordinate(), d.override.from), at)
}

// overrideSource is the case of a source that declares the field.
func (m *merger) overrideSource(f *mergedField, i, source int, o *overrides, at place) {
	d, s := f.sources[i], f.sources[source]
	if collision, where := overrideCollision(d, s); collision != "" {
		m.fail(OverrideCollision, f.coordinate(), fmt.Sprintf(
			"Field %q of subgraph %q overrides subgraph %q, but has @%s in subgraph %q; the two exclude each other. Remove @%s, or @override.",
			f.coordinate(), d.owner.subgraph.name, d.override.from, collision, where.subgraph.name, collision), at, where)
		return
	}
	label := d.override.label
	switch {
	case s.external:
		m.hint(HintOverrideCanBeRemoved, f.coordinate(), fmt.Sprintf(
			"Field %q overrides subgraph %q, which does not resolve it any more: it is @external there. Remove @override.", f.coordinate(), d.override.from), at)
	default:
		o.states[source].overridden = true
		o.states[source].used = s.used
		if label == "" {
			m.hint(HintOverriddenFieldCanBeRemoved, f.coordinate(), fmt.Sprintf(
				"Field %q of subgraph %q is overridden by subgraph %q. %s", f.coordinate(), d.override.from, d.owner.subgraph.name, removal(s)), s.place(), at)
		}
	}
	if label == "" {
		return
	}
	if !validLabel(label) {
		m.fail(OverrideLabelInvalid, f.coordinate(), fmt.Sprintf(
			`Label %q of the @override of %q is not valid. Use a letter followed by letters, digits, "_", "-", ":", "." or "/", or percent(x) with x from 0 to 100 and at most 8 decimals.`,
			label, f.coordinate()), at)
	} else {
		o.states[i].label, o.states[source].label = label, label
	}
	m.hint(HintOverrideMigration, f.coordinate(), fmt.Sprintf(
		"Field %q is moving from subgraph %q to %q under label %q. Once done: %s", f.coordinate(), d.override.from, d.owner.subgraph.name, label, removal(s)), s.place(), at)
}

func removal(s *fieldDecl) string {
	if s.used {
		return "Mark it @external there, because keys, requirements or an interface still use it; or remove it with them."
	}
	return "Remove it there."
}

// overrideCollision returns the directive that excludes an override, "" if
// there is none, and where it stands.
func overrideCollision(d, source *fieldDecl) (string, place) {
	for _, id := range []directiveID{idRequires, idProvides} {
		if a := source.directives.first(id); a != nil {
			return string(id), place{source.owner.subgraph, a.pos}
		}
	}
	if d.external {
		return string(idExternal), d.place()
	}
	return "", place{}
}

var (
	namedLabel   = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_\-:./]*$`)
	percentLabel = regexp.MustCompile(`^percent\((\d{1,2}(\.\d{1,8})?|100)\)$`)
)

// validLabel reports whether routers understand the label.
func validLabel(label string) bool {
	return namedLabel.MatchString(label) || percentLabel.MatchString(label)
}
