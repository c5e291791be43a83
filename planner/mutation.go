package planner

// mutation builds serial groups: a group is complete, follow-ups included,
// before the next one starts. Adjacent root fields share a group, and so a
// request, if one subgraph resolves them and no follow-up of an earlier one
// returns to that subgraph, where it would see the later one's effect. Fields
// that a backend is asked for one by one share nothing.
func (b *builder) mutation(nd *need) error {
	root, sv := b.newRoot(nd, b.r.s.Mutation)
	typ := root.types[0]
	list := nd.of(b.r.s, typ)
	current, began := -1, 0
	for _, it := range list.list {
		if it.name == typename || it.text != "" {
			continue
		}
		one := &items{list: []*item{it}}
		if err := b.reachable(one, typ, sv.st); err != nil {
			return err
		}
		d := b.r.decide(one, typ, sv.st, 0)
		// Never two subgraphs for one field: a mutation runs once.
		if len(d.picks) != 1 {
			return unreachable(b.r.s.Types[typ].Name + "." + it.name)
		}
		sub := d.picks[0].n.sub
		if current >= 0 && (sub != current || !b.r.s.Subgraphs[sub].Merges || b.returns(began, sub)) {
			b.nextGroup()
			began = len(b.fg.visits)
			b.deadline = b.fg.rounds + d.opens.last(b.r.g.words)
		}
		current = sub
		if err := b.apply(root, sv, typ, d.picks); err != nil {
			return err
		}
	}
	return nil
}

// returns reports whether a follow-up since visit number began asks sub again.
func (b *builder) returns(began, sub int) bool {
	for _, v := range b.fg.visits[began:] {
		if v.sub == sub && (v.kind != rootVisit || v.place != b.fg.root) {
			return true
		}
	}
	return false
}

// nextGroup starts the next serial group after everything so far.
func (b *builder) nextGroup() {
	b.fg.group++
	for _, v := range b.fg.visits {
		b.fg.rounds = max(b.fg.rounds, v.round+1)
	}
}
