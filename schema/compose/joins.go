package compose

// needsJoin reports whether @join__field must tell where a field is. It need
// not if every subgraph with the type resolves the field alike. Overrides are
// looked at elsewhere.
func (m *merger) needsJoin(f *mergedField, same bool) bool {
	declaring := len(f.owner.sources)
	if f.owner.everywhere {
		declaring = len(m.subgraphs)
	}
	if !same || len(f.sources) < declaring {
		return true
	}
	for _, d := range f.sources {
		if d.external || d.requires != nil || d.provides != nil || hasContextual(d) {
			return true
		}
	}
	return false
}

func hasContextual(d *fieldDecl) bool {
	for _, a := range d.args {
		if isContextual(a) {
			return true
		}
	}
	return false
}

// joinFields makes the @join__field entries: one per declaring subgraph, but
// none for a declaration that is overridden for good and used by nothing.
func (m *merger) joinFields(f *mergedField, same bool, o *overrides) []joinField {
	var joins []joinField
	for i, d := range f.sources {
		state := o.of(i)
		if state.overridden && !state.used && state.label == "" {
			continue
		}
		j := joinField{
			subgraph:       d.owner.subgraph,
			requires:       d.requires,
			provides:       d.provides,
			external:       d.external,
			usedOverridden: state.overridden && state.used,
			label:          state.label,
		}
		if d.override != nil {
			j.override = d.override.from
		}
		if !same {
			j.typ = d.typ
		}
		for _, a := range d.args {
			if a.fromContext != nil {
				j.contexts = append(j.contexts, a)
			}
		}
		joins = append(joins, j)
	}
	return joins
}

// joinInputs makes the @join__field entries of an input field.
func joinInputs(f *mergedInput, same bool) []joinField {
	joins := make([]joinField, len(f.sources))
	for i, d := range f.sources {
		joins[i].subgraph = d.owner.subgraph
		if !same {
			joins[i].typ = d.typ
		}
	}
	return joins
}
