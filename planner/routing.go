package planner

import (
	"sync"

	"github.com/weftql/weft/schema"
)

// unreached is the number of rounds to what cannot be reached.
const unreached = 1 << 20

// table answers, for objects of one type that begin at one start, in how many
// further rounds a selection can be opened at each node of the type. It is the
// least solution of the AND/OR rules
//
//	at(n), f direct in n        ⇒ known(f)   after at(n) rounds
//	all leaves of a key known   ⇒ at(n)      one round later
//	f requires R, all known     ⇒ known(f)   one round after R and n's key
//
// found round by round (Knuth's generalisation of Dijkstra with unit costs).
// It does not depend on the operation.
type table struct {
	at      []int // by node
	entry   []int // as at, but of a new request even where the place begins
	via     []*lookup
	typeAt  int // when the runtime type is known
	closure []opens
}

type tableKey struct {
	t  schema.TypeID
	st *start
}

// routeCache keeps tables of starts without a view for all plans of a planner.
type routeCache struct {
	mu     sync.RWMutex
	tables map[routeKey]*table
}

// maxTables bounds the cache: with override labels drawn per request there is a
// set of tables per combination. A table takes about 1 kB; chosen, not measured.
const maxTables = 1 << 16

type routeKey struct {
	t     schema.TypeID
	node  int // -1: a root operation
	top   bool
	many  bool
	world string
}

func (c *routeCache) get(k routeKey) *table {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.tables[k]
}

func (c *routeCache) put(k routeKey, t *table) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tables == nil {
		c.tables = map[routeKey]*table{}
	}
	if len(c.tables) < maxTables {
		c.tables[k] = t
	}
}

// table returns the routing table of type t from st.
func (r *run) table(t schema.TypeID, st *start) *table {
	k := tableKey{t: t, st: st}
	if tbl := r.tables[k]; tbl != nil {
		return tbl
	}
	rk := routeKey{t: t, node: -1, top: st.top, many: st.many, world: r.world}
	n := r.node(t, st)
	if n != nil {
		rk.node = n.index
	}
	if st.view == nil {
		if tbl := r.routes.get(rk); tbl != nil {
			r.tables[k] = tbl
			return tbl
		}
	}
	if tbl := r.solving[k]; tbl != nil { // a cycle: what is settled so far
		r.tainted = true
		return tbl
	}
	before := r.tainted
	r.tainted = false
	tbl := r.solve(t, st, n)
	delete(r.solving, k)
	if !r.tainted { // a table cut short by a cycle holds only inside it
		r.tables[k] = tbl
		if st.view == nil {
			r.routes.put(rk, tbl)
		}
	}
	r.tainted = r.tainted || before
	return tbl
}

func newTable(nodes int) *table {
	tbl := &table{
		at: make([]int, nodes), entry: make([]int, nodes),
		via: make([]*lookup, nodes), closure: make([]opens, nodes), typeAt: unreached,
	}
	for i := range nodes {
		tbl.at[i], tbl.entry[i] = unreached, unreached
	}
	return tbl
}

func (r *run) solve(t schema.TypeID, st *start, begin *node) *table {
	nodes := r.g.types[t].nodes
	tbl := newTable(len(nodes))
	if begin != nil {
		tbl.at[begin.index] = 0
	}
	r.solving[tableKey{t: t, st: st}] = tbl
	if !st.io {
		tbl.typeAt = 0
	}
	if r.g.types[t].root {
		r.solveRoot(tbl, st, nodes)
		return tbl
	}
	for round := 0; round < routingDepth; round++ {
		later := false
		changed := false
		for i, n := range nodes {
			if tbl.entry[i] != unreached {
				continue
			}
			l, when := r.cheapest(t, st, tbl, n, round)
			if l == nil {
				later = later || when < unreached
				continue
			}
			tbl.entry[i], tbl.via[i] = round+1, l
			if tbl.at[i] == unreached {
				tbl.at[i] = round + 1
			}
			tbl.closure[i] = r.closureOf(t, st, tbl, n, l)
			changed = true
		}
		for i, n := range nodes {
			if !n.io && tbl.at[i] < tbl.typeAt {
				tbl.typeAt = tbl.at[i]
			}
		}
		if !changed && !later {
			break
		}
	}
	return tbl
}

