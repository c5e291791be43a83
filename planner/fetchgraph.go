package planner

import (
	"iter"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// fetchGraph is the plan being built: places of objects and the visits that
// subgraphs pay them. Visits of one subgraph and round become one fetch only
// when it is emitted, so merging requests moves no data.
type fetchGraph struct {
	root   *place
	places []*place
	visits []*visit // all but those reached by a field, in creation order
	group  int      // the serial group visits are made for, see mutation.go
	rounds int      // of the groups that are complete
}

// place is one object place: of the client's answer, or one that only feeds
// representations (need nil). Its first visit is the hub, whose records hold
// the links to all others.
type place struct {
	hub      *visit
	others   []*visit
	need     *need
	types    []schema.TypeID // that can occur
	typed    bool            // something depends on the runtime type
	typeAt   *entry          // where it is read; nil: static or not needed
	assign   map[assignKey]assigned
	children []*child
	path     []string
	parent   *place
	// passed places are on the way to a value of the client's: he does not see
	// their objects. Of unseen ones he sees nothing below either.
	passed, unseen bool
}

// untyped reports whether nothing so far tells the runtime type of p's objects:
// they come from an interface object.
func (p *place) untyped() bool {
	return p != nil && p.hub != nil && p.hub.st != nil && p.hub.st.io && p.typeAt == nil
}

type assignKey struct {
	at int
	t  schema.TypeID
}

// assigned is where the value of one item comes from for one runtime type.
type assigned struct {
	it    *item
	e     *entry
	child *place
}

// child is a place below another: an item whose parts come from given visits.
type child struct {
	at    int
	need  *need
	parts []part
	place *place
}

// part is one visit's share of a composite item.
type part struct {
	v  *visit
	st *start
	nd *need
	e  *entry
}

type visitKind uint8

const (
	rootVisit  visitKind = iota // data of a request of its own
	fieldVisit                  // an object inside another visit's answer
	entryVisit                  // _entities
)

// visit is what one subgraph is asked about the objects of one place: a
// selection, and later a plan.Shape.
type visit struct {
	kind    visitKind
	place   *place
	sub     int // -1 is introspection
	st      *start
	round   int
	group   int
	types   []schema.TypeID // it serves
	entries []*entry
	reps    []*rep      // entry visits: one per type
	via     *entry      // field visits: the field that leads here
	aligned []alignment // field visits joined to another
	guard   plan.Guard
	merged  *visit // the visit that took this one over
	family  string // see familyOf
	view    *view  // entry visits: what entering yields, see node.view
	pin     int    // the round a pass moved it to, at least
	// building: its representations are being made, nothing may rely on it.
	building bool
	serial   bool // mutation fields: each use runs for itself
	// contextual visits take values out of the answer; enclosed says that
	// something below looks at what encloses this visit's records.
	contextual bool
	contexts   []*contextValue
	enclosed   bool
	typed      bool // goes to objects of known types only, see findConditional

	fetch, set, shape, link int // set by emission
	live                    bool
	like                    *visit   // the visit whose shape and set it shares
	names                   int      // planner aliases given out
	selected                []*entry // once it is known what is used
}

// entry is one field of a visit's selection: the key in the answer, and the
// runtime types it is selected for.
type entry struct {
	v        *visit
	key      string
	name     string
	args     []operation.Argument
	identity string
	typ      string // its type in the subgraph, what decides about conflicts
	hoist    bool   // may be selected on the declared abstract type
	types    schema.Bits
	field    *schema.Field
	child    *visit
	guard    plan.Guard
	client   bool // the client gets it
	text     string
	order    int // the client's; what only feeds representations comes last
	used     bool
	index    int // among the used ones of the visit
	moved    *entry
}

// rep is the representation of one runtime type in an entry visit.
type rep struct {
	t        schema.TypeID
	typename schema.TypeID
	concrete bool
	n        *node
	as       schema.TypeID // what the fragment is on
	members  []*fact
	reqs     []*schema.FieldSet
	from     *visit     // where the place begins for this entry
	guard    plan.Guard // under which its members are known
}

// fact is a value known at a place, as a representation needs it.
type fact struct {
	name, identity string
	must           bool
	e              *entry
	child          *place
	subs           []typedFacts
	// abstract: whoever reads it may declare it of an abstract type, so it says
	// what it is even where its source has but one type.
	abstract bool
}

type typedFacts struct {
	t     schema.TypeID
	facts []*fact
}

// top is the visit whose request brings v: v itself or what encloses it.
func (v *visit) top() *visit {
	for v.kind == fieldVisit {
		v = v.via.resolve().v
	}
	return v.resolve()
}

func (v *visit) resolve() *visit {
	for v.merged != nil {
		v = v.merged
	}
	return v
}

func (e *entry) resolve() *entry {
	for e.moved != nil {
		e = e.moved
	}
	return e
}

// serves reports whether the visit is made for objects of type t.
func (v *visit) serves(t schema.TypeID) bool {
	for _, x := range v.types {
		if x == t {
			return true
		}
	}
	return false
}

// rep returns the representation for t, nil if there is none.
func (v *visit) rep(t schema.TypeID) *rep {
	for _, r := range v.reps {
		if r.t == t {
			return r
		}
	}
	return nil
}

func (fg *fetchGraph) newPlace(nd *need, parent *place, segment []string) *place {
	p := &place{need: nd, parent: parent, assign: map[assignKey]assigned{}}
	if parent != nil {
		p.path = append(append([]string(nil), parent.path...), segment...)
	}
	fg.places = append(fg.places, p)
	return p
}

// attach makes v a visit of p: the hub if it is the first.
func (p *place) attach(v *visit) {
	v.place = p
	if p.hub == nil {
		p.hub = v
		if v.st != nil {
			p.types = v.st.types
		}
		return
	}
	p.others = append(p.others, v)
}

// all lists the visits with their numbers, the hub first.
func (p *place) all() iter.Seq2[int, *visit] {
	return func(yield func(int, *visit) bool) {
		if p.hub == nil || !yield(0, p.hub) {
			return
		}
		for i, v := range p.others {
			if !yield(i+1, v) {
				return
			}
		}
	}
}

// static returns the type of all objects here, NoType if it varies.
func (p *place) static() schema.TypeID {
	if p.hub != nil && p.hub.st != nil && p.hub.st.static() {
		return p.hub.st.typ
	}
	return schema.NoType
}
