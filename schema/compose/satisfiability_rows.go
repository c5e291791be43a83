package compose

import (
	"strings"

	"github.com/weftql/weft/schema"
)

// A connector is entered like a subgraph, but what can be had of the object is
// what the connector selects: its node is a copy of the type, as below a
// @provides. Messages speak of it by its id, places and subgraph names are those
// of the subgraph that declares it.

// rowNodes makes the nodes that connectors enter.
func (r *routeGraph) rowNodes() {
	for i := range r.g.Lookups {
		if l := &r.g.Lookups[i]; l.Provides != nil {
			r.eachRowNode(l, func(schema.TypeID, nodeID) {})
		}
	}
}

// rowEntries lists a connector as a way into its type.
func (r *routeGraph) rowEntries(l *schema.Lookup) {
	r.eachRowNode(l, func(t schema.TypeID, id nodeID) {
		r.types[t].entries = append(r.types[t].entries, entry{r.nodes[id].local, l})
	})
}

// eachRowNode calls fn with the nodes a connector enters: of its type, and of
// the objects that this can be.
func (r *routeGraph) eachRowNode(l *schema.Lookup, fn func(schema.TypeID, nodeID)) {
	view := r.views.intern(l.Provides.Select)
	enter := func(key nodeKey) {
		if id := r.node(key); id != cellNone {
			fn(key.typ, id)
		}
	}
	in := r.g.Types[l.Type].InSubgraph(l.Subgraph)
	enter(nodeKey{l.Type, l.Type, l.Subgraph, view})
	possible := in.Possible
	if in.InterfaceObject {
		possible = r.g.Types[l.Type].Possible
	}
	for m := range possible.All() {
		switch t := schema.TypeID(m); {
		case t == l.Type:
		case in.InterfaceObject:
			enter(nodeKey{t, l.Type, l.Subgraph, view})
		default:
			enter(nodeKey{t, t, l.Subgraph, r.views.narrow(view, t)})
		}
	}
}

// connector returns the id of a row's connector, "" for other subgraphs.
func (r *routeGraph) connector(sub int) string { return r.g.Subgraphs[sub].Connector }

// registered is the subgraph that declares what sub, perhaps a row, answers.
func (r *routeGraph) registered(sub int) int { return r.g.Subgraphs[sub].Of }

// explainHeld tells what a row that returned the object lacks.
func (e *explainer) explainHeld(n *routeNode, field int) {
	r := e.w.r
	if e.typ.root || n.cells[field] != cellNone {
		return
	}
	e.fact(e.declared(n, ""), "the connector %q of %q returns %s here, but does not select the field",
		r.connector(n.sub), r.g.Subgraphs[n.sub].Name, r.g.Types[n.decl].Name)
}

// explainConnected tells which connectors of a subgraph yield the field, and why
// they cannot be asked.
func (e *explainer) explainConnected(n *routeNode, field int) {
	r := e.w.r
	name := r.g.Fields[e.typ.Fields[field]].Name
	at := e.declared(n, name)
	if in := r.fieldIn(n, &r.g.Fields[e.typ.Fields[field]]); in.UsedOverridden {
		return
	}
	yields := false
	for _, id := range e.typ.nodes {
		m := &r.nodes[id]
		if r.connector(m.sub) == "" || r.registered(m.sub) != n.sub || m.cells[field] == cellNone {
			continue
		}
		for _, way := range e.typ.entries {
			if way.target != m.local || e.reached(m.local) {
				continue
			}
			yields = true
			missing := e.missing(e.typ, e.at, way.lookup.Key.Select, "")
			e.dead = append(e.dead, deadEnd{id, keyMissing, missing, way.lookup.Key})
			e.fact(at, "the connector %q of %q yields it, but is asked with %s, which cannot be had here",
				r.connector(m.sub), r.g.Subgraphs[n.sub].Name, strings.Join(missing, ", "))
		}
	}
	if !yields {
		e.fact(at, "%q declares it, but none of its connectors that can be asked here yields it", r.g.Subgraphs[n.sub].Name)
	}
}

// holder is the first connector that holds the object of the failure, "" if it
// is held by other subgraphs only.
func (e *explainer) holder() string {
	for _, id := range e.at {
		if c := e.w.r.connector(e.w.r.nodes[id].sub); c != "" && !e.typ.root {
			return c
		}
	}
	return ""
}

// fixConnectors suggests what to select, and where a connector is missing.
func (e *explainer) fixConnectors(add func(string, ...any)) {
	r := e.w.r
	name := r.g.Fields[e.failure.step.field].Name
	for _, id := range e.typ.nodes {
		n := &r.nodes[id]
		if !r.g.Subgraphs[n.sub].Connected || r.fieldIn(n, &r.g.Fields[e.failure.step.field]) == nil {
			continue
		}
		for _, held := range e.at {
			if m := &r.nodes[held]; r.connector(m.sub) != "" && r.registered(m.sub) == n.sub && !e.typ.root {
				add("select %s of %s in the connector %q", name, e.typ.Name, r.connector(m.sub))
			}
		}
		add("in %q, add a connector for %s.%s", r.g.Subgraphs[n.sub].Name, e.typ.Name, name)
	}
}
