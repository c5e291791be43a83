package overlay

// settlePolicies marks the client's fields whose arguments are not the graph's:
// policies, which are written for the graph's, must not see the client's
// instead. It comes after settleInputs.
func (o *Overlay) settlePolicies() {
	for client, r := range o.rules {
		o.Graph.Fields[client].Rewritten = r.field.path != nil || r.field.expr != nil || o.changesArguments(r.field)
	}
}

// changesArguments reports whether a field's arguments are not passed on as they
// stand.
func (o *Overlay) changesArguments(f *field) bool {
	for _, a := range f.args {
		if a.hidden || a.cap > 0 || a.name != a.def.Name || a.given.fixed || a.given.json != "" || a.given.claim != "" {
			return true
		}
		if in := o.inputs[o.clientName(a.def.Type.Name())]; in != nil && in.changes {
			return true
		}
	}
	return false
}
