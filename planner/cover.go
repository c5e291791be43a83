package planner

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// choice is an item with the ways left to serve it.
type choice struct {
	it   *item
	ways []candidate
	pick int
}

// cover chooses a way for every item of one type so that the union of their
// requests is cheap: what has one way goes first, then composite items, which
// weigh most, then leaves by greedy set cover, then one round of repair in
// which each item may move to where the others already are.
func (r *run) cover(list []*item, t schema.TypeID, st *start, typ int) *decision {
	d := &decision{}
	if len(list) == 0 {
		return d
	}
	if r.allHere(list, t, st, d) {
		return d
	}
	tbl := r.table(t, st)
	c := &coverer{r: r, d: d, nodes: make([]int, len(r.g.types[t].nodes))}
	c.begin = -1
	if n := r.node(t, st); n != nil {
		c.begin = n.index
		c.nodes[n.index]++
	}
	var open []*choice
	for _, it := range list {
		ways := r.candidates(it, t, st, tbl, typ)
		if parts := r.split(it, ways, t, st, tbl, typ); parts != nil {
			for _, part := range parts {
				c.take(part)
			}
			continue
		}
		whole := complete(ways)
		switch {
		case len(whole) == 0:
			c.parts(it, ways, t, st, tbl, typ)
		case len(whole) == 1:
			c.take(whole[0])
		default:
			open = append(open, &choice{it: it, ways: whole, pick: -1})
		}
	}
	r.alternatives += len(open)
	c.choose(open)
	if cheap := r.withoutDear(open, st); cheap != nil {
		other := &coverer{r: r, d: d, nodes: make([]int, len(c.nodes)), begin: c.begin, fixed: c.fixed}
		other.recount(cheap, -1)
		other.choose(cheap)
		if r.prices.cost(other.acc) < r.prices.cost(c.acc) {
			c, open = other, cheap
		}
	}
	c.finish(open)
	return d
}

func (c *coverer) choose(open []*choice) {
	c.composites(open)
	c.leaves(open)
	c.repair(open)
}

// allHere takes the short way: only leaves, all read where the place begins.
func (r *run) allHere(list []*item, t schema.TypeID, st *start, d *decision) bool {
	n := r.node(t, st)
	for _, it := range list {
		if it.name == typename || it.sub != nil || n == nil {
			return false
		}
		f := n.fields[it.name]
		if f == nil || !r.readable(t, f, st.view, false) {
			return false
		}
	}
	r.limits.spend(r.ctx, len(list))
	for _, it := range list {
		d.picks = append(d.picks, pick{it: it, n: n})
	}
	return true
}

// complete returns the ways that leave nothing.
func complete(ways []candidate) []candidate {
	if !slices.ContainsFunc(ways, func(w candidate) bool { return w.miss != nil }) {
		return ways
	}
	out := ways[:0:0]
	for _, w := range ways {
		if w.miss == nil {
			out = append(out, w)
		}
	}
	return out
}

// coverer is the state of one cover: the requests so far and how many items
// use each node.
type coverer struct {
	r     *run
	d     *decision
	acc   opens
	nodes []int
	begin int // the node the place begins at, -1 if none
	fixed []candidate
}

func (c *coverer) take(w candidate) {
	c.fixed = append(c.fixed, w)
	c.add(w)
}

func (c *coverer) add(w candidate) {
	c.acc = c.acc.clone().or(c.r.g.words, w.opens, 0)
	c.nodes[w.n.index]++
}

// price is what the way costs besides what is taken already.
func (c *coverer) price(w candidate) int {
	p := c.r.prices.added(c.acc, w.opens)
	if c.nodes[w.n.index] == 0 {
		p += costAlias
	}
	return p
}

