package testkit

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// Interpret runs a plan the slow and obvious way, over decoded JSON and one
// request after the other in the order of Plan.Fetches: what the executor has
// to agree with. It is written from the comments of package plan; it knows
// neither byte positions, pools nor goroutines.
//
// Values and conditions are those of executor.Input; ask sends a request of
// Plan.Fetches[fetch] and returns the body of the answer. Deferred blocks and
// value rewriting are not interpreted.
func Interpret(p *plan.Plan, values [][]byte, conditions uint64, ask func(fetch int, req *subgraphs.Request) ([]byte, error)) *Interpretation {
	in := &interpreter{plan: p, values: values, conditions: conditions, ask: ask, records: map[int][]*record{}}
	in.places = newPlaces(p)
	in.root = in.newRecord(1)
	done := map[int]bool{}
	for f := range p.Fetches {
		in.fetch(f)
		done[f] = true
		in.joins(done, f)
	}
	out := in.write()
	return &Interpretation{Data: out.value, Errors: append(out.errors, in.sweep()...), Nulled: in.nulled}
}

// Interpretation is what Interpret arrives at. The errors are in no order that
// means anything; Errors may hold more than an executor has to tell, see
// [Interpretation.Agrees].
type Interpretation struct {
	Data   any
	Errors []Finding
	// Nulled: null where none may be made a place above null, which is never
	// without an error.
	Nulled bool
}

// Finding is one error of the answer. Text is the message.
type Finding struct {
	Path     []fault.Step
	Text     string
	external bool // a subgraph's, or about a whole request
	cause    bool // of the null that goes up from here
	// spare: told behind the cause of a null around it. An error that is told
	// elsewhere too need not be told here.
	spare  bool
	remark *remark
}

// interpreter is one interpretation under way.
type interpreter struct {
	plan       *plan.Plan
	values     [][]byte
	conditions uint64
	ask        func(fetch int, req *subgraphs.Request) ([]byte, error)

	places  *places
	root    *record
	records map[int][]*record // by shape, in the order they were read
	remarks []*remark
	nulled  bool
}

// record is an answer object read by a shape.
type record struct {
	shape   int
	keys    []*value
	links   []*value
	parent  *record
	remarks []*remark // errors of an object that has a value
}

// value is the content of a place of an answer; exactly one of leaf, list and
// record is set unless it is null.
type value struct {
	null    bool
	why     reason
	leaf    any
	list    []*value
	record  *record
	remarks []*remark // errors of the place
}

// reason says why a value is null, as far as no error of the place itself does.
type reason int

const (
	absent    reason = iota // never answered, or never asked for
	stated                  // the subgraph said null
	explained               // an error elsewhere explains it
)

// remark is an error that waits for its place in the client's answer.
type remark struct {
	text     string
	external bool
	hidden   bool // about a value that only the plan needs
	once     bool // told once per place without list indices
	below    []fault.Step
	place    []fault.Step // where it is told if the answer never shows it
	met      bool         // the walk came by
	shown    bool         // and told it for good
	cause    *failure     // what once compares
}

// failure is what remarks told once have in common.
type failure struct {
	text string
	told map[string]bool // places
}

func (in *interpreter) remark(m remark) *remark {
	in.remarks = append(in.remarks, &m)
	return &m
}

func missing(why reason) *value { return &value{null: true, why: why} }

// known reports whether an error explains that v is null.
func (v *value) known() bool { return v.why == explained || len(v.remarks) > 0 }

func (in *interpreter) newRecord(shape int) *record {
	r := in.blank(shape)
	in.records[shape] = append(in.records[shape], r)
	return r
}

func (in *interpreter) blank(shape int) *record {
	s := &in.plan.Shapes[shape]
	r := &record{shape: shape}
	for range s.Keys {
		r.keys = append(r.keys, missing(absent))
	}
	for range s.Links {
		r.links = append(r.links, missing(absent))
	}
	return r
}

// read fills a record from an answer object.
func (in *interpreter) read(r *record, o *Object) {
	for _, name := range o.Names() {
		for i := range in.plan.Shapes[r.shape].Keys {
			k := &in.plan.Shapes[r.shape].Keys[i]
			if k.Name == name {
				r.keys[i] = in.readValue(r, i, int(k.Lists), o.Value(name))
			}
		}
	}
}

// readValue reads a value of key i below the key's lists but the given number.
func (in *interpreter) readValue(r *record, i, lists int, v any) *value {
	k := &in.plan.Shapes[r.shape].Keys[i]
	if v == nil {
		return missing(stated)
	}
	if lists > 0 {
		list, ok := v.([]any)
		if !ok {
			return in.mismatch(r.shape, i, "the subgraph answered something else than a list")
		}
		out := &value{list: []*value{}}
		for _, item := range list {
			out.list = append(out.list, in.readValue(r, i, lists-1, item))
		}
		return out
	}
	if k.Shape != 0 {
		o, ok := v.(*Object)
		if !ok {
			return in.mismatch(r.shape, i, "the subgraph answered something else than an object")
		}
		return &value{record: in.readRecord(k.Shape, r, o)}
	}
	leaf, wrong := readLeaf(k, v)
	if wrong != "" {
		return in.mismatch(r.shape, i, "the subgraph answered "+wrong)
	}
	return &value{leaf: leaf}
}

