package plan

// Node is one node of the portable plan tree, named as Apollo and Hive name
// them so that existing tools render it.
type Node interface{ node() }

// The kinds of nodes.
type (
	// SequenceNode runs its nodes one after the other.
	SequenceNode struct{ Nodes []Node }
	// ParallelNode runs its nodes at once.
	ParallelNode struct{ Nodes []Node }
	// FetchNode is Plan.Fetches[Fetch]; with Set >= 0 only that set of it. A set
	// that serves several places stands at each of them.
	FetchNode struct{ Fetch, Set int }
	// FlattenNode runs Node for every object at Path.
	FlattenNode struct {
		Path []string
		Node Node
	}
	// ConditionNode is If when the Boolean variable holds, else Else; either may
	// be nil. Variable indexes Plan.Variables.
	ConditionNode struct {
		Variable int
		If, Else Node
	}
	// SubscriptionNode streams Primary and runs Rest for each event.
	SubscriptionNode struct{ Primary, Rest Node }
)

func (*SequenceNode) node()     {}
func (*ParallelNode) node()     {}
func (*FetchNode) node()        {}
func (*FlattenNode) node()      {}
func (*ConditionNode) node()    {}
func (*SubscriptionNode) node() {}
