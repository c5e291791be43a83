package testkit

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
)

// Member is a subgraph that answers from a shared World but only what a real
// server with this schema could have known: an external field only where a key
// or @provides says so, a field with @requires only with the right inputs, an
// entity only by a complete key. Every breach is recorded, and answered with an
// error where an answer would hide it.
type Member struct {
	Name  string
	World World
	// Lenient accepts null for a required value that is not null. Where fields
	// fail, one that failed may have taken the place of the object around both.
	Lenient bool
	// Broken is answered to every request instead, if not nil.
	Broken *Exchange

	schema *SubgraphSchema
	rules  *federationRules

	mu         sync.Mutex // guards violations
	violations []string
}

// Schema returns the member's schema.
func (m *Member) Schema() *SubgraphSchema { return m.schema }

// Violations returns what was asked that a subgraph could not have answered.
func (m *Member) Violations() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.violations)
}

// Reset forgets the violations.
func (m *Member) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.violations = nil
}

// Refused records an operation that is invalid against the schema.
func (m *Member) Refused(operation string, err error) {
	_ = m.breach("invalid operation %s: %v", operation, err)
}

// breach records a violation and returns it as an error.
func (m *Member) breach(format string, args ...any) error {
	err := fmt.Errorf("subgraph "+m.Name+": "+format, args...)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.violations = append(m.violations, err.Error())
	return err
}

// Serve answers one request.
func (m *Member) Serve(ctx context.Context, d *Document, variables *Object) *Exchange {
	if m.Broken != nil {
		return m.Broken
	}
	return m.serve(ctx, d, memberResolver{m, nil}, variables)
}

func (m *Member) serve(ctx context.Context, d *Document, resolver Resolver, variables *Object) *Exchange {
	r := Execute(ctx, d, resolver, variables)
	if r.Refused {
		_ = m.breach("variables %s: %s", short(variables), r.Errors[0].Message)
	}
	return &Exchange{Status: http.StatusOK, ContentType: "application/json", Body: r.Append(nil)}
}

// Events answers a subscription with one event, the value of its root field.
func (m *Member) Events(ctx context.Context, d *Document, variables *Object) ([]*Response, error) {
	return []*Response{Execute(ctx, d, memberResolver{m, nil}, variables)}, nil
}

// visit is a node as one request came to it.
type visit struct {
	node any
	// open are the selections that may be read here although they are external:
	// from @provides on the way here and from keys of enclosing objects.
	open []ast.SelectionSet
	// rep is the representation the node was fetched by, nil elsewhere.
	rep *Object
}

// memberResolver resolves fields of visits: of the member, or of one of its
// connectors.
type memberResolver struct {
	m   *Member
	row *row // nil: the member itself
}

// Root returns a visit to the world's root.
func (r memberResolver) Root(op ast.Operation) any { return &visit{node: r.m.World.Root(op)} }

// TypeName is the declared type where that is an object, which includes
// interface objects, else the type the world says.
func (r memberResolver) TypeName(object any, declared *ast.Definition) (string, error) {
	if declared.Name == "_Service" {
		return declared.Name, nil
	}
	v, ok := object.(*visit)
	if !ok {
		return "", fmt.Errorf("%T is no object", object)
	}
	name := r.m.World.TypeName(v.node)
	if declared.Kind == ast.Object {
		if name != declared.Name && !r.m.rules.interfaceObjects[declared.Name] {
			return "", r.m.breach("a %s where the subgraph has %s", name, declared.Name)
		}
		return declared.Name, nil
	}
	if r.m.schema.AST.Types[name] != nil {
		return name, nil
	}
	if v.rep != nil { // an interface object reached through the _Entity union
		return v.rep.Text("__typename"), nil
	}
	return name, nil // Execute reports that this is no possible type
}

// Field checks the rules, then reads the world.
func (r memberResolver) Field(_ context.Context, object any, of *ast.Definition, field *ast.FieldDefinition, args *Object) (any, error) {
	m := r.m
	if of == m.schema.AST.Query {
		switch field.Name {
		case "_entities":
			return m.entities(args, r.row), nil
		case "_service":
			return service{m.schema.SDL}, nil
		}
	}
	if s, ok := object.(service); ok {
		return s.sdl, nil
	}
	v, ok := object.(*visit)
	if !ok {
		return nil, fmt.Errorf("%T is no object", object)
	}
	if err := r.mayRead(v, of, field.Name); err != nil {
		return nil, err
	}
	value, err := m.World.Field(v.node, field.Name, args)
	if err != nil {
		return nil, err
	}
	if m.schema.AST.Types[field.Type.Name()].IsLeafType() {
		return value, nil
	}
	return enter(value, r.below(v, of, field.Name)), nil
}

func (r memberResolver) mayRead(v *visit, of *ast.Definition, field string) error {
	if r.row != nil {
		return r.m.rowMayRead(r.row, v, of, field)
	}
	return r.m.mayRead(v, of, field)
}

// below returns what may be read below a field although it is external.
func (r memberResolver) below(v *visit, of *ast.Definition, field string) []ast.SelectionSet {
	if r.row != nil {
		return r.m.rowBelow(r.row, v, of, field)
	}
	return r.m.rules.below(v, of.Name, field, r.m.World.TypeName)
}

// service is the value of _service.
type service struct{ sdl string }

// enter turns the nodes in value into visits.
func enter(value any, open []ast.SelectionSet) any {
	switch value := value.(type) {
	case nil:
		return nil
	case error:
		return value
	case []any:
		list := make([]any, len(value))
		for i, item := range value {
			list[i] = enter(item, open)
		}
		return list
	}
	return &visit{node: value, open: open}
}

func (m *Member) entities(args *Object, in *row) []any {
	reps, _ := args.Value("representations").([]any)
	list := make([]any, len(reps))
	for i, r := range reps {
		rep, ok := r.(*Object)
		if !ok {
			list[i] = m.breach("representation %s is no object", short(r))
			continue
		}
		v, err := m.entity(rep, in)
		switch {
		case err != nil:
			list[i] = err
		case v != nil:
			list[i] = v
		}
	}
	return list
}

func (m *Member) entity(rep *Object, in *row) (*visit, error) {
	if in != nil {
		return m.rowEntity(in, rep)
	}
	name := rep.Text("__typename")
	for _, key := range m.rules.keys[name] {
		if !key.resolvable || !completeKey(key.fields, rep) {
			continue
		}
		node := m.World.Find(name, key.fields, rep)
		if p, ok := m.World.(Partial); node == nil || ok && !p.Knows(m.Name, node) {
			return nil, nil
		}
		return &visit{node: node, rep: rep}, nil
	}
	return nil, m.breach("representation without a complete key: %s", short(rep))
}

// completeKey is holdsFields without nulls at the top.
func completeKey(set ast.SelectionSet, rep *Object) bool {
	for _, s := range set {
		if f, ok := s.(*ast.Field); ok && rep.Value(f.Name) == nil {
			return false
		}
	}
	return holdsFields(set, rep)
}
