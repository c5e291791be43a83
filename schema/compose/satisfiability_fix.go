package compose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// maxFixes bounds what is suggested for one cause.
const maxFixes = 4

// fixes suggests edits, most likely first. An edit that opens a way is only
// suggested if the way works: its key can be filled from where the object is.
func (e *explainer) fixes() []string {
	var out []string
	add := func(format string, args ...any) {
		if s := fmt.Sprintf(format, args...); len(out) < maxFixes && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i := range e.dead {
		e.fixDeadEnd(&e.dead[i], add)
	}
	sources := e.sources()
	switch {
	case e.failure.step.on != schema.NoType:
		e.fixCondition(add)
	case len(sources) > 0:
		e.fixConnectors(add)
		if e.typ.root {
			break
		}
		name := e.w.r.g.Fields[e.failure.step.field].Name
		if e.holder() == "" {
			add("let %q resolve %s.%s too, and mark it @shareable wherever it is resolved", sources[0], e.typ.Name, name)
		}
		add("hide %s.%s from clients with @inaccessible", e.typ.Name, name)
	}
	return out
}

func (e *explainer) fixDeadEnd(d *deadEnd, add func(string, ...any)) {
	r := e.w.r
	n := &r.nodes[d.node]
	sub, typ := r.g.Subgraphs[n.sub].Name, r.g.Types[n.decl].Name
	switch d.why {
	case unresolvableKey:
		if e.table.resolves(e.typ, e.at, d.key.Select) {
			add("in %q, remove resolvable: false from @key(fields: %q) on %s and resolve references by it", sub, d.key.Text, typ)
		}
	case requiresMissing:
		e.fixRequirement(d, add)
		return
	case keyMissing:
		if held := e.holder(); held != "" {
			add("select %s of %s in the connector %q", strings.Join(d.missing, " and "), e.typ.Name, held)
		} else if len(d.missing) > 0 && len(e.sources()) > 0 {
			add("in %q, add %s to %s (shared fields need @shareable)", e.sources()[0], strings.Join(d.missing, " and "), e.typ.Name)
		}
	case contextMissing:
		add("set the context with @context on a type that every path to %s passes", e.typ.Name)
	case noKey, requiresNoKey:
	}
	if e.typ.root && d.why == requiresNoKey {
		add("in %q, remove @requires from the field, or move the field to an entity", sub)
	}
	if d.why == contextMissing || e.typ.root || r.connector(n.sub) != "" {
		return
	}
	for _, key := range e.keyCandidates(n) {
		if slices.ContainsFunc(n.in.Keys, func(k schema.Key) bool { return k.Fields.Text == key }) {
			continue
		}
		add("in %q, add @key(fields: %q) to %s: %s can give it", sub, key, typ, quoted(e.sources()))
	}
}

// fixRequirement: a subgraph that resolves what is required has to be open to
// the one that requires it.
func (e *explainer) fixRequirement(d *deadEnd, add func(string, ...any)) {
	r := e.w.r
	from := &r.nodes[d.node]
	for _, path := range d.missing {
		name, _, _ := strings.Cut(path, ".")
		for _, id := range e.typ.nodes {
			n := &r.nodes[id]
			if n.view != 0 || n.sub == from.sub || e.table.reach[d.node].Has(n.local) {
				continue
			}
			f := r.g.FieldNamed(n.decl, name)
			if f == schema.NoField {
				continue
			}
			in := r.g.Fields[f].InSubgraph(n.sub)
			if in == nil || in.External || in.UsedOverridden {
				continue
			}
			for _, k := range from.in.Keys {
				if e.declares(n, k.Fields.Select) {
					add("in %q, add a resolvable @key(fields: %q) to %s, so that %q can be given %s",
						r.g.Subgraphs[n.sub].Name, k.Fields.Text, r.g.Types[n.decl].Name, r.g.Subgraphs[from.sub].Name, path)
				}
			}
		}
	}
}

// keyCandidates returns keys that would open a subgraph: made of fields it
// declares itself and the sources can give. Keys of the type in other subgraphs
// come first, then single identifiers.
func (e *explainer) keyCandidates(n *routeNode) []string {
	g := e.w.r.g
	var out []string
	try := func(text string, sel []schema.Selection) {
		if len(out) < 2 && !slices.Contains(out, text) && e.declares(n, sel) && e.table.resolves(e.typ, e.at, sel) {
			out = append(out, text)
		}
	}
	for i := range e.typ.In {
		for _, k := range e.typ.In[i].Keys {
			if e.typ.In[i].Subgraph != n.sub {
				try(k.Fields.Text, k.Fields.Select)
			}
		}
	}
	for _, id := range e.typ.Fields {
		f := &g.Fields[id]
		if f.Type.Name() == "ID" && f.Type.NonNull && f.Type.Elem == nil && len(f.Arguments) == 0 {
			try(f.Name, []schema.Selection{{Field: f.ID, Name: f.Name}})
		}
	}
	return out
}

// declares reports whether a subgraph declares every field of a selection
// itself, below its own types.
func (e *explainer) declares(n *routeNode, sel []schema.Selection) bool {
	g := e.w.r.g
	for _, s := range sel {
		if s.Name == "" || s.Name == "__typename" {
			return false // not worth suggesting
		}
		id := g.FieldNamed(n.decl, s.Name)
		if id == schema.NoField {
			return false
		}
		in := g.Fields[id].InSubgraph(n.sub)
		if in == nil || in.External || in.UsedOverridden {
			return false
		}
		if len(s.Select) == 0 {
			continue
		}
		decl := g.TypeNamed(in.Type.Name())
		below := routeNode{nodeKey: nodeKey{typ: decl, decl: decl, sub: n.sub}}
		if !e.declares(&below, s.Select) {
			return false
		}
	}
	return true
}

// fixCondition: the interface needs a key where its objects are known.
func (e *explainer) fixCondition(add func(string, ...any)) {
	r := e.w.r
	for i := range e.typ.In {
		in := &e.typ.In[i]
		if in.InterfaceObject || in.Kind != ast.Interface {
			continue
		}
		n := routeNode{nodeKey: nodeKey{typ: e.typ.ID, decl: e.typ.ID, sub: in.Subgraph}, in: in}
		for _, key := range e.keyCandidates(&n) {
			add("in %q, add a resolvable @key(fields: %q) to interface %s and its objects", r.g.Subgraphs[in.Subgraph].Name, key, e.typ.Name)
		}
	}
}
