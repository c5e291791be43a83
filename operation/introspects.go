package operation

// Introspects reports whether the operation selects __schema or __type
// anywhere. Field.Text holds what it asks.
func (o *Operation) Introspects() bool {
	return introspectsIn(o.Select)
}

func introspectsIn(fields []Field) bool {
	for i := range fields {
		if fields[i].Text != "" || introspectsIn(fields[i].Select) {
			return true
		}
	}
	return false
}
