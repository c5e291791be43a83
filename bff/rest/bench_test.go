package rest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/fault"
)

// sink is a response that keeps nothing.
type sink struct{ header http.Header }

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkDecode reads a path variable and two query parameters.
func BenchmarkDecode(b *testing.B) {
	op := read(b, "item.graphql", `query Item($id: ID!, $first: Int, $kinds: [Kind!]) @rest(method: "GET", path: "/items/{id}") {
		item(id: $id) { id } items(first: $first, kinds: $kinds) { total } }`)
	endpoints, err := New(Options{Profile: "web", View: shop(b), Operations: []*Operation{op}, NoOpenAPI: true})
	if err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest("GET", "/items/2?first=3&kinds=CHAIR&kinds=LAMP", nil)
	req.SetPathValue("id", "2")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := endpoints[0].Decode(req); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncode writes an answer of 88 kB, unwrapped, with its ETag.
func BenchmarkEncode(b *testing.B) {
	op := read(b, "item.graphql", `query Item($id: ID!) @rest(method: "GET", path: "/items/{id}", unwrap: "item") { item(id: $id) { id } }`)
	endpoints, err := New(Options{Profile: "web", View: shop(b), Operations: []*Operation{op}, NoOpenAPI: true})
	if err != nil {
		b.Fatal(err)
	}
	req := httptest.NewRequest("GET", "/items/2", nil)
	body := []byte(`{"data":{"item":{"id":"` + strings.Repeat("0123456789", 8800) + `"}}}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if err := endpoints[0].Encode(&sink{header: http.Header{}}, req, &Result{Body: body}); err != nil {
			b.Fatal(err)
		}
	}
}

// TestLargeAnswers come in pieces and are written like the others.
func TestLargeAnswers(t *testing.T) {
	op := read(t, "item.graphql", `query Item($id: ID!) @rest(method: "GET", path: "/items/{id}", unwrap: "item") { item(id: $id) { id } }`)
	endpoints, err := New(Options{Profile: "web", View: shop(t), Operations: []*Operation{op}})
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"data":{"item":{"id":"2"}}}`)
	for _, errors := range [][]*fault.Error{nil, {{Code: fault.GatewayTimeout, Message: "too late", Path: []fault.Step{{Key: "item"}}}}} {
		for _, prefer := range []string{"", "return=graphql"} {
			var got [2]string
			for i, result := range []*Result{{Body: body, Errors: errors}, {Large: pieces(body), Errors: errors}} {
				w := httptest.NewRecorder()
				req := httptest.NewRequest("GET", "/items/2", nil)
				req.Header.Set("Prefer", prefer)
				if err := endpoints[0].Encode(w, req, result); err != nil {
					t.Fatal(err)
				}
				got[i] = dump(t, w.Result())
			}
			if got[0] != got[1] {
				t.Errorf("in one piece\n%s\nin several\n%s", got[0], got[1])
			}
		}
	}
}

// pieces writes itself byte by byte.
type pieces []byte

func (p pieces) WriteTo(w io.Writer) (int64, error) {
	for i := range p {
		if _, err := io.Copy(w, bytes.NewReader(p[i:i+1])); err != nil {
			return int64(i), err
		}
	}
	return int64(len(p)), nil
}
