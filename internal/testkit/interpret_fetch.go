package testkit

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// request is one request of the interpreter: a fetch, or the part of it that
// shares its context values.
type request struct {
	fetch int
	sets  []*asked // by Fetch.Sets; nil is not sent
	root  *record  // of the set that is data itself
}

// asked is what a request asks for one set.
type asked struct {
	set  *plan.Set
	reps []string
	// holders are the records that wait, by target and in order; ref counts reps.
	holders [][]holder
	list    *value // the entities of the answer, nil when it has none
}

type holder struct {
	record *record
	ref    int
}

func (a *asked) empty() bool {
	for _, h := range a.holders {
		if len(h) > 0 {
			return false
		}
	}
	return true
}

// fetch sends what a fetch asks for and takes in the answers.
func (in *interpreter) fetch(f int) {
	fetch := &in.plan.Fetches[f]
	if !fetch.Guard.Holds(in.conditions) {
		return
	}
	if len(fetch.Context) == 0 {
		in.send(f, func(*record) bool { return true }, nil)
		return
	}
	// One request per combination of context values, in the order they are met.
	var groups []string
	contexts := map[string][]string{}
	name := func(r *record) (string, []string) {
		var texts []string
		for _, c := range fetch.Context {
			texts = append(texts, in.context(&c, r))
		}
		return strings.Join(texts, "\x00"), texts
	}
	for i := range fetch.Sets {
		if !fetch.Sets[i].Guard.Holds(in.conditions) {
			continue
		}
		for _, t := range fetch.Sets[i].Targets {
			for _, r := range in.records[t.Shape] {
				n, texts := name(r)
				if contexts[n] == nil {
					groups = append(groups, n)
				}
				contexts[n] = texts
			}
		}
	}
	var sent []func()
	for _, g := range groups {
		sent = append(sent, in.prepare(f, func(r *record) bool { n, _ := name(r); return n == g }, contexts[g]))
	}
	for _, land := range sent {
		land()
	}
}

// context is the value an entry gives a record, "" if it does not apply.
func (in *interpreter) context(c *plan.Context, r *record) string {
	v := r.follow(c.From)
	if c.Value == nil {
		return v.raw()
	}
	if v.record == nil {
		return ""
	}
	return v.record.first(c.Value, c.Type)
}

// first is the value of the first member that applies, "" if there is none.
func (r *record) first(fields []plan.RepField, typ plan.Ref) string {
	for i := range fields {
		f := &fields[i]
		switch {
		case f.On != nil && !r.typed(typ, f.On):
		case f.Const != "":
			return f.Const
		default:
			return r.follow(f.From).inner(f)
		}
	}
	return ""
}

// inner is a member's value, objects replaced by what is in them.
func (v *value) inner(f *plan.RepField) string {
	switch {
	case v == nil || v.null:
		return "null"
	case v.list != nil:
		var items []string
		for _, item := range v.list {
			items = append(items, item.inner(f))
		}
		return "[" + strings.Join(items, ",") + "]"
	case v.record != nil:
		return cmp.Or(v.record.first(f.Sub, f.Type), "null")
	}
	return v.raw()
}

func (in *interpreter) send(f int, mine func(*record) bool, context []string) {
	in.prepare(f, mine, context)()
}

// prepare builds a request of the records that are mine, sends it, and returns
// what takes the answer in.
func (in *interpreter) prepare(f int, mine func(*record) bool, context []string) func() {
	fetch := &in.plan.Fetches[f]
	q := &request{fetch: f}
	needed := false
	for i := range fetch.Sets {
		s := &fetch.Sets[i]
		if !s.Guard.Holds(in.conditions) {
			q.sets = append(q.sets, nil)
			continue
		}
		a := in.collect(s, mine)
		q.sets = append(q.sets, a)
		needed = needed || !a.empty() || in.unconditional(s)
	}
	if !needed {
		return func() {}
	}
	body, err := in.ask(f, in.request(fetch, q, context))
	return func() { in.land(q, body, err) }
}

// first reports whether a set fills the root record itself.
func first(s *plan.Set) bool {
	if s.Alias != "" {
		return false
	}
	for _, t := range s.Targets {
		if t.Shape != 0 {
			return false
		}
	}
	return true
}

