package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/fault"
)

// route is one operation compiled for HTTP.
type route struct {
	op      *Operation
	text    []byte // op.Document; not to be changed
	face    Face
	path    template
	options *Options
	schema  *ast.Schema
	life    Lifecycle
	// inPath and inQuery are the variables that come as text, in the order of
	// their definitions.
	inPath, inQuery []parameter
	// whole is the variable the body is; otherwise inBody are those that are
	// members of the body. Without any, a body is not read.
	whole  *ast.VariableDefinition
	inBody ast.VariableDefinitionList
	// unwrap are the steps to the part of the data that is the answer.
	unwrap []string
}

// hasBody reports whether the route reads a body.
func (r *route) hasBody() bool { return r.whole != nil || len(r.inBody) > 0 }

// compile makes the routes of all operations that have a path, in the order
// given, or says all that is wrong.
func compile(o Options) ([]*route, error) {
	var l loader
	var routes []*route
	for _, op := range o.Operations {
		if op.REST == nil {
			continue
		}
		if r := l.route(&o, op); r != nil {
			routes = append(routes, r)
		}
	}
	l.clashes(routes)
	if strings.ContainsAny(o.Prefix, "{}?# ") || o.Prefix != "" && o.Prefix[0] != '/' {
		l.faults = append(l.faults, invalid(fmt.Sprintf("the prefix %q of the profile %s is no path", o.Prefix, o.Profile)))
	}
	if l.faults != nil {
		return nil, l.faults
	}
	return routes, nil
}

// loader collects what is wrong with operations.
type loader struct {
	faults fault.List
}

func invalid(message string) *fault.Error {
	return &fault.Error{Code: fault.ConfigInvalid, Message: message}
}

// bad reports a mistake in an operation's @rest.
func (l *loader) bad(op *Operation, format string, args ...any) {
	l.badAt(op.File, op.REST.Line, op.REST.Column, format, args...)
}

func (l *loader) badAt(file string, line, column int, format string, args ...any) {
	l.faults = append(l.faults, invalid(fmt.Sprintf("%s:%d:%d: ", file, line, column)+fmt.Sprintf(format, args...)))
}

// badVariable reports a mistake in a variable's definition.
func (l *loader) badVariable(op *Operation, v *ast.VariableDefinition, format string, args ...any) {
	line, column := op.REST.Line, op.REST.Column
	if v.Position != nil {
		line, column = v.Position.Line, v.Position.Column
	}
	l.badAt(op.File, line, column, format, args...)
}

// route compiles one operation; nil if anything is wrong with it.
func (l *loader) route(o *Options, op *Operation) *route {
	before := len(l.faults)
	r := &route{op: op, text: []byte(op.Document), face: *op.REST, options: o, schema: o.View.AST, life: op.over(o.Lifecycle)}
	l.method(r)
	var err error
	if r.path, err = parseTemplate(r.face.Path); err != nil {
		l.bad(op, "@rest: the path %q %v", r.face.Path, err)
	} else {
		l.places(r)
	}
	if s := r.face.Status; s != 0 && (s < 200 || s > 299) {
		l.bad(op, "@rest: the status %d of a success must be between 200 and 299", s)
	}
	if r.face.Unwrap != "" {
		r.unwrap = strings.Split(r.face.Unwrap, ".")
		l.unwrap(r)
	}
	if op.Cache != nil && op.Kind != ast.Query {
		l.bad(op, "@cache: the answer of a %s cannot be cached", op.Kind)
	}
	if op.Cache != nil && op.Cache.Public && len(op.Scopes) > 0 {
		l.bad(op, "@cache: what asks for scopes must not be PUBLIC: a shared cache asks for none")
	}
	if s := r.life.Successor; s != "" {
		if u, err := url.Parse(s); err != nil || strings.ContainsAny(s, "<>\" ") || u.Scheme == "" && u.Path == "" {
			l.bad(op, "the link %q to the successor is no URL", s)
		}
	}
	if len(l.faults) > before {
		return nil
	}
	return r
}

// method checks that the method fits the kind of operation.
func (l *loader) method(r *route) {
	if r.op.Kind == ast.Subscription {
		l.bad(r.op, "@rest: a subscription has no path: subscribe at the GraphQL endpoint")
		return
	}
	switch m := r.face.Method; m {
	case http.MethodPost:
	case http.MethodGet:
		if r.op.Kind != ast.Query {
			l.bad(r.op, "@rest: a mutation cannot be served with GET: use POST, PUT, PATCH or DELETE")
		}
	case http.MethodPut, http.MethodPatch, http.MethodDelete:
		if r.op.Kind == ast.Query {
			l.bad(r.op, "@rest: a query cannot be served with %s: use GET, or POST to send input objects", m)
		}
	case http.MethodHead:
		l.bad(r.op, "@rest: HEAD is served wherever GET is")
	default:
		l.bad(r.op, "@rest: the method %q is not one of GET, POST, PUT, PATCH and DELETE", m)
	}
}

