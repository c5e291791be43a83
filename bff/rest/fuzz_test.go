package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

// FuzzDecode reads any path, query and body: what is let through is fit to run,
// and a body whose values are refused would be refused by GraphQL too.
func FuzzDecode(f *testing.F) {
	view := shop(f)
	ops := []*Operation{
		read(f, "text.graphql", `query Text($id: Kind!, $a: Int, $b: Float, $d: Boolean = true, $g: Date, $la: [Int], $lc: [String!]!, $lf: [Kind!])
			@rest(method: "GET", path: "/a/{id}") { x: echo(f: $id, a: $a, b: $b, d: $d, g: $g, la: $la, lc: $lc, lf: $lf) }`),
		read(f, "members.graphql", `query Members($id: ID!, $a: Int!, $b: Float, $input: ItemInput, $inputs: [ItemInput!], $matrix: [[Int!]!])
			@rest(method: "POST", path: "/b/{id}") { x: echo(e: $id, a: $a, b: $b, input: $input, inputs: $inputs, matrix: $matrix) }`),
		read(f, "whole.graphql", `query Whole($id: Int!, $b: Boolean, $input: ItemInput!)
			@rest(method: "POST", path: "/c/{id}", body: "input") { x: echo(a: $id, d: $b, input: $input) }`),
	}
	routes, err := compile(Options{Profile: "web", View: view, Operations: ops}.withDefaults())
	if err != nil {
		f.Fatal(err)
	}
	p := operation.NewPreparer(view, operation.Limits{})
	prepared := make([]*operation.Operation, len(ops))
	for i, op := range ops {
		if prepared[i], err = p.Prepare(context.Background(), &operation.Request{Document: []byte(op.Document)}); err != nil {
			f.Fatal(err)
		}
	}
	for _, s := range [][3]string{
		{"CHAIR", "a=1&b=1e5&d=false&la=1&la=2&lc=%22&lf=LAMP", ""}, {"x", "a=01&b=1.&b=0x1p4&d=&lc", ""}, {"é", "%", ""},
		{"1", "", `{"a":1,"b":2.0,"input":{"name":"x","kind":null},"inputs":[{"name":"y","tags":"z"}],"matrix":[[1],2]}`},
		{"1", "b=true", `{"name":"x","maker":{"id":1.0},"stock":1e2}`}, {"-1", "", `{"name":null,"x":[{}]}`},
		{"1", "", `[`}, {"1", "", `{"a":1,"a":2}`}, {"1", "", `"\ud800"`}, {"1", "b=true&b=false", "null"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	f.Fuzz(func(t *testing.T, id, query, body string) {
		for i, r := range routes {
			req := httptest.NewRequest(r.face.Method, "/", strings.NewReader(body))
			req.URL.RawQuery = query
			req.SetPathValue("id", id)
			req.Header.Set("Content-Type", "application/json")
			got, err := r.decode(req)
			if err == nil {
				runnable(t, prepared[i], got.Variables)
			} else {
				refused(t, r, prepared[i], body, fault.Of(err))
			}
		}
	})
}

// runnable checks variables that were let through. Coercion may still refuse a
// value for a reason of its own, but not what is not JSON.
func runnable(t *testing.T, op *operation.Operation, variables []byte) {
	if len(variables) > 0 && !json.Valid(variables) {
		t.Fatalf("no JSON: %s", variables)
	}
	_, _, err := op.Coerce(variables, nil)
	for _, e := range fault.Of(err) {
		if strings.Contains(e.Message, "not valid JSON") || strings.Contains(e.Message, "given twice") {
			t.Fatalf("%v: %s", err, variables)
		}
	}
}

// refused checks that a body refused for its values alone is refused by
// coercion, which sees it as the variables it would be.
func refused(t *testing.T, r *route, op *operation.Operation, body string, faults fault.List) {
	variables := bytes.TrimSpace([]byte(body))
	if !r.hasBody() || len(variables) == 0 || !json.Valid(variables) {
		return
	}
	for _, e := range faults {
		if !strings.Contains(string(e.Extensions), `"in":"body"`) || strings.Contains(e.Message, "no member") || strings.Contains(e.Message, "given twice") {
			return
		}
	}
	if r.whole != nil {
		variables = []byte(`{"id":1,"input":` + string(variables) + `}`)
	} else if variables[0] == '{' {
		variables = append([]byte(`{"id":"1",`), variables[1:]...)
		if len(bytes.TrimSpace(variables[len(`{"id":"1",`):])) == 1 {
			variables = []byte(`{"id":"1"}`)
		}
	}
	if _, _, err := op.Coerce(variables, nil); err == nil {
		t.Fatalf("%v, but GraphQL takes it: %s", faults, variables)
	}
}
