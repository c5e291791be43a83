package subgraphs

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/planner/plan"
)

// TestRequestIDIsSentOn names the client's request to the subgraph, unless the
// rules do.
func TestRequestIDIsSentOn(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, strings.Join(r.Header["X-Request-Id"], "|"))
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"data":{}}`)
	}))
	defer server.Close()
	for _, c := range []struct {
		header string
		req    Request
		want   string
	}{
		{"x-request-id", Request{Caller: &caller.Caller{RequestID: "id-1"}}, "id-1"},
		{"x-request-id", Request{Caller: &caller.Caller{RequestID: "id-1"}, Header: []Header{{"X-Request-Id", "other"}}}, "other"},
		{"x-request-id", Request{Caller: &caller.Caller{RequestID: "a\r\nX-Evil: 1"}}, ""},
		{"x-request-id", Request{Caller: &caller.Caller{}}, ""},
		{"x-request-id", Request{}, ""},
		{"", Request{Caller: &caller.Caller{RequestID: "id-1"}}, ""},
	} {
		got = nil
		if _, f := fetch(t, HTTPOptions{URL: server.URL, RequestID: c.header}, &Spec{Kind: plan.Query, Operation: "{a}"}, &c.req); f != nil {
			t.Fatal(f)
		}
		if len(got) != 2 || got[0] != c.want || got[1] != c.want {
			t.Errorf("%q, %+v: sent %q", c.header, c.req, got)
		}
	}
}
