package planner

import (
	"slices"
	"sort"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
)

// emitter turns the fetch graph into a plan: it marks what is used, groups
// visits into fetches, numbers shapes and links, and writes texts,
// representations and the client's answer.
type emitter struct {
	b       *builder
	r       *run
	s       *schema.Supergraph
	op      *operation.Operation
	options Options
	out     *plan.Plan
	fetches []*fetch
	subs    map[int]int // registered subgraph → index in Plan.Subgraphs
	touches map[string]bool
	groups  map[*place][]fieldGroup
}

// fetch is one request: visits of one subgraph, round and kind.
type fetch struct {
	index  int
	key    fetchKey
	visits []*visit
	after  []int
}

type fetchKey struct {
	group, round, sub int
	kind              visitKind
	only              int // tells apart what may not share, 0: may
}

func emit(b *builder, p *Planner, op *operation.Operation) (*plan.Plan, error) {
	e := &emitter{
		b: b, r: b.r, s: b.r.s, op: op, options: p.options, out: &plan.Plan{Kind: op.Kind},
		subs: map[int]int{}, touches: map[string]bool{}, groups: map[*place][]fieldGroup{},
	}
	e.groupPlaces()
	e.mark()
	e.groupFetches()
	if err := e.order(); err != nil {
		return nil, err
	}
	e.shareSets()
	if e.options.Batching == BatchPaths {
		e.splitFetches()
		if err := e.order(); err != nil {
			return nil, err
		}
	}
	e.reduce()
	e.number()
	for _, v := range op.Variables {
		e.out.Variables = append(e.out.Variables, v.Name)
	}
	for _, f := range e.fetches {
		if err := e.fetch(f); err != nil {
			return nil, err
		}
	}
	e.joins()
	e.out.Data = e.object(b.fg.root)
	e.out.Denied = op.Denied
	e.out.Inline = inline(e.out.Fetches)
	e.out.Tree = e.tree()
	e.out.Touches = e.touched()
	e.metrics()
	return e.out, nil
}

// groupFetches puts live visits that may share a request into fetches.
func (e *emitter) groupFetches() {
	byKey := map[fetchKey]*fetch{}
	for _, v := range e.b.fg.visits {
		if !v.live || v.merged != nil {
			continue
		}
		k := fetchKey{group: v.group, round: v.round, sub: v.sub, kind: v.kind}
		if len(v.contexts) > 0 || v.kind == rootVisit && v.place.parent != nil || v.kind == entryVisit && e.options.Batching == BatchOff {
			k.only = len(e.fetches) + 1
		}
		f := byKey[k]
		if f == nil {
			f = &fetch{key: k}
			byKey[k] = f
			e.fetches = append(e.fetches, f)
		}
		f.visits = append(f.visits, v)
	}
}

// order sorts fetches by group and round and finds what each waits for.
func (e *emitter) order() error {
	if n := len(e.fetches); n > e.r.limits.max.Requests {
		e.r.limits.exceed("requests", e.r.limits.max.Requests)
		return e.r.limits.err
	}
	sort.SliceStable(e.fetches, func(i, j int) bool {
		a, b := e.fetches[i].key, e.fetches[j].key
		if a.group != b.group {
			return a.group < b.group
		}
		return a.round < b.round
	})
	for i, f := range e.fetches {
		f.index = i
		for _, v := range f.visits {
			v.fetch = i
		}
	}
	for _, f := range e.fetches {
		f.after = nil
		waits := map[int]bool{}
		for _, v := range f.visits {
			for _, in := range e.b.inputs(v) {
				waits[in.fetch] = true
			}
			e.awaitTypes(v, waits)
		}
		if f.key.group > 0 {
			for _, g := range e.fetches[:f.index] {
				if g.key.group == f.key.group-1 {
					waits[g.index] = true
				}
			}
		}
		delete(waits, f.index)
		for w := range waits {
			f.after = append(f.after, w)
		}
		sort.Ints(f.after)
	}
	return nil
}

// awaitTypes adds where the runtime types are read that v's targets and
// representations look at because they are known by then.
func (e *emitter) awaitTypes(v *visit, waits map[int]bool) {
	await := func(p *place) {
		if e.typeKnown(p, v) {
			waits[p.typeAt.resolve().v.top().fetch] = true
		}
	}
	if v.kind == entryVisit && !v.typeless(v.place) {
		await(v.place)
	}
	for _, r := range v.reps {
		eachObject(r.members, await)
	}
	for _, c := range v.contexts {
		for k := range c.sources {
			eachObject(c.sources[k].facts(), await)
		}
	}
}

