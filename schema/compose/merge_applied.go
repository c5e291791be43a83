package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// use is an application with the subgraph it stands in.
type use struct {
	*application
	in *subgraph
}

func (u use) place() place { return place{u.in, u.pos} }

// mergeApplied merges the directives on one element. Only directives that
// compose count. Of extra parts, which stand elsewhere, only access
// requirements do.
func (m *merger) mergeApplied(coordinate string, parts, extra []part) []applied {
	var ids []directiveID
	var uses map[directiveID][]use
	note := func(p part, a *application) {
		if uses == nil {
			uses = map[directiveID][]use{}
		}
		if uses[a.id] == nil {
			ids = append(ids, a.id)
		}
		uses[a.id] = append(uses[a.id], use{a, p.subgraph})
	}
	for _, p := range parts {
		for _, a := range p.directives {
			if m.composes(a, p.subgraph) || m.composedBeside(a, parts) {
				note(p, a)
			}
		}
	}
	for _, p := range extra {
		for _, a := range p.directives {
			if requirement(a.id) {
				note(p, a)
			}
		}
	}
	var merged []applied
	for _, id := range ids {
		merged = append(merged, m.mergeUses(coordinate, id, uses[id])...)
	}
	return merged
}

// composes reports whether the applications of a directive in a subgraph reach
// the supergraph as ordinary directives.
func (m *merger) composes(a *application, s *subgraph) bool {
	if a.id == idDeprecated || a.id == idSpecifiedBy {
		return true
	}
	c := m.specs.byID[a.id]
	return c != nil && (c.subgraphs == nil || c.subgraphs[s.index])
}

// composedBeside reports whether the directive composes in another subgraph
// that applies it to the same element. One subgraph's @composeDirective then
// speaks for all of them there.
func (m *merger) composedBeside(a *application, parts []part) bool {
	c := m.specs.byID[a.id]
	if c == nil {
		return false
	}
	for _, p := range parts {
		if c.subgraphs[p.subgraph.index] && p.directives.has(a.id) {
			return true
		}
	}
	return false
}

// supergraphName is what the supergraph calls a directive that composes.
func (m *merger) supergraphName(a *application) string {
	if c := m.specs.byID[a.id]; c != nil {
		return c.name
	}
	return a.name
}

// repeatable reports whether a directive that composes may stand several times
// on one element of the supergraph.
func (m *merger) repeatable(id directiveID) bool {
	if id == idTag || id == idContext {
		return true
	}
	c := m.specs.byID[id]
	return c != nil && c.definition != nil && c.definition.repeatable
}

// mergeUses merges the applications of one directive on one element.
func (m *merger) mergeUses(coordinate string, id directiveID, uses []use) []applied {
	different, counts := distinctUses(uses)
	switch {
	case m.repeatable(id):
		merged := make([]applied, len(different))
		for i, u := range different {
			merged[i] = m.apply(u, u.args)
		}
		return merged
	case len(different) == 1:
		return []applied{m.apply(different[0], different[0].args)}
	}
	if merge := argumentMergers[id]; merge != nil {
		m.hintMergedArguments(coordinate, different)
		return []applied{m.apply(different[0], merge(different))}
	}
	best := 0
	for i := range counts {
		if counts[i] > counts[best] {
			best = i
		}
	}
	m.hintDifferentArguments(coordinate, different[best], uses)
	return []applied{m.apply(different[best], different[best].args)}
}

// apply makes an application of the supergraph. A context is known there by
// its subgraph's name too.
func (m *merger) apply(u use, args ast.ArgumentList) applied {
	if u.id == idContext {
		args = ast.ArgumentList{{Name: "name", Value: stringValue(supergraphContext(u.in, u.text("name")))}}
	}
	return applied{id: u.id, name: m.supergraphName(u.application), args: args, at: u.place()}
}

// distinctUses returns the first of each group of equal applications and the
// size of each group.
func distinctUses(uses []use) (different []use, counts []int) {
	alike := map[string][]int{} // a type may have very many tags
next:
	for _, u := range uses {
		key := ""
		if len(uses) > 1 {
			key = roughly(u.application)
		}
		for _, i := range alike[key] {
			if sameApplication(different[i], u) {
				counts[i]++
				continue next
			}
		}
		alike[key] = append(alike[key], len(different))
		different = append(different, u)
		counts = append(counts, 1)
	}
	return different, counts
}

// roughly returns a text that is the same for equal applications, and mostly
// different for different ones: strings count, of other values their names.
func roughly(a *application) string {
	names := argumentNames(a)
	slices.Sort(names)
	var b strings.Builder
	for _, name := range slices.Compact(names) {
		v := effectiveArg(a, name)
		if v == nil {
			continue
		}
		b.WriteString(name)
		if isString(v) {
			b.WriteString("\x00" + v.Raw)
		}
		b.WriteString("\x00")
	}
	return b.String()
}

// sameApplication reports whether two applications have the same arguments,
// defaults filled in. Contexts of two subgraphs are never the same.
func sameApplication(a, b use) bool {
	if a.id == idContext && a.in != b.in {
		return false
	}
	if len(a.args) == 0 && len(b.args) == 0 && a.definition == b.definition {
		return true
	}
	for _, name := range argumentNames(a.application, b.application) {
		x, y := effectiveArg(a.application, name), effectiveArg(b.application, name)
		if (x == nil) != (y == nil) || x != nil && !sameValue(x, y) {
			return false
		}
	}
	return true
}

func argumentNames(uses ...*application) []string {
	var names []string
	for _, a := range uses {
		for _, arg := range a.args {
			names = append(names, arg.Name)
		}
		if a.definition != nil {
			for _, arg := range a.definition.args {
				names = append(names, arg.name)
			}
		}
	}
	return names
}

// effectiveArg returns the value of an argument or else its default, nil if
// there is neither.
func effectiveArg(a *application, name string) *ast.Value {
	if v := a.arg(name); v != nil {
		return v
	}
	if a.definition != nil {
		for _, arg := range a.definition.args {
			if arg.name == name {
				return arg.value
			}
		}
		return nil
	}
	switch {
	case a.id == idDeprecated && name == "reason":
		return stringValue(defaultReason)
	case a.id == idListSize && name == "requireOneSlicingArgument":
		return boolValue(true)
	}
	return nil
}

func (m *merger) hintMergedArguments(coordinate string, different []use) {
	m.hint(HintMergedArguments, coordinate, fmt.Sprintf("@%s on %s has different arguments: %s. The supergraph combines them.",
		m.supergraphName(different[0].application), elementWords(coordinate), tell(argumentSayings(different))), usePlaces(different)...)
}

func (m *merger) hintDifferentArguments(coordinate string, chosen use, uses []use) {
	m.hint(HintNonRepeatableArguments, coordinate, fmt.Sprintf("@%s on %s has different arguments: %s. The supergraph uses the one of subgraph %q. Use the same arguments everywhere.",
		m.supergraphName(chosen.application), elementWords(coordinate), tell(argumentSayings(uses)), chosen.in.name), usePlaces(uses)...)
}

func elementWords(coordinate string) string {
	if coordinate == "" {
		return "the schema"
	}
	return fmt.Sprintf("%q", coordinate)
}

func argumentSayings(uses []use) []saying {
	said := make([]saying, len(uses))
	for i, u := range uses {
		text := argumentsText(u.args)
		if text == "" {
			text = "no arguments"
		}
		said[i] = saying{text, u.place()}
	}
	return said
}

func usePlaces(uses []use) []place {
	places := make([]place, len(uses))
	for i, u := range uses {
		places[i] = u.place()
	}
	return places
}
