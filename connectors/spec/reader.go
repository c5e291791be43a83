package spec

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/connectors/mapping"
	"github.com/weftql/weft/fault"
)

// reader makes a Subgraph of a model.
type reader struct {
	*model
	out Subgraph
	// broken collects what leaves a connector without meaning; rules what the
	// schema says against it. rules is nil for a supergraph, which was checked
	// when it was composed.
	broken, rules *problems

	grpc, http []string          // names of sources
	ids        map[string]string // id of a connector → its coordinate
	drafts     []*draft
	// seen are the fields that some connector answers, as Type.field.
	seen map[string]bool
}

// draft is a connector with what is known of its text.
type draft struct {
	Connector
	application *application
	owner       *typeDef
	field       *fieldDef // nil on a type
	nth, of     int       // of the applications at its coordinate
	parts       []*part
	selection   *ast.Value
	whole       bool // its request could be read
	usesThis    bool
	usesBatch   bool
	key         keyTree // of the connector, and of the entity with entity: true
}

// part is one mapping or template, with where it stands.
type part struct {
	code  fault.Code // of whatever is wrong with it
	phase phase
	value *ast.Value
	uses  []mapping.Use
}

// readModel reads the connectors. rules may be nil.
func readModel(m *model, name string, broken, rules *problems) *reader {
	r := &reader{model: m, broken: broken, rules: rules, seen: map[string]bool{}, ids: map[string]string{}}
	r.out.Name, r.out.Version = name, m.features.version
	r.readSources()
	r.readApplied()
	for _, d := range r.drafts {
		r.place(d)
	}
	for _, d := range r.drafts {
		r.finish(d)
	}
	slices.SortFunc(r.out.Connectors, func(a, b *Connector) int { return cmp.Compare(a.ID, b.ID) })
	return r
}

// readApplied drafts a connector of each application.
func (r *reader) readApplied() {
	for _, t := range r.types {
		if t.applied != nil {
			r.draft(t, nil, t.applied)
		}
		for _, f := range t.fields {
			if f.applied != nil {
				r.draft(t, f, f.applied)
			}
		}
	}
}

func (r *reader) draft(t *typeDef, f *fieldDef, list []*application) {
	for i, a := range list {
		d := &draft{application: a, owner: t, field: f, nth: i, of: len(list)}
		d.Coordinate, d.Type = t.name, t.name
		d.Line, d.Column = a.pos.Line, a.pos.Column
		if f != nil {
			d.Coordinate, d.Field, d.List = f.coordinate(), f.name, f.typ.Elem != nil
		}
		if !r.allowed(d) {
			continue
		}
		switch a.directive {
		case dirConnect:
			d.whole = r.readConnect(d)
		case dirGrpc:
			d.whole = r.readGrpc(d)
		case dirSource, dirGrpcSource, notOurs:
			r.broken.add(InvalidSelection, d.Coordinate, at(a.pos), "@%s describes a source and stands on the schema.", a.name)
			continue
		}
		r.readAnswer(d)
		if f != nil {
			r.seen[f.coordinate()] = true
		}
		r.drafts = append(r.drafts, d)
	}
}

// allowed reports whether a connector may stand where it does.
func (r *reader) allowed(d *draft) bool {
	a := d.application
	switch {
	case d.field == nil && d.owner.root != "":
		r.broken.add(ConnectOnRoot, d.Coordinate, at(a.pos), "@%s cannot stand on the root type %s. Put it on the fields.", a.name, d.owner.name)
		return false
	case d.owner.root == ast.Subscription && a.directive == dirConnect:
		r.broken.add(SubscriptionInConnectors, d.Coordinate, at(a.pos), "@%s cannot answer subscriptions.", a.name)
		r.seen[d.Coordinate] = true
		return false
	}
	return true
}

// id names the connector. The first of several at one coordinate is [0].
func (r *reader) id(d *draft) string {
	id := r.out.Name + ":" + d.Coordinate
	if d.of > 1 {
		id += "[" + strconv.Itoa(d.nth) + "]"
	}
	return id
}

// place finds out what a connector is asked with, from the variables it reads.
func (r *reader) place(d *draft) {
	for _, p := range d.parts {
		for _, u := range p.uses {
			d.usesThis = d.usesThis || u.Variable == "$this"
			d.usesBatch = d.usesBatch || u.Variable == "$batch"
		}
	}
	switch {
	case d.field == nil && d.usesBatch:
		d.Place = Batch
	case d.field == nil:
		d.Place = Type
	case d.owner.root != "":
		d.Place = Root
	default:
		d.Place = Field
	}
	if d.usesBatch && d.usesThis {
		r.broken.add(ConnectBatchAndThis, d.Coordinate, at(d.application.pos),
			"It reads both $batch and $this. A connector is asked with one object or with many: use one of them.")
	}
	r.checkVariables(d)
}

// finish adds the connector, and for entity: true the second one.
func (r *reader) finish(d *draft) {
	target := d.owner
	if d.field != nil {
		target = r.named(d.field.typ)
		if target == nil {
			r.rules.add(MissingSchemaType, d.Coordinate, at(d.field.pos), "The type %s is not defined.", d.field.typ.Name())
			return
		}
	}
	d.ID = r.id(d)
	if d.Selection != nil {
		d.Select = r.selectOf(d, target)
	}
	entity := r.entityArgument(d)
	c := d.Connector
	switch c.Place {
	case Field, Type, Batch:
		c.Key = r.keyOf(d)
	case Root, Entity:
	}
	r.checkBatch(d, &c)
	r.add(d, &c)
	if entity {
		e := c
		e.Place, e.ID, e.Type = Entity, c.ID+"@entity", target.name
		e.Key, e.Arguments = r.keyOfArguments(d, target)
		r.add(d, &e)
	}
}

func (r *reader) add(d *draft, c *Connector) {
	if d.whole && d.Selection != nil {
		r.out.Connectors = append(r.out.Connectors, c)
	}
}