// places decides where each variable comes from.
func (l *loader) places(r *route) {
	definitions := r.op.Definition.VariableDefinitions
	names := r.path.variables()
	for _, name := range names {
		if definitions.ForName(name) == nil {
			l.bad(r.op, "@rest: {%s} in the path %q is no variable of the operation %s", name, r.face.Path, r.op.Name)
		}
	}
	var rest ast.VariableDefinitionList
	for _, v := range definitions {
		if !slices.Contains(names, v.Variable) {
			rest = append(rest, v)
			continue
		}
		if v.Type.Elem != nil || l.isObject(r, v.Type) {
			l.badVariable(r.op, v, "@rest: $%s of type %s cannot stand in the path: only a scalar or an enum can", v.Variable, v.Type)
			continue
		}
		r.inPath = append(r.inPath, r.parameter(v, inPath))
	}
	switch r.face.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		l.body(r, rest, names)
	default:
		if r.face.Body != "" {
			l.bad(r.op, "@rest: %s has no body to take $%s from", r.face.Method, r.face.Body)
		}
		l.query(r, rest)
	}
}

// body shares the variables that are not in the path out between body and
// query.
func (l *loader) body(r *route, rest ast.VariableDefinitionList, inPath []string) {
	if name := r.face.Body; name != "" {
		v := r.op.Definition.VariableDefinitions.ForName(name)
		switch {
		case v == nil:
			l.bad(r.op, "@rest: the body %q is no variable of the operation %s", name, r.op.Name)
		case slices.Contains(inPath, name):
			l.bad(r.op, "@rest: $%s is in the path already and cannot be the body", name)
		default:
			r.whole = v
			l.query(r, slices.DeleteFunc(rest, func(other *ast.VariableDefinition) bool { return other == v }))
		}
		return
	}
	if len(rest) == 1 && l.isObject(r, rest[0].Type) {
		r.whole = rest[0]
		return
	}
	r.inBody = rest
}

// query takes variables from the query string. An input object has no text
// form: one that is not required is left out, like in a call that does not give
// it.
func (l *loader) query(r *route, rest ast.VariableDefinitionList) {
	for _, v := range rest {
		t := v.Type
		if t.Elem != nil {
			t = t.Elem
		}
		if t.Elem == nil && !l.isObject(r, t) {
			r.inQuery = append(r.inQuery, r.parameter(v, inQuery))
			continue
		}
		if required(v) {
			l.badVariable(r.op, v, "@rest: $%s of type %s is required and has no place: neither path nor query can hold it; %s",
				v.Variable, v.Type, inBodyInstead(r))
		}
	}
}

// inBodyInstead says how to get a variable into the body.
func inBodyInstead(r *route) string {
	if r.face.Method == http.MethodGet || r.face.Method == http.MethodDelete {
		return "use POST, whose body can"
	}
	return "leave out body:, so that the body has a member for each variable"
}

// isObject reports whether a named type is an input object.
func (l *loader) isObject(r *route, t *ast.Type) bool {
	def := r.schema.Types[t.NamedType]
	return t.Elem == nil && def != nil && def.Kind == ast.InputObject
}

// required reports whether a call must give the variable.
func required(v *ast.VariableDefinition) bool { return v.Type.NonNull && v.DefaultValue == nil }

// clashes reports paths that no request could be told apart by.
func (l *loader) clashes(routes []*route) {
	for i, r := range routes {
		if r.face.Method == http.MethodGet && r.path.text == openAPIPath && !r.options.NoOpenAPI {
			l.bad(r.op, "@rest: GET %s is where the profile's OpenAPI document is served", openAPIPath)
		}
		for _, other := range routes[:i] {
			if r.face.Method != other.face.Method || !r.path.clashes(other.path) {
				continue
			}
			l.bad(r.op, "@rest: the path %s %s clashes with %s of the operation %s (%s:%d): a request could be meant for both",
				r.face.Method, r.face.Path, other.face.Path, other.op.Name, other.op.File, other.face.Line)
			break
		}
	}
}
