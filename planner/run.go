package planner

import (
	"context"
	"strconv"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/schema"
)

// run is the work on one operation: what is known only while it is planned.
// It is used by one goroutine.
type run struct {
	ctx    context.Context //nolint:containedctx // a run is one planning, it does not outlive Plan
	op     *operation.Operation
	g      *graph
	s      *schema.Supergraph
	limits limits
	routes *routeCache
	trace  *Trace

	prices       prices
	alternatives int // choices between several ways that were made

	labels map[string]bool // overrides that are on
	world  string          // the labels that are on, as a cache key

	starts    map[startKey]*start
	views     map[string]*view
	viewIDs   map[*schema.Selection]int
	sets      map[*schema.FieldSet]*need
	tables    map[tableKey]*table
	solving   map[tableKey]*table
	times     times
	decisions map[decisionKey]*decision
	verdicts  map[verdictKey]*verdict
	reach     map[verdictKey]reached
	types     map[verdictKey]int

	conditional map[conditionalKey]bool
	active      map[decisionKey]bool
	depth       int // of decisions within decisions
	// routeDepth is the depth of requirements within requirements.
	routeDepth int
	tainted    bool
}

func newRun(ctx context.Context, p *Planner, op *operation.Operation, c operation.Choice) *run {
	r := &run{
		prices: p.graph.listPrices(),
		ctx:    ctx, op: op, g: p.graph, s: p.graph.s, limits: newLimits(p.options.Limits), routes: &p.routes, trace: &Trace{},
		labels: map[string]bool{},
		starts: map[startKey]*start{}, views: map[string]*view{}, viewIDs: map[*schema.Selection]int{},
		sets: map[*schema.FieldSet]*need{}, tables: map[tableKey]*table{}, solving: map[tableKey]*table{},
		decisions: map[decisionKey]*decision{}, verdicts: map[verdictKey]*verdict{},
		reach: map[verdictKey]reached{}, active: map[decisionKey]bool{}, types: map[verdictKey]int{}, conditional: map[conditionalKey]bool{},
	}
	for i, l := range op.Labels {
		if c.Labels&(1<<i) != 0 {
			r.labels[l] = true
		}
	}
	for _, l := range r.s.Labels {
		if r.labels[l] {
			r.world += l + "\n"
		}
	}
	return r
}

// view is what @provides (and keys with external leaves) add to what a
// subgraph resolves at one place. nil adds nothing.
type view struct {
	id   int
	sels [][]schema.Selection
}

// start is where a place begins: the subgraph and the type it declared there.
type start struct {
	sub   int
	typ   schema.TypeID
	io    bool // the subgraph cannot tell the runtime type
	root  bool // a root type: entered without keys
	top   bool // the operation's own root: nothing was fetched yet
	many  bool // below a list; false throughout where no row is dear
	view  *view
	types []schema.TypeID // runtime types that can occur
}

type startKey struct {
	sub  int
	typ  schema.TypeID
	view *view
	many bool
}

func (r *run) start(sub int, typ schema.TypeID, v *view, many bool) *start {
	k := startKey{sub, typ, v, many}
	if st := r.starts[k]; st != nil {
		return st
	}
	t := &r.s.Types[typ]
	st := &start{sub: sub, typ: typ, view: v, many: many}
	possible := t.Possible
	if in := t.InSubgraph(sub); in != nil {
		st.io = in.InterfaceObject
		if !st.io && in.Possible != nil {
			possible = in.Possible
		}
	}
	for id := range possible.All() {
		if !r.s.Types[id].Inaccessible {
			st.types = append(st.types, schema.TypeID(id))
		}
	}
	if len(st.types) == 1 && st.types[0] == typ {
		st.root = r.g.types[typ].root
	}
	r.starts[k] = st
	return st
}

// static reports whether the runtime type is the declared one.
func (st *start) static() bool { return !st.io && len(st.types) == 1 && st.types[0] == st.typ }

// node returns the node objects of type t have at st.
func (r *run) node(t schema.TypeID, st *start) *node {
	if st.top {
		return nil
	}
	if st.io {
		return r.g.nodeIn(t, st.sub, st.typ)
	}
	return r.g.nodeIn(t, st.sub, t)
}