// splitFetches leaves in one request only look-ups that ask the same.
func (e *emitter) splitFetches() {
	var out []*fetch
	for _, f := range e.fetches {
		if f.key.kind != entryVisit {
			out = append(out, f)
			continue
		}
		alike := map[*visit]*fetch{}
		for _, v := range f.visits {
			g := alike[v.original()]
			if g == nil {
				g = &fetch{key: f.key}
				alike[v.original()] = g
				out = append(out, g)
			}
			g.visits = append(g.visits, v)
		}
	}
	e.fetches = out
}

func (e *emitter) reduce() {
	if reduce(e.fetches) {
		e.r.trace.fire("reduce")
	}
}

// number gives every live visit its shape and link, in fetch order. The root
// shape is 1, and belongs to the hub of the root place.
func (e *emitter) number() {
	e.out.Shapes = make([]plan.Shape, 2)
	root := e.b.fg.root
	if root.hub != nil {
		e.shape(root.hub)
	}
	e.links(root)
	for _, f := range e.fetches {
		for _, v := range f.visits {
			if v.shape == 0 && v.like == nil {
				e.shape(v)
			}
		}
	}
	for _, f := range e.fetches {
		for _, v := range f.visits {
			if v.like != nil {
				e.shapeLike(v)
			}
		}
	}
	for _, p := range e.b.fg.places {
		e.links(p)
	}
}

// shape numbers v and what its selection holds.
func (e *emitter) shape(v *visit) {
	if v == e.b.fg.root.hub {
		v.shape = 1
	} else {
		v.shape = len(e.out.Shapes)
		e.out.Shapes = append(e.out.Shapes, plan.Shape{})
	}
	var keys []plan.Key
	for _, en := range v.selection() {
		en.index = len(keys)
		k := plan.Key{Name: en.key}
		if en.field != nil {
			for t := en.field.Type; t.Elem != nil; t = t.Elem {
				k.Lists++
			}
			e.touch(en.field)
		}
		if en.child != nil {
			e.shape(en.child)
			k.Shape = en.child.shape
		} else {
			k.Class, k.Enum = e.class(en)
		}
		keys = append(keys, k)
	}
	e.out.Shapes[v.shape].Keys = keys
	e.out.Shapes[v.shape].Parent = v.enclosed
}

// shapeLike gives v the shape of the visit it is like.
func (e *emitter) shapeLike(v *visit) {
	w := v.original()
	v.shape = w.shape
	other := w.selection()
	for i, en := range v.selection() {
		en.index = other[i].index
		if en.child != nil {
			e.shapeLike(en.child)
		}
	}
}

// links numbers the visits hanging on p's hub.
func (e *emitter) links(p *place) {
	if p.hub == nil || p.hub.shape == 0 {
		return
	}
	n := 0
	for _, v := range p.others {
		if v.live && v.merged == nil {
			v.link = n
			n++
		}
	}
	e.out.Shapes[p.hub.shape].Links = n
}

// selection lists the used entries: __typename first, so that the parser meets
// the type before what depends on it, then in the client's order, so that
// places with the same question write it alike. It is asked for once [emitter.mark]
// is through, and kept.
func (v *visit) selection() []*entry {
	if v.selected != nil {
		return v.selected
	}
	for _, e := range v.entries {
		if e.used {
			v.selected = append(v.selected, e)
		}
	}
	slices.SortStableFunc(v.selected, func(a, b *entry) int {
		if x, y := a.name == typename, b.name == typename; x != y {
			if x {
				return -1
			}
			return 1
		}
		return a.order - b.order
	})
	return v.selected
}

// class is what a leaf must be in JSON. Custom scalars, and what only feeds
// representations, are whatever the subgraph says.
func (e *emitter) class(en *entry) (plan.Class, []string) {
	if en.field == nil || !en.client {
		return plan.Any, nil
	}
	t := &e.s.Types[en.field.Result]
	if t.Kind == ast.Enum {
		d := e.seen(t.Name)
		if d == nil {
			return plan.Any, nil
		}
		return plan.Enum, e.values(t.Name, d)
	}
	switch t.Name {
	case "ID":
		return plan.ID, nil
	case "Int":
		return plan.Int, nil
	case "Float":
		return plan.Float, nil
	case "Boolean":
		return plan.Boolean, nil
	case "String":
		return plan.String, nil
	}
	return plan.Any, nil
}

