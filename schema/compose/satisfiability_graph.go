package compose

import (
	"slices"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// nodeID numbers the nodes of a routeGraph.
type nodeID int32

const (
	cellNone nodeID = -1 // the field cannot be had there
	cellLeaf nodeID = -2 // it can, and has nothing below it
)

// routeGraph is what satisfiability walks: where objects can be held, and where
// a field leads from there. It is built once from the supergraph, so that a
// foreign one can be checked as well.
//
// A node is "an object of API type T, held by subgraph s": s returned it, or
// was entered with one of its keys. There is one per subgraph and type; further
// ones stand for an interface object, for a subgraph that declares a field with
// a narrower type, and for the copy of a type below a @provides. A row (see
// schema.Supergraph.WithConnectors) is a subgraph here; what it yields is such a
// copy throughout, also of the types it is entered by.
type routeGraph struct {
	g     *schema.Supergraph
	types []routeType // by TypeID
	nodes []routeNode
	views *providesViews

	index  map[nodeKey]nodeID // nodes that are not their type's own
	sealed bool               // no further nodes
	labels labelTable
	pairs  []contextPair
	setBy  map[schema.TypeID][]int // pairs whose context a type sets
}

// routeNode is one place to hold an object.
type routeNode struct {
	nodeKey
	local int // index in its type's nodes
	in    *schema.TypeIn
	// cells say, per field of the API type, where it leads.
	cells []nodeID
}

type nodeKey struct {
	typ  schema.TypeID // the API type the object has on this path
	decl schema.TypeID // as what the subgraph declares it
	sub  int
	view viewID
}

// routeType is what the nodes of one type share.
type routeType struct {
	*schema.Type
	nodes []nodeID // by local index
	// plain holds, per field, the local nodes that have it without condition.
	plain []schema.Bits
	// special are the conditional (field, node) pairs, by field.
	special [][]*specialCell
	// specials are all of them; a pair's index is its bit in a node's usable set.
	specials []*specialCell
	entries  []entry
	// uneven are the fields whose subgraphs know different objects.
	uneven   []int
	root     bool // any subgraph's root can be asked at any time
	abstract bool
}

// specialCell is a field that a node has only under conditions.
type specialCell struct {
	field, local, bit int
	target            nodeID
	in                *schema.FieldIn
	label             int // -1 without
	on                bool
	pairs             []int // contexts it needs
	enters            bool  // @requires or contexts: its value comes from an entity request
}

// entry is a way to enter a type: a resolvable key of a subgraph, or one of an
// interface object for the implementations, or a connector.
type entry struct {
	target int // local node
	lookup *schema.Lookup
}

// buildRoutes makes the graph. Its size is that of the supergraph.
func buildRoutes(g *schema.Supergraph) *routeGraph {
	r := &routeGraph{
		g: g, types: make([]routeType, len(g.Types)), index: map[nodeKey]nodeID{},
		views: newProvidesViews(g), labels: newLabelTable(g.Labels), setBy: map[schema.TypeID][]int{},
	}
	for i := range g.Types {
		t := &g.Types[i]
		if !composite(t.Kind) {
			continue
		}
		r.types[i] = routeType{
			Type: t, abstract: t.Kind != ast.Object,
			root: t.ID == g.Query || t.ID == g.Mutation || t.ID == g.Subscription,
		}
		r.ownNodes(&r.types[i])
	}
	r.rowNodes()
	r.findPairs()
	// Filling cells makes nodes, which are filled in turn.
	for n := 0; n < len(r.nodes); n++ {
		r.fill(nodeID(n))
	}
	r.sealed = true
	for i := range r.types {
		if r.types[i].Type != nil {
			r.gather(&r.types[i])
			r.findUneven(&r.types[i])
		}
	}
	r.findEntries()
	return r
}

// ownNodes makes the nodes of a type in the subgraphs that declare it, and, for
// an object, of its interfaces' interface objects.
func (r *routeGraph) ownNodes(t *routeType) {
	for i := range t.In {
		r.addNode(nodeKey{t.ID, t.ID, t.In[i].Subgraph, 0}, &t.In[i])
	}
	if t.Kind != ast.Object {
		return
	}
	for _, id := range t.Interfaces {
		iface := &r.g.Types[id]
		for i := range iface.In {
			if in := &iface.In[i]; in.InterfaceObject {
				key := nodeKey{t.ID, id, in.Subgraph, 0}
				r.index[key] = r.addNode(key, in)
			}
		}
	}
}

func (r *routeGraph) addNode(key nodeKey, in *schema.TypeIn) nodeID {
	id := nodeID(len(r.nodes))
	t := &r.types[key.typ]
	r.nodes = append(r.nodes, routeNode{nodeKey: key, local: len(t.nodes), in: in})
	t.nodes = append(t.nodes, id)
	return id
}

// node returns the node of a key, making it if it is new; cellNone if the
// subgraph does not declare the type.
func (r *routeGraph) node(key nodeKey) nodeID {
	if key.view == 0 && key.typ == key.decl {
		for _, id := range r.types[key.typ].nodes {
			n := &r.nodes[id]
			if n.sub == key.sub && n.view == 0 && n.decl == key.decl {
				return id
			}
			if n.decl != n.typ {
				break // own nodes come first
			}
		}
		return cellNone
	}
	if id, ok := r.index[key]; ok {
		return id
	}
	in := r.g.Types[key.decl].InSubgraph(key.sub)
	if in == nil || r.sealed || r.types[key.typ].Type == nil {
		return cellNone
	}
	id := r.addNode(key, in)
	r.index[key] = id
	return id
}

// fill computes where each field of a node leads, and makes the nodes that its
// casts lead to.
func (r *routeGraph) fill(id nodeID) {
	n := r.nodes[id]
	t := r.g.Types[n.typ]
	cells := make([]nodeID, len(t.Fields))
	for i, fid := range t.Fields {
		cells[i] = r.cell(&n, &r.g.Fields[fid])
	}
	r.nodes[id].cells = cells
	if n.view == 0 && n.decl == n.typ {
		return // the casts of own nodes are own nodes
	}
	runtime := n.in.Possible
	if n.in.InterfaceObject {
		runtime = r.g.Types[n.decl].Possible
	}
	for m := range runtime.All() {
		r.cast(id, schema.TypeID(m))
	}
}

// cell returns where a field leads from a node, conditions aside.
func (r *routeGraph) cell(n *routeNode, f *schema.Field) nodeID {
	in := r.fieldIn(n, f)
	if in == nil {
		return cellNone
	}
	provided, below := r.views.field(n.view, n.decl, f.Name)
	if in.UsedOverridden || in.External && !provided {
		return cellNone
	}
	if f.Leaf {
		return cellLeaf
	}
	decl := r.g.TypeNamed(in.Type.Name())
	if in.Provides != nil {
		below = append(slices.Clip(below), in.Provides.Select...)
	}
	return r.node(nodeKey{f.Result, decl, n.sub, r.views.intern(below)})
}

// fieldIn returns how the node's subgraph declares a field of the API type,
// nil if it does not.
func (r *routeGraph) fieldIn(n *routeNode, f *schema.Field) *schema.FieldIn {
	if n.decl != f.Owner {
		id := r.g.FieldNamed(n.decl, f.Name)
		if id == schema.NoField {
			return nil
		}
		f = &r.g.Fields[id]
	}
	return f.InSubgraph(n.sub)
}

// cast returns the node for an object of runtime type to at a node of an
// abstract type; cellNone if it cannot occur there. An interface object's
// runtime type is unknown: whether it can be found is the caller's question.
func (r *routeGraph) cast(id nodeID, to schema.TypeID) nodeID {
	n := r.nodes[id]
	switch {
	case n.typ == to:
		return id
	case n.in.InterfaceObject:
		if !slices.Contains(r.g.Types[to].Interfaces, n.decl) {
			return cellNone
		}
		return r.node(nodeKey{to, n.decl, n.sub, n.view})
	case !n.in.Possible.Has(int(to)):
		return cellNone
	}
	return r.node(nodeKey{to, to, n.sub, r.views.narrow(n.view, to)})
}

// gather turns the cells of a type's nodes into sets of nodes per field.
func (r *routeGraph) gather(t *routeType) {
	t.plain = make([]schema.Bits, len(t.Fields))
	t.special = make([][]*specialCell, len(t.Fields))
	words := (len(t.nodes) + 63) / 64
	arena := make(schema.Bits, words*len(t.Fields))
	for i, fid := range t.Fields {
		t.plain[i] = arena[i*words : (i+1)*words : (i+1)*words]
		f := &r.g.Fields[fid]
		for local, id := range t.nodes {
			n := &r.nodes[id]
			if n.cells[i] == cellNone {
				continue
			}
			in := r.fieldIn(n, f)
			if in.Requires == nil && in.Label == "" && len(in.Contexts) == 0 {
				t.plain[i].Add(local)
				continue
			}
			c := &specialCell{
				field: i, local: local, bit: len(t.specials), target: n.cells[i], in: in,
				label: r.labels.indexOf(in.Label), on: in.Override != "",
				enters: in.Requires != nil || len(in.Contexts) > 0, pairs: r.pairsOf(in),
			}
			t.specials = append(t.specials, c)
			t.special[i] = append(t.special[i], c)
		}
	}
}

// findEntries lists the look-ups that lead into each type.
func (r *routeGraph) findEntries() {
	for i := range r.g.Lookups {
		l := &r.g.Lookups[i]
		t := &r.types[l.Type]
		if t.Type == nil {
			continue
		}
		if l.Provides != nil {
			r.rowEntries(l)
			continue
		}
		own := r.node(nodeKey{l.Type, l.Type, l.Subgraph, 0})
		t.entries = append(t.entries, entry{r.nodes[own].local, l})
		if !r.nodes[own].in.InterfaceObject {
			continue
		}
		for m := range t.Possible.All() {
			if via, ok := r.index[nodeKey{schema.TypeID(m), l.Type, l.Subgraph, 0}]; ok {
				r.types[m].entries = append(r.types[m].entries, entry{r.nodes[via].local, l})
			}
		}
	}
}

// fieldIndex returns the place of a field in its type's Fields, -1 if the type
// has none of that name. known is the field's id if it is one of the type's.
func (r *routeGraph) fieldIndex(t *routeType, known schema.FieldID, name string) int {
	if known == schema.NoField || r.g.Fields[known].Owner != t.ID {
		if known = r.g.FieldNamed(t.ID, name); known == schema.NoField {
			return -1
		}
	}
	// A type's fields are numbered in sequence.
	return int(known - t.Fields[0])
}
