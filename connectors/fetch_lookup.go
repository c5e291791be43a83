package connectors

import (
	"context"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/batch"
	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// lookupCall answers _entities fields, each by one connector.
type lookupCall struct {
	source  *source
	lookups []lookup
}

var _ subgraphs.Call = (*lookupCall)(nil)

// lookup is one _entities field.
type lookup struct {
	alias     string
	text      []byte // `"alias":`
	set       int    // of Spec.Sets
	when      [][]condition
	connector *connector
	// target yields whole objects; nil for a connector of one field, whose
	// objects are made of members.
	target  *target
	members []rootField
	// signature tells the question apart from others of the connector.
	signature string
	// coalescer is nil unless operations share the look-up's requests.
	coalescer *batch.Coalescer[[]outcome]
}

// outcome is what became of one key, or of one member of its object.
type outcome struct {
	// value is the object, or the member; nil is null. An open one lacks its
	// opening brace.
	value []byte
	open  bool
	// failure are the members of an error, nil without one.
	failure []byte
}

func (p *prepared) lookupCall() (*lookupCall, error) {
	c := &lookupCall{source: p.source}
	query := &schema.Type{Name: "Query"}
	if p.graph.Query != schema.NoType {
		query = &p.graph.Types[p.graph.Query]
	}
	found, err := p.collect([]ast.SelectionSet{p.operation.SelectionSet}, query)
	if err != nil {
		return nil, err
	}
	var targets []*target
	for _, i := range p.lookups {
		set := &p.in.Sets[i]
		at := -1
		for k := range found {
			if found[k].response == set.Alias && found[k].name == "_entities" {
				at = k
			}
		}
		if at < 0 || len(found) != len(p.lookups) {
			return nil, errors.New("a look-up asks for nothing but its entities")
		}
		l, err := p.lookup(set, &found[at])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.Lookup, err)
		}
		l.set = i
		c.lookups = append(c.lookups, *l)
		targets = append(targets, l.targets()...)
	}
	return c, p.open(targets)
}

func (l *lookup) targets() []*target {
	if l.target != nil {
		return []*target{l.target}
	}
	return targetsOf(l.members)
}

func (p *prepared) lookup(set *subgraphs.SetSpec, s *selected) (*lookup, error) {
	c := p.source.connectors[set.Lookup]
	if c == nil || c.key == nil {
		return nil, errors.New("no connector of that name")
	}
	id := p.graph.TypeNamed(c.spec.Type)
	if id == schema.NoType {
		return nil, fmt.Errorf("no type %s", c.spec.Type)
	}
	t := &p.graph.Types[id]
	l := &lookup{alias: set.Alias, when: s.when, connector: c, text: append(fault.AppendString(nil, set.Alias), ':')}
	l.signature = p.signature(c)
	if c.spec.Place == spec.Batch && p.in.Kind == plan.Query {
		l.coalescer = c.coalescer
	}
	if c.spec.Place == spec.Field {
		return l, p.lookupMembers(l, t, s)
	}
	out := &mapping.Output{}
	if err := p.object(out, t, s.below, 0); err != nil {
		return nil, err
	}
	l.target = &target{connector: c}
	if c.spec.Place != spec.Batch {
		l.target.program = c.spec.Selection.Compile(out)
		return l, nil
	}
	if !c.source.config.MatchByPosition {
		out.Fields = append(c.key.outputs(), out.Fields...)
	}
	l.target.single = c.spec.Selection.Compile(out)
	list := *out
	list.Lists = 1
	l.target.program = c.spec.Selection.Compile(&list)
	return l, nil
}

