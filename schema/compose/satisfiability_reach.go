package compose

import (
	"github.com/weftql/weft/schema"
)

// reachTable is what can be had from each node without the client's help, for
// one setting of the labels that conditions depend on: the nodes of the same
// object that keys lead to, and the fields whose @requires can be filled.
//
// Both are the least fixpoint of the rules in [reachTable.extend]: a condition
// that needs itself is false, so requirements that need each other end.
type reachTable struct {
	r      *routeGraph
	labels decisions     // every label some condition depends on is decided
	reach  []schema.Bits // node → local nodes of its type, itself included
	usable []schema.Bits // node → specials of its type that can be entered

	// While the fixpoint is computed: the type at work, and who reads whom.
	current schema.TypeID
	readers map[schema.TypeID]map[schema.TypeID]bool
}

// newReachTable computes the fixpoint type by type; a type is done again when
// one that its conditions read has grown.
func newReachTable(r *routeGraph, labels decisions) *reachTable {
	t := &reachTable{
		r: r, labels: labels, readers: map[schema.TypeID]map[schema.TypeID]bool{},
		reach: make([]schema.Bits, len(r.nodes)), usable: make([]schema.Bits, len(r.nodes)),
	}
	var queue []schema.TypeID
	queued := make([]bool, len(r.types))
	for i := range r.types {
		if r.types[i].Type != nil {
			t.start(&r.types[i])
			queue = append(queue, r.types[i].ID)
			queued[i] = true
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		queued[id] = false
		if !t.extend(&r.types[id]) {
			continue
		}
		// The order of work does not change a least fixpoint.
		for reader := range t.readers[id] {
			if !queued[reader] {
				queued[reader] = true
				queue = append(queue, reader)
			}
		}
	}
	t.current, t.readers = schema.NoType, nil
	return t
}

// start puts each node into its own reach, and, for a root, all of them: a
// field that returns a root type can go on in any subgraph.
func (t *reachTable) start(typ *routeType) {
	words, more := (len(typ.nodes)+63)/64, (len(typ.specials)+63)/64
	arena := make(schema.Bits, (words+more)*len(typ.nodes))
	for local, id := range typ.nodes {
		t.reach[id], arena = arena[:words:words], arena[words:]
		t.usable[id], arena = arena[:more:more], arena[more:]
		t.reach[id].Add(local)
		if typ.root {
			for other, n := range typ.nodes {
				if t.r.nodes[n].view == 0 {
					t.reach[id].Add(other)
				}
			}
		}
	}
}

// extend adds to a type's nodes what the rules allow, until nothing is added:
//
//	node n reaches the target of a key whose fields n can give
//	n can use a conditional field of m if n reaches m, m can give what the field
//	  requires, and n can give a key to enter m's subgraph with
//
// That m, and not n, has to give it makes no difference to a gateway that
// remembers what it read on the way, but the planners of other gateways start
// over at m (docs/decisions/0001-composition-deviations.md).
func (t *reachTable) extend(typ *routeType) bool {
	if len(typ.entries) == 0 && len(typ.specials) == 0 {
		return false
	}
	t.current = typ.ID
	grown := false
	for again := true; again; {
		again = false
		for _, id := range typ.nodes {
			for _, e := range typ.entries {
				if !t.reach[id].Has(e.target) && t.gives(typ, id, e.lookup.Key.Select) {
					t.reach[id].Add(e.target)
					again = true
				}
			}
			for _, c := range typ.specials {
				if c.enters && !t.usable[id].Has(c.bit) && t.reach[id].Has(c.local) && t.canUse(typ, id, c) {
					t.usable[id].Add(c.bit)
					again = true
				}
			}
		}
		grown = grown || again
	}
	return grown
}

func (t *reachTable) canUse(typ *routeType, id nodeID, c *specialCell) bool {
	return t.fillsRequires(typ, c) && t.canEnter(typ, id, c.local)
}

// fillsRequires reports whether what a field requires can be asked for from the
// subgraph that requires it. An interface object does not know which object it
// holds, so it asks for what the interface has.
func (t *reachTable) fillsRequires(typ *routeType, c *specialCell) bool {
	if c.in.Requires == nil {
		return true
	}
	id := typ.nodes[c.local]
	if n := &t.r.nodes[id]; n.decl != n.typ && n.in.InterfaceObject {
		typ = &t.r.types[n.decl]
		id = t.r.node(nodeKey{n.decl, n.decl, n.sub, n.view})
		t.read(typ)
	}
	return id != cellNone && t.gives(typ, id, c.in.Requires.Select)
}

// canEnter reports whether an entity request to the subgraph of a node can be
// made from id. Having got there with a key proves it; being there does not.
func (t *reachTable) canEnter(typ *routeType, id nodeID, local int) bool {
	if typ.root {
		return false
	}
	at := &t.r.nodes[typ.nodes[local]]
	for _, e := range typ.entries {
		to := &t.r.nodes[typ.nodes[e.target]]
		if to.sub == at.sub && to.decl == at.decl && t.gives(typ, id, e.lookup.Key.Select) {
			return true
		}
	}
	return false
}

// gives reports whether a selection can be resolved for an object held at id.
func (t *reachTable) gives(typ *routeType, id nodeID, sel []schema.Selection) bool {
	at := [1]nodeID{id}
	return t.resolves(typ, at[:], sel)
}
