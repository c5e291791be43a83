package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/weftql/weft/schema"
)

// explainer finds out why one failure is one: what each subgraph that knows the
// field says about it, and what keeps the gateway from going there.
type explainer struct {
	w       *walk // where the failure happened
	failure *failure
	state   *state
	typ     *routeType // the type whose field is missing
	at      []nodeID   // where its object is held
	table   *reachTable

	because []string
	places  []declaration
	// settings say which labels were on and off; they are no part of the cause.
	settings []string
	// dead are the subgraphs that resolve the field but cannot be entered.
	dead []deadEnd
}

// deadEnd is a subgraph that has the field and cannot be used.
type deadEnd struct {
	node nodeID
	why  deadReason
	// missing are the fields that the sources cannot give for its first key, or
	// for the requirement.
	missing []string
	key     *schema.FieldSet
}

type deadReason int

const (
	noKey deadReason = iota
	unresolvableKey
	keyMissing
	requiresMissing
	requiresNoKey
	contextMissing
)

func newExplainer(main *walk, f *failure) *explainer {
	w := f.walk
	s := &w.states[f.state]
	e := &explainer{w: w, failure: f, state: s, typ: &w.r.types[s.typ], at: s.at, table: w.tables.at(f.decided), settings: w.r.labels.settings(f.decided)}
	if w != main {
		root := &w.states[1]
		field := &w.r.g.Fields[root.step.field]
		e.because = append(e.because, fmt.Sprintf("%s.%s is a mutation: it is called once, so one of its subgraphs has to be enough, and %s is not",
			w.r.g.Types[field.Owner].Name, field.Name, quoted(sourceNames(w.r, root.at))))
	}
	return e
}

// key identifies the cause: failures with the same one are told together.
func (e *explainer) key() string {
	return strings.Join(append([]string{e.typ.Name, strings.Join(e.sources(), ",")}, e.because...), "\n")
}

func (e *explainer) sources() []string { return sourceNames(e.w.r, e.at) }