func (r *run) viewOf(sels [][]schema.Selection) *view {
	if len(sels) == 0 {
		return nil
	}
	key := ""
	for _, s := range sels {
		id, ok := r.viewIDs[&s[0]]
		if !ok {
			id = len(r.viewIDs)
			r.viewIDs[&s[0]] = id
		}
		key += strconv.Itoa(id) + ","
	}
	v := r.views[key]
	if v == nil {
		v = &view{id: len(r.views), sels: sels}
		r.views[key] = v
	}
	return v
}

// childStart is where the place under a composite field begins, for objects of
// type t that begin at st themselves; v is the view at n.
func (r *run) childStart(st *start, t schema.TypeID, n *node, f *fieldAt, v *view) *start {
	var sels [][]schema.Selection
	add := func(sel []schema.Selection) {
		if len(sel) > 0 {
			sels = append(sels, sel)
		}
	}
	if v != nil {
		for _, s := range v.sels {
			r.selected(s, t, f.field.Name, add)
		}
	}
	if f.in.Provides != nil {
		add(f.in.Provides.Select)
	}
	if f.key && !f.row {
		for i := range n.in.Keys {
			r.selected(n.in.Keys[i].Fields.Select, t, f.field.Name, func(sel []schema.Selection) {
				if r.hidden(n.sub, sel) {
					add(sel)
				}
			})
		}
	}
	many := len(r.g.dear.rows) > 0 && (st.many || f.in.Type.Elem != nil)
	return r.start(n.sub, f.result, r.viewOf(sels), many)
}

// entryView is what entering n adds to what its subgraph resolves.
func (r *run) entryView(n *node) *view {
	if n.view == nil {
		return nil
	}
	return r.viewOf([][]schema.Selection{n.view.Select})
}

// selected calls fn with the sub-selection of every use of the field in sel
// that applies to t.
func (r *run) selected(sel []schema.Selection, t schema.TypeID, name string, fn func([]schema.Selection)) {
	for i := range sel {
		e := &sel[i]
		switch {
		case e.Name == name:
			fn(e.Select)
		case e.Name == "" && (e.On == schema.NoType || r.s.Types[e.On].Possible.Has(int(t))):
			r.selected(e.Select, t, name, fn)
		}
	}
}

// hidden reports whether a key's nested selection has a leaf the subgraph
// declares external: then the key itself makes it readable.
func (r *run) hidden(sub int, sel []schema.Selection) bool {
	for i := range sel {
		e := &sel[i]
		if e.Field != schema.NoField {
			if in := r.s.Fields[e.Field].InSubgraph(sub); in != nil && in.External {
				return true
			}
		}
		if r.hidden(sub, e.Select) {
			return true
		}
	}
	return false
}

// live reports whether the subgraph resolves the field under the labels.
func (r *run) live(in *schema.FieldIn) bool {
	if in.UsedOverridden {
		return false
	}
	if in.Label == "" {
		return true
	}
	return r.labels[in.Label] == (in.Override != "")
}

// readable reports whether the field's node answers it directly: v is the view
// there, internal says that the value only fills representations. In a row a
// key is no exception: a nested object of an answer may come without it.
func (r *run) readable(t schema.TypeID, f *fieldAt, v *view, internal bool) bool {
	if f.needsEntry() || !r.live(f.in) && !(internal && f.key) {
		return false
	}
	if !f.in.External || f.key && !f.row {
		return true
	}
	if v == nil {
		return false
	}
	found := false
	for _, s := range v.sels {
		r.selected(s, t, f.field.Name, func([]schema.Selection) { found = true })
	}
	return found
}

// set returns the need of a field set.
func (r *run) set(f *schema.FieldSet) *need {
	n := r.sets[f]
	if n == nil {
		n = fieldSetNeed(r.s, f.Select)
		r.sets[f] = n
	}
	return n
}

// free returns a variable name no client variable has.
func (r *run) free(name string) string {
	for {
		taken := false
		for i := range r.op.Variables {
			taken = taken || r.op.Variables[i].Name == name
		}
		if !taken {
			return name
		}
		name += "_"
	}
}
