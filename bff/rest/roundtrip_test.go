package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/weftql/weft/operation"
)

// roundTrips is how many random calls are made; each hundredth is held against
// the OpenAPI document as well.
const roundTrips = 3000

// TestRoundTrip has random operations called by REST: the variables must be
// those that a GraphQL client would send, before and after coercion.
func TestRoundTrip(t *testing.T) {
	view := shop(t)
	preparer := operation.NewPreparer(view, operation.Limits{})
	for seed := range uint64(roundTrips) {
		c := newRandomCall(rand.New(rand.NewPCG(seed, 4)), view.AST)
		op := read(t, "run.graphql", c.text)
		o := Options{Profile: "web", Prefix: "/x", View: view, Operations: []*Operation{op}, NoOpenAPI: seed%100 != 0}
		endpoints, err := New(o)
		if err != nil {
			t.Fatal(seed, err, c.text)
		}
		request := decodeThrough(t, endpoints, c)
		if request == nil {
			t.Fatalf("seed %d: %s\n%s %s\n%s", seed, c.text, c.method, c.request().URL, c.body)
		}
		if got, want := decoded(t, request.Variables), decoded(t, []byte(c.graphql())); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: %s\n%s %s\n got %s\nwant %s", seed, c.text, c.method, c.request().URL, request.Variables, c.graphql())
		}
		if got, want := coerced(t, preparer, op, request.Variables), coerced(t, preparer, op, []byte(c.graphql())); !reflect.DeepEqual(got, want) {
			t.Fatalf("seed %d: coerced to %v, not %v", seed, got, want)
		}
		if seed%100 == 0 {
			admitted(t, o, c)
		}
	}
}

// decodeThrough lets the endpoint read the call, nil if it refuses.
func decodeThrough(t *testing.T, endpoints []Endpoint, c *randomCall) *operation.Request {
	mux := http.NewServeMux()
	var request *operation.Request
	mux.HandleFunc(endpoints[0].Method+" "+endpoints[0].Pattern, func(_ http.ResponseWriter, req *http.Request) {
		r, err := endpoints[0].Decode(req)
		if err != nil {
			t.Error(err)
		}
		request = r
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, c.request())
	if request == nil {
		t.Error(w.Result().Status, w.Header())
	}
	return request
}

// decoded reads a JSON object, nothing as the empty one.
func decoded(t *testing.T, text []byte) map[string]any {
	t.Helper()
	all := map[string]any{}
	if len(text) == 0 {
		return all
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		t.Fatal(err, string(text))
	}
	return all
}

// coerced are the values an operation runs with.
func coerced(t *testing.T, p *operation.Preparer, op *Operation, variables []byte) []any {
	t.Helper()
	prepared, err := p.Prepare(context.Background(), &operation.Request{Document: []byte(op.Document)})
	if err != nil {
		t.Fatal(err, op.Document)
	}
	values, _, err := prepared.Coerce(variables, nil)
	if err != nil {
		t.Fatal(err, string(variables))
	}
	var out []any
	for _, v := range values {
		if v == nil {
			out = append(out, "absent")
			continue
		}
		out = append(out, decoded(t, append(append([]byte(`{"v":`), v...), '}')))
	}
	return out
}

// admitted holds a call against the document of its operation.
func admitted(t *testing.T, o Options, c *randomCall) {
	t.Helper()
	document, err := OpenAPI(o)
	if err != nil {
		t.Fatal(err)
	}
	doc := judged(t, document)
	path := o.Operations[0].REST.Path
	input := validation(doc, path, c.request())
	for i, name := range (&template{}).names(path) {
		input.PathParams[name] = c.path[i]
	}
	if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
		t.Fatalf("%v\n%s\n%s %s\n%s", err, c.text, c.method, c.request().URL, c.body)
	}
}

// names returns the variables of a path.
func (*template) names(path string) []string {
	t, err := parseTemplate(path)
	if err != nil {
		panic(err)
	}
	return t.variables()
}

// validation is what kin-openapi wants to know of a request.
func validation(doc *openapi3.T, path string, req *http.Request) *openapi3filter.RequestValidationInput {
	item := doc.Paths.Value(path)
	return &openapi3filter.RequestValidationInput{
		Request: req, PathParams: map[string]string{},
		Route: &routers.Route{Spec: doc, Server: doc.Servers[0], Path: path, PathItem: item,
			Method: req.Method, Operation: item.GetOperation(req.Method)},
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	}
}
