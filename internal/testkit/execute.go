package testkit

import (
	"context"
	"errors"
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// Resolver answers the fields of one schema for [Execute].
//
// Object values are the resolver's own; Execute only hands them back. Lists are
// []any, leaves are JSON values, and an error in place of a value fails just
// that place.
type Resolver interface {
	// Root returns the object the root fields are resolved on.
	Root(op ast.Operation) any
	// Field resolves a field of an object of the given runtime type. args holds
	// the coerced arguments.
	Field(ctx context.Context, object any, of *ast.Definition, field *ast.FieldDefinition, args *Object) (any, error)
	// TypeName tells the runtime type of an object found at a place of the
	// declared type.
	TypeName(object any, declared *ast.Definition) (string, error)
}

// LeafValue is implemented by object values that can also stand as a whole
// where the schema has a scalar.
type LeafValue interface{ Leaf() any }

// FieldError is a failure a resolver reports with extensions.
type FieldError struct {
	Message    string
	Extensions any
}

func (e *FieldError) Error() string { return e.Message }

// Response is the answer to one operation.
type Response struct {
	// Data is nil when the operation did not run or null reached the top.
	Data   *Object
	Errors []*ResponseError
	// Refused says that the request was not executed: no data member at all.
	Refused bool
}

// ResponseError is one entry of errors. Path holds strings and ints.
type ResponseError struct {
	Message    string
	Path       []any
	Extensions any
}

// Append appends the response as a JSON object.
func (r *Response) Append(dst []byte) []byte {
	out := &Object{}
	if len(r.Errors) > 0 {
		var list []any
		for _, e := range r.Errors {
			list = append(list, e.object())
		}
		out.Set("errors", list)
	}
	if !r.Refused {
		if r.Data == nil {
			out.Set("data", nil)
		} else {
			out.Set("data", r.Data)
		}
	}
	return AppendJSON(dst, out)
}

func (e *ResponseError) object() *Object {
	o := NewObject("message", e.Message)
	if len(e.Path) > 0 {
		o.Set("path", e.Path)
	}
	if e.Extensions != nil {
		o.Set("extensions", e.Extensions)
	}
	return o
}

// refusal is the answer to a request that cannot be executed.
func refusal(err error) *Response {
	return &Response{Refused: true, Errors: []*ResponseError{{Message: err.Error()}}}
}

// Execute runs a query or mutation to the letter of the GraphQL spec, section 6:
// fields in order of first appearance, errors with paths, null propagation.
// Fields are resolved one after the other, so root mutations are serial.
func Execute(ctx context.Context, d *Document, r Resolver, variables *Object) *Response {
	vars, err := coerceVariables(d.Schema, d.Operation, variables)
	if err != nil {
		return refusal(err)
	}
	x := &execution{ctx: ctx, schema: d.Schema, resolver: r, vars: vars}
	root := rootType(d.Schema, d.Operation.Operation)
	data, ok := x.object(root, r.Root(d.Operation.Operation), x.collect(root, d.Operation.SelectionSet), nil)
	if !ok {
		data = nil
	}
	return &Response{Data: data, Errors: x.errors}
}

// execution is the state of one run.
type execution struct {
	ctx      context.Context //nolint:containedctx // the struct is one request
	schema   *ast.Schema
	resolver Resolver
	vars     *Object
	errors   []*ResponseError
}

// fieldGroup is what one response name selects on one runtime type.
type fieldGroup struct {
	name   string
	fields []*ast.Field
}

// path is a place in the response, innermost first.
type path struct {
	parent *path
	step   any
}

func (p *path) list() []any {
	if p == nil {
		return nil
	}
	return append(p.parent.list(), p.step)
}

// fail records an error.
func (x *execution) fail(at *path, err error) {
	e := &ResponseError{Message: err.Error(), Path: at.list()}
	var fe *FieldError
	if errors.As(err, &fe) {
		e.Extensions = fe.Extensions
	}
	x.errors = append(x.errors, e)
}

// collect is CollectFields of the spec over several selection sets.
func (x *execution) collect(of *ast.Definition, sets ...ast.SelectionSet) []*fieldGroup {
	c := &collector{x: x, of: of, byName: map[string]*fieldGroup{}, visited: map[string]bool{}}
	for _, s := range sets {
		c.add(s)
	}
	return c.groups
}

type collector struct {
	x       *execution
	of      *ast.Definition
	groups  []*fieldGroup
	byName  map[string]*fieldGroup
	visited map[string]bool
}

func (c *collector) add(set ast.SelectionSet) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			if c.x.included(s.Directives) {
				c.addField(s)
			}
		case *ast.InlineFragment:
			if c.x.included(s.Directives) && (s.TypeCondition == "" || c.x.applies(s.TypeCondition, c.of)) {
				c.add(s.SelectionSet)
			}
		case *ast.FragmentSpread:
			if c.x.included(s.Directives) && !c.visited[s.Name] {
				c.visited[s.Name] = true
				if c.x.applies(s.Definition.TypeCondition, c.of) {
					c.add(s.Definition.SelectionSet)
				}
			}
		default:
			panic(fmt.Sprintf("testkit: unknown selection %T", s))
		}
	}
}

func (c *collector) addField(f *ast.Field) {
	g := c.byName[f.Alias]
	if g == nil {
		g = &fieldGroup{name: f.Alias}
		c.byName[f.Alias] = g
		c.groups = append(c.groups, g)
	}
	g.fields = append(g.fields, f)
}

func (x *execution) included(directives ast.DirectiveList) bool {
	if d := directives.ForName("skip"); d != nil && x.condition(d) {
		return false
	}
	d := directives.ForName("include")
	return d == nil || x.condition(d)
}

func (x *execution) condition(d *ast.Directive) bool {
	a := d.Arguments.ForName("if")
	if a == nil {
		return false
	}
	v, _ := literalJSON(a.Value, x.vars).(bool)
	return v
}

// applies reports whether a fragment on condition applies to the object type.
func (x *execution) applies(condition string, of *ast.Definition) bool {
	return isPossible(x.schema, condition, of.Name)
}

// isPossible reports whether an object of type name can stand where declared is.
func isPossible(schema *ast.Schema, declared, name string) bool {
	if declared == name {
		return true
	}
	for _, p := range schema.PossibleTypes[declared] {
		if p.Name == name {
			return true
		}
	}
	return false
}