// unconditional reports whether a set's records always exist.
func (in *interpreter) unconditional(s *plan.Set) bool {
	if s.Alias != "" {
		return false
	}
	for _, t := range s.Targets {
		if t.Shape > 1 {
			return false
		}
	}
	return true
}

// collect finds the records that ask for a set.
func (in *interpreter) collect(s *plan.Set, mine func(*record) bool) *asked {
	a := &asked{set: s}
	refs := map[string]int{}
	if first(s) {
		return a
	}
	for i := range s.Targets {
		t := &s.Targets[i]
		a.holders = append(a.holders, nil)
		for _, r := range in.records[t.Shape] {
			if !mine(r) || t.On != nil && !r.typed(t.Type, t.On) {
				continue
			}
			if s.Alias == "" {
				a.holders[i] = append(a.holders[i], holder{record: r})
				continue
			}
			text, ok, known := in.represent(s, t, r)
			if !ok {
				if known {
					r.links[t.Link] = missing(explained)
				}
				continue
			}
			if _, seen := refs[text]; !seen {
				refs[text] = len(a.reps)
				a.reps = append(a.reps, text)
			}
			a.holders[i] = append(a.holders[i], holder{r, refs[text]})
		}
	}
	return a
}

// request is what the source gets.
func (in *interpreter) request(fetch *plan.Fetch, q *request, context []string) *subgraphs.Request {
	req := &subgraphs.Request{}
	for _, v := range fetch.Variables {
		var text []byte
		if v < len(in.values) {
			text = in.values[v]
		}
		filled := "" // by the first entry that applies
		for i, c := range fetch.Context {
			if c.Variable == v && (text == nil || filled == "") {
				filled = context[i]
				text = []byte(cmp.Or(filled, "null"))
			}
		}
		req.Values = append(req.Values, text)
	}
	for i, a := range q.sets {
		if fetch.Sets[i].Alias == "" {
			continue
		}
		var set subgraphs.Set
		if a != nil {
			set.Reps = []byte(strings.Join(a.reps, ","))
			end := -1
			for _, rep := range a.reps {
				end += 1 + len(rep)
				set.Ends = append(set.Ends, uint32(end))
			}
		}
		req.Sets = append(req.Sets, set)
	}
	return req
}

// land takes in an answer.
func (in *interpreter) land(q *request, body []byte, err error) {
	if err != nil {
		in.fail(q, faultText(err))
		return
	}
	data, errs, wrong := readAnswer(body)
	if wrong != "" {
		in.fail(q, wrong)
		return
	}
	for i := range errs {
		errs[i].set = -1
		for j, a := range q.sets {
			if a != nil && a.set.Alias != "" && len(errs[i].path) > 0 && errs[i].path[0].Key == a.set.Alias {
				errs[i].set = j
			}
		}
	}
	if data == nil {
		in.nothing(q, errs)
		return
	}
	in.readData(q, data)
	for i := range errs {
		errs[i].done = in.attach(q, &errs[i])
	}
	for i, a := range q.sets {
		if a == nil {
			continue
		}
		if a.set.Alias == "" {
			in.hang(a, q.root)
		} else {
			in.linkSet(q, i, errs)
		}
	}
	in.lost(q, errs)
}

func faultText(err error) string {
	var f *fault.Error
	if errors.As(err, &f) {
		return f.Message
	}
	return "the subgraph could not be asked"
}

// remote is an error a subgraph sent.
type remote struct {
	text string
	path []fault.Step
	set  int
	done bool
	told *failure
}

// readAnswer takes an answer apart; wrong says why it cannot be used.
func readAnswer(body []byte) (data *Object, errs []remote, wrong string) {
	v, err := ParseJSON(body)
	o, ok := v.(*Object)
	if err != nil || !ok {
		return nil, nil, "the subgraph's answer is not valid JSON"
	}
	value, has := o.Get("data")
	list, isList := o.Value("errors").([]any)
	switch {
	case o.Value("errors") != nil && !isList:
		wrong = "the subgraph's errors are not a list"
	case isList && len(list) == 0:
		wrong = "the subgraph's list of errors is empty"
	case !has && !isList:
		wrong = "the subgraph's answer has neither data nor errors"
	case has && value == nil && !isList:
		wrong = "the subgraph answered null without an error"
	}
	if data, ok = value.(*Object); value != nil && !ok {
		wrong = "the subgraph's answer is not valid JSON"
	}
	for _, item := range list {
		e, _ := item.(*Object)
		r := remote{text: e.Text("message")}
		if r.text == "" {
			r.text = "unknown subgraph error"
		}
		r.told = &failure{text: r.text}
		r.path = readPath(e.Value("path"))
		errs = append(errs, r)
	}
	return data, errs, wrong
}

