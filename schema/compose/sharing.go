package compose

import "fmt"

// checkSharing reports a field that several subgraphs resolve although not all
// of them say that it may be shared. Interface objects resolve the fields of
// implementations too.
func (m *merger) checkSharing(f *mergedField, o *overrides) {
	var resolving, refusing []saying
	unknown := ""
	note := func(d *fieldDecl, words string) bool {
		if d.fullyExternal() {
			return false
		}
		s := saying{words, d.place()}
		resolving = append(resolving, s)
		if !d.shareable {
			refusing = append(refusing, s)
		}
		return !d.shareable
	}
	for i, d := range f.sources {
		state := o.of(i)
		if state.overridden {
			continue
		}
		if note(d, d.owner.subgraph.name) && state.unknown && unknown == "" {
			unknown = d.override.from
		}
	}
	for _, d := range m.standIns(f) {
		note(d, d.owner.subgraph.name+" through @interfaceObject "+d.owner.name)
	}
	if len(resolving) < 2 || len(refusing) == 0 {
		return
	}
	m.failSharing(f, resolving, refusing, unknown)
}

func (m *merger) failSharing(f *mergedField, resolving, refusing []saying, unknown string) {
	message := fmt.Sprintf("Field %q is resolved by %s, but is not @shareable in %s.",
		f.coordinate(), subgraphNames(at(resolving)), subgraphNames(at(refusing)))
	switch {
	case unknown != "":
		message += fmt.Sprintf(" Its @override names subgraph %q, which does not exist: is the name misspelt?%s", unknown, m.suggestSubgraph(unknown))
	case mixesDialects(resolving):
		message += " Federation 1 subgraphs share without saying so; federation 2 subgraphs must add @shareable."
	default:
		message += " Add @shareable there, if all of them return the same; or keep the field in one subgraph."
	}
	m.fail(InvalidFieldSharing, f.coordinate(), message, at(resolving)...)
}

// mixesDialects reports whether federation 1 and 2 meet.
func mixesDialects(said []saying) bool {
	old, current := false, false
	for _, s := range said {
		if s.at.subgraph.fed1 {
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
