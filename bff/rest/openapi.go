package rest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Security is one way to authenticate, as OpenAPI describes it.
type Security struct {
	// Name in the document. Header is the header that carries a key; "" is a
	// bearer token in Authorization.
	Name, Header string
	// Description is for the reader.
	Description string
}

// OpenAPI returns the OpenAPI 3.1 document of a profile's endpoints as indented
// JSON. The same options give the same bytes. Its errors are those of [New].
func OpenAPI(o Options) ([]byte, error) {
	o = o.withDefaults()
	routes, err := compile(o)
	if err != nil {
		return nil, err
	}
	return describe(o, routes)
}

// documentHandler serves the document.
func documentHandler(document []byte) http.Handler {
	tag := etag(document)
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		header := w.Header()
		header.Set("ETag", tag)
		header.Set("Cache-Control", "no-cache")
		if matches(req.Header["If-None-Match"], tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		_ = write(w, req, jsonMedia, http.StatusOK, document) // a client that went away is nobody's failure
	})
}

// describe writes the document of routes.
func describe(o Options, routes []*route) ([]byte, error) {
	d := &describer{options: o, schemas: &schemas{schema: o.View.AST, dropNulls: o.DropNulls, used: map[string]bool{}}}
	paths := d.paths(routes)
	var doc object
	doc.add("openapi", "3.1.0")
	doc.add("info", d.info())
	server := o.Prefix
	if o.Host != "" {
		server = "//" + o.Host + o.Prefix
	}
	doc.add("servers", []any{object{{"url", cmp.Or(server, "/")}}})
	if alternatives := d.security(nil); alternatives != nil {
		doc.add("security", alternatives)
	}
	doc.add("paths", paths)
	doc.add("components", d.components())
	return doc.indented()
}

// describer collects what paths refer to.
type describer struct {
	options Options
	schemas *schemas
}

func (d *describer) info() object {
	info := object{{"title", d.options.Title}}
	info.text("description", d.options.Description)
	info.add("version", d.options.Version)
	if d.options.Owner != "" {
		info.add("contact", object{{"name", d.options.Owner}})
	}
	return info
}

// paths are sorted, the methods of one too.
func (d *describer) paths(routes []*route) object {
	sorted := slices.Clone(routes)
	slices.SortFunc(sorted, func(a, b *route) int {
		return cmp.Or(cmp.Compare(a.face.Path, b.face.Path), cmp.Compare(a.face.Method, b.face.Method))
	})
	paths := object{}
	for i := 0; i < len(sorted); {
		path := sorted[i].face.Path
		var item object
		for ; i < len(sorted) && sorted[i].face.Path == path; i++ {
			item.add(strings.ToLower(sorted[i].face.Method), d.operation(sorted[i]))
		}
		paths.add(path, item)
	}
	return paths
}

// operation describes one route.
func (d *describer) operation(r *route) object {
	op := object{{"operationId", r.op.Name}}
	summary, _, _ := strings.Cut(strings.TrimSpace(r.op.Description), "\n")
	op.text("summary", summary)
	if summary != strings.TrimSpace(r.op.Description) {
		op.text("description", strings.TrimSpace(r.op.Description))
	}
	if !r.life.Deprecated.IsZero() {
		op.add("deprecated", true)
	}
	if len(r.op.Scopes) > 0 {
		if alternatives := d.security(r.op.Scopes); alternatives != nil {
			op.add("security", alternatives)
		}
	}
	uses := usesOf(r)
	var parameters []any
	for _, p := range slices.Concat(r.inPath, r.inQuery) {
		parameters = append(parameters, d.parameter(&p, uses))
	}
	if parameters != nil {
		op.add("parameters", parameters)
	}
	if r.hasBody() {
		op.add("requestBody", d.body(r, uses))
	}
	op.add("responses", d.responses(r))
	return op
}

func (d *describer) parameter(p *parameter, uses map[string]string) object {
	out := object{{"name", p.name}, {"in", string(p.place)}}
	out.text("description", cmp.Or(p.variable.Description, uses[p.name]))
	out.add("required", p.required)
	if p.variable.Directives.ForName("deprecated") != nil {
		out.add("deprecated", true)
	}
	schema := d.schemas.text(p.named)
	if p.list {
		schema = object{{"type", "array"}, {"items", schema}}
	}
	if v := p.variable.DefaultValue; v != nil && v.Kind != ast.NullValue {
		schema.add("default", constant(v))
	}
	out.add("schema", schema)
	if v := example(p.variable.Directives); v != nil {
		out.add("example", constant(v))
	}
	return out
}

