package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/weftql/weft/bff/selection"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/internal/golden"
)

// calls has one call per path of testdata/openapi/shop.txtar.
var calls = map[string]string{
	"Item":     "GET /shop/v1/items/2?first=2&kinds=CHAIR&kinds=LAMP&since=2026-11-20&old=true",
	"Search":   "GET /shop/v1/search/so%20fa",
	"Anything": "GET /shop/v1/things/2",
	"Add":      `POST /shop/v1/items {"name":"Sofa","maker":{"id":"1"}}`,
	"Change":   `PATCH /shop/v1/items/2 {"name":null,"tags":["a"]}`,
	"Remove":   "DELETE /shop/v1/items/2",
	"Find":     `POST /shop/v1/items/find {"filter":{"and":[{"kinds":["LAMP"]}]}}`,
	"List":     "GET /shop/v1/items?first=1",
}

// TestEachPathIsAsDescribed calls each path of the document: the call, 60 made up
// answers to it and a problem must fit what the document says of them.
func TestEachPathIsAsDescribed(t *testing.T) {
	view := shop(t)
	golden.Run(t, "testdata/openapi", nil, func(t *testing.T, c *golden.Case) {
		o := described(t, c, view)
		document, err := OpenAPI(o)
		if err != nil {
			t.Fatal(err)
		}
		doc := judged(t, document)
		endpoints, err := New(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range endpoints {
			if e.Operation == nil {
				continue
			}
			call, ok := calls[e.Operation.Name]
			if !ok {
				t.Fatalf("%s is not called", e.Operation.Name)
			}
			answer := &randomAnswer{rng: rand.New(rand.NewPCG(1, 2)), document: selection.Document{Schema: view.AST, Query: e.Operation.Query}}
			for i := range 61 {
				result := &Result{Errors: []*fault.Error{{Code: fault.GatewayTimeout, Message: "too late", Path: []fault.Step{{Key: "a"}, {Index: 1}}}}}
				if i > 0 {
					name, sets := answer.document.Root(e.Operation.Definition)
					data, err := json.Marshal(map[string]any{"data": answer.object(name, sets)})
					if err != nil {
						t.Fatal(err)
					}
					result = &Result{Body: data}
				}
				req, res, body := answered(t, e, call, result)
				input := validation(doc, e.Operation.REST.Path, req)
				for _, name := range (&template{}).names(e.Operation.REST.Path) {
					input.PathParams[name] = "2"
				}
				if err := openapi3filter.ValidateRequest(context.Background(), input); err != nil {
					t.Fatal(e.Operation.Name, err)
				}
				out := &openapi3filter.ResponseValidationInput{RequestValidationInput: input, Status: res.StatusCode, Header: res.Header,
					Options: &openapi3filter.Options{IncludeResponseStatus: true}}
				out.SetBodyBytes(body)
				if err := openapi3filter.ValidateResponse(context.Background(), out); err != nil {
					t.Fatalf("%s: %v\n%s\n%s", e.Operation.Name, err, result.Body, body)
				}
				if broken := bytes.Replace(body, []byte(`"id":"`), []byte(`"id":1,"di":"`), 1); !bytes.Equal(broken, body) {
					out.SetBodyBytes(broken)
					if openapi3filter.ValidateResponse(context.Background(), out) == nil {
						t.Fatalf("%s: the validator lets anything pass: %s", e.Operation.Name, broken)
					}
				}
			}
		}
	})
}

// answered sends a call and answers it; the request can be read once more.
func answered(t *testing.T, e Endpoint, call string, result *Result) (*http.Request, *http.Response, []byte) {
	t.Helper()
	line, body, _ := strings.Cut(call, " {")
	if body != "" {
		body = "{" + body
	}
	method, target, _ := strings.Cut(line, " ")
	request := func() *http.Request {
		req := httptest.NewRequest(method, target, strings.NewReader(body))
		if body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		return req
	}
	mux := http.NewServeMux()
	mux.HandleFunc(e.Method+" "+e.Pattern, func(w http.ResponseWriter, req *http.Request) {
		if _, err := e.Decode(req); err != nil {
			t.Fatal(e.Operation.Name, err)
		}
		if err := e.Encode(w, req, result); err != nil {
			t.Fatal(err)
		}
	})
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, request())
	answer, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return request(), w.Result(), answer
}
