package testkit

import (
	"slices"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
)

// written is a completed place of the client's answer. null with fails goes up.
type written struct {
	value  any
	null   bool
	fails  bool
	errors []Finding
}

// spot is where in plan.Data a value is written, to name what lies below it.
type spot struct {
	object *plan.Object
	record int
	lists  int
}

// write completes the client's answer.
func (in *interpreter) write() written {
	out := in.writeObject(&in.plan.Data, in.root, nil)
	if out.fails {
		out = in.settled(out)
	}
	return out
}

// settled is a place that becomes null: of the errors below it, those of
// subgraphs and the cause stay.
func (in *interpreter) settled(w written) written {
	in.nulled = true
	kept := slices.DeleteFunc(w.errors, func(f Finding) bool { return !f.external && !f.cause })
	for i := range kept {
		kept[i].cause = false
	}
	return written{null: true, errors: kept}
}

// writeObject completes a client object by the specification, section 6.4.
func (in *interpreter) writeObject(o *plan.Object, r *record, path []fault.Step) written {
	var out written
	records := []*value{{record: r}}
	for i := 1; i < len(o.Records); i++ {
		step := o.Records[i]
		v := records[step.Of]
		if !v.null {
			v = v.record.links[step.Link]
		}
		if v.null {
			out.errors = append(out.errors, in.tell(v.remarks, path, spot{object: o, record: i})...)
			why := absent
			if v.known() {
				why = explained
			}
			v = missing(why)
		}
		records = append(records, v)
	}
	for i, v := range records {
		if !v.null {
			out.errors = append(out.errors, in.tell(v.record.remarks, path, spot{object: o, record: i})...)
		}
	}
	kind, ok := o.Static, true
	if o.Type.Record >= 0 && typeMatters(o) {
		var errs []Finding
		kind, ok, errs = in.runtimeType(o, records, path)
		out.errors = append(out.errors, errs...)
	}
	reasons := len(out.errors)
	if !ok {
		return out.failed(reasons)
	}
	object := &Object{}
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.On != nil && !slices.Contains(f.On, kind) || !f.Holds(in.conditions) {
			continue
		}
		w := in.writeField(f, records, kind, append(path[:len(path):len(path)], fault.Step{Key: f.Name}))
		out.add(w)
		if !out.fails && (!w.null || !in.plan.OmitNulls) {
			object.Set(f.Name, w.value)
		}
	}
	if out.fails {
		return out.failed(reasons)
	}
	out.value = object
	return out
}

// failed is an object that becomes null. When no member says why, the first of
// the given errors, about its own records, does.
func (w written) failed(reasons int) written {
	w.null, w.fails = true, true
	if reasons > 0 && !slices.ContainsFunc(w.errors, func(f Finding) bool { return f.cause }) {
		w.errors[0].cause = true
	}
	return w
}

// add takes over what became of a member. After one that makes the object null
// only errors of subgraphs count.
func (w *written) add(member written) {
	if !w.fails {
		w.errors = append(w.errors, member.errors...)
		w.fails = member.fails
		return
	}
	for _, f := range member.errors {
		if f.external {
			f.cause, f.spare = false, true
			w.errors = append(w.errors, f)
		}
	}
}

func typeMatters(o *plan.Object) bool {
	for i := range o.Fields {
		if o.Fields[i].From.Record < 0 || o.Fields[i].On != nil {
			return true
		}
	}
	return o.Types != nil
}

func (in *interpreter) runtimeType(o *plan.Object, records []*value, path []fault.Step) (string, bool, []Finding) {
	v := records[o.Type.Record]
	if !v.null {
		v = v.record.keys[o.Type.Key]
	}
	if v.null {
		errs := in.tell(v.remarks, path, spot{})
		if len(v.remarks) == 0 && v.why != explained {
			errs = []Finding{{Path: path, Text: "the subgraph did not say the object's type"}}
		}
		return "", false, blame(errs)
	}
	kind, _ := v.leaf.(string)
	if o.Types != nil && !slices.Contains(o.Types, kind) {
		return "", false, blame([]Finding{{Path: path, Text: "the subgraph answered an object of a type that cannot be shown here"}})
	}
	return kind, true, nil
}

// blame marks the first error as the cause of a null that goes up.
func blame(errs []Finding) []Finding {
	for i := range errs {
		errs[i].cause = i == 0
	}
	return errs
}

