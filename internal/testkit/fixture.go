package testkit

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Fixture is a subgraph described by a schema and a data file. Its format and
// rules are those of the execution vectors. A Fixture holds mutable state and is
// safe for concurrent use.
type Fixture struct {
	Name string

	schema *SubgraphSchema
	data   *Object
	fields *Object
	fault  *Object
	keys   map[string][]keySet
	state  *fixtureState
}

// LoadFixture builds a fixture from its SDL and its data file.
func LoadFixture(name string, sdl, data []byte) (*Fixture, error) {
	schema, err := LoadSubgraph(name, string(sdl))
	if err != nil {
		return nil, err
	}
	object, err := ParseObject(data)
	if err != nil {
		return nil, fmt.Errorf("data of subgraph %s: %w", name, err)
	}
	f := &Fixture{Name: name, schema: schema, data: object}
	f.fields, _ = object.Value("fields").(*Object)
	f.fault, _ = object.Value("transport").(*Object)
	if f.keys, err = schema.resolvableKeys(); err != nil {
		return nil, fmt.Errorf("subgraph %s: %w", name, err)
	}
	f.state = newFixtureState(object)
	return f, nil
}

// Schema returns the fixture's schema.
func (f *Fixture) Schema() *SubgraphSchema { return f.schema }

// Reset puts the state back to what the data file says.
func (f *Fixture) Reset() { f.state.reset() }

// Serve answers one request as the subgraph's server would, transport faults
// included.
func (f *Fixture) Serve(ctx context.Context, d *Document, variables *Object) *Exchange {
	if f.fault != nil && f.faultApplies(d) {
		return f.faulty()
	}
	return &Exchange{
		Status:      http.StatusOK,
		ContentType: "application/json",
		Body:        Execute(ctx, d, f.resolver(), variables).Append(nil),
	}
}

// Events evaluates a subscription.
func (f *Fixture) Events(ctx context.Context, d *Document, variables *Object) ([]*Response, error) {
	return ExecuteEvents(ctx, d, f.resolver(), variables)
}

func (f *Fixture) resolver() *fixtureResolver { return &fixtureResolver{f} }

func (f *Fixture) faultApplies(d *Document) bool {
	switch f.fault.Text("on") {
	case "entities":
		return selectsEntities(d)
	case "root":
		return !selectsEntities(d)
	}
	return true
}

func (f *Fixture) faulty() *Exchange {
	switch f.fault.Text("kind") {
	case "refuse":
		return &Exchange{Refused: true}
	case "status":
		kind := f.fault.Text("contentType")
		if kind == "" {
			kind = "text/plain"
		}
		status := http.StatusInternalServerError
		if _, err := fmt.Sscan(fmt.Sprint(f.fault.Value("status")), &status); err != nil {
			status = http.StatusInternalServerError
		}
		return &Exchange{Status: status, ContentType: kind, Body: []byte(f.fault.Text("body"))}
	}
	body := f.fault.Value("body")
	text, verbatim := body.(string)
	if !verbatim {
		text = FormatJSON(body)
	}
	return &Exchange{Status: http.StatusOK, ContentType: "application/json", Body: []byte(text)}
}

func selectsEntities(d *Document) bool {
	found := false
	var walk func(ast.SelectionSet)
	walk = func(set ast.SelectionSet) {
		for _, s := range set {
			switch s := s.(type) {
			case *ast.Field:
				found = found || s.Name == "_entities"
			case *ast.InlineFragment:
				walk(s.SelectionSet)
			case *ast.FragmentSpread:
				walk(s.Definition.SelectionSet)
			}
		}
	}
	walk(d.Operation.SelectionSet)
	return found
}

// fixtureObject is an object value: its properties as stored, and the
// representation it was fetched by.
type fixtureObject struct {
	props *Object
	table string // the entity table it came from, "" for others
	rep   *Object
}

// Leaf returns the properties, for custom scalars.
func (o *fixtureObject) Leaf() any { return o.props }

// fixtureResolver resolves fields by the data file.
type fixtureResolver struct{ f *Fixture }

// Root returns the data of an operation kind, whatever the root type is called.
func (r *fixtureResolver) Root(op ast.Operation) any {
	kind := strings.ToUpper(string(op[:1])) + string(op[1:])
	props, _ := r.f.data.Value(kind).(*Object)
	if props == nil {
		props = &Object{}
	}
	return &fixtureObject{props: props}
}

// TypeName is the object's __typename, else its table, else the declared type.
func (r *fixtureResolver) TypeName(object any, declared *ast.Definition) (string, error) {
	o, ok := asFixtureObject(object)
	if !ok {
		return "", fmt.Errorf("%T where %s is expected", object, declared.Name)
	}
	if name := o.props.Text("__typename"); name != "" {
		return name, nil
	}
	if o.table != "" {
		return o.table, nil
	}
	if declared.Kind == ast.Object {
		return declared.Name, nil
	}
	return "", fmt.Errorf("an object of %s does not say its __typename", declared.Name)
}

// Field evaluates the own property, else the entry of `fields`. A field with
// neither is one this subgraph cannot know.
func (r *fixtureResolver) Field(ctx context.Context, object any, of *ast.Definition, field *ast.FieldDefinition, args *Object) (any, error) {
	if of == r.f.schema.AST.Query {
		switch field.Name {
		case "_entities":
			reps, _ := args.Value("representations").([]any)
			return r.f.entities(ctx, reps), nil
		case "_service":
			return &fixtureObject{props: NewObject("sdl", NewObject("$raw", r.f.schema.SDL))}, nil
		}
	}
	o, ok := asFixtureObject(object)
	if !ok {
		return nil, fmt.Errorf("%T is no object", object)
	}
	v, known := o.props.Get(field.Name)
	if !known {
		v, known = r.f.fields.Get(of.Name + "." + field.Name)
	}
	if !known {
		return nil, fmt.Errorf("subgraph %s cannot know %s.%s here", r.f.Name, of.Name, field.Name)
	}
	s := &fixtureScope{f: r.f, ctx: ctx, object: o, args: args}
	return s.eval(v)
}

func asFixtureObject(v any) (*fixtureObject, bool) {
	switch v := v.(type) {
	case *fixtureObject:
		return v, true
	case *Object:
		return &fixtureObject{props: v}, true
	}
	return nil, false
}
