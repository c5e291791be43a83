package testkit

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
	"github.com/weftql/weft/subgraphs"
)

// Rows offers a [Member] as a subgraph made of connectors: each request is for
// one of them, and is answered from the member's world as far as the connector's
// selection goes. A request for more than that, at the very place, is recorded
// as a violation, as is one with an incomplete key.
type Rows struct {
	Member *Member
	// Starts and Log are those of [Source].
	Starts bool
	Log    *FetchLog

	rows   map[string]*row // by connector
	silent atomic.Int64    // failures that [Rows.Answer] wrote as null
}

var _ subgraphs.Source = (*Rows)(nil)

// row is what one connector is asked with and yields.
type row struct {
	id     string
	root   string // its root field, "" for a look-up
	field  string // of a look-up of one field
	typ    string // what a look-up enters
	key    ast.SelectionSet
	yields ast.SelectionSet // below the root field, or of the type entered
	// operation is the kind a root field is of.
	operation ast.Operation
}

// NewRows makes the connectors of a member, which are those of the subgraph with
// its name in g.
func NewRows(g *schema.Supergraph, m *Member, list []schema.Connector) (*Rows, error) {
	s := &Rows{Member: m, rows: map[string]*row{}}
	for i := range list {
		c := &list[i]
		if g.Subgraphs[c.Subgraph].Name != m.Name {
			continue
		}
		r, err := newRow(g, c)
		if err != nil {
			return nil, fmt.Errorf("connector %s: %w", c.ID, err)
		}
		s.rows[c.ID] = r
	}
	return s, nil
}

func newRow(g *schema.Supergraph, c *schema.Connector) (*row, error) {
	r := &row{id: c.ID}
	text, field := c.Select, ""
	if c.Field != schema.NoField {
		field = g.Fields[c.Field].Name
	}
	switch c.Type {
	case g.Query, g.Mutation, g.Subscription:
		r.root, r.operation = field, operationOf(g, c.Type)
	default:
		r.typ, r.field = g.Types[c.Type].Name, field
		if field != "" {
			text = field
			if c.Select != "" {
				text += " { " + c.Select + " }"
			}
		}
		var err error
		if r.key, err = parseOrEmpty(c.Key); err != nil {
			return nil, err
		}
	}
	var err error
	r.yields, err = parseOrEmpty(text)
	return r, err
}

func operationOf(g *schema.Supergraph, root schema.TypeID) ast.Operation {
	switch root {
	case g.Mutation:
		return ast.Mutation
	case g.Subscription:
		return ast.Subscription
	default:
		return ast.Query
	}
}

func parseOrEmpty(text string) (ast.SelectionSet, error) {
	if text == "" {
		return nil, nil
	}
	return ParseFieldSet(text)
}

// Prepare finds the connector and prepares as [Source] does.
func (s *Rows) Prepare(spec *subgraphs.Spec) (subgraphs.Call, error) {
	r := s.rows[connectorOf(spec)]
	if r == nil {
		return nil, fmt.Errorf("subgraph %s has no connector %q for %s", s.Member.Name, connectorOf(spec), spec.Operation)
	}
	for _, set := range spec.Sets {
		if set.Lookup != r.id {
			return nil, fmt.Errorf("connector %q beside %q in %s", r.id, set.Lookup, spec.Operation)
		}
	}
	return (&Source{Name: s.Member.Name, Server: rowServer{s.Member, r}, Starts: s.Starts, Log: s.Log}).Prepare(spec)
}

// connectorOf is the connector a fetch is for.
func connectorOf(spec *subgraphs.Spec) string {
	if spec.Lookup == "" && len(spec.Sets) > 0 {
		return spec.Sets[0].Lookup
	}
	return spec.Lookup
}

// rowServer answers for one connector.
type rowServer struct {
	*Member
	row *row
}

// Serve answers one request.
func (s rowServer) Serve(ctx context.Context, d *Document, variables *Object) *Exchange {
	if s.Broken != nil {
		return s.Broken
	}
	if s.row.root != "" {
		for _, f := range d.Operation.SelectionSet {
			if f, ok := f.(*ast.Field); ok && f.Name != s.row.root && f.Name != "__typename" {
				return &Exchange{Status: http.StatusOK, ContentType: "application/json", Body: refusal(s.breach("connector %s was asked for %s", s.row.id, f.Name)).Append(nil)}
			}
		}
	}
	return s.serve(ctx, d, memberResolver{s.Member, s.row}, variables)
}

// Events answers a subscription with one event.
func (s rowServer) Events(ctx context.Context, d *Document, variables *Object) ([]*Response, error) {
	return []*Response{Execute(ctx, d, memberResolver{s.Member, s.row}, variables)}, nil
}

// rowMayRead checks that a connector yields a field at this very place.
func (m *Member) rowMayRead(r *row, v *visit, of *ast.Definition, name string) error {
	coordinate := of.Name + "." + name
	if m.isRoot(of) {
		if name != r.root {
			return m.breach("connector %s read for %s", r.id, coordinate)
		}
		return nil
	}
	open := false
	for _, set := range v.open {
		open = open || len(m.rules.selected(set, name, of.Name, m.World.TypeName(v.node))) > 0
	}
	if !open {
		return m.breach("connector %s does not yield %s here", r.id, coordinate)
	}
	if m.rules.lost[coordinate] && !slices.ContainsFunc(m.rules.keys[of.Name], func(k keySet) bool {
		return len(m.rules.selected(k.fields, name, of.Name, of.Name)) > 0
	}) {
		return m.breach("overridden field %s read of connector %s", coordinate, r.id)
	}
	return nil
}

func (m *Member) isRoot(of *ast.Definition) bool {
	return of == m.schema.AST.Query || of == m.schema.AST.Mutation || of == m.schema.AST.Subscription
}

// rowBelow is what a connector yields below a field.
func (m *Member) rowBelow(r *row, v *visit, of *ast.Definition, name string) []ast.SelectionSet {
	if m.isRoot(of) {
		return []ast.SelectionSet{r.yields}
	}
	var open []ast.SelectionSet
	for _, set := range v.open {
		for _, f := range m.rules.selected(set, name, of.Name, m.World.TypeName(v.node)) {
			open = append(open, f.SelectionSet)
		}
	}
	return open
}

// rowEntity finds what a representation stands for: all it is asked with has to
// be there and true.
func (m *Member) rowEntity(r *row, rep *Object) (*visit, error) {
	name := rep.Text("__typename")
	if name != r.typ {
		return nil, m.breach("connector %s was asked for a %s", r.id, name)
	}
	for _, key := range m.rules.keys[name] {
		if !holdsFields(key.fields, rep) || !completeKey(key.fields, rep) {
			continue
		}
		if !holdsFields(r.key, rep) {
			break
		}
		node := m.World.Find(name, key.fields, rep)
		if p, ok := m.World.(Partial); node == nil || ok && !p.Knows(m.Name, node) {
			return nil, nil
		}
		if err := m.checkRequired(r.key, m.schema.AST.Types[name], node, rep); err != nil {
			return nil, m.breach("connector %s: %v in %s", r.id, err, short(rep))
		}
		return &visit{node: node, rep: rep, open: []ast.SelectionSet{r.yields}}, nil
	}
	return nil, m.breach("connector %s was asked without a complete key: %s", r.id, short(rep))
}