// solveRoot: a root type is opened anywhere by a request of its own.
func (r *run) solveRoot(tbl *table, st *start, nodes []*node) {
	for i, n := range nodes {
		round := 1
		if st.top {
			round = 0
		}
		tbl.entry[i] = round
		if tbl.at[i] == unreached {
			tbl.at[i] = round
		}
		tbl.closure[i] = opens(nil).with(r.g.words, round, n.bitOf(st))
	}
}

// cheapest returns the look-up into n whose key is known by round, with the
// fewest requests on the way; without one, when the first would be.
func (r *run) cheapest(t schema.TypeID, st *start, tbl *table, n *node, round int) (*lookup, int) {
	var best *lookup
	bestCost, first := 0, unreached
	list := r.g.listPrices() // tables serve all operations
	for _, l := range n.lookups {
		when := r.keyRound(t, st, tbl, l)
		first = min(first, when)
		if when > round {
			continue
		}
		if c := list.cost(r.closureOf(t, st, tbl, n, l)) + l.Cost; best == nil || c < bestCost {
			best, bestCost = l, c
		}
	}
	return best, first
}

// closureOf is the requests that entering n by l takes, its own included.
func (r *run) closureOf(t schema.TypeID, st *start, tbl *table, n *node, l *lookup) opens {
	var o opens
	round := 0
	for _, it := range r.set(l.Key).of(r.s, t).list {
		m, when := r.source(t, st, tbl, it)
		if m == nil {
			continue
		}
		round = max(round, when)
		if m != r.node(t, st) {
			o = o.or(r.g.words, tbl.closure[m.index], 0)
		}
	}
	if l.concrete {
		round = max(round, tbl.typeAt)
	}
	return o.with(r.g.words, round+1, n.bitOf(st))
}

// source is the node a key leaf is read from first.
func (r *run) source(t schema.TypeID, st *start, tbl *table, it *item) (*node, int) {
	var best *node
	when := unreached
	for i, n := range r.g.types[t].nodes {
		if tbl.at[i] >= when {
			continue
		}
		if c := r.knownAt(t, st, tbl, it, n); c < when {
			best, when = n, c
		}
	}
	return best, when
}

// known is the round after which the item can be read, as far as the table is
// settled. A composite item may come in parts from several nodes.
func (r *run) known(t schema.TypeID, st *start, tbl *table, it *item) int {
	if it.name == typename {
		return tbl.typeAt
	}
	_, when := r.source(t, st, tbl, it)
	if when < unreached || it.sub == nil {
		return when
	}
	if rest, when := r.inParts(t, st, tbl, it); rest == nil {
		return when
	}
	return unreached
}

// knownAt is the round after which the item can be read from node n alone.
func (r *run) knownAt(t schema.TypeID, st *start, tbl *table, it *item, n *node) int {
	f := n.fields[it.name]
	if f == nil || !r.limits.spend(r.ctx, 1) {
		return unreached
	}
	at := tbl.at[n.index]
	v := r.viewAt(t, st, n)
	if f.needsEntry() {
		at = r.requiredRound(t, st, tbl, n, f)
		v = r.entryView(n)
	} else if !r.readable(t, f, v, true) {
		return unreached
	}
	if at >= unreached || it.sub == nil {
		return at
	}
	below := r.reached(it.sub, r.childStart(st, t, n, f, v))
	if below.miss != nil {
		return unreached
	}
	return at + below.rounds
}

// viewAt is the view at node n of objects that begin at st.
func (r *run) viewAt(t schema.TypeID, st *start, n *node) *view {
	if n == r.node(t, st) {
		return st.view
	}
	return r.entryView(n)
}

// requiredRound is the round of an entry into n that carries what f requires.
func (r *run) requiredRound(t schema.TypeID, st *start, tbl *table, n *node, f *fieldAt) int {
	if tbl.entry[n.index] >= unreached || f.in.Requires == nil {
		return unreached
	}
	if r.routeDepth >= routingDepth {
		r.tainted = true
		return unreached
	}
	r.routeDepth++
	defer func() { r.routeDepth-- }()
	round := tbl.entry[n.index]
	for _, it := range r.set(f.in.Requires).of(r.s, t).list {
		when := r.known(t, st, tbl, it)
		if when >= unreached {
			return unreached
		}
		round = max(round, when+1)
	}
	return round
}

