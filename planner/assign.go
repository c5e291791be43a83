package planner

import "github.com/weftql/weft/schema"

// pick says where one item (or a part of it) comes from: node n, entered for
// the item if req; sub is the part of a composite item this pick is to bring.
type pick struct {
	it  *item
	n   *node
	req bool
	sub *need
	at  int // rounds after the place begins
	// below is how many more rounds the pick's sub-selection takes; set for
	// facts only.
	below  int
	family string // see familyOf
	typed  bool   // only for objects known to be of the type
}

// decision is how the items of one runtime type are served from one start.
type decision struct {
	opens opens
	picks []pick
	miss  []leftover
}

// leftover is an item, or the part of it, that a start cannot reach.
type leftover struct {
	it  *item
	sub *need
}

type decisionKey struct {
	list *items
	t    schema.TypeID
	st   *start
	typ  int // the subgraph that tells the type + 1, 0: nobody is asked
}

// verdict sums up the decisions of all types at a place: the requests, and
// what could not be reached.
type verdict struct {
	opens opens
	miss  *need
}

type verdictKey struct {
	nd *need
	st *start
}

// candidate is one way to serve an item: its pick, the requests it takes, and
// what of a composite item it leaves.
type candidate struct {
	pick
	opens opens
	miss  *need
}

// below decides all types of a place. Verdicts are shared by every position
// with the same need and start: repeated fragments cost nothing.
func (r *run) below(nd *need, st *start) *verdict {
	k := verdictKey{nd, st}
	if v := r.verdicts[k]; v != nil {
		return v
	}
	if r.depth >= maxDepth {
		r.tainted = true
		return &verdict{miss: nd}
	}
	r.depth++
	before := r.tainted
	r.tainted = false
	v := &verdict{}
	var miss missing
	typ := r.typeSource(nd, st)
	for _, t := range st.types {
		d := r.decide(nd.of(r.s, t), t, st, typ)
		v.opens = v.opens.or(r.g.words, d.opens, 0)
		for _, l := range d.miss {
			miss.add(t, l.it, l.sub)
		}
	}
	v.miss = miss.need()
	if typ == 0 && r.wantsType(nd, st) {
		v.miss = nd // nobody can tell it, so this is no way to any of it
	}
	r.depth--
	if !r.tainted {
		r.verdicts[k] = v
	}
	r.tainted = r.tainted || before
	return v
}

// maxDepth bounds the recursion over an operation: its depth is limited before
// planning, requirements add to it.
const maxDepth = 1000

// typeSource returns which subgraph tells the runtime type at an interface
// object's place, plus one, or 0 where nobody needs to.
func (r *run) typeSource(nd *need, st *start) int {
	r.findConditional(nd, st) // decisions rest on it, those made to choose the source too
	if !r.wantsType(nd, st) {
		return 0
	}
	return r.tellType(nd, st) + 1
}

// wantsType reports whether a need cannot be served from an interface object
// without its runtime type.
func (r *run) wantsType(nd *need, st *start) bool {
	return st.io && (nd.asksType() || nd.differs(r.s, st.types))
}

// tellType chooses among the subgraphs that tell the type soonest the one that
// makes the place cheapest: it may be needed anyway.
func (r *run) tellType(nd *need, st *start) int {
	k := verdictKey{nd, st}
	if sub, ok := r.types[k]; ok {
		return sub
	}
	subs := r.typeSubs(st)
	best, bestCost := -1, 0
	for _, sub := range subs {
		cost := 0
		if len(subs) > 1 {
			var o opens
			for _, t := range st.types {
				o = o.or(r.g.words, r.decide(nd.of(r.s, t), t, st, sub+1).opens, 0)
			}
			cost = r.prices.cost(o)
		}
		if best < 0 || cost < bestCost {
			best, bestCost = sub, cost
		}
	}
	r.types[k] = best
	return best
}

// typeSub is the first subgraph that tells the runtime types of an interface
// object soonest, -1 if there is none.
func (r *run) typeSub(st *start) int {
	if subs := r.typeSubs(st); len(subs) > 0 {
		return subs[0]
	}
	return -1
}

// conditionalKey names an item that not all types at an interface object's
// place ask for.
type conditionalKey struct {
	nd *need
	at int
	st *start
}

// findConditional notes which items at an interface object's place depend on
// the runtime type. They must not be asked of all objects: an error or a null
// of an object that does not have the field would be felt. So they wait until
// the type is known.
func (r *run) findConditional(nd *need, st *start) {
	if !st.io || !nd.differs(r.s, st.types) {
		return
	}
	count := map[int]int{}
	for _, t := range st.types {
		for _, it := range nd.of(r.s, t).list {
			count[it.at]++
		}
	}
	for _, t := range st.types {
		for _, it := range nd.of(r.s, t).list {
			if count[it.at] < len(st.types) {
				r.conditional[conditionalKey{nd, it.at, st}] = true
			}
		}
	}
}

// typeSubs returns the subgraphs that tell the runtime types soonest: one way
// in for all types, by the interface's name.
func (r *run) typeSubs(st *start) []int {
	var best []int
	bestAt := unreached
	for sub := range r.s.Subgraphs {
		at := 0
		for _, t := range st.types {
			n := r.g.entryIn(t, sub)
			if n == nil {
				at = unreached
				break
			}
			tbl := r.table(t, st)
			if l := tbl.via[n.index]; l == nil || l.concrete {
				at = unreached
				break
			}
			at = max(at, tbl.at[n.index])
		}
		if at < bestAt {
			best, bestAt = best[:0], at
		}
		if at == bestAt && at < unreached {
			best = append(best, sub)
		}
	}
	return best
}

