package subgraphs

import (
	"net/http"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

func TestHeaderRules(t *testing.T) {
	from := http.Header{
		"Authorization": {"secret"}, "X-Tenant": {"t1", "t2"}, "X-Trace-B": {"b"}, "X-Trace-A": {"a"}, "Content-Length": {"7"},
		"Connection": {"close, X-Hop"}, "X-Hop": {"h"}, "Accept": {"a"}, "Sec-Websocket-Key": {"k"},
	}
	for _, c := range []struct {
		name  string
		rules []HeaderRule
		want  string
	}{
		{"nothing", nil, ""},
		{"propagate", []HeaderRule{{Propagate: "authorization"}, {Propagate: "x-none"}}, "Authorization: secret"},
		{"all values", []HeaderRule{{Propagate: "x-tenant"}}, "X-Tenant: t1, X-Tenant: t2"},
		{"rename", []HeaderRule{{Propagate: "x-tenant", Rename: "tenant"}}, "Tenant: t1, Tenant: t2"},
		{"default", []HeaderRule{{Propagate: "x-none", Default: "d"}, {Propagate: "x-tenant", Default: "d"}}, "X-None: d, X-Tenant: t1, X-Tenant: t2"},
		{"matching is sorted", []HeaderRule{{Matching: "^x-trace-"}}, "X-Trace-A: a, X-Trace-B: b"},
		{"insert", []HeaderRule{{Insert: "x-internal", Value: "true"}}, "X-Internal: true"},
		{"first wins", []HeaderRule{{Insert: "x-tenant", Value: "fixed"}, {Propagate: "x-tenant"}, {Matching: "tenant"}, {Insert: "X-TENANT", Value: "2"}}, "X-Tenant: fixed"},
		{"remove", []HeaderRule{{Matching: "^x-t"}, {Remove: "x-trace-a"}, {Insert: "x-trace-a", Value: "new"}}, "X-Tenant: t1, X-Tenant: t2, X-Trace-B: b, X-Trace-A: new"},
		{"never", []HeaderRule{{Matching: ".*"}}, "Authorization: secret, X-Tenant: t1, X-Tenant: t2, X-Trace-A: a, X-Trace-B: b"},
		{"never by name", []HeaderRule{{Propagate: "content-length"}, {Propagate: "x-hop"}, {Propagate: "accept", Default: "d"}}, "Accept: d"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules, err := NewHeaderRules(c.rules)
			if err != nil {
				t.Fatal(err)
			}
			kept := []Header{{"X-Tenant", "kept"}}
			got := rules.Apply(kept, &caller.Caller{Header: from})
			if got[0] != kept[0] {
				t.Errorf("what stood in front is %v", got[0])
			}
			lines := make([]string, len(got)-1)
			for i, h := range got[1:] {
				lines[i] = h.Name + ": " + h.Value
			}
			if text := strings.Join(lines, ", "); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
	for _, rule := range []HeaderRule{{Matching: "("}, {Insert: "host", Value: "evil"}, {Insert: "x y", Value: "1"}, {Insert: "x", Value: "1\n"},
		{Propagate: "x", Rename: "content-length"}, {Propagate: "x", Default: "\r\ny: 1"}} {
		if _, err := NewHeaderRules([]HeaderRule{rule}); fault.CodeOf(err) != fault.ConfigInvalid {
			t.Errorf("%+v: %v", rule, err)
		}
	}
	var none *HeaderRules
	if got := none.Apply(nil, &caller.Caller{Header: from}); got != nil {
		t.Error(got)
	}
}

// TestMatchingLeavesTheRequestsName out, but a rule of its own sends it.
func TestMatchingLeavesTheRequestsName(t *testing.T) {
	who := &caller.Caller{RequestID: "id-1", Header: http.Header{"X-Request-Id": {"id-1"}, "X-A": {"1"}}}
	for want, rule := range map[string]HeaderRule{"X-A: 1": {Matching: "^x-"}, "X-Request-Id: id-1": {Propagate: "x-request-id"}} {
		rules, err := NewHeaderRules([]HeaderRule{rule})
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(rules.Apply(nil, who)); got != want {
			t.Errorf("%+v: %s", rule, got)
		}
	}
}
