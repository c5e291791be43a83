package compose

import (
	"github.com/weftql/weft/schema"
)

// labelledTables holds one reachTable per setting of the labels that conditions
// depend on. Most graphs have no such label and one table.
type labelledTables struct {
	r *routeGraph
	// used are the labels of fields that keys and requirements select; byType
	// those that a type's table depends on.
	used   schema.Bits
	byType []schema.Bits
	made   map[string]*reachTable
	byID   []*reachTable // by decisionID
}

// maxTables bounds the settings that are told apart; beyond it, labels that
// conditions depend on count as off where they are open. Chosen; not measured.
const maxTables = 256

func newLabelledTables(r *routeGraph) *labelledTables {
	t := &labelledTables{r: r, made: map[string]*reachTable{}, byType: make([]schema.Bits, len(r.types))}
	if len(r.labels.names) > 0 {
		t.findUsed()
	}
	return t
}

// at returns the table for what is decided. Labels it depends on and that are
// open count as off; see [labelledTables.open].
func (t *labelledTables) at(id decisionID) *reachTable {
	for int(id) >= len(t.byID) {
		t.byID = append(t.byID, nil)
	}
	if t.byID[id] != nil {
		return t.byID[id]
	}
	on := decisions{on: t.r.labels.list[id].on.And(t.used)}
	key := on.key()
	table := t.made[key]
	if table == nil && len(t.made) < maxTables {
		table = newReachTable(t.r, on)
		t.made[key] = table
	}
	if table == nil {
		table = t.made[""]
	}
	t.byID[id] = table
	return table
}

// open returns a label that the type's keys or requirements depend on and that
// is not decided yet, -1 if there is none.
func (t *labelledTables) open(typ *routeType, id decisionID) int {
	if t.byType[typ.ID] == nil || len(t.made) >= maxTables {
		return -1
	}
	for label := range t.byType[typ.ID].All() {
		if _, ok := t.r.labels.decided(id, label); !ok {
			return label
		}
	}
	return -1
}

// findUsed collects the labels of the fields that conditions select, by the
// type that has the condition, and hands them on along nested selections: what
// can be had of an object there depends on the conditions of its own type.
func (t *labelledTables) findUsed() {
	below := map[schema.TypeID]map[schema.TypeID]bool{} // type → types whose conditions go through it
	for i := range t.r.types {
		typ := &t.r.types[i]
		if typ.Type == nil {
			continue
		}
		for _, e := range typ.entries {
			t.collect(typ.ID, e.lookup.Key.Select, below)
		}
		for _, c := range typ.specials {
			if c.in.Requires != nil {
				t.collect(typ.ID, c.in.Requires.Select, below)
			}
		}
		for _, p := range t.r.setBy[typ.ID] {
			if set := t.r.pairs[p].on[typ.ID]; set != nil {
				t.collect(typ.ID, set.Select, below)
			}
		}
		if typ.abstract {
			// Its fields may have to be looked for on its objects.
			for m := range typ.Possible.All() {
				matters(below, schema.TypeID(m), typ.ID)
			}
		}
	}
	var queue []schema.TypeID
	for i := range t.byType {
		if t.byType[i] != nil {
			queue = append(queue, schema.TypeID(i))
		}
	}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		for user := range below[id] {
			if !t.byType[id].Within(t.byType[user]) {
				t.byType[user] = t.byType[user].Or(t.byType[id])
				queue = append(queue, user)
			}
		}
	}
	for _, b := range t.byType {
		t.used = t.used.Or(b)
	}
}

// collect enters the labels of a selection. A field of an interface stands for
// the fields of all its objects.
func (t *labelledTables) collect(user schema.TypeID, sel []schema.Selection, below map[schema.TypeID]map[schema.TypeID]bool) {
	for _, s := range sel {
		t.collect(user, s.Select, below)
		if s.Field == schema.NoField {
			continue
		}
		f := &t.r.g.Fields[s.Field]
		owners := append([]schema.TypeID{f.Owner}, user)
		for m := range t.r.g.Types[f.Owner].Possible.All() {
			owners = append(owners, schema.TypeID(m))
		}
		for _, owner := range owners {
			matters(below, owner, user)
			id := t.r.g.FieldNamed(owner, s.Name)
			if id == schema.NoField {
				continue
			}
			for _, in := range t.r.g.Fields[id].In {
				if label := t.r.labels.indexOf(in.Label); label >= 0 {
					t.byType[user].Add(label)
				}
			}
		}
	}
}

// matters notes that what can be had of a type matters to another one.
func matters(below map[schema.TypeID]map[schema.TypeID]bool, owner, user schema.TypeID) {
	if below[owner] == nil {
		below[owner] = map[schema.TypeID]bool{}
	}
	below[owner][user] = true
}
