package compose

import "github.com/vektah/gqlparser/v2/ast"

// merger is phase 5: it turns the subgraphs into one schema. It keeps what only
// lives while merging.
type merger struct {
	*composition
	graph *supergraph
	// enums tells where each enum is used; complete once all else is merged.
	enums map[string]*enumUse
	// auth are requirements that flow from one element to another.
	auth map[authTarget][]part
	// parts is scratch space for the element being merged.
	parts []part
}

// mergeStep is one part of phase 5. The order is fixed by what a step needs
// from earlier ones.
type mergeStep struct {
	run func(*merger)
	why string // why not earlier
}

var mergeSteps = []mergeStep{
	{(*merger).shallowTypes, "everything refers to types"},
	{(*merger).mergeImplements, "subtypes decide field types"},
	{(*merger).mergeUnions, "subtypes decide field types"},
	{(*merger).flowAuth, "requirements follow implements"},
	{(*merger).mergeScalars, "types exist"},
	{(*merger).mergeInputs, "types exist"},
	{(*merger).mergeInterfaces, "subtypes are known"},
	{(*merger).mergeObjects, "interface objects stand for fields that the merged interface has"},
	{(*merger).mergeDefinitions, "types exist"},
	{(*merger).mergeEnums, "how values merge depends on every use of the enum"},
	{(*merger).mergeRoots, "only roots with a merged field exist"},
	{(*merger).addInterfaceObjectFields, "they copy merged interface fields"},
	{(*merger).mergeSchemaDefinition, "nothing needs it"},
}

// merge runs phase 5. Errors of all steps are collected.
func (c *composition) merge() {
	m := &merger{composition: c, enums: map[string]*enumUse{}}
	m.graph = &supergraph{byName: map[string]*mergedType{}, definitionByName: map[string]*mergedDefinition{}}
	c.merged = m.graph
	for _, s := range mergeSteps {
		s.run(m)
	}
}

// mergeType does what all kinds of types share.
func (m *merger) mergeType(t *mergedType) {
	m.checkExtensionWithNoBase(t)
	parts := m.typeParts(t)
	t.description = m.mergeDescription(t.name, parts)
	t.applied = m.mergeApplied(t.name, parts, m.auth[authTarget{typ: t.name}])
	t.joined = m.joinDirectives(parts)
}

func (m *merger) mergeScalars() {
	for _, t := range m.graph.types {
		if t.kind == ast.Scalar {
			m.mergeType(t)
		}
	}
}

// part is what one subgraph says of an element, as far as all elements are
// alike.
type part struct {
	subgraph    *subgraph
	description *description
	directives  applications
	pos         *ast.Position
}

// The functions below return scratch space that the next one overwrites.

func (m *merger) typeParts(t *mergedType) []part {
	m.parts = m.parts[:0]
	for _, s := range t.sources {
		m.parts = append(m.parts, part{s.subgraph, s.description, s.directives, s.pos})
	}
	return m.parts
}

func (m *merger) fieldParts(sources []*fieldDecl) []part {
	m.parts = m.parts[:0]
	for _, s := range sources {
		m.parts = append(m.parts, part{s.owner.subgraph, s.description, s.directives, s.pos})
	}
	return m.parts
}

func (m *merger) inputParts(sources []*inputDecl) []part {
	m.parts = m.parts[:0]
	for _, s := range sources {
		m.parts = append(m.parts, part{s.owner.subgraph, s.description, s.directives, s.pos})
	}
	return m.parts
}

func (m *merger) valueParts(sources []*valueDecl) []part {
	m.parts = m.parts[:0]
	for _, s := range sources {
		m.parts = append(m.parts, part{s.owner.subgraph, s.description, s.directives, s.pos})
	}
	return m.parts
}