// readPath reads a path; what is none is no path.
func readPath(v any) []fault.Step {
	list, _ := v.([]any)
	var path []fault.Step
	for _, item := range list {
		if text, ok := item.(string); ok && text != "" && (text[0] < '0' || text[0] > '9') {
			path = append(path, fault.Step{Key: text})
			continue
		}
		n, err := strconv.Atoi(fmt.Sprint(item)) // an index, perhaps written as a string
		if err != nil || n < 0 {
			return nil
		}
		path = append(path, fault.Step{Index: n})
	}
	return path
}

// readData reads the members of data.
func (in *interpreter) readData(q *request, data *Object) {
	for _, a := range q.sets {
		if a != nil && a.set.Alias == "" {
			q.root = in.root
			if !first(a.set) {
				q.root = in.newRecord(a.set.Shape)
			}
		}
	}
	for _, name := range data.Names() {
		taken := false
		for _, a := range q.sets {
			if a == nil || a.set.Alias == "" || a.set.Alias != name {
				continue
			}
			taken = true
			in.readEntities(a, data.Value(name))
		}
		if !taken && q.root != nil {
			in.read(q.root, NewObject(name, data.Value(name)))
		}
	}
}

// readEntities reads the entities of a set: once each, or, where the way to them
// matters, once per holder. A list of another length than asked for is refused
// whole.
func (in *interpreter) readEntities(a *asked, v any) {
	list, ok := v.([]any)
	if !ok {
		return
	}
	a.list = &value{list: []*value{}}
	for _, item := range list {
		if a.set.Apart || len(list) != len(a.reps) {
			a.list.list = append(a.list.list, &value{leaf: item}) // read later, or never
			continue
		}
		a.list.list = append(a.list.list, in.readEntity(a.set, item))
	}
}

func (in *interpreter) readEntity(s *plan.Set, v any) *value {
	switch v := v.(type) {
	case nil:
		return missing(stated)
	case *Object:
		return &value{record: in.readRecord(s.Shape, nil, v)}
	}
	m := in.remark(remark{text: "the subgraph answered something else than an object", hidden: true, place: in.setPlace(s)})
	return &value{null: true, why: explained, remarks: []*remark{m}}
}

// hang stores a root answer in the links of its targets.
func (in *interpreter) hang(a *asked, r *record) {
	for i, holders := range a.holders {
		for _, h := range holders {
			h.record.links[a.set.Targets[i].Link] = &value{record: r}
		}
	}
}

// linkSet hangs entities on the records that asked for them.
func (in *interpreter) linkSet(q *request, i int, errs []remote) {
	a := q.sets[i]
	switch {
	case a.list == nil:
		if !in.failSet(q, i, errs) {
			in.failPart(q, i, &failure{text: "the subgraph's answer lacks the entities"})
		}
		return
	case len(a.list.list) != len(a.reps):
		in.failPart(q, i, &failure{text: "the subgraph answered another number of entities than it was asked for"})
		return
	}
	for t, holders := range a.holders {
		for _, h := range holders {
			item := *a.list.list[h.ref]
			if a.set.Apart {
				item = *in.readEntity(a.set, a.list.list[h.ref].leaf)
			}
			h.record.links[a.set.Targets[t].Link] = &item
			if item.record != nil {
				item.record.parent = h.record
			}
		}
	}
	for k := range errs {
		if a.set.Apart && !errs[k].done && errs[k].set == i {
			errs[k].done = in.attachApart(a, &errs[k])
		}
	}
}

// fail makes all a request was to answer null.
func (in *interpreter) fail(q *request, text string) {
	cause := &failure{text: text}
	for i, a := range q.sets {
		if a != nil {
			in.failPart(q, i, cause)
		}
	}
}

