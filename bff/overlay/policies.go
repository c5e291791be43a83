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
// stand, or not all of them.
func (o *Overlay) changesArguments(f *field) bool {
	if len(f.args) != len(o.base.Supergraph.Fields[f.id].Arguments) {
		return true // the view beneath hides one
	}
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