// body describes the request body: one variable, or a member for each.
func (d *describer) body(r *route, uses map[string]string) object {
	var out object
	if r.whole != nil {
		out.text("description", cmp.Or(r.whole.Description, uses[r.whole.Variable]))
		media := object{{"schema", d.schemas.input(r.whole.Type)}}
		if v := example(r.whole.Directives); v != nil {
			media.add("example", constant(v))
		}
		out.add("required", required(r.whole))
		out.add("content", object{{jsonMedia, media}})
		return out
	}
	var properties object
	var names []string
	for _, v := range r.inBody {
		property := d.schemas.input(v.Type)
		property.describe(cmp.Or(v.Description, uses[v.Variable]), v.Directives)
		if v.DefaultValue != nil {
			property.add("default", constant(v.DefaultValue))
		}
		properties.add(v.Variable, property)
		if required(v) {
			names = append(names, v.Variable)
		}
	}
	out.add("required", len(names) > 0)
	out.add("content", object{{jsonMedia, object{{"schema", objectSchema(properties, names, true)}}}})
	return out
}

// responses describes the success and says what a failure looks like.
func (d *describer) responses(r *route) object {
	status := cmp.Or(r.face.Status, http.StatusOK)
	success := object{{"description", http.StatusText(status)}}
	if headers := headersOf(r); headers != nil {
		success.add("headers", headers)
	}
	nullable := false
	if status != http.StatusNoContent && status != http.StatusResetContent {
		var schema object
		schema, nullable = d.schemas.result(r)
		success.add("content", object{{jsonMedia, object{{"schema", schema}}}})
	}
	out := object{{strconv.Itoa(status), success}}
	if r.face.Method == http.MethodGet && status == http.StatusOK {
		out.add("304", object{{"description", "The answer is the one whose ETag If-None-Match names."}})
	}
	if nullable {
		out.add("404", object{{"$ref", "#/components/responses/Problem"}})
	}
	out.add("default", object{{"$ref", "#/components/responses/Problem"}})
	return out
}

// headersOf are the headers of a success that mean something to a client.
func headersOf(r *route) object {
	var headers object
	text := func(name, description string) {
		headers.add(name, object{{"description", description}, {"schema", object{{"type", "string"}}}})
	}
	if r.face.Method == http.MethodGet {
		text("Cache-Control", "How long the answer stays true.")
		text("ETag", "Names the answer, for If-None-Match.")
	}
	if !r.life.Deprecated.IsZero() {
		text("Deprecation", "Since when this is deprecated, RFC 9745.")
	}
	if !r.life.Sunset.IsZero() {
		text("Sunset", "Until when this is served, RFC 8594.")
	}
	if r.life.Successor != "" {
		text("Link", "What to use instead.")
	}
	return headers
}

// security returns the alternatives: any of the ways to authenticate, with any
// of the lists of scopes.
func (d *describer) security(scopes [][]string) []any {
	if len(d.options.Security) == 0 {
		return nil
	}
	anonymous := len(scopes) == 0 && d.options.Anonymous
	if len(scopes) == 0 {
		scopes = [][]string{{}}
	}
	var out []any
	for _, s := range d.options.Security {
		for _, list := range scopes {
			out = append(out, object{{s.Name, append([]string{}, list...)}})
		}
	}
	if anonymous {
		out = append(out, object{})
	}
	return out
}

// components are what paths refer to.
func (d *describer) components() object {
	var out object
	if schemas := d.schemas.components(); len(schemas) > 0 {
		out.add("schemas", schemas)
	}
	out.add("responses", object{{"Problem", problemResponse()}})
	var schemes object
	for _, s := range d.options.Security {
		scheme := object{{"type", "http"}, {"scheme", "bearer"}}
		if s.Header != "" {
			scheme = object{{"type", "apiKey"}, {"in", "header"}, {"name", s.Header}}
		}
		scheme.text("description", s.Description)
		schemes.add(s.Name, scheme)
	}
	if schemes != nil {
		out.add("securitySchemes", schemes)
	}
	return out
}

// problemResponse is the shape of every failure, see problem.go.
func problemResponse() object {
	text := func(description string) object { return object{{"type", "string"}, {"description", description}} }
	one := objectSchema(object{
		{"detail", text("What is wrong.")},
		{"code", text("What kind of failure this is.")},
		{"in", object{{"type", "string"}, {"enum", []string{"path", "query", "body"}}, {"description", "The part of the request that is wrong."}}},
		{"parameter", text("The name of the parameter that is wrong.")},
		{"pointer", text("The place in the body that is wrong, RFC 6901.")},
		{"expected", text("The GraphQL type of what is expected there.")},
		{"path", object{{"type", "array"}, {"items", object{{"type", []string{"string", "integer"}}}}, {"description", "The place in the answer that is missing."}}},
	}, []string{"detail", "code"}, false)
	whole := objectSchema(object{
		{"type", text("Always about:blank: the code tells problems apart.")},
		{"title", text("The meaning of the status.")},
		{"status", object{{"type", "integer"}, {"description", "The status of the response."}}},
		{"detail", text("What is wrong.")},
		{"instance", text("The path of the request.")},
		{"requestId", text("The name of the request, as in its header; logs have it too.")},
		{"code", text("What kind of failure this is; it never changes its meaning.")},
		{"errors", object{{"type", "array"}, {"items", one}}},
	}, []string{"type", "title", "status", "detail", "instance", "code", "errors"}, false)
	return object{
		{"description", "A problem document, RFC 9457."},
		{"content", object{{problemMedia, object{{"schema", whole}}}}},
	}
}
