package planner

import (
	"math/bits"

	"github.com/weftql/weft/planner/plan"
)

// tree is the portable view: rounds one after the other, requests of a round
// at once. The executor does not wait for rounds, it starts what is ready.
func (e *emitter) tree() plan.Node {
	var rounds []plan.Node
	var current []plan.Node
	level := -1
	flush := func() {
		switch len(current) {
		case 0:
		case 1:
			rounds = append(rounds, current[0])
		default:
			rounds = append(rounds, &plan.ParallelNode{Nodes: current})
		}
		current = nil
	}
	for _, f := range e.fetches {
		if f.key.round != level {
			flush()
			level = f.key.round
		}
		current = append(current, e.nodes(f)...)
	}
	flush()
	if e.op.Kind == plan.Subscription && len(rounds) > 0 {
		n := &plan.SubscriptionNode{Primary: rounds[0]}
		if len(rounds) > 1 {
			n.Rest = sequence(rounds[1:])
		}
		return n
	}
	return sequence(rounds)
}

func sequence(nodes []plan.Node) plan.Node {
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0]
	}
	return &plan.SequenceNode{Nodes: nodes}
}

// nodes are a fetch's nodes: one per place it serves, each under the condition
// it hangs on. Introspection is no request.
func (e *emitter) nodes(f *fetch) []plan.Node {
	if f.key.sub < 0 {
		return nil
	}
	var out []plan.Node
	several := len(e.out.Fetches[f.index].Sets) > 1
	for _, v := range f.visits {
		n := &plan.FetchNode{Fetch: f.index, Set: -1}
		if several {
			n.Set = v.set
		}
		var node plan.Node = n
		if len(v.place.path) > 0 {
			node = &plan.FlattenNode{Path: v.place.path, Node: n}
		}
		out = append(out, e.conditional(v.guard, node))
	}
	return out
}

// maxAlternatives is how many alternatives of a guard the tree shows; beyond
// that the node stands there unconditionally. Chosen, not measured.
const maxAlternatives = 4

// conditional puts a node under its guard, one variable after the other:
//
//	a and not b   Include(if: $a) { Skip(if: $b) { n } }
//	a or b        Include(if: $a) { n } Else { Include(if: $b) { n } }
func (e *emitter) conditional(g plan.Guard, n plan.Node) plan.Node {
	if len(g) == 0 || len(g) > maxAlternatives {
		return n
	}
	bit := (g[0].Set | g[0].Clear) & -(g[0].Set | g[0].Clear)
	i := bits.TrailingZeros64(bit)
	if i >= len(e.op.Conditions) {
		return n
	}
	out := &plan.ConditionNode{Variable: e.op.Conditions[i]}
	if left := assume(g, plan.Literals{Set: bit}); left == nil || len(left) > 0 {
		out.If = e.conditional(left, n)
	}
	if left := assume(g, plan.Literals{Clear: bit}); left == nil || len(left) > 0 {
		out.Else = e.conditional(left, n)
	}
	return out
}
