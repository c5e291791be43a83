package planner

// subscription builds the stream's own request, in round 0, and what runs for
// each event after it. The one root field comes from one subgraph.
func (b *builder) subscription(nd *need) error {
	root, sv := b.newRoot(nd, b.r.s.Subscription)
	typ := root.types[0]
	list := nd.of(b.r.s, typ)
	if err := b.reachable(list, typ, sv.st); err != nil {
		return err
	}
	d := b.r.decide(list, typ, sv.st, 0)
	if len(d.picks) > 1 {
		return unreachable(b.r.s.Types[typ].Name + "." + list.list[0].name)
	}
	return b.apply(root, sv, typ, d.picks)
}