func sourceNames(r *routeGraph, at []nodeID) []string {
	var names []string
	for _, id := range at {
		if name := r.g.Subgraphs[r.nodes[id].sub].Name; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// coordinate names what cannot be resolved.
func (e *explainer) coordinate() string {
	if e.failure.step.on != schema.NoType {
		return e.w.r.g.Types[e.failure.step.on].Name
	}
	return e.typ.Name + "." + e.w.r.g.Fields[e.failure.step.field].Name
}

func (e *explainer) fact(at declaration, format string, args ...any) {
	e.because = append(e.because, fmt.Sprintf(format, args...))
	if !slices.Contains(e.places, at) {
		e.places = append(e.places, at)
	}
}

// explain fills because and places.
func (e *explainer) explain() {
	if e.failure.step.on != schema.NoType {
		e.explainCondition()
		return
	}
	r := e.w.r
	name := r.g.Fields[e.failure.step.field].Name
	f := r.fieldIndex(e.typ, schema.NoField, name)
	if f < 0 {
		return
	}
	for _, id := range e.at {
		n := &r.nodes[id]
		if r.connector(n.sub) != "" {
			e.explainHeld(n, f)
		} else if r.fieldIn(n, &r.g.Fields[e.typ.Fields[f]]) == nil {
			e.fact(e.declared(n, ""), "%q returns %s here, but does not have the field", r.g.Subgraphs[n.sub].Name, r.g.Types[n.decl].Name)
		}
	}
	for _, id := range e.typ.nodes {
		n := &r.nodes[id]
		in := r.fieldIn(n, &r.g.Fields[e.typ.Fields[f]])
		switch {
		case n.view != 0 || in == nil || r.connector(n.sub) != "":
		case r.g.Subgraphs[n.sub].Connected:
			e.explainConnected(n, f)
		default:
			e.explainNode(id, f, in)
		}
	}
}

// declared returns the place of a node's type, or of its field.
func (e *explainer) declared(n *routeNode, member string) declaration {
	return declaration{e.w.r.registered(n.sub), e.w.r.g.Types[n.decl].Name, member}
}

// explainNode tells why a subgraph that declares the field is of no use.
func (e *explainer) explainNode(id nodeID, field int, in *schema.FieldIn) {
	r := e.w.r
	n := &r.nodes[id]
	sub, typ := r.g.Subgraphs[n.sub].Name, r.g.Types[n.decl].Name
	at := e.declared(n, r.g.Fields[e.typ.Fields[field]].Name)
	var special *specialCell
	for _, c := range e.typ.special[field] {
		if c.local == n.local {
			special = c
		}
	}
	switch {
	case in.UsedOverridden:
		e.fact(at, "%q has the field only for its own keys and requirements: another subgraph overrides it", sub)
		return
	case in.External:
		e.fact(at, "%q declares it @external, so it is resolved elsewhere", sub)
		return
	case special != nil && special.label >= 0 && !e.labelFits(special):
		e.fact(at, "%q resolves it only while the override label %q is %s", sub, in.Label, onOff(special.on))
		return
	case !e.reached(n.local):
		e.explainEntry(id, sub, typ, at)
		return
	case special == nil:
		return
	}
	if here := []nodeID{id}; !e.table.fillsRequires(e.typ, special) {
		missing := e.missing(e.typ, here, in.Requires.Select, "")
		e.dead = append(e.dead, deadEnd{id, requiresMissing, missing, in.Requires})
		e.fact(at, "%q resolves it, but @requires %s, which cannot be asked for from there", sub, strings.Join(missing, ", "))
		return
	}
	if !e.canEnter(n.local) {
		e.dead = append(e.dead, deadEnd{id, requiresNoKey, nil, nil})
		if e.typ.root {
			e.fact(at, "%q resolves it, but %s is a root: values that a field @requires cannot be sent to it", sub, typ)
		} else {
			e.fact(at, "%q resolves it, but needs values sent along with a @key of %s, and has none that can be filled here", sub, typ)
		}
		return
	}
	for _, p := range special.pairs {
		if !e.state.contexts.Has(p) {
			e.dead = append(e.dead, deadEnd{id, contextMissing, nil, nil})
			e.fact(at, "%q resolves it from the context %q, which nothing on this path sets", sub, contextName(r.pairs[p].context))
			return
		}
	}
}

// contextName drops the subgraph from SUBGRAPH__name.
func contextName(full string) string {
	if i := strings.LastIndex(full, "__"); i >= 0 {
		return full[i+2:]
	}
	return full
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func (e *explainer) labelFits(c *specialCell) bool {
	on, ok := e.w.r.labels.decided(e.failure.decided, c.label)
	return !ok || on == c.on
}

func (e *explainer) reached(local int) bool {
	return slices.ContainsFunc(e.at, func(id nodeID) bool { return e.table.reach[id].Has(local) })
}

func (e *explainer) canEnter(local int) bool {
	return slices.ContainsFunc(e.at, func(id nodeID) bool { return e.table.canEnter(e.typ, id, local) })
}

// explainEntry tells why a subgraph cannot be entered: it has no key, none that
// is resolvable, or none that can be filled.
func (e *explainer) explainEntry(id nodeID, sub, typ string, at declaration) {
	n := &e.w.r.nodes[id]
	end := deadEnd{node: id, why: noKey}
	var details []string
	for _, k := range n.in.Keys {
		if !k.Resolvable {
			if end.why == noKey {
				end.why, end.key = unresolvableKey, k.Fields
			}
			continue
		}
		missing := e.missing(e.typ, e.at, k.Fields.Select, "")
		if end.why != keyMissing {
			end.why, end.key, end.missing = keyMissing, k.Fields, missing
		}
		details = append(details, fmt.Sprintf("@key(fields: %q) needs %s", k.Fields.Text, strings.Join(missing, ", ")))
	}
	e.dead = append(e.dead, end)
	switch end.why {
	case noKey:
		e.fact(at, "%q resolves it, but has no @key on %s to be entered with", sub, typ)
	case unresolvableKey:
		e.fact(at, "%q resolves it, but its @key(fields: %q) on %s says resolvable: false", sub, end.key.Text, typ)
	default:
		e.fact(at, "%q resolves it, but cannot be entered: %s, which cannot be had here", sub, strings.Join(details, "; "))
	}
}

// missing lists the parts of a selection that cannot be resolved, as paths.
func (e *explainer) missing(typ *routeType, at []nodeID, sel []schema.Selection, prefix string) []string {
	var out []string
	for i := range sel {
		s := &sel[i]
		if e.table.resolves(typ, at, sel[i:i+1]) {
			continue
		}
		if s.Name == "" {
			out = append(out, e.missing(typ, at, s.Select, prefix)...)
			continue
		}
		var below []nodeID
		if f := e.w.r.fieldIndex(typ, s.Field, s.Name); f >= 0 && len(s.Select) > 0 {
			for _, id := range at {
				below = e.table.targets(below, typ, id, f)
			}
			if len(below) > 0 {
				out = append(out, e.missing(&e.w.r.types[e.w.r.g.Fields[typ.Fields[f]].Result], below, s.Select, prefix+s.Name+".")...)
				continue
			}
		}
		out = append(out, prefix+s.Name)
	}
	if len(out) == 0 && prefix == "" {
		out = append(out, "its fields together")
	}
	return out
}

// explainCondition tells why the runtime type of a value cannot be found out.
func (e *explainer) explainCondition() {
	r := e.w.r
	for _, id := range e.at {
		n := &r.nodes[id]
		e.fact(e.declared(n, ""), "%q returns %s as an @interfaceObject and does not know which object it is", r.g.Subgraphs[n.sub].Name, r.g.Types[n.decl].Name)
	}
	for i := range e.typ.In {
		in := &e.typ.In[i]
		if in.InterfaceObject || r.connector(in.Subgraph) != "" {
			continue
		}
		sub := r.g.Subgraphs[in.Subgraph].Name
		at := declaration{in.Subgraph, e.typ.Name, ""}
		if slices.ContainsFunc(in.Keys, func(k schema.Key) bool { return k.Resolvable }) {
			e.fact(at, "%q knows the objects of %s, but its @key cannot be filled here", sub, e.typ.Name)
		} else {
			e.fact(at, "%q knows the objects of %s, but has no resolvable @key on the interface", sub, e.typ.Name)
		}
	}
}
