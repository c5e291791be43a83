package planner

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// buildGraph reads the supergraph once: O(fields per subgraph + types × hosts).
func buildGraph(s *schema.Supergraph) *graph {
	g := &graph{s: s, types: make([]typeNodes, len(s.Types))}
	g.dear = findDear(s)
	g.rows = slices.ContainsFunc(s.Subgraphs, func(s schema.Subgraph) bool { return s.Connector != "" })
	g.words = max(1, (len(s.Subgraphs)+len(g.dear.rows)+63)/64)
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
			if !s.Subgraphs[sub].Connected { // its rows answer
				g.addNodes(tn, t, sub, lookups)
			}
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
		tn.add(n)
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
		tn.add(n)
	}
}

// add adds n. A row's node with look-ups becomes two: one inside answers, which
// cannot be entered, and one that can.
func (tn *typeNodes) add(n *node) {
	if n.row && len(n.lookups) > 0 {
		inside := *n
		inside.lookups = nil
		tn.nodes = append(tn.nodes, &inside)
		n.view = n.lookups[0].Provides // the same for all ways into a row
	}
	tn.nodes = append(tn.nodes, n)
}

func (g *graph) newNode(as schema.TypeID, sub int, in *schema.TypeIn, io bool) *node {
	n := &node{sub: sub, bit: sub, many: g.dear.bit(sub), as: as, io: io, in: in, fields: map[string]*fieldAt{}}
	n.row = g.s.Subgraphs[sub].Connector != ""
	for _, id := range g.s.Types[as].Fields {
		f := &g.s.Fields[id]
		if fin := f.InSubgraph(sub); fin != nil {
			n.fields[f.Name] = &fieldAt{field: f, in: fin, result: g.s.TypeNamed(fin.Type.Name()), row: n.row}
		}
	}
	keys := in.Keys
	if of := g.s.Subgraphs[sub].Of; n.row {
		keys = g.s.Types[as].InSubgraph(of).Keys
	}
	for i := range keys {
		for _, sel := range keys[i].Fields.Select {
			if f := n.fields[sel.Name]; f != nil {
				f.key = true
			}
		}
	}
	return n
}
