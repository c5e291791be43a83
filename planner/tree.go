package planner

import "github.com/weftql/weft/planner/plan"

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

// nodes are a fetch's nodes: one per set where look-ups share the request.
func (e *emitter) nodes(f *fetch) []plan.Node {
	var out []plan.Node
	for i, v := range f.visits {
		n := &plan.FetchNode{Fetch: f.index, Set: -1}
		if len(f.visits) > 1 {
			n.Set = i
		}
		if len(v.place.path) == 0 {
			out = append(out, n)
			continue
		}
		out = append(out, &plan.FlattenNode{Path: v.place.path, Node: n})
	}
	return out
}
