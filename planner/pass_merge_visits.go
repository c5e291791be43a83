package planner

// mergeVisits joins two visits of one place to one subgraph if the earlier one
// can wait (M1, M8): fields that need nothing travel with those that need a
// @requires, unless that delays something.
//
//	round 1: a{x}               round 2: a{x y}
//	round 2: a{y} (requires) ⇒
func mergeVisits(b *builder) bool {
	if b.r.limits.approximate {
		return false
	}
	fired := false
	var s *schedule // as of the last merge
	for _, p := range b.fg.places {
		for again := true; again; {
			again = false
			for _, v := range p.others {
				for _, w := range p.others {
					if !mergeable(v, w) || !b.r.limits.spend(b.r.ctx, len(b.fg.visits)) {
						continue
					}
					if s == nil {
						s = newSchedule(b)
					}
					if s.mayWait(v, w) && b.mergeVisit(v, w) {
						again, fired, s = true, true, nil
						if settleRounds(b) != nil {
							return fired
						}
					}
				}
			}
		}
	}
	return fired
}

// mergeable reports whether v could be asked as part of the later w.
func mergeable(v, w *visit) bool {
	if v == w || v.merged != nil || w.merged != nil || v.kind != entryVisit || w.kind != entryVisit {
		return false
	}
	return v.sub == w.sub && v.group == w.group && v.round <= w.round &&
		!v.contextual && !w.contextual && v.family == w.family && equalGuard(v.guard, w.guard)
}

// mayWait reports whether v can move to w's round: it has the slack, and w does
// not wait for it.
func (s *schedule) mayWait(v, w *visit) bool {
	from, to := -1, -1
	for i, x := range s.visits {
		switch x {
		case v:
			from = i
		case w:
			to = i
		}
	}
	return from >= 0 && to >= 0 && s.latest[from] >= w.round && !s.waits(to, from, make([]bool, len(s.visits)))
}

// waits reports whether visit i needs visit k, directly or not.
func (s *schedule) waits(i, k int, seen []bool) bool {
	if i == k {
		return true
	}
	if seen[i] {
		return false
	}
	seen[i] = true
	for _, in := range s.inputs[i] {
		if s.waits(in, k, seen) {
			return true
		}
	}
	return false
}

// mergeVisit moves everything of v into w.
func (b *builder) mergeVisit(v, w *visit) bool {
	for _, r := range v.reps {
		if q := w.rep(r.t); q != nil && (q.as != r.as || b.clash(q, r.reqs)) {
			return false
		}
	}
	for _, r := range v.reps {
		q := w.rep(r.t)
		if q == nil {
			w.reps = append(w.reps, r)
			w.types = append(w.types, r.t)
			continue
		}
		if !q.has(r.reqs) {
			q.members = mergeFacts(q.members, r.members)
			q.reqs = append(q.reqs, r.reqs...)
		}
	}
	for _, e := range v.entries {
		w.adopt(e)
	}
	v.merged = w
	return true
}

// adopt makes an entry of another visit this one's.
func (v *visit) adopt(e *entry) {
	for _, o := range v.entries {
		if o.child == nil && e.child == nil && o.identity == e.identity && o.typ == e.typ &&
			(equalGuard(o.guard, e.guard) || o.types.Equal(e.types)) {
			o.types = o.types.Or(e.types)
			o.guard = orGuard(o.guard, e.guard)
			o.client = o.client || e.client
			o.order = min(o.order, e.order)
			e.moved = o
			return
		}
	}
	if v.taken(e.key) {
		e.key = v.alias(e.name)
	}
	e.v = v
	v.entries = append(v.entries, e)
}