func (in *interpreter) failPart(q *request, i int, cause *failure) {
	a := q.sets[i]
	if a.set.Alias == "" {
		in.hollow(q, a, []*remark{in.remark(remark{text: cause.text, external: true})})
		return
	}
	for t, holders := range a.holders {
		if len(holders) == 0 {
			continue
		}
		m := in.remark(remark{text: cause.text, external: true, once: true, cause: cause, place: in.places.shape(a.set.Targets[t].Shape)})
		for _, h := range holders {
			h.record.links[a.set.Targets[t].Link] = &value{null: true, why: explained, remarks: []*remark{m}}
		}
	}
}

// hollow makes every key of a root answer null for a reason.
func (in *interpreter) hollow(q *request, a *asked, why []*remark) {
	if q.root == nil {
		q.root = in.root
		if !first(a.set) {
			q.root = in.newRecord(a.set.Shape)
		}
	}
	for _, v := range q.root.keys {
		if v.null && len(v.remarks) == 0 {
			v.why, v.remarks = explained, why
		}
	}
	in.hang(a, q.root)
}

// setPlace is where errors of a set that have no better place belong.
func (in *interpreter) setPlace(s *plan.Set) []fault.Step {
	if len(s.Targets) == 0 || first(s) {
		return nil
	}
	return in.places.shape(s.Targets[0].Shape)
}

// keyPlace is the place of a root answer's key.
func (in *interpreter) keyPlace(s *plan.Set, key int) []fault.Step {
	name := in.places.client(s.Shape, key)
	if name == "" {
		return in.setPlace(s)
	}
	return append(append([]fault.Step(nil), in.setPlace(s)...), fault.Step{Key: name})
}

func (in *interpreter) find(shape int, name string) int {
	for i := range in.plan.Shapes[shape].Keys {
		if in.plan.Shapes[shape].Keys[i].Name == name {
			return i
		}
	}
	return -1
}

func (q *request) rootSet() *plan.Set {
	for _, a := range q.sets {
		if a != nil && a.set.Alias == "" {
			return a.set
		}
	}
	return nil
}

// attach puts an error at the place its path names.
func (in *interpreter) attach(q *request, e *remote) bool {
	if e.set >= 0 {
		a := q.sets[e.set]
		if a.set.Apart || a.list == nil || len(a.list.list) != len(a.reps) || len(e.path) < 2 || e.path[1].Key != "" || e.path[1].Index >= len(a.list.list) {
			return false
		}
		in.walk(a.list.list[e.path[1].Index], a.set.Shape, 0, e.path[2:], e, in.setPlace(a.set))
		return true
	}
	s := q.rootSet()
	if s == nil || len(e.path) == 0 {
		return false
	}
	key := in.find(s.Shape, e.path[0].Key)
	if key < 0 {
		return false
	}
	k := &in.plan.Shapes[s.Shape].Keys[key]
	in.walk(q.root.keys[key], k.Shape, int(k.Lists), e.path[1:], e, in.keyPlace(s, key))
	return true
}

func (in *interpreter) attachApart(a *asked, e *remote) bool {
	if len(e.path) < 2 || e.path[1].Key != "" {
		return false
	}
	found := false
	for t, holders := range a.holders {
		for _, h := range holders {
			if h.ref == e.path[1].Index {
				in.walk(h.record.links[a.set.Targets[t].Link], a.set.Shape, 0, e.path[2:], e, in.places.shape(a.set.Targets[t].Shape))
				found = true
			}
		}
	}
	return found
}

// walk follows a path from a value below lists as far as it leads.
func (in *interpreter) walk(v *value, shape, lists int, path []fault.Step, e *remote, place []fault.Step) {
	m := in.remark(remark{text: e.text, external: true, place: place})
	for {
		switch {
		case v.null:
			m.below = path
			v.why, v.remarks = explained, append(v.remarks[:len(v.remarks):len(v.remarks)], m)
			return
		case lists > 0 && len(path) > 0 && path[0].Key == "" && path[0].Index < len(v.list):
			v, lists, path = v.list[path[0].Index], lists-1, path[1:]
		case v.record != nil && len(path) > 0 && path[0].Key != "":
			key := in.find(shape, path[0].Key)
			if key >= 0 && in.places.client(shape, key) != "" {
				k := &in.plan.Shapes[shape].Keys[key]
				v, shape, lists, path = v.record.keys[key], k.Shape, int(k.Lists), path[1:]
				continue
			}
			if key >= 0 && v.record.keys[key].null {
				v.record.keys[key].why, v.record.keys[key].remarks = explained, nil
			}
			v.record.remarks = append(v.record.remarks, m)
			return
		default:
			for len(m.below) < len(path) && path[len(m.below)].Key == "" {
				m.below = path[:len(m.below)+1] // of what the list does not have
			}
			if v.record != nil {
				v.record.remarks = append(v.record.remarks, m)
			} else {
				v.remarks = append(v.remarks, m)
			}
			return
		}
	}
}

