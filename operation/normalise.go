package operation

import (
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// normaliser inlines the fragments of one operation and merges what they
// select, level by level:
//
//	sources ──flatten──► occurrences ──merge──► nodes ──► sources of each node …
//
// A source is a selection set with the runtime types, conditions and @defer it
// stands under; an occurrence is one field in it. A node collects occurrences
// of one response name. Merging follows CollectFields of the specification,
// for all runtime types and condition values at once, see [group].
type normaliser struct {
	view      *schema.View
	graph     *schema.Supergraph
	limits    *Limits
	rights    *rights // nil: the graph asks for none
	needs     needs
	fragments map[string]*ast.FragmentDefinition
	types     map[string]*compositeType

	at      collection // of the level at hand; one at a time
	nodes   slab[node]
	sources slab[source]

	conditions []string       // variable by bit
	bits       map[string]int // bit by variable
	visited    int
	compared   int
	err        error

	removed   []removal
	removedAt map[string]int // by path
	pathSteps int
}

// compositeType is a type selections can be on. The introspection types have no
// id and no possible types.
type compositeType struct {
	name string
	id   schema.TypeID
	// possible holds the object types a value can have, in the whole supergraph:
	// objects the view hides still occur below interfaces it shows.
	possible schema.Bits
}

// source is a selection set and what it stands under, relative to the field
// that encloses it.
type source struct {
	set   ast.SelectionSet
	owner *compositeType // the type it selects on
	on    schema.Bits
	when  plan.Literals
	block *block
	// denied: authorization removed what encloses it, so nothing of it is fetched.
	denied bool
	trail  *trail
}

// block is one use of @defer.
type block struct {
	label  string
	when   int // condition bit, -1 always
	parent *block
	shared *Defer // what the Fields of the block point to
}

// node is one field of the result.
type node struct {
	field   *ast.Field
	owner   *compositeType
	on      schema.Bits // nil below the introspection roots only
	when    plan.Literals
	block   *block
	sources []source
	result  *compositeType
	fields  []*node
	place   int // of the first occurrence
	denied  bool
}

func newNormaliser(p *Preparer, doc *ast.QueryDocument) *normaliser {
	n := &normaliser{
		view: p.view, graph: p.view.Supergraph, limits: &p.limits, rights: p.rights,
		fragments: make(map[string]*ast.FragmentDefinition, len(doc.Fragments)),
		types:     map[string]*compositeType{}, bits: map[string]int{},
	}
	n.at = collection{n: n, index: map[string]int{}}
	for _, f := range doc.Fragments {
		n.fragments[f.Name] = f
	}
	return n
}

// operation returns the merged fields of def.
func (n *normaliser) operation(def *ast.OperationDefinition) ([]*node, error) {
	root := n.view.AST.Query
	switch def.Operation {
	case ast.Mutation:
		root = n.view.AST.Mutation
	case ast.Subscription:
		root = n.view.AST.Subscription
	}
	owner := n.typeNamed(root.Name)
	sources := []source{{set: def.SelectionSet, owner: owner, on: owner.possible}}
	if requirement := n.rootRemoved(owner.id); requirement != 0 {
		return n.removeAll(sources, requirement), n.err
	}
	return n.level(sources, plan.Literals{}, 1), n.err
}

// level merges the sources of one object and goes on with its fields. known
// holds the conditions the enclosing fields stand under.
func (n *normaliser) level(sources []source, known plan.Literals, depth int) []*node {
	if depth > n.limits.Nesting {
		n.fail(tooLarge("levels of fields", n.limits.Nesting))
		return nil
	}
	n.at.begin(known)
	for _, s := range sources {
		n.at.flatten(s)
	}
	n.at.settle()
	if n.err != nil {
		return nil
	}
	nodes := n.at.nodes()
	for _, node := range nodes {
		if node.result == nil || len(node.sources) == 0 || node.denied || introspects(node.field) {
			continue
		}
		below, _ := both(known, node.when)
		node.fields = n.level(node.within(), below, depth+1)
		if n.err != nil {
			return nil
		}
	}
	return nodes
}

// within returns the sources of the node's value, each with the types that can
// occur: a source that came in from another parent's field may select on types
// this field cannot return.
func (x *node) within() []source {
	base := x.result.possible
	out := x.sources[:0] // nobody else reads them
	for _, s := range x.sources {
		if !s.on.Within(base) {
			s.on = s.on.And(base)
		}
		if !s.on.Empty() {
			out = append(out, s)
		}
	}
	return out
}

func (n *normaliser) fail(err *fault.Error) {
	if n.err == nil {
		n.err = err
	}
}

// slab hands out values that live and die together, allocated by the chunk; a
// chunk is twice as long as the one before.
type slab[T any] struct {
	free  []T
	chunk int
}

// one returns a zero value as a slice without room to grow.
func (s *slab[T]) one() []T {
	if len(s.free) == 0 {
		s.chunk = min(max(4, 2*s.chunk), 64)
		s.free = make([]T, s.chunk)
	}
	out := s.free[:1:1]
	s.free = s.free[1:]
	return out
}

// count charges one selection to the limit and reports whether to go on.
func (n *normaliser) count() bool {
	if n.visited++; n.visited > n.limits.Selections {
		n.fail(tooLarge("selections after inlining fragments", n.limits.Selections))
	}
	return n.err == nil
}

// compare charges comparisons to the limit and reports whether to go on.
func (n *normaliser) compare(with int) bool {
	if n.compared += with; n.compared > n.limits.comparisons() {
		n.fail(tooLarge("selections of one response name to compare", n.limits.comparisons()))
	}
	return n.err == nil
}

// typeNamed returns a type of the view, nil if it has none of the name.
func (n *normaliser) typeNamed(name string) *compositeType {
	t, ok := n.types[name]
	if !ok {
		if n.view.AST.Types[name] != nil {
			t = &compositeType{name: name, id: n.graph.TypeNamed(name)}
			if t.id != schema.NoType {
				t.possible = n.graph.Types[t.id].Possible
			}
		}
		n.types[name] = t
	}
	return t
}

// bit returns the condition bit of a Boolean variable.
func (n *normaliser) bit(variable string) int {
	b, ok := n.bits[variable]
	if !ok {
		b = len(n.conditions)
		if b == maxConditions {
			n.fail(tooLarge("condition variables", maxConditions))
			return 0
		}
		n.bits[variable] = b
		n.conditions = append(n.conditions, variable)
	}
	return b
}

// introspects reports whether f is __schema or __type, whose selections are
// the introspection source's to answer.
func introspects(f *ast.Field) bool { return f.Name == "__schema" || f.Name == "__type" }
