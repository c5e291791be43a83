package planner

// schedule is the visits with what each waits for, for passes that move them.
type schedule struct {
	b      *builder
	visits []*visit
	inputs [][]int
	users  [][]int
	latest []int // round each may move to without delaying the group
}

func newSchedule(b *builder) *schedule {
	s := &schedule{b: b}
	index := map[*visit]int{}
	for _, v := range b.fg.visits {
		if v.merged == nil {
			index[v] = len(s.visits)
			s.visits = append(s.visits, v)
		}
	}
	s.inputs = make([][]int, len(s.visits))
	s.users = make([][]int, len(s.visits))
	for i, v := range s.visits {
		for _, in := range b.inputs(v) {
			if k, ok := index[in.resolve()]; ok && k != i {
				s.inputs[i] = append(s.inputs[i], k)
				s.users[k] = append(s.users[k], i)
			}
		}
	}
	s.slack()
	return s
}

// slack computes latest from the rounds as they are.
func (s *schedule) slack() {
	end := map[int]int{}
	for _, v := range s.visits {
		end[v.group] = max(end[v.group], v.round)
	}
	s.latest = make([]int, len(s.visits))
	done := make([]bool, len(s.visits))
	var settle func(i int)
	settle = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		l := end[s.visits[i].group]
		for _, u := range s.users[i] {
			if s.visits[u].group == s.visits[i].group {
				settle(u)
				l = min(l, s.latest[u]-1)
			}
		}
		s.latest[i] = l
	}
	for i := range s.visits {
		settle(i)
	}
}

// pair is what one request stands for.
type pair struct{ group, round, sub int }

func (v *visit) pair() pair { return pair{v.group, v.round, v.sub} }

// requests counts distinct requests and adds up their rounds' weight.
func (s *schedule) requests() int {
	seen := map[pair]bool{}
	n := 0
	for _, v := range s.visits {
		if v.sub < 0 {
			continue
		}
		if v.alone() {
			n++
		} else if !seen[v.pair()] {
			seen[v.pair()] = true
			n++
		}
	}
	return n
}

// alone reports whether the visit never shares a request.
func (v *visit) alone() bool {
	return len(v.contexts) > 0 || v.kind == rootVisit && v.place.parent != nil
}

// resettle recomputes rounds after pins changed, and returns the last.
func (s *schedule) resettle() int {
	last := 0
	done := make([]bool, len(s.visits))
	base := map[int]int{}
	var settle func(i int)
	settle = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		v := s.visits[i]
		round := max(v.pin, base[v.group])
		for _, k := range s.inputs[i] {
			if s.visits[k].group == v.group {
				settle(k)
				round = max(round, s.visits[k].round+1)
			}
		}
		v.round = round
		last = max(last, round)
	}
	for group := 0; group <= s.b.fg.group; group++ {
		base[group] = last
		if group > 0 {
			base[group] = last + 1
		}
		for i, v := range s.visits {
			if v.group == group {
				settle(i)
			}
		}
	}
	return last
}
