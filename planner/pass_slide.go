package planner

// slide moves visits with slack to a later round in which their subgraph is
// asked anyway (M7).
//
//	round 1: a, b      round 1: b
//	round 2: a, c   ⇒  round 2: a (both), c
//
// A move is kept if it saves a request and delays nobody: what waits for a
// moved visit moves along, which may undo a sharing elsewhere.
func slide(b *builder) bool {
	s := newSchedule(b)
	if len(s.visits) > 400 || b.r.limits.approximate {
		return false // quadratic; chosen, not measured
	}
	tries := 2000 // chosen, not measured
	fired := false
	best := s.requests()
	last := s.resettle()
	for moved := true; moved; {
		moved = false
		for _, p := range s.pairs() {
			if tries--; tries < 0 || !b.r.limits.spend(b.r.ctx, len(s.visits)) {
				return fired
			}
			pins := s.pins()
			s.slack()
			if !s.moveAway(p) {
				continue
			}
			if end := s.resettle(); end <= last && s.requests() < best {
				best, moved, fired = s.requests(), true, true
				continue
			}
			s.restore(pins)
		}
	}
	return fired
}

// pairs lists the requests in order of their first visit.
func (s *schedule) pairs() []pair {
	var out []pair
	seen := map[pair]bool{}
	for _, v := range s.visits {
		if p := v.pair(); v.kind == entryVisit && !v.alone() && !seen[p] {
			seen[p] = true
			out = append(out, p)
		}
	}
	return out
}

// moveAway pins every visit of the request to a later round of the same
// subgraph. It reports false if one of them has nowhere to go.
func (s *schedule) moveAway(p pair) bool {
	for i, v := range s.visits {
		if v.pair() != p {
			continue
		}
		to := -1
		for _, w := range s.visits {
			if w.sub == v.sub && w.group == v.group && w.kind == v.kind && !w.alone() &&
				w.round > v.round && w.round <= s.latest[i] && (to < 0 || w.round < to) {
				to = w.round
			}
		}
		if to < 0 {
			return false
		}
		v.pin = to
	}
	return true
}

func (s *schedule) pins() []int {
	out := make([]int, len(s.visits))
	for i, v := range s.visits {
		out[i] = v.pin
	}
	return out
}

func (s *schedule) restore(pins []int) {
	for i, v := range s.visits {
		v.pin = pins[i]
	}
	s.resettle()
}
