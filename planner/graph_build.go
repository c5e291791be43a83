package planner

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// buildGraph reads the supergraph once: O(fields per subgraph + types × hosts).
func buildGraph(s *schema.Supergraph) *graph {
	g := &graph{s: s, types: make([]typeNodes, len(s.Types)), words: (len(s.Subgraphs) + 63) / 64}
	if g.words == 0 {
		g.words = 1
	}
	lookups := map[[2]int][]*schema.Lookup{} // by subgraph and type
	for i := range s.Lookups {
		l := &s.Lookups[i]
		k := [2]int{l.Subgraph, int(l.Type)}
		lookups[k] = append(lookups[k], l)
	}
	for id := range s.Types {
		t := &s.Types[id]
		if t.Kind != ast.Object || t.ID == schema.NoType {
			continue
		}
		root := t.ID == s.Query || t.ID == s.Mutation || t.ID == s.Subscription
		tn := &g.types[id]
		tn.root = root
		for sub := range s.Subgraphs {
			g.addNodes(tn, t, sub, lookups)
		}
		for i, n := range tn.nodes {
			n.index = i
		}
	}
	return g
}

// addNodes adds the nodes of t in one subgraph.
func (g *graph) addNodes(tn *typeNodes, t *schema.Type, sub int, lookups map[[2]int][]*schema.Lookup) {
	if in := t.InSubgraph(sub); in != nil {
		n := g.newNode(t.ID, sub, in, false)
		for _, l := range lookups[[2]int{sub, int(t.ID)}] {
			n.lookups = append(n.lookups, &lookup{l, t.ID, true})
		}
		for _, iface := range in.Interfaces {
			for _, l := range lookups[[2]int{sub, int(iface)}] {
				n.lookups = append(n.lookups, &lookup{l, iface, false})
			}
		}
		tn.nodes = append(tn.nodes, n)
		return
	}
	for _, iface := range t.Interfaces {
		in := g.s.Types[iface].InSubgraph(sub)
		if in == nil || !in.InterfaceObject {
			continue
		}
		n := g.newNode(iface, sub, in, true)
		for _, l := range lookups[[2]int{sub, int(iface)}] {
			n.lookups = append(n.lookups, &lookup{l, iface, false})
		}
		tn.nodes = append(tn.nodes, n)
	}
}

func (g *graph) newNode(as schema.TypeID, sub int, in *schema.TypeIn, io bool) *node {
	n := &node{sub: sub, as: as, io: io, in: in, fields: map[string]*fieldAt{}}
	for _, id := range g.s.Types[as].Fields {
		f := &g.s.Fields[id]
		if fin := f.InSubgraph(sub); fin != nil {
			n.fields[f.Name] = &fieldAt{field: f, in: fin, result: g.s.TypeNamed(fin.Type.Name())}
		}
	}
	for i := range in.Keys {
		for _, sel := range in.Keys[i].Fields.Select {
			if f := n.fields[sel.Name]; f != nil {
				f.key = true
			}
		}
	}
	return n
}
