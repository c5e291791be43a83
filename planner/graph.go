package planner

import (
	"github.com/weftql/weft/schema"
)

// graph is the query graph of one supergraph: for every object type the ways
// it shows itself in subgraphs. Moves between the ways are not stored, they
// follow from the target alone (a look-up does not care where its key came
// from), so the graph is linear in the supergraph. Immutable.
//
// A connector is a row (see schema.Supergraph.WithConnectors): a subgraph of its
// own here, until the plan is emitted. What it answers is said by views alone,
// and differs between an object it was entered for and one inside its answer;
// so a type that a row enters has two nodes there.
type graph struct {
	s     *schema.Supergraph
	types []typeNodes // by TypeID
	words int         // 64-bit words of a set of requests
	rows  bool        // there are connectors
	dear  dearRows
}

// typeNodes are the nodes of one object type, in subgraph order.
type typeNodes struct {
	nodes []*node
	root  bool // entered by a request of its kind, without a key
}

// node is one way an object of a type shows itself in a subgraph: as the type
// itself, or as an interface object whose runtime type the subgraph ignores.
type node struct {
	index   int
	sub     int
	bit     int              // of sub in opens
	many    int              // the same for entries below a list
	row     bool             // what is readable there is said by views alone
	view    *schema.FieldSet // of a row's node: what entering it yields; nil inside its answers
	as      schema.TypeID
	io      bool
	in      *schema.TypeIn
	lookups []*lookup
	fields  map[string]*fieldAt
}

// lookup is one way into a node. typename is what the representation is called;
// concrete says that this needs the runtime type.
type lookup struct {
	*schema.Lookup
	typename schema.TypeID
	concrete bool
}

// fieldAt is a field as one node has it.
type fieldAt struct {
	field  *schema.Field
	in     *schema.FieldIn
	result schema.TypeID // the named type there
	key    bool          // leads a key of the type in this subgraph
	row    bool          // a row's
}

// nodeIn returns the node of t in the subgraph as the given type, nil if there
// is none. In a row it is the one inside answers.
func (g *graph) nodeIn(t schema.TypeID, sub int, as schema.TypeID) *node {
	for _, n := range g.types[t].nodes {
		if n.sub == sub && n.as == as && n.view == nil {
			return n
		}
	}
	return nil
}

// entryIn returns the node that t is entered at, as itself; nil if there is
// none.
func (g *graph) entryIn(t schema.TypeID, sub int) *node {
	for _, n := range g.types[t].nodes {
		if n.sub == sub && n.as == t && (n.view != nil || !n.row) {
			return n
		}
	}
	return nil
}

// bitOf is what stands in opens for a request to n for objects that begin at st.
func (n *node) bitOf(st *start) int {
	if st.many {
		return n.many
	}
	return n.bit
}

// needsEntry reports whether the field can only be resolved for a
// representation made for it.
func (f *fieldAt) needsEntry() bool { return f.in.Requires != nil || len(f.in.Contexts) > 0 }
