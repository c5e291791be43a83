package rest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestBodyOfMistakes sends as many mistakes as a body holds: they are looked at
// before anybody knows who sends them, so no more may be done than for the few
// that are told.
func TestBodyOfMistakes(t *testing.T) {
	op := read(t, "a.graphql", `query A($f: In, $i: [Int!]) @rest(method: "POST", path: "/a") { a(f: $f, i: $i) }`)
	view := viewOf(t, `type Query { a(f: In, i: [Int!]): Int } input In { a: Int }`)
	endpoints, err := New(Options{Profile: "web", View: view, Operations: []*Operation{op}, NoOpenAPI: true})
	if err != nil {
		t.Fatal(err)
	}
	const many = 100_000
	for _, body := range []string{
		`{` + strings.Repeat(`"x":1,`, many) + `"f":null}`,
		`{"f":{` + strings.Repeat(`"x":1,`, many) + `"a":1}}`,
		`{"i":[` + strings.Repeat(`"x",`, many) + `1]}`,
	} {
		allocated := testing.AllocsPerRun(1, func() {
			r := httptest.NewRequest(http.MethodPost, "/web/a", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			if _, err := endpoints[0].Decode(r); err == nil {
				t.Error("nothing is wrong")
			}
		})
		if allocated > many/10 {
			t.Errorf("%.40s… costs %.0f allocations", body, allocated)
		}
	}
}