func (in *interpreter) writeField(f *plan.Field, records []*value, kind string, path []fault.Step) written {
	if f.From.Record < 0 {
		return written{value: kind}
	}
	v := records[f.From.Record]
	if !v.null && f.From.Key >= 0 {
		v = v.record.keys[f.From.Key]
	}
	return in.complete(f, v, 0, path)
}

// complete completes a value of a field below level lists.
func (in *interpreter) complete(f *plan.Field, v *value, level int, path []fault.Step) written {
	nullable := f.Nullable&(1<<level) != 0
	errs := in.tell(v.remarks, path, spot{object: f.Object, lists: int(f.Lists) - level})
	if v.null {
		if nullable {
			return written{null: true, errors: errs}
		}
		switch {
		case len(v.remarks) > 0 || v.why == explained:
		case v.why == absent:
			errs = []Finding{{Path: path, Text: "a non-null field has no value: its object was not found or the subgraph left it out"}}
		default:
			errs = []Finding{{Path: path, Text: "the subgraph answered null for a non-null field"}}
		}
		return written{null: true, fails: true, errors: blame(errs)}
	}
	out := written{}
	switch {
	case level < int(f.Lists):
		list := []any{}
		for i, item := range v.list {
			w := in.complete(f, item, level+1, append(path[:len(path):len(path)], fault.Step{Index: i}))
			out.add(w)
			list = append(list, w.value)
		}
		out.value = list
	case f.Object != nil:
		out = in.writeObject(f.Object, v.record, path)
	default:
		out.value = v.leaf
	}
	out.errors = append(errs, out.errors...)
	if out.fails {
		out.value, out.null = nil, true
		if nullable {
			return in.settled(out)
		}
	}
	return out
}

// tell words the remarks of a place.
func (in *interpreter) tell(remarks []*remark, path []fault.Step, at spot) (errs []Finding) {
	for _, m := range remarks {
		m.shown, m.met = m.shown || m.external, true
		if m.once {
			errs = append(errs, in.tellOnce(m, names(path))...)
			continue
		}
		full := append(path[:len(path):len(path)], in.translate(m.below, at)...)
		errs = append(errs, Finding{Path: full, Text: m.text, external: m.external, remark: m})
	}
	return errs
}

func names(path []fault.Step) []fault.Step {
	return slices.DeleteFunc(slices.Clone(path), func(s fault.Step) bool { return s.Key == "" })
}

func (in *interpreter) tellOnce(m *remark, place []fault.Step) []Finding {
	if m.cause.told == nil {
		m.cause.told = map[string]bool{}
	}
	if m.cause.told[pathKey(place)] {
		return nil
	}
	m.cause.told[pathKey(place)] = true
	return []Finding{{Path: place, Text: m.text, external: true, remark: m}}
}

// translate puts a subgraph's path below a place into the client's names.
func (in *interpreter) translate(path []fault.Step, at spot) (out []fault.Step) {
	for _, step := range path {
		switch {
		case step.Key == "" && at.lists > 0:
			at.lists--
			out = append(out, step)
		case step.Key != "" && at.lists == 0 && at.object != nil:
			f := in.written(at, step.Key)
			if f == nil {
				return out
			}
			out = append(out, fault.Step{Key: f.Name})
			at = spot{object: f.Object, lists: int(f.Lists)}
		default:
			return out
		}
	}
	return out
}

// written finds the field a key of a record is written as.
func (in *interpreter) written(at spot, name string) *plan.Field {
	shape := in.places.objects[at.object][at.record]
	for i := range at.object.Fields {
		f := &at.object.Fields[i]
		if f.From.Record == at.record && f.From.Key >= 0 && in.plan.Shapes[shape].Keys[f.From.Key].Name == name {
			return f
		}
	}
	return nil
}

// sweep tells what no place showed: errors of subgraphs, and values of the wrong
// kind that only the plan needs.
func (in *interpreter) sweep() (errs []Finding) {
	for _, m := range in.remarks {
		switch {
		case m.shown || !m.external && !m.hidden:
		case m.once:
			errs = append(errs, in.tellOnce(m, m.place)...)
		default:
			// One that was met where something else made the answer null may stay untold.
			errs = append(errs, Finding{Path: m.place, Text: m.text, external: true, spare: m.met, remark: m})
		}
	}
	return errs
}

