package spec

import (
	"regexp"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

var connectorID = regexp.MustCompile(`^[_A-Za-z][_0-9A-Za-z]*$`)

// methods are the HTTP methods, in the order of the specification.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// readConnect reads what a @connect asks.
func (r *reader) readConnect(d *draft) bool {
	a, before := d.application, len(r.broken.list)
	s := &scope{reader: r, coordinate: d.Coordinate}
	r.readID(s, a)
	source, ok := s.source(a)
	d.Source, d.HTTP = source, &HTTP{}
	http := s.object(MissingHttpMethod, "http", a.arg("http"))
	var url *ast.Value
	for _, name := range methods {
		v := member(http, name)
		switch {
		case v == nil:
		case url != nil:
			s.fail(MultipleHttpMethods, at(v.Position), "http has both %s and %s. A connector sends one request: keep one method.", d.HTTP.Method, name)
		default:
			d.HTTP.Method, url = name, v
		}
	}
	if url == nil {
		place := at(a.pos)
		if v := a.arg("http"); v != nil {
			place = at(v.Position)
		}
		s.fail(MissingHttpMethod, place, "http needs a method with its URL: one of GET, POST, PUT, PATCH and DELETE.")
	}
	d.HTTP.URL = s.template(InvalidUrl, request, "The URL", url)
	d.HTTP.Headers = s.headers(request, "headers", member(http, "headers"), false)
	d.HTTP.Body = s.mapping(InvalidBody, request, "body", member(http, "body"))
	d.HTTP.Path = s.mapping(InvalidUrlProperty, request, "path", member(http, "path"))
	d.HTTP.QueryParams = s.mapping(InvalidUrlProperty, request, "queryParams", member(http, "queryParams"))
	s.urlProperties(http, d.HTTP.Path, d.HTTP.QueryParams)
	if d.HTTP.URL != nil && ok {
		s.connectURL(url, d.HTTP.URL, source != nil)
	}
	d.BatchSize = s.batchSize(a.arg("batch"))
	d.parts = append(d.parts, s.parts...)
	return ok && url != nil && !r.brokenSince(before)
}

// brokenSince reports whether an error was found since there were so many
// problems.
func (r *reader) brokenSince(before int) bool {
	for _, p := range r.broken.list[before:] {
		if !p.Hint {
			return true
		}
	}
	return len(r.broken.list) >= maxProblems
}

func (r *reader) readID(s *scope, a *application) {
	v := a.arg("id")
	id, ok := s.str(InvalidConnectorIdName, "id", v)
	switch {
	case !ok:
	case !connectorID.MatchString(id):
		s.fail(InvalidConnectorIdName, within(v, 0), "The id %q must be a GraphQL name.", id)
	case r.ids[id] != "":
		s.fail(DuplicateIdName, within(v, 0), "The id %q is that of a connector of %s as well. Rename one of them.", id, r.ids[id])
	default:
		r.ids[id] = s.coordinate
	}
}

// readAnswer reads what @connect and @grpc say about the answer.
func (r *reader) readAnswer(d *draft) {
	a := d.application
	s := &scope{reader: r, coordinate: d.Coordinate}
	d.selection = a.arg("selection")
	if d.selection == nil {
		s.fail(InvalidSelection, at(a.pos), "selection is missing: what the answer becomes.")
	}
	if v, ok := s.str(InvalidSelection, "selection", d.selection); ok && strings.TrimSpace(v) == "" {
		s.fail(InvalidSelection, within(d.selection, 0), "selection is empty. Name the fields to take from the answer.")
	} else if ok {
		d.Selection = s.mapping(InvalidSelection, answer, "selection", d.selection)
	}
	d.Errors = s.errors(answer, a.arg("errors"))
	d.IsSuccess = s.isSuccess(answer, a.arg("isSuccess"))
	d.parts = append(d.parts, s.parts...)
}