func (in *interpreter) readRecord(shape int, parent *record, o *Object) *record {
	r := in.blank(shape)
	r.parent = parent
	in.read(r, o)
	in.records[shape] = append(in.records[shape], r)
	return r
}

func (in *interpreter) mismatch(shape, key int, text string) *value {
	m := in.remark(remark{text: text, hidden: in.places.client(shape, key) == "", place: in.places.shape(shape)})
	return &value{null: true, why: explained, remarks: []*remark{m}}
}

// readLeaf checks the class of a leaf; wrong says what the value is not.
func readLeaf(k *plan.Key, v any) (leaf any, wrong string) {
	number, isNumber := v.(interface{ String() string })
	text, isString := v.(string)
	_, isBool := v.(bool)
	if _, isObject := v.(*Object); isObject {
		isNumber = false
	}
	whole := isNumber && !strings.ContainsAny(number.String(), ".eE")
	switch k.Class {
	case plan.Int:
		n, err := int64(math.MaxInt64), error(nil)
		if whole {
			n, err = strconv.ParseInt(number.String(), 10, 64)
		}
		if err != nil || n < math.MinInt32 || n > math.MaxInt32 {
			return nil, "something else than a 32-bit integer"
		}
	case plan.Float:
		if !isNumber {
			return nil, "something else than a number"
		}
	case plan.Boolean:
		if !isBool {
			return nil, "something else than true or false"
		}
	case plan.String:
		if !isString {
			return nil, "something else than a string"
		}
	case plan.Enum:
		if !isString || !slices.Contains(k.Enum, text) {
			return nil, "a value the enum does not have"
		}
	case plan.ID:
		if whole {
			return number.String(), ""
		}
		if !isString {
			return nil, "something else than an ID"
		}
	case plan.Any:
	}
	return v, ""
}

// follow finds the value a ref means.
func (r *record) follow(ref plan.Ref) *value {
	for range ref.Up {
		if r = r.parent; r == nil {
			return missing(absent)
		}
	}
	for _, link := range ref.Links {
		v := r.links[link]
		if v.null {
			if v.known() {
				return missing(explained)
			}
			return missing(v.why)
		}
		r = v.record
	}
	if ref.Key == -1 {
		return &value{record: r}
	}
	return r.keys[ref.Key]
}

// raw is a value as JSON.
func (v *value) raw() string {
	switch {
	case v == nil || v.null:
		return "null"
	case v.list != nil:
		var items []string
		for _, item := range v.list {
			items = append(items, item.raw())
		}
		return "[" + strings.Join(items, ",") + "]"
	}
	return FormatJSON(v.leaf)
}

// typed reports whether the runtime type at a ref is one of the list.
func (r *record) typed(at plan.Ref, on []string) bool {
	v := r.follow(at)
	name, ok := v.leaf.(string)
	return !v.null && ok && slices.Contains(on, name)
}

// represent writes the representation of a record; ok is false when a key is
// null, and known when an error explains that.
func (in *interpreter) represent(s *plan.Set, t *plan.Target, r *record) (text string, ok, known bool) {
	var members []string
	if len(t.Rep) == 0 || t.Rep[0].Name != "__typename" {
		members = append(members, `"__typename":`+strconv.Quote(s.Type))
	}
	return in.members(members, t.Rep, r, t.Type)
}

func (in *interpreter) members(members []string, fields []plan.RepField, r *record, typ plan.Ref) (text string, ok, known bool) {
	for i := range fields {
		f := &fields[i]
		if f.On != nil && !r.typed(typ, f.On) {
			continue
		}
		text := f.Const
		if text == "" {
			var ok, known bool
			if text, ok, known = in.member(f, r.follow(f.From)); !ok {
				return "", false, known
			}
		}
		members = append(members, strconv.Quote(f.Name)+":"+text)
	}
	return "{" + strings.Join(members, ",") + "}", true, false
}

func (in *interpreter) member(f *plan.RepField, v *value) (text string, ok, known bool) {
	switch {
	case v.null && f.Must:
		for _, m := range v.remarks {
			m.external = true // it explains what is missing for want of the key, too
		}
		return "", false, v.known()
	case v.null:
		return "null", true, false
	case v.list != nil:
		var items []string
		for _, item := range v.list {
			text, ok, known := in.member(f, item)
			if !ok {
				return "", false, known
			}
			items = append(items, text)
		}
		return "[" + strings.Join(items, ",") + "]", true, false
	case v.record != nil:
		return in.members(nil, f.Sub, v.record, f.Type)
	}
	return FormatJSON(v.leaf), true, false
}