// decide serves one runtime type's items from st. typ is typeSource's answer.
func (r *run) decide(list *items, t schema.TypeID, st *start, typ int) *decision {
	k := decisionKey{list, t, st, typ}
	if d := r.decisions[k]; d != nil {
		return d
	}
	if r.active[k] || len(list.list) == 0 && typ == 0 {
		d := &decision{}
		for _, it := range list.list {
			r.tainted = true
			d.miss = append(d.miss, leftover{it, it.sub})
		}
		return d
	}
	r.active[k] = true
	before := r.tainted
	r.tainted = false
	d := r.cover(askType(list, typ), t, st, typ)
	delete(r.active, k)
	if !r.tainted {
		r.decisions[k] = d
	}
	r.tainted = r.tainted || before
	return d
}

// typeItem stands for the runtime type where it has to be fetched.
func typeItem() *item {
	return &item{at: -1, internal: true, response: typename, name: typename, identity: typename}
}

// askType returns the items to serve: __typename only where it takes a fetch,
// which is for interface objects.
func askType(list *items, typ int) []*item {
	out := make([]*item, 0, len(list.list)+1)
	if typ > 0 {
		out = append(out, typeItem())
	}
	for _, it := range list.list {
		if it.name != typename && it.text == "" {
			out = append(out, it)
		}
	}
	return out
}

// candidates lists the ways to serve an item, in node order with the node the
// place begins at first.
func (r *run) candidates(it *item, t schema.TypeID, st *start, tbl *table, typ int) []candidate {
	nodes := r.g.types[t].nodes
	begin := r.node(t, st)
	out := make([]candidate, 0, 4)
	if begin != nil {
		out = r.candidate(out, it, t, st, tbl, begin, typ)
	}
	for _, n := range nodes {
		if n != begin {
			out = r.candidate(out, it, t, st, tbl, n, typ)
		}
	}
	return out
}

func (r *run) candidate(out []candidate, it *item, t schema.TypeID, st *start, tbl *table, n *node, typ int) []candidate {
	if !r.limits.spend(r.ctx, 1) {
		return out
	}
	w := r.g.words
	at := tbl.at[n.index]
	if it.name == typename {
		if n.sub == typ-1 && !n.io && at < unreached {
			c := candidate{pick: pick{it: it, n: n, at: at}}
			c.opens = tbl.closure[n.index]
			out = append(out, c)
		}
		return out
	}
	f := n.fields[it.name]
	if f == nil {
		return out
	}
	c := candidate{pick: pick{it: it, n: n, at: at, sub: it.sub}}
	v := r.viewAt(t, st, n)
	switch {
	case f.needsEntry():
		if f.in.External || !r.live(f.in) || !r.require(&c, t, st, tbl, f) {
			return out
		}
		v = r.entryView(n)
	case at >= unreached || !r.readable(t, f, v, it.internal):
		return out
	case n != r.node(t, st):
		c.opens = tbl.closure[n.index]
	}
	if n.io && st.io && typ > 0 && r.conditional[conditionalKey{it.owner, it.at, st}] && !r.waitForType(&c, t, st, tbl, typ) {
		return out
	}
	if it.sub != nil {
		if c.req {
			v = r.entryView(n)
		}
		below := r.below(it.sub, r.childStart(st, t, n, f, v))
		c.opens = c.opens.clone().or(w, below.opens, c.at)
		c.miss = below.miss
	}
	return append(out, c)
}

// waitForType makes a candidate at an interface object an entry of its own, for
// objects of a known type only.
func (r *run) waitForType(c *candidate, t schema.TypeID, st *start, tbl *table, typ int) bool {
	teller := r.g.entryIn(t, typ-1)
	if teller == nil || tbl.at[teller.index] >= unreached || tbl.entry[c.n.index] >= unreached {
		return false
	}
	w := r.g.words
	round := max(c.at, tbl.entry[c.n.index], tbl.at[teller.index]+1)
	o := tbl.closure[teller.index].clone().or(w, c.opens, 0)
	if c.at > 0 && c.at < round && c.at*w < len(o) {
		o.drop(w, c.at, c.n.bitOf(st))
	}
	c.opens = o.with(w, round, c.n.bitOf(st))
	c.at, c.req, c.typed = round, true, true
	return true
}

// require prices an entry that carries what f requires.
func (r *run) require(c *candidate, t schema.TypeID, st *start, tbl *table, f *fieldAt) bool {
	n := c.n
	if tbl.entry[n.index] >= unreached {
		return false
	}
	w := r.g.words
	round := tbl.entry[n.index]
	o := tbl.closure[n.index].clone()
	if f.in.Requires != nil {
		d := r.decide(r.set(f.in.Requires).of(r.s, t), t, st, 0)
		if len(d.miss) > 0 {
			return false
		}
		round = max(round, d.opens.last(w)+1)
		// The entry itself moves to its round; what leads to the key stays.
		if begin := tbl.entry[n.index]; begin < round && n != r.node(t, st) {
			o.drop(w, begin, n.bitOf(st))
		}
		o = o.or(w, d.opens, 0)
	}
	c.opens = o.with(w, round, n.bitOf(st))
	c.at = round
	c.req = true
	return true
}
