package compose

import "fmt"

// sharer is a declaration that resolves a field, itself or as an interface
// object that stands for it.
type sharer struct {
	*fieldDecl
	standIn bool
	// unknown: its @override names no subgraph.
	unknown bool
}

// checkSharing reports a field that several subgraphs resolve although not all
// of them say that it may be shared. Interface objects resolve the fields of
// implementations too.
func (m *merger) checkSharing(f *mergedField, o *overrides) {
	var resolving []sharer
	for i, d := range f.sources {
		if state := o.of(i); !state.overridden && !d.fullyExternal() {
			resolving = append(resolving, sharer{fieldDecl: d, unknown: state.unknown})
		}
	}
	for _, d := range m.standIns(f) {
		if !d.fullyExternal() {
			resolving = append(resolving, sharer{fieldDecl: d, standIn: true})
		}
	}
	if len(resolving) < 2 {
		return
	}
	for _, r := range resolving {
		if !r.shareable {
			m.failSharing(f, resolving)
			return
		}
	}
}

func (m *merger) failSharing(f *mergedField, resolving []sharer) {
	var all, refusing []place
	through, advice := "", " Add @shareable there, if all of them return the same; or keep the field in one subgraph."
	if mixesDialects(resolving) {
		advice = " Federation 1 subgraphs share without saying so; federation 2 subgraphs must add @shareable."
	}
	for _, r := range resolving {
		all = append(all, r.place())
		if !r.shareable {
			refusing = append(refusing, r.place())
		}
		if r.standIn {
			through += fmt.Sprintf(" Subgraph %q resolves it through @interfaceObject %q.", r.owner.subgraph.name, r.owner.name)
		}
		if r.unknown {
			advice = fmt.Sprintf(" Its @override names subgraph %q, which does not exist: is the name misspelt?%s", r.override.from, m.suggestSubgraph(r.override.from))
		}
	}
	m.fail(InvalidFieldSharing, f.coordinate(), fmt.Sprintf("Field %q is resolved by %s, but is not @shareable in %s.%s%s",
		f.coordinate(), subgraphNames(all), subgraphNames(refusing), through, advice), all...)
}

// mixesDialects reports whether federation 1 and 2 meet.
func mixesDialects(resolving []sharer) bool {
	old, current := false, false
	for _, r := range resolving {
		if r.owner.subgraph.fed1 {
			old = true
		} else {
			current = true
		}
	}
	return old && current
}

// checkSubscriptionField reports @shareable on a subscription: an event stream
// comes from one subgraph.
func (m *merger) checkSubscriptionField(f *mergedField) {
	var marked []place
	for _, d := range f.sources {
		if a := d.directives.first(idShareable); a != nil {
			marked = append(marked, place{d.owner.subgraph, a.pos})
		}
	}
	if len(marked) > 0 {
		m.fail(InvalidFieldSharing, f.coordinate(), fmt.Sprintf(
			"Subscription field %q is @shareable in %s, but a subscription comes from one subgraph. Remove @shareable.", f.coordinate(), subgraphNames(marked)), marked...)
	}
}
