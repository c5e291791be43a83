package spec

import (
	"github.com/weftql/weft/schema"
)

// Read returns the subgraphs of a supergraph that are made of connectors, in
// subgraph order, with their connectors in the order of their IDs; nil if there
// are none. The supergraph may be one that [Extend] returned.
//
// The error is a fault.List with the places in the supergraph's SDL. What
// composition checks against the subgraph's schema is not checked again.
func Read(g *schema.Supergraph) ([]*Subgraph, error) {
	registered := 0
	for registered < len(g.Subgraphs) && g.Subgraphs[registered].Connector == "" {
		registered++
	}
	c, ok := readCarried(g, registered)
	if !ok {
		return nil, nil
	}
	broken := &problems{}
	var list []*Subgraph
	for i := range registered {
		if !c.features[i].linked() {
			continue
		}
		c.features[i].reportVersions(broken)
		if c.features[i].names == nil {
			continue
		}
		r := readModel(c.model(i), g.Subgraphs[i].Name, broken, nil)
		r.out.Index = i
		if len(r.out.Connectors) > 0 {
			list = append(list, &r.out)
		}
	}
	if err := broken.err(); err != nil {
		return nil, err
	}
	return list, nil
}

// Parse reads the connectors of a subgraph's SDL and reports all there is to
// say about them, in the order of their places. The Subgraph is nil if the
// schema has no connectors, and incomplete if there are errors among the
// problems. A text that is no GraphQL has no problems here: composition
// reports it.
func Parse(name, sdl string) (*Subgraph, []Problem) {
	doc, ok := parseDocument(sdl)
	if !ok {
		return nil, nil
	}
	m := readDocument(doc)
	p := &problems{}
	if m.features.reportVersions(p); len(p.list) > 0 || m.features.names == nil {
		return nil, p.sorted()
	}
	r := readModel(m, name, p, p)
	if !r.applied() {
		return nil, p.sorted()
	}
	r.checkSchema()
	if len(r.out.Connectors) == 0 {
		return nil, p.sorted()
	}
	return &r.out, p.sorted()
}

// applied reports whether the schema uses connectors, and does not only link
// them.
func (r *reader) applied() bool {
	for _, t := range r.types {
		if len(t.applied) > 0 {
			return true
		}
		for _, f := range t.fields {
			if len(f.applied) > 0 {
				return true
			}
		}
	}
	return false
}