// inParts reads an item that no node has whole from one node after the other:
// what remains, and the round after which the rest is read.
func (r *run) inParts(t schema.TypeID, st *start, tbl *table, it *item) (*need, int) {
	rest, when := it.sub, 0
	for i, n := range r.g.types[t].nodes {
		f := n.fields[it.name]
		v := r.viewAt(t, st, n)
		if f == nil || tbl.at[i] >= unreached || f.needsEntry() || !r.readable(t, f, v, true) {
			continue
		}
		below := r.reached(rest, r.childStart(st, t, n, f, v))
		if below.miss != nil && below.miss.size() >= rest.size() {
			continue
		}
		when = max(when, tbl.at[i]+below.rounds)
		if rest = below.miss; rest == nil {
			break
		}
	}
	return rest, when
}

// reached is how much of a need can be read from a start, and when.
type reached struct {
	rounds int
	miss   *need
}

func (r *run) reached(nd *need, st *start) reached {
	if r.times.settling {
		return r.reachedNow(nd, st) // as of now; recurses as deep as nd
	}
	k := verdictKey{nd, st}
	if out, ok := r.reach[k]; ok {
		return out
	}
	if r.routeDepth >= routingDepth {
		r.tainted = true
		return reached{miss: nd}
	}
	r.routeDepth++
	before := r.tainted
	r.tainted = false
	out := r.reachedNow(nd, st)
	r.routeDepth--
	if !r.tainted {
		r.reach[k] = out
	}
	r.tainted = r.tainted || before
	return out
}

func (r *run) reachedNow(nd *need, st *start) reached {
	out := reached{}
	var miss missing
	typed := st.io && nd.differs(r.s, st.types)
	for _, t := range st.types {
		list := nd.of(r.s, t)
		if len(list.list) == 0 && !typed {
			continue
		}
		var tbl *table
		if typed {
			tbl = r.timing(t, st)
			if tbl.typeAt >= unreached {
				return reached{miss: nd} // nobody can tell who needs what
			}
			out.rounds = max(out.rounds, tbl.typeAt)
		}
		for _, it := range list.list {
			if r.readHere(t, st, it) {
				continue
			}
			if tbl == nil {
				tbl = r.timing(t, st)
			}
			when := r.known(t, st, tbl, it)
			if when < unreached {
				out.rounds = max(out.rounds, when)
				continue
			}
			if it.sub == nil {
				miss.add(t, it, nil)
				continue
			}
			rest, when := r.inParts(t, st, tbl, it)
			out.rounds = max(out.rounds, when)
			miss.add(t, it, rest)
		}
	}
	out.miss = miss.need()
	return out
}

// readHere reports whether the item is a leaf to be read where the place
// begins: most are, and then no table is needed.
func (r *run) readHere(t schema.TypeID, st *start, it *item) bool {
	n := r.node(t, st)
	if n == nil || it.sub != nil {
		return false
	}
	if it.name == typename {
		return !st.io
	}
	f := n.fields[it.name]
	return f != nil && r.readable(t, f, st.view, true)
}

// missing collects what a start cannot reach into a need of its own.
type missing struct{ fields []field }

func (m *missing) add(t schema.TypeID, it *item, sub *need) {
	for i := range m.fields {
		f := &m.fields[i]
		if f.at == it.at && f.identity == it.identity && f.sub == sub {
			f.on.Add(int(t))
			return
		}
	}
	f := field{
		at: it.at, response: it.response, name: it.name, args: it.args, identity: it.identity,
		guard: it.guard, sub: sub, def: it.def, text: it.text, internal: it.internal, on: schema.Bits{},
	}
	f.on.Add(int(t))
	m.fields = append(m.fields, f)
}

func (m *missing) need() *need {
	if len(m.fields) == 0 {
		return nil
	}
	return &need{fields: m.fields}
}