// lost keeps errors without a place at those of the request.
func (in *interpreter) lost(q *request, errs []remote) {
	for i := range errs {
		e := &errs[i]
		if e.done {
			continue
		}
		for j, a := range q.sets {
			switch {
			case a == nil || e.set >= 0 && e.set != j:
			case a.set.Alias == "":
				in.lostRoot(q, a.set, e)
			default:
				for t, holders := range a.holders {
					if len(holders) > 0 {
						in.remark(remark{text: e.text, external: true, once: true, cause: e.told, place: in.places.shape(a.set.Targets[t].Shape)})
					}
				}
			}
		}
	}
}

// lostRoot gives an error to the root fields that are null, or to none.
func (in *interpreter) lostRoot(q *request, s *plan.Set, e *remote) {
	m := in.remark(remark{text: e.text, external: true, place: in.setPlace(s)})
	for i, v := range q.root.keys {
		if v.null && in.places.client(s.Shape, i) != "" {
			v.why, v.remarks = explained, append(v.remarks[:len(v.remarks):len(v.remarks)], m)
		}
	}
}

// nothing takes in an answer without data.
func (in *interpreter) nothing(q *request, errs []remote) {
	for i, a := range q.sets {
		switch {
		case a == nil:
		case a.set.Alias == "":
			in.nothingRoot(q, a, errs)
		default:
			in.failSet(q, i, errs)
		}
	}
}

func (in *interpreter) nothingRoot(q *request, a *asked, errs []remote) {
	s := a.set
	if q.root == nil {
		q.root = in.root
		if !first(s) {
			q.root = in.newRecord(s.Shape)
		}
	}
	var rest []*remark
	for i := range errs {
		e := &errs[i]
		if e.set >= 0 {
			continue
		}
		m := in.remark(remark{text: e.text, external: true, place: in.setPlace(s)})
		key := -1
		if len(e.path) > 0 {
			key = in.find(s.Shape, e.path[0].Key)
		}
		if key < 0 {
			rest = append(rest, m)
			continue
		}
		m.below, m.place = e.path[1:], in.keyPlace(s, key)
		v := q.root.keys[key]
		v.why, v.remarks = explained, append(v.remarks, m)
	}
	if rest == nil {
		rest = []*remark{}
	}
	for _, v := range q.root.keys {
		if v.null && len(v.remarks) == 0 {
			v.why, v.remarks = explained, rest
		}
	}
	in.hang(a, q.root)
}

// failSet makes the entities of a set null because of errors.
func (in *interpreter) failSet(q *request, i int, errs []remote) bool {
	a := q.sets[i]
	own := map[int][]*remark{}
	var general []*remote
	for j := range errs {
		e := &errs[j]
		if e.set != i && e.set >= 0 || e.set < 0 && q.rootSet() != nil {
			continue
		}
		e.done = true
		if e.set == i && len(e.path) > 1 && e.path[1].Key == "" && e.path[1].Index < len(a.reps) {
			own[e.path[1].Index] = append(own[e.path[1].Index], in.remark(remark{text: e.text, external: true, below: e.path[2:], place: in.setPlace(a.set)}))
			continue
		}
		general = append(general, e)
	}
	if len(general) == 0 && len(own) == 0 {
		return false
	}
	for t, holders := range a.holders {
		if len(holders) == 0 {
			continue
		}
		var all []*remark
		for _, e := range general {
			all = append(all, in.remark(remark{text: e.text, external: true, once: true, cause: e.told, place: in.places.shape(a.set.Targets[t].Shape)}))
		}
		for _, h := range holders {
			why := all
			if own[h.ref] != nil {
				why = own[h.ref]
			}
			h.record.links[a.set.Targets[t].Link] = &value{null: true, why: explained, remarks: why}
		}
	}
	return true
}
