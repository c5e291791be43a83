package connectors

import (
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
	// signature tells the question apart from others of the connector, also from
	// those of the same operation.
	signature string
	// coalescer is nil unless operations share the look-up's requests.
	coalescer *batch.Coalescer[[]outcome]
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
	l.signature = set.Alias + "\x00" + p.signature(c)
	p.lenient = c.source.config.LenientStrings
	if c.spec.Place == spec.Batch && p.in.Kind == plan.Query {
		l.coalescer = c.coalescer
	}
	if c.spec.Place == spec.Field {
		return l, p.lookupMembers(l, t, s)
	}
	out := &mapping.Output{}
	if err := p.composite(out, t, s.below, 0); err != nil {
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
			def, err := p.field(t, found[i].name)
			if err != nil {
				return err
			}
			if m.target, err = p.fieldTarget(l.connector, def, &found[i]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("it does not answer %s.%s", t.Name, found[i].name)
		}
		l.members = append(l.members, m)
	}
	return nil
}
