package compose

import (
	"fmt"
	"slices"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
)

// mergeDefinitions merges directive definitions: composed custom directives as
// their newest subgraph defines them, executable ones if all subgraphs do.
func (m *merger) mergeDefinitions() {
	composed := map[string]bool{}
	for _, c := range m.specs.composed {
		if c.definition != nil {
			composed[c.name] = true
			m.addDefinition(m.composedDefinition(c))
		}
	}
	for _, name := range m.executableNames() {
		if !composed[name] {
			m.mergeExecutable(name)
		}
	}
	sort.Slice(m.graph.definitions, func(i, j int) bool { return m.graph.definitions[i].name < m.graph.definitions[j].name })
}

func (m *merger) addDefinition(d *mergedDefinition) {
	m.graph.definitions = append(m.graph.definitions, d)
	m.graph.definitionByName[d.name] = d
}

// composedDefinition copies one definition; nothing is merged but its own
// parts, so that enums it names count as used.
func (m *merger) composedDefinition(c *composed) *mergedDefinition {
	d := c.definition
	merged := &mergedDefinition{name: c.name, repeatable: d.repeatable, locations: d.locations, at: []place{d.place()}}
	if d.description != nil {
		merged.description = d.description.text
	}
	merged.args = m.mergeArguments("@"+c.name, []argumentSource{{d.subgraph, d.args, d.pos}})
	return merged
}

// executableNames are the directives that clients can use somewhere, in the
// order first seen.
func (m *merger) executableNames() []string {
	var names []string
	seen := map[string]bool{}
	for _, s := range m.subgraphs {
		for _, d := range s.definitions {
			if !seen[d.name] && d.executable() {
				seen[d.name] = true
				names = append(names, d.name)
			}
		}
	}
	return names
}

// mergeExecutable merges an executable directive. A client's operation may
// reach any subgraph with it, so only what all of them understand is kept.
func (m *merger) mergeExecutable(name string) {
	var defined []*directiveDecl
	var lack []place
	before := 0 // definitions of subgraphs before the first that lacks it
	for _, s := range m.subgraphs {
		if d := s.known[name]; d != nil {
			defined = append(defined, d)
		} else {
			lack = append(lack, place{subgraph: s})
		}
		if lack == nil {
			before++
		}
	}
	at := definitionPlaces(defined)
	if len(lack) > 0 && (before == 0 || hasCommonLocation(defined[:before])) {
		m.hint(HintExecutableDirectivePresence, "@"+name, fmt.Sprintf("Directive @%s is not in the supergraph: it is in %s but not in %s. Define it everywhere.",
			name, subgraphNames(at), subgraphNames(lack)), append(at, lack...)...)
		return
	}
	locations, differ := commonLocations(defined)
	if len(locations) == 0 {
		m.hint(HintNoExecutableDirective, "@"+name, fmt.Sprintf("Directive @%s is not in the supergraph: its subgraphs have no executable location in common: %s.",
			name, tell(locationSayings(defined))), at...)
		return
	}
	merged := &mergedDefinition{name: name, locations: locations, at: at}
	m.mergeRepeatable(merged, defined)
	if differ {
		m.hint(HintExecutableDirectiveLocations, "@"+name, fmt.Sprintf("Directive @%s has different locations: %s. Clients may use it on %s.",
			name, tell(locationSayings(defined)), locationList(locations)), at...)
	}
	m.parts = m.parts[:0]
	sources := make([]argumentSource, len(defined))
	for i, d := range defined {
		m.parts = append(m.parts, part{d.subgraph, d.description, nil, d.pos})
		sources[i] = argumentSource{d.subgraph, d.args, d.pos}
	}
	merged.description = m.mergeDescription("@"+name, m.parts)
	merged.args = m.mergeArguments("@"+name, sources)
	m.addDefinition(merged)
}

func (m *merger) mergeRepeatable(merged *mergedDefinition, defined []*directiveDecl) {
	var said []saying
	repeatable := 0
	for _, d := range defined {
		text := "not repeatable"
		if d.repeatable {
			text = "repeatable"
			repeatable++
		}
		said = append(said, saying{text, d.place()})
	}
	merged.repeatable = repeatable == len(defined)
	if repeatable > 0 && !merged.repeatable {
		m.hint(HintExecutableDirectiveRepeatable, "@"+merged.name, fmt.Sprintf("Directive @%s is %s. Clients may use it once.", merged.name, tell(said)), at(said)...)
	}
}

func hasCommonLocation(defined []*directiveDecl) bool {
	common, _ := commonLocations(defined)
	return len(common) > 0
}

func definitionPlaces(defined []*directiveDecl) []place {
	places := make([]place, len(defined))
	for i, d := range defined {
		places[i] = d.place()
	}
	return places
}

// commonLocations returns the executable locations all definitions have, and
// whether they differ in executable ones.
func commonLocations(defined []*directiveDecl) (common []ast.DirectiveLocation, differ bool) {
	common = executableLocations(defined[0])
	for _, d := range defined[1:] {
		own := executableLocations(d)
		if !slices.Equal(common, own) {
			differ = true
		}
		common = slices.DeleteFunc(common, func(l ast.DirectiveLocation) bool { return !slices.Contains(own, l) })
	}
	return common, differ
}

// executableLocations returns the executable locations, sorted.
func executableLocations(d *directiveDecl) []ast.DirectiveLocation {
	var own []ast.DirectiveLocation
	for _, l := range d.locations {
		if executableLocation(l) {
			own = append(own, l)
		}
	}
	slices.Sort(own)
	return own
}

func locationSayings(defined []*directiveDecl) []saying {
	said := make([]saying, len(defined))
	for i, d := range defined {
		said[i] = saying{"no executable location", d.place()}
		if own := executableLocations(d); len(own) > 0 {
			said[i].text = locationList(own)
		}
	}
	return said
}