// values are the values of an enum that clients see, as subgraphs write them.
func (e *emitter) values(name string, d *ast.Definition) []string {
	var out []string
	if e.op.View != nil && e.op.View.Names != nil {
		pairs := e.op.View.Names.Values[name]
		for i := 0; i+1 < len(pairs); i += 2 {
			out = append(out, pairs[i])
		}
		return out
	}
	for _, v := range d.EnumValues {
		out = append(out, v.Name)
	}
	return out
}

func (e *emitter) touch(f *schema.Field) {
	e.touches[e.s.Types[f.Owner].Name+"."+f.Name] = true
}

func (e *emitter) touched() []string {
	out := make([]string, 0, len(e.touches))
	for t := range e.touches {
		out = append(out, t)
	}
	sort.Strings(out)
	return out
}

// registered is the registered subgraph of a row, and any other as it is.
func (e *emitter) registered(sub int) int {
	if sub < 0 {
		return sub
	}
	return e.s.Subgraphs[sub].Of
}

// connector is the row's connector, "" for other subgraphs.
func (e *emitter) connector(sub int) string {
	if sub < 0 {
		return ""
	}
	return e.s.Subgraphs[sub].Connector
}

// subgraph returns the index of a subgraph in the plan: where a request for it
// is sent.
func (e *emitter) subgraph(sub int) int {
	sub = e.registered(sub)
	if i, ok := e.subs[sub]; ok {
		return i
	}
	i := len(e.out.Subgraphs)
	e.subs[sub] = i
	e.out.Subgraphs = append(e.out.Subgraphs, e.b.subgraphName(sub))
	return i
}

// metrics counts what the plan costs; introspection is free.
func (e *emitter) metrics() {
	m := &e.out.Metrics
	m.Work, m.Approximate = e.r.limits.work, e.r.limits.approximate
	subs := map[int]bool{}
	depth := make([]int, len(e.fetches))
	for i, f := range e.fetches {
		for _, a := range f.after {
			depth[i] = max(depth[i], depth[a])
		}
		if f.key.sub < 0 {
			continue
		}
		depth[i]++
		m.Requests++
		subs[e.registered(f.key.sub)] = true
		m.Rounds = max(m.Rounds, depth[i])
	}
	m.Subgraphs = len(subs)
}

// joins writes the joins of each place whose objects came in several answers,
// in the last fetch they need. A join below another one comes after it.
func (e *emitter) joins() {
	for _, p := range e.b.fg.places {
		if p.hub == nil || !p.hub.live {
			continue
		}
		for _, w := range p.others {
			if w.kind != fieldVisit || !w.live || w.merged != nil {
				continue
			}
			left, right := p.hub.via.resolve(), w.via.resolve()
			q := right.v.resolve().place
			j := plan.Join{
				Shape: q.hub.shape,
				Left:  []plan.Ref{e.ref(q, left)}, Right: []plan.Ref{e.ref(q, right)},
				Link: w.link,
			}
			for _, a := range w.aligned {
				j.Keys = append(j.Keys, a.left.resolve().index)
				j.RightKeys = append(j.RightKeys, a.right.resolve().index)
			}
			in := &inputs{}
			in.visit(w)
			in.visit(p.hub)
			at := 0
			for _, v := range in.list {
				at = max(at, v.fetch)
			}
			for _, v := range in.list {
				if v.fetch != at && !slices.Contains(j.Needs, v.fetch) {
					j.Needs = append(j.Needs, v.fetch)
				}
			}
			sort.Ints(j.Needs)
			f := &e.out.Fetches[at]
			f.Joins = append(f.Joins, j)
		}
	}
}

// inline reports whether answers may be read in fetch order without delaying
// anybody: for any unordered i < j, whatever waits for j waits for i too, or
// nothing waits for j.
func inline(fetches []plan.Fetch) bool {
	n := len(fetches)
	before := make([]schema.Bits, n)
	for i := range fetches {
		before[i] = schema.NewBits(n)
		for _, a := range fetches[i].After {
			before[i].Add(a)
			before[i] = before[i].Or(before[a])
		}
	}
	for j := range fetches {
		for i := 0; i < j; i++ {
			if before[j].Has(i) {
				continue
			}
			for k := j + 1; k < n; k++ {
				if before[k].Has(j) && !before[k].Has(i) {
					return false
				}
			}
		}
	}
	return true
}