// parts serves an item that no node has whole: the way that leaves least, then
// others for the rest. What remains is left over.
func (c *coverer) parts(it *item, ways []candidate, t schema.TypeID, st *start, tbl *table, typ int) {
	rest := it.sub
	for rest != nil {
		best := -1
		for i := range ways {
			w := &ways[i]
			if w.miss != nil && w.miss.size() >= rest.size() {
				continue
			}
			if best < 0 || less(w, &ways[best], c) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		w := ways[best]
		c.take(w)
		if w.miss == nil {
			return
		}
		rest = w.miss
		part := *it
		part.sub = rest
		ways = c.r.candidates(&part, t, st, tbl, typ)
		for i := range ways {
			ways[i].it = it
		}
	}
	c.d.miss = append(c.d.miss, leftover{it, rest})
}

func less(a, b *candidate, c *coverer) bool {
	x, y := 0, 0
	if a.miss != nil {
		x = a.miss.size()
	}
	if b.miss != nil {
		y = b.miss.size()
	}
	if x != y {
		return x < y
	}
	return c.price(*a) < c.price(*b)
}

// composites chooses for composite items, cheapest first use of what is open;
// among equals the node that also has most of the open leaves.
func (c *coverer) composites(open []*choice) {
	for _, o := range open {
		if o.it.sub == nil {
			continue
		}
		if c.r.limits.approximate {
			c.pickCheapest(o)
			continue
		}
		best, bestPrice, bestShare := 0, 0, 0
		for i, w := range o.ways {
			p, share := c.price(w), c.share(open, w.n)
			if i == 0 || p < bestPrice || p == bestPrice && share > bestShare {
				best, bestPrice, bestShare = i, p, share
			}
		}
		o.pick = best
		c.add(o.ways[best])
	}
}

// pickCheapest takes the way that adds least to what is taken so far.
func (c *coverer) pickCheapest(o *choice) {
	o.pick = c.cheapest(o, 0)
	c.add(o.ways[o.pick])
}

// cheapest is the way that adds least; of equals than, then the first.
func (c *coverer) cheapest(o *choice, than int) int {
	best, bestPrice := than, c.price(o.ways[than])
	for i, w := range o.ways {
		if p := c.price(w); p < bestPrice {
			best, bestPrice = i, p
		}
	}
	return best
}

// share counts the undecided items that node n could serve.
func (c *coverer) share(open []*choice, n *node) int {
	s := 0
	for _, o := range open {
		if o.pick >= 0 {
			continue
		}
		for _, w := range o.ways {
			if w.n == n {
				s++
			}
		}
	}
	return s
}

// leaves covers the leaves: again and again the node with the lowest price per
// leaf it serves. Once a soft limit is passed each leaf goes where it is cheap.
func (c *coverer) leaves(open []*choice) {
	for _, o := range open {
		if w := &o.ways[0]; o.pick < 0 && w.n.index == c.begin && len(w.opens) == 0 {
			o.pick = 0 // it is there: free, and known whatever becomes of the rest
			c.add(*w)
		}
	}
	for !c.r.limits.approximate {
		best, price := c.bestShared(open)
		if best == nil || !c.r.limits.spend(c.r.ctx, len(open)) {
			break
		}
		c.serve(open, best, price)
	}
	for _, o := range open {
		if o.pick < 0 && c.r.limits.spend(c.r.ctx, 1) {
			c.pickCheapest(o)
		}
	}
}

// bestShared is the way into the node with the lowest price per open item it
// serves, and its price; nil if all items are served.
func (c *coverer) bestShared(open []*choice) (*candidate, int) {
	var best *candidate
	bestPrice, bestShare := 0, 0
	for _, o := range open {
		if o.pick >= 0 {
			continue
		}
		for i := range o.ways {
			w := &o.ways[i]
			p, share := c.price(*w), c.share(open, w.n)
			if best == nil || p*bestShare < bestPrice*share || p*bestShare == bestPrice*share && w.at < best.at {
				best, bestPrice, bestShare = w, p, share
			}
		}
		if best != nil && bestPrice == 0 {
			break
		}
	}
	return best, bestPrice
}

// serve lets the node of best serve every open item it serves at that price.
func (c *coverer) serve(open []*choice, best *candidate, price int) {
	for _, o := range open {
		if o.pick >= 0 {
			continue
		}
		for i := range o.ways {
			if w := &o.ways[i]; w.n == best.n && (c.price(*w) <= price || w.it == best.it) {
				o.pick = i
				c.add(*w)
				break
			}
		}
	}
}

// repair lets every item move once more to where the others are.
func (c *coverer) repair(open []*choice) {
	if len(open) > 48 || c.r.limits.approximate {
		return // quadratic; chosen, not measured
	}
	for pass := 0; pass < 2; pass++ {
		moved := false
		for k, o := range open {
			if len(o.ways) < 2 {
				continue
			}
			c.recount(open, k)
			best := c.cheapest(o, max(0, o.pick))
			moved = moved || best != o.pick
			o.pick = best
		}
		if !moved {
			break
		}
	}
	c.recount(open, -1)
}

// recount adds up everything but open[without].
func (c *coverer) recount(open []*choice, without int) {
	c.acc = nil
	clear(c.nodes)
	if c.begin >= 0 {
		c.nodes[c.begin]++
	}
	for _, w := range c.fixed {
		c.acc = c.acc.or(c.r.g.words, w.opens, 0)
		c.nodes[w.n.index]++
	}
	for k, o := range open {
		if k != without && o.pick >= 0 {
			c.acc = c.acc.or(c.r.g.words, o.ways[o.pick].opens, 0)
			c.nodes[o.ways[o.pick].n.index]++
		}
	}
}

// finish records the picks.
func (c *coverer) finish(open []*choice) {
	for _, w := range c.fixed {
		c.d.picks = append(c.d.picks, w.pick)
	}
	for _, o := range open {
		if o.pick < 0 {
			c.d.miss = append(c.d.miss, leftover{o.it, o.it.sub})
			continue
		}
		c.d.picks = append(c.d.picks, o.ways[o.pick].pick)
	}
	c.d.opens = c.acc
}
