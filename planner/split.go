package planner

import "github.com/weftql/weft/schema"

// Split arrival: one composite field asked of several subgraphs at once, each
// for what it has of the object, where asking one and looking up the rest takes
// a round more:
//
//	a{me{x id}} > b(User){y}   ⇒   a{me{x}} | b{me{y}}
//
// That is sound because a field several subgraphs resolve (@shareable) gives the
// same object in all of them. It is done for single objects only: lists would
// have to be in one order. Where no subgraph has a field whole there is no
// choice, see [coverer.parts].

// split returns the parts of a split of it that ends earlier than every other
// way and takes no more requests; nil if there is none.
func (r *run) split(it *item, ways []candidate, t schema.TypeID, st *start, tbl *table, typ int) []candidate {
	if it.sub == nil || it.internal || len(ways) < 2 || r.limits.approximate || t == r.s.Mutation || t == r.s.Subscription {
		return nil
	}
	end := unreached
	requests := 0
	for i := range ways {
		if w := &ways[i]; w.miss == nil && w.opens.last(r.g.words) < end {
			end, requests = w.opens.last(r.g.words), w.opens.requests()
		}
	}
	if end == 0 || end == unreached {
		return nil
	}
	s := r.splitter(ways, t, st)
	needs := s.divide(r, it)
	if needs == nil {
		return nil
	}
	var parts []candidate
	var union opens
	for i, nd := range needs {
		if nd == nil {
			continue
		}
		part := *it
		part.sub = nd
		c := r.candidate(nil, &part, t, st, tbl, s.nodes[i], typ)
		if len(c) == 0 || c[0].miss != nil {
			return nil
		}
		c[0].it = it
		parts = append(parts, c[0])
		union = union.clone().or(r.g.words, c[0].opens, 0)
	}
	if len(parts) < 2 || union.last(r.g.words) >= end || union.requests() > requests {
		return nil
	}
	return parts
}

// splitter is the nodes that can bring a part of an object of one type, with
// where it begins in each.
type splitter struct {
	t      schema.TypeID
	nodes  []*node
	starts []*start
}

func (r *run) splitter(ways []candidate, t schema.TypeID, st *start) *splitter {
	s := &splitter{}
	for i := range ways {
		w := &ways[i]
		f := w.n.fields[w.it.name]
		if w.req || f.in.External || f.in.Type.Elem != nil {
			continue
		}
		begin := r.childStart(st, t, w.n, f, r.viewAt(t, st, w.n))
		if !begin.static() || len(s.starts) > 0 && begin.typ != s.t {
			continue
		}
		s.t = begin.typ
		s.nodes, s.starts = append(s.nodes, w.n), append(s.starts, begin)
	}
	return s
}

// divide gives each node the fields it has right there, those with most first;
// nil if some field is in none of them, or one node has all.
func (s *splitter) divide(r *run, it *item) []*need {
	if len(s.nodes) < 2 {
		return nil
	}
	rest := it.sub.of(r.s, s.t).list
	out := make([]*need, len(s.nodes))
	for len(rest) > 0 {
		best := -1
		var taken, left []*item
		for i := range s.nodes {
			have, not := s.share(r, i, rest)
			if len(have) > len(taken) {
				best, taken, left = i, have, not
			}
		}
		if best < 0 {
			return nil
		}
		var m missing
		for _, sub := range taken {
			m.add(s.t, sub, sub.sub)
		}
		out[best], rest = m.need(), left
	}
	return out
}

// share separates the fields node i has right there from the others.
func (s *splitter) share(r *run, i int, list []*item) (have, not []*item) {
	for _, it := range list {
		if r.local(it, s.t, s.starts[i]) {
			have = append(have, it)
		} else {
			not = append(not, it)
		}
	}
	return have, not
}

// local reports whether an item is read whole where the place begins.
func (r *run) local(it *item, t schema.TypeID, st *start) bool {
	if it.name == typename {
		return true
	}
	n := r.node(t, st)
	if n == nil || n.fields[it.name] == nil {
		return false
	}
	f := n.fields[it.name]
	if !r.readable(t, f, st.view, it.internal) {
		return false
	}
	if it.sub == nil {
		return true
	}
	below := r.below(it.sub, r.childStart(st, t, n, f, st.view))
	return below.miss == nil && below.opens.requests() == 0
}