// lookupMembers compiles the selection of a connector that answers one field.
func (p *prepared) lookupMembers(l *lookup, t *schema.Type, s *selected) error {
	found, err := p.collect(s.below, t)
	if err != nil {
		return err
	}
	for i := range found {
		m := rootField{name: found[i].response, when: found[i].when, text: append(fault.AppendString(nil, found[i].response), ':')}
		switch found[i].name {
		case typename:
			m.typename = fault.AppendString(nil, t.Name)
		case l.connector.spec.Field:
			if m.target, err = p.memberTarget(l.connector, t, &found[i]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("it does not answer %s.%s", t.Name, found[i].name)
		}
		l.members = append(l.members, m)
	}
	return nil
}

func (p *prepared) memberTarget(c *connector, t *schema.Type, s *selected) (*target, error) {
	def, err := p.field(t, s.name)
	if err != nil {
		return nil, err
	}
	out, err := p.output(p.fieldType(def), s.below, 0)
	if err != nil {
		return nil, err
	}
	args, err := p.arguments(def, s.arguments)
	if err != nil {
		return nil, err
	}
	return &target{connector: c, program: c.spec.Selection.Compile(out), arguments: args}, nil
}

// Fetch asks for the objects of each set.
func (c *lookupCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	dst := append(res.Body, `{"data":{`...)
	var errs errorList
	for i := range c.lookups {
		l := &c.lookups[i]
		if l.set >= len(req.Sets) || !holds(l.when, req.Values) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(append(dst, l.text...), '[')
		r := c.source.newRun(ctx, req)
		r.readKeys(l, &req.Sets[l.set])
		if told := c.source.options.Trace.Lookup; told != nil {
			told(l.connector.spec.ID, len(r.places), r.keys.Len())
		}
		r.answer(l)
		dst = r.write(l, dst, &errs)
		if res.Status == 0 {
			res.Status = r.status
		}
		r.release()
		dst = append(dst, ']')
	}
	res.Body = errs.close(append(dst, '}'))
	return nil
}

// readKeys takes the distinct keys out of the representations.
func (r *run) readKeys(l *lookup, set *subgraphs.Set) {
	r.keys.Reset(len(set.Ends))
	from := 0
	for _, end := range set.Ends {
		representation := set.Reps[from:end]
		from = int(end) + 1 // behind the comma
		mark := len(r.arena)
		object, canonical, ok := l.connector.key.read(r.arena, r.key[:0], representation)
		r.key = canonical
		if !ok {
			r.arena = object[:mark]
			r.places = append(r.places, -1)
			continue
		}
		i, added := r.keys.Add(canonical)
		if added {
			r.arena = object
			r.objects = append(r.objects, span{mark, len(object)})
		} else {
			r.arena = object[:mark]
		}
		r.places = append(r.places, i)
	}
}

// ask does the requests for the run's keys and makes their outcomes: width of
// them for each key.
func (r *run) ask(l *lookup) {
	n := r.keys.Len()
	r.outcomes = append(r.outcomes[:0], make([]outcome, n*r.width(l))...)
	if l.connector.spec.Place == spec.Batch {
		r.batches(l)
	} else {
		r.singles(l)
	}
	if r.used > 0 {
		r.status = r.jobs[0].answer.Status
	}
}

// width is how many outcomes a key has: one, or one per member that is asked
// for.
func (r *run) width(l *lookup) int {
	if l.target != nil {
		return 1
	}
	n := 0
	for i := range l.members {
		if m := &l.members[i]; m.target != nil && holds(m.when, r.req.Values) {
			n++
		}
	}
	return n
}

// singles does one request per key and member.
func (r *run) singles(l *lookup) {
	n, width := r.keys.Len(), 0
	if l.target != nil {
		r.keyJobs(l, l.target)
		width = 1
	}
	for i := range l.members {
		if m := &l.members[i]; m.target != nil && holds(m.when, r.req.Values) {
			r.keyJobs(l, m.target)
			width++
		}
	}
	each(r.used, r.source.options.Parallel, func(i int) { r.jobs[i].do() })
	for i, j := range r.jobs[:r.used] {
		r.outcomes[i%n*width+i/n] = j.outcome()
	}
}

func (j *job) outcome() outcome {
	switch {
	case j.failed:
		return outcome{failure: j.failure}
	case j.found:
		return outcome{value: j.out}
	}
	return outcome{}
}

// keyJobs makes the requests of one member, or of the whole objects: one per
// key.
func (r *run) keyJobs(l *lookup, t *target) {
	name, used := "$this", t.connector.needs.this
	if l.connector.spec.Place == spec.Entity {
		name, used = "$args", t.connector.needs.args
	}
	var shared mapping.Vars
	for k, o := range r.objects {
		j := r.job(t)
		if used {
			j.add(name, r.arena[o.from:o.to:o.to])
		}
		if k == 0 {
			own := len(j.in.Vars)
			r.arguments(j)
			j.in.Vars = r.common(j.in.Vars, t.connector)
			shared = j.in.Vars[own:]
		} else {
			j.in.Vars = append(j.in.Vars, shared...)
		}
	}
}

// write appends the objects in the order of the representations, and an error
// for each place that has none because of one.
func (r *run) write(l *lookup, dst []byte, errs *errorList) []byte {
	width := r.width(l)
	for place, k := range r.places {
		if place > 0 {
			dst = append(dst, ',')
		}
		switch {
		case k < 0:
			dst = append(dst, "null"...)
		case l.target != nil:
			dst = r.outcomes[k].append(dst, errs, l.alias, place, "")
		default:
			dst = r.object(l, dst, errs, place, r.outcomes[k*width:(k+1)*width])
		}
	}
	return dst
}

// object appends an object whose members were asked for one by one.
func (r *run) object(l *lookup, dst []byte, errs *errorList, place int, members []outcome) []byte {
	dst = append(dst, '{')
	for i := range l.members {
		m := &l.members[i]
		if !holds(m.when, r.req.Values) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, m.text...)
		if m.target == nil {
			dst = append(dst, m.typename...)
			continue
		}
		dst = members[0].append(dst, errs, l.alias, place, m.name)
		members = members[1:]
	}
	return append(dst, '}')
}

// append appends the value, and its error to errs.
func (o *outcome) append(dst []byte, errs *errorList, alias string, place int, below string) []byte {
	if o.failure != nil {
		errs.add(o.failure, alias, place, below)
	}
	switch {
	case o.value == nil:
		return append(dst, "null"...)
	case o.open:
		dst = append(dst, '{')
	}
	return append(dst, o.value...)
}
