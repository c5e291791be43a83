package compose

// mergeSchemaDefinition merges what stands on the schema itself.
func (m *merger) mergeSchemaDefinition() {
	m.parts = m.parts[:0]
	for _, s := range m.subgraphs {
		m.parts = append(m.parts, part{subgraph: s, description: s.description, directives: s.directives})
	}
	m.graph.description = m.mergeDescription("", m.parts)
	m.graph.applied = m.mergeApplied("", m.parts, nil)
	m.graph.joined = m.joinDirectives(m.parts)
}
