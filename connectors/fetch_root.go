package connectors

import (
	"context"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// rootCall answers fields of Query or Mutation: one request each, in parallel
// for a query and one after the other for a mutation.
type rootCall struct {
	source *source
	fields []rootField
	serial bool
}

var _ subgraphs.Call = (*rootCall)(nil)

// rootField is one response key. Without target it is __typename.
type rootField struct {
	name     string // the response key
	text     []byte // `"name":`
	when     [][]condition
	target   *target
	typename []byte
}

func (p *prepared) rootCall() (*rootCall, error) {
	fields, err := p.rootFields()
	if err != nil {
		return nil, err
	}
	return &rootCall{source: p.source, fields: fields, serial: p.in.Kind == plan.Mutation}, nil
}

// rootFields compiles the operation's fields.
func (p *prepared) rootFields() ([]rootField, error) {
	root := p.graph.Query
	switch p.in.Kind {
	case plan.Query:
	case plan.Mutation:
		root = p.graph.Mutation
	case plan.Subscription:
		root = p.graph.Subscription
	}
	if root == schema.NoType {
		return nil, errors.New("the graph has no type for it")
	}
	t := &p.graph.Types[root]
	found, err := p.collect([]ast.SelectionSet{p.operation.SelectionSet}, t)
	if err != nil {
		return nil, err
	}
	fields := make([]rootField, len(found))
	for i := range found {
		s, f := &found[i], &fields[i]
		f.name, f.when = s.response, s.when
		f.text = append(fault.AppendString(nil, s.response), ':')
		if s.name == typename {
			f.typename = fault.AppendString(nil, t.Name)
			continue
		}
		if f.target, err = p.rootTarget(t, s); err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name, s.name, err)
		}
	}
	return fields, p.open(targetsOf(fields))
}

func targetsOf(fields []rootField) []*target {
	var list []*target
	for i := range fields {
		if fields[i].target != nil {
			list = append(list, fields[i].target)
		}
	}
	return list
}

func (p *prepared) rootTarget(t *schema.Type, s *selected) (*target, error) {
	def, err := p.field(t, s.name)
	if err != nil {
		return nil, err
	}
	c, err := p.rootConnector(t, s)
	if err != nil {
		return nil, err
	}
	return p.fieldTarget(c, def, s)
}

// fieldTarget asks a connector for one field.
func (p *prepared) fieldTarget(c *connector, def *schema.Field, s *selected) (*target, error) {
	p.lenient = c.source.config.LenientStrings
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

// rootConnector is the one the plan names. A plan that names none means the
// first of the field that yields what is selected.
func (p *prepared) rootConnector(t *schema.Type, s *selected) (*connector, error) {
	if id := p.in.Lookup; id != "" {
		if c := p.source.connectors[id]; c != nil && c.spec.Place == spec.Root && c.spec.Field == s.name {
			return c, nil
		}
		return nil, fmt.Errorf("no connector %q of the field", id)
	}
	var first *connector
	for _, in := range p.source.options.Spec.Connectors {
		if in.Place != spec.Root || in.Type != t.Name || in.Field != s.name {
			continue
		}
		c := p.source.connectors[in.ID]
		if covers(in.Select, s.below) {
			return c, nil
		}
		if first == nil {
			first = c
		}
	}
	if first == nil {
		return nil, errors.New("no connector answers it")
	}
	return first, nil
}

// open makes the backends of a call's targets: one per connector, which reads
// what any of them looks at, so that equal requests have equal answers.
func (p *prepared) open(targets []*target) error {
	for i, t := range targets {
		if t.backend != nil {
			continue
		}
		reads := t.reads()
		for _, other := range targets[i+1:] {
			if other.connector == t.connector {
				reads = unite(reads, other.reads())
			}
		}
		backend, err := p.source.options.Open(t.connector.spec, reads)
		if err != nil {
			return err
		}
		identity := t.identify(p.source.options.Spec.Name, reads)
		for _, other := range targets[i:] {
			if other.connector == t.connector {
				other.backend, other.identity = backend, identity
			}
		}
	}
	return nil
}

// Fetch does the requests of the fields whose conditions hold.
func (c *rootCall) Fetch(ctx context.Context, req *subgraphs.Request, res *subgraphs.Response) error {
	r := c.source.newRun(ctx, req)
	defer r.release()
	for i := range c.fields {
		if f := &c.fields[i]; f.target != nil && holds(f.when, req.Values) {
			r.rootJob(f.target)
		}
	}
	if c.serial {
		for _, j := range r.jobs[:r.used] {
			j.do()
		}
	} else {
		each(r.used, c.source.options.Parallel, func(i int) { r.jobs[i].do() })
	}
	c.write(r, res)
	return nil
}

// rootJob makes the request of one field.
func (r *run) rootJob(t *target) {
	j := r.job(t)
	r.arguments(j)
	j.in.Vars = r.common(j.in.Vars, t.connector)
}

// arguments makes $args of what is written at a field.
func (r *run) arguments(j *job) {
	if t := j.target; t.connector.needs.args && t.arguments != nil {
		dst, _ := t.arguments.append(r.arena, r.req.Values)
		j.add("$args", r.keep(dst))
	}
}

// write puts the values in the order of the selection.
func (c *rootCall) write(r *run, res *subgraphs.Response) {
	dst := append(res.Body, `{"data":{`...)
	var errs errorList
	next := 0
	for i := range c.fields {
		f := &c.fields[i]
		if !holds(f.when, r.req.Values) {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		dst = append(dst, f.text...)
		if f.target == nil {
			dst = append(dst, f.typename...)
			continue
		}
		j := r.jobs[next]
		next++
		if res.Status == 0 || j.failed {
			res.Status = j.answer.Status
		}
		if j.failed {
			errs.add(j.failure, f.name, -1, "")
		}
		dst = j.value(dst)
	}
	res.Body = errs.close(append(dst, '}'))
}

// value appends what a job found, or null.
func (j *job) value(dst []byte) []byte {
	if j.failed || !j.found {
		return append(dst, "null"...)
	}
	return append(dst, j.out...)
}
