package clienttests

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// restCall is one request below a profile's prefix.
type restCall struct {
	operation, method, target, body string
	status                          int
}

// appCalls call each path of testdata/app, and each in ways it refuses.
var appCalls = []restCall{
	{"Product", "GET", "/products/1?reviews=true", "", 200},
	{"Product", "GET", "/products/1?reviews=false", "", 200},
	{"Product", "GET", "/products/none", "", 404},
	{"Products", "GET", "/products?first=1", "", 200},
	{"Products", "GET", "/products", "", 502}, // chairs do not ship: a partial answer
	{"AddReview", "POST", "/products/2/reviews", `{"body":"Soft.","rating":4}`, 201},
	{"Ship", "PUT", "/products/1/parcel", "", 204},
}

// TestREST calls each path of a profile's OpenAPI document on a gateway over the
// shop; kin-openapi judges the document, each request and each response.
func TestREST(t *testing.T) {
	g := startGateway(t, withApp(t))
	callAll(t, "http://"+g.address, "/app", appCalls, nil)
}

// callAll makes calls below prefix and checks that no path is left out.
func callAll(t *testing.T, base, prefix string, calls []restCall, header http.Header) {
	t.Helper()
	document, _ := fetch(t, "GET", base+prefix+"/openapi.json", "", nil)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(document))
	if err != nil {
		t.Fatal(err, document)
	}
	if err := doc.Validate(context.Background(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation()); err != nil {
		t.Fatal(err)
	}
	called := map[string]bool{}
	for _, c := range calls {
		body, res := fetch(t, c.method, base+prefix+c.target, c.body, header)
		if res.StatusCode != c.status {
			t.Errorf("%s: %s %s: status %d: %s", c.operation, c.method, c.target, res.StatusCode, body)
			continue
		}
		called[c.operation] = true
		fits(t, doc, c, res, body)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if !called[op.OperationID] {
				t.Errorf("%s %s (%s) is not called", method, path, op.OperationID)
			}
		}
	}
}

// fits has a request and its response judged.
func fits(t *testing.T, doc *openapi3.T, c restCall, res *http.Response, body string) {
	t.Helper()
	for path, item := range doc.Paths.Map() {
		op := item.GetOperation(c.method)
		if op == nil || op.OperationID != c.operation {
			continue
		}
		target, err := url.Parse(c.target)
		if err != nil {
			t.Fatal(err)
		}
		input := &openapi3filter.RequestValidationInput{
			Request: newRequest(t, c.method, c.target, c.body, nil), PathParams: map[string]string{},
			Route:   &routers.Route{Spec: doc, Server: doc.Servers[0], Path: path, PathItem: item, Method: c.method, Operation: op},
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
		}
		segments := strings.Split(target.Path, "/")
		for i, segment := range strings.Split(path, "/") {
			if name, ok := strings.CutPrefix(segment, "{"); ok {
				input.PathParams[strings.TrimSuffix(name, "}")] = segments[i]
			}
		}
		if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
			t.Errorf("%s: %v", c.operation, err)
		}
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Options: input.Options}
		out.SetBodyBytes([]byte(body))
		if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
			t.Errorf("%s: %v\n%s", c.operation, err, body)
		}
		return
	}
	t.Errorf("the document does not have %s", c.operation)
}

func newRequest(t *testing.T, method, target, body string, header http.Header) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return req
}

func fetch(t *testing.T, method, target, body string, header http.Header) (string, *http.Response) {
	t.Helper()
	res, err := http.DefaultClient.Do(newRequest(t, method, target, body, header))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), res
}

// TestRESTRefusals sends what no path takes: each has a problem document, and
// none is a failure of the gateway.
func TestRESTRefusals(t *testing.T) {
	g := startGateway(t, withApp(t))
	base := "http://" + g.address + "/app"
	for _, c := range []struct {
		name, method, target, body string
		header                     http.Header
		status                     int
		code                       string
	}{
		{"a wrong type", "GET", "/products?first=many", "", nil, 400, "BAD_USER_INPUT"},
		{"an unknown parameter", "GET", "/products?last=1", "", nil, 400, "BAD_USER_INPUT"},
		{"a wrong member", "POST", "/products/2/reviews", `{"body":"x","rating":"4"}`, nil, 400, "BAD_USER_INPUT"},
		{"no body", "POST", "/products/2/reviews", "", nil, 400, "BAD_USER_INPUT"},
		{"no JSON", "POST", "/products/2/reviews", "{", nil, 400, "BAD_REQUEST"},
		{"another method", "DELETE", "/products/1", "", nil, 405, "METHOD_NOT_ALLOWED"},
		{"another path", "GET", "/customers", "", nil, 404, "NOT_FOUND"},
		{"no such thing", "GET", "/products/none", "", nil, 404, "NOT_FOUND"},
		{"not acceptable", "GET", "/products/1", "", http.Header{"Accept": {"text/html"}}, 406, "NOT_ACCEPTABLE"},
		{"a form", "POST", "/products/2/reviews", "body=x", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, 0, ""},
		{"a part is missing", "GET", "/products", "", nil, 502, "DOWNSTREAM_SERVICE_ERROR"},
	} {
		t.Run(c.name, func(t *testing.T) {
			req := newRequest(t, c.method, base+c.target, c.body, nil)
			for name, values := range c.header {
				req.Header[name] = values
			}
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			var problem struct {
				Status int
				Code   string
				Errors []struct{ Detail string }
			}
			if err := json.NewDecoder(res.Body).Decode(&problem); err != nil {
				t.Fatal(res.Status, err)
			}
			if c.code == "" { // refused by the edge or by the path, in any case before it runs
				if res.StatusCode != http.StatusForbidden && res.StatusCode != http.StatusUnsupportedMediaType {
					t.Error(res.Status, problem)
				}
				return
			}
			if res.StatusCode != c.status || problem.Status != c.status || problem.Code != c.code || len(problem.Errors) == 0 {
				t.Errorf("%s %+v", res.Status, problem)
			}
			if media := res.Header.Get("Content-Type"); media != "application/problem+json" {
				t.Error(media)
			}
		})
	}
}

// TestRESTValidators asks again with the ETag, with HEAD, and for the raw form.
func TestRESTValidators(t *testing.T) {
	g := startGateway(t, withApp(t))
	target := "http://" + g.address + "/app/products/1?reviews=false"
	body, res := fetch(t, "GET", target, "", nil)
	tag := res.Header.Get("ETag")
	if tag == "" || res.Header.Get("Cache-Control") != "private, max-age=60" {
		t.Error(res.Header)
	}
	if again, res := fetch(t, "GET", target, "", http.Header{"If-None-Match": {tag}}); res.StatusCode != 304 || again != "" || res.Header.Get("ETag") != tag {
		t.Error(res.Status, again)
	}
	if _, res := fetch(t, "HEAD", target, "", nil); res.StatusCode != 200 || res.Header.Get("ETag") != tag || res.ContentLength != int64(len(body)) {
		t.Error(res.Status, res.Header)
	}
	raw, res := fetch(t, "GET", target, "", http.Header{"Prefer": {"return=graphql"}})
	if raw != `{"data":{"product":`+body+`}}` || res.Header.Get("Preference-Applied") != "return=graphql" {
		t.Error(res.Header, raw)
	}
}