// joins runs the joins that were waiting for fetch f.
func (in *interpreter) joins(done map[int]bool, f int) {
	for i := range in.plan.Fetches {
		for j := range in.plan.Fetches[i].Joins {
			join := &in.plan.Fetches[i].Joins[j]
			ready, now := done[i], i == f
			for _, need := range join.Needs {
				ready, now = ready && done[need], now || need == f
			}
			if !ready || !now {
				continue
			}
			x := joiner{in, join, i}
			for _, r := range slices.Clone(in.records[max(join.Shape, 1)]) {
				x.pair(r, r, nil, 0)
			}
		}
	}
}

// joiner walks both sides of a join.
type joiner struct {
	in    *interpreter
	join  *plan.Join
	fetch int
}

// pair takes a step on both sides, or links the records where the paths end.
// why is the reason when there is no right record.
func (x joiner) pair(left, right *record, why *value, step int) {
	if step == max(len(x.join.Left), len(x.join.Right)) {
		x.link(left, right, why)
		return
	}
	l, r := &value{record: left}, why
	if right != nil {
		r = &value{record: right}
	}
	lists, fixed := 0, true
	if step < len(x.join.Left) {
		ref := x.join.Left[step]
		l, fixed = left.follow(ref), ref.Key == -1
		if !fixed {
			owner := left.follow(plan.Ref{Up: ref.Up, Links: ref.Links, Key: -1})
			if fixed = owner.null; !fixed {
				lists = int(x.in.plan.Shapes[owner.record.shape].Keys[ref.Key].Lists)
			}
		}
	}
	if right != nil && step < len(x.join.Right) {
		r = right.follow(x.join.Right[step])
	}
	x.values(l, r, lists, fixed, step, left)
}

// values walks two values in parallel. A left value of a key may be replaced.
func (x joiner) values(l, r *value, lists int, fixed bool, step int, left *record) {
	switch {
	case l.null && !r.null && !fixed && lists == 0:
		shape := x.shapeAt(left, step)
		adopted := x.in.blank(shape)
		for i := range adopted.keys {
			adopted.keys[i] = missing(reasonOf(l))
		}
		adopted.remarks = l.remarks
		x.in.records[shape] = append(x.in.records[shape], adopted)
		*l = value{record: adopted}
		x.pair(adopted, r.record, nil, step+1)
	case l.null:
	case r.null:
		if r.known() {
			x.missing(l, r, step)
		}
	case l.list == nil:
		x.pair(l.record, r.record, nil, step+1)
	case len(l.list) != len(r.list):
		if !fixed {
			d := x.disagree("two subgraphs answered lists of different lengths for one field")
			d.remarks = append(l.carried(nil), d.remarks...)
			*l = *d
		}
	default:
		for i := range l.list {
			x.values(l.list[i], r.list[i], lists-1, false, step, left)
		}
	}
}

// carried are the errors a list keeps when it becomes null: its own, and those
// of lists inside it.
func (v *value) carried(path []fault.Step) (all []*remark) {
	for _, m := range v.remarks {
		m.below = append(path[:len(path):len(path)], m.below...)
		all = append(all, m)
	}
	for i, item := range v.list {
		if item.list != nil {
			all = append(all, item.carried(append(path[:len(path):len(path)], fault.Step{Index: i}))...)
		}
	}
	return all
}

func reasonOf(v *value) reason {
	if v.known() {
		return explained
	}
	return v.why
}

// shapeAt is the shape of the records of a left step.
func (x joiner) shapeAt(left *record, step int) int {
	ref := x.join.Left[step]
	owner := left.follow(plan.Ref{Up: ref.Up, Links: ref.Links, Key: -1})
	return x.in.plan.Shapes[owner.record.shape].Keys[ref.Key].Shape
}

func (x joiner) missing(l, r *value, step int) {
	switch {
	case l.null:
	case l.list != nil:
		for _, item := range l.list {
			x.missing(item, r, step)
		}
	default:
		if step+1 < max(len(x.join.Left), len(x.join.Right)) {
			r = missing(explained)
		}
		x.pair(l.record, nil, r, step+1)
	}
}

func (x joiner) disagree(text string) *value {
	place := x.in.places.shape(x.in.places.joined[x.join])
	m := x.in.remark(remark{text: text, external: true, place: place})
	return &value{null: true, why: explained, remarks: []*remark{m}}
}

func (x joiner) link(left, right *record, why *value) {
	if right == nil {
		left.links[x.join.Link] = why
		return
	}
	for i := range x.join.Keys {
		l, r := left.keys[x.join.Keys[i]], right.keys[x.join.RightKeys[i]]
		if !l.null && !r.null && l.raw() != r.raw() {
			left.links[x.join.Link] = x.disagree("two subgraphs answered different objects for one field")
			return
		}
	}
	left.links[x.join.Link] = &value{record: right}
}

// pathKey is a path as a map key.
func pathKey(path []fault.Step) string {
	var b strings.Builder
	for _, s := range path {
		fmt.Fprintf(&b, "%q.%d/", s.Key, s.Index)
	}
	return b.String()
}
