package planner

import "github.com/weftql/weft/schema"

// times are the rounds of routing tables, settled together. A nested key is read
// at a place of its own, so tables rest on tables. Solving one inside the other
// is cheap where a type begins in a few ways. With connectors it begins in as
// many ways as selections mention it, each resting on most others, and the ways
// through all of them are too many to follow; so there all tables a selection
// rests on are improved in turn until nothing changes.
//
// The rules are those of [table], and so is the result: every round found is
// that of a way that exists, and no way is shorter.
type times struct {
	tables   map[tableKey]*table
	open     []tableKey // not settled yet
	settling bool
}

// timing returns a table whose rounds can be relied on; nothing else in it.
// While tables are being settled it is what is known so far.
func (r *run) timing(t schema.TypeID, st *start) *table {
	if !r.g.rows {
		return r.table(t, st)
	}
	k := tableKey{t: t, st: st}
	if tbl := r.times.tables[k]; tbl != nil {
		return tbl
	}
	nodes := r.g.types[t].nodes
	tbl := newTable(len(nodes))
	if begin := r.node(t, st); begin != nil {
		tbl.at[begin.index] = 0
	}
	if !st.io {
		tbl.typeAt = 0
	}
	if r.times.tables == nil {
		r.times.tables = map[tableKey]*table{}
	}
	r.times.tables[k] = tbl
	if r.g.types[t].root {
		r.solveRoot(tbl, st, nodes)
		return tbl
	}
	r.times.open = append(r.times.open, k)
	if !r.times.settling {
		r.settleTimes()
	}
	return tbl
}

// settleTimes improves the open tables, and those they turn out to rest on,
// until none can be.
func (r *run) settleTimes() {
	r.times.settling = true
	for again := true; again; {
		again = false
		for i := 0; i < len(r.times.open); i++ {
			k := r.times.open[i]
			again = r.shorten(k.t, k.st, r.times.tables[k]) || again
		}
	}
	r.times.open, r.times.settling = nil, false
}

// shorten applies the rules to one table once and reports whether it changed.
func (r *run) shorten(t schema.TypeID, st *start, tbl *table) bool {
	changed := false
	for i, n := range r.g.types[t].nodes {
		for _, l := range n.lookups {
			if round := r.keyRound(t, st, tbl, l) + 1; round < tbl.entry[i] && round <= routingDepth {
				tbl.entry[i] = round
				tbl.at[i] = min(tbl.at[i], round)
				changed = true
			}
		}
		if !n.io && tbl.at[i] < tbl.typeAt {
			tbl.typeAt = tbl.at[i]
			changed = true
		}
	}
	return changed
}

// keyRound is the round after which everything is known that l asks for.
func (r *run) keyRound(t schema.TypeID, st *start, tbl *table, l *lookup) int {
	when := 0
	if l.concrete {
		when = tbl.typeAt
	}
	for _, it := range r.set(l.Key).of(r.s, t).list {
		if when >= unreached {
			break
		}
		when = max(when, r.known(t, st, tbl, it))
	}
	return when
}