// Agrees compares errors given as lines of path and message. It returns "", or
// one that is missing or too many.
func (i *Interpretation) Agrees(got []string) string {
	left := map[string]int{}
	for _, line := range got {
		left[line]++
	}
	told := map[*remark]bool{}
	for _, spare := range []bool{false, true} {
		for _, f := range i.Errors {
			if f.spare != spare {
				continue
			}
			if left[f.line()] > 0 {
				left[f.line()]--
				told[f.remark] = true
			} else if !spare {
				return "missing error " + f.line()
			}
		}
	}
	for _, f := range i.Errors {
		if f.spare && f.remark.external && !told[f.remark] {
			return "nowhere told: error " + f.line()
		}
	}
	for _, line := range got {
		if left[line] > 0 {
			return "further error " + line
		}
	}
	return ""
}

func (f *Finding) line() string { return fault.PathString(f.Path) + ": " + f.Text }

// places knows where in the client's answer shapes and keys stand.
type places struct {
	plan    *plan.Plan
	paths   map[int][]fault.Step   // by shape
	keys    map[[2]int]string      // client name by shape and key
	links   map[[2]int]int         // shape by shape and link
	objects map[*plan.Object][]int // shapes of an object's records
	joined  map[*plan.Join]int     // shape of the right records
	owners  map[int][]int          // shapes that enclose a shape
}

func newPlaces(p *plan.Plan) *places {
	s := &places{plan: p, paths: map[int][]fault.Step{}, keys: map[[2]int]string{}, links: map[[2]int]int{},
		objects: map[*plan.Object][]int{}, joined: map[*plan.Join]int{}, owners: map[int][]int{}}
	for i := range p.Shapes {
		for _, k := range p.Shapes[i].Keys {
			if k.Shape != 0 {
				s.owners[k.Shape] = append(s.owners[k.Shape], i)
			}
		}
	}
	for i := range p.Fetches {
		for _, set := range p.Fetches[i].Sets {
			for _, t := range set.Targets {
				if t.Shape != 0 {
					s.links[[2]int{t.Shape, t.Link}] = set.Shape
					s.owners[set.Shape] = append(s.owners[set.Shape], t.Shape)
				}
			}
		}
	}
	for range p.Fetches { // a join may go through the link of another one
		for i := range p.Fetches {
			for j := range p.Fetches[i].Joins {
				join := &p.Fetches[i].Joins[j]
				left, ok := s.end(max(join.Shape, 1), join.Left)
				right, ok2 := s.end(max(join.Shape, 1), join.Right)
				if ok && ok2 {
					s.links[[2]int{left, join.Link}], s.joined[join] = right, right
				}
			}
		}
	}
	s.visit(&p.Data, 1, []fault.Step{})
	return s
}

// end is the shape at the end of one side of a join.
func (s *places) end(shape int, path []plan.Ref) (int, bool) {
	for _, ref := range path {
		for range ref.Up {
			shape = s.owners[shape][0]
		}
		for _, link := range ref.Links {
			var ok bool
			if shape, ok = s.links[[2]int{shape, link}]; !ok {
				return 0, false
			}
		}
		if ref.Key >= 0 {
			shape = s.plan.Shapes[shape].Keys[ref.Key].Shape
		}
	}
	return shape, true
}

func (s *places) visit(o *plan.Object, shape int, path []fault.Step) {
	shapes := []int{shape}
	for i := 1; i < len(o.Records); i++ {
		shapes = append(shapes, s.links[[2]int{shapes[o.Records[i].Of], o.Records[i].Link}])
	}
	s.objects[o] = shapes
	for _, shape := range shapes {
		if s.paths[shape] == nil {
			s.paths[shape] = path
		}
	}
	for i := range o.Fields {
		f := &o.Fields[i]
		if f.From.Record < 0 {
			continue
		}
		of := shapes[f.From.Record]
		if f.From.Key >= 0 {
			if at := [2]int{of, f.From.Key}; s.keys[at] == "" {
				s.keys[at] = f.Name
			}
			of = s.plan.Shapes[of].Keys[f.From.Key].Shape
		}
		if f.Object != nil {
			s.visit(f.Object, of, append(path[:len(path):len(path)], fault.Step{Key: f.Name}))
		}
	}
}

// client is the client's name of a key, "" if only the plan needs it.
func (s *places) client(shape, key int) string { return s.keys[[2]int{shape, key}] }

// shape is the client's place of a shape: that of what encloses it if the client
// does not see it.
func (s *places) shape(shape int) []fault.Step {
	seen := map[int]bool{}
	var find func(int) []fault.Step
	find = func(shape int) []fault.Step {
		if s.paths[shape] != nil || seen[shape] {
			return s.paths[shape]
		}
		seen[shape] = true
		for _, owner := range s.owners[shape] {
			if p := find(owner); p != nil {
				return p
			}
		}
		return nil
	}
	return find(shape)
}
