package subgraphs

import (
	"net/http"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
)

func lines(headers []Header) string {
	out := make([]string, len(headers))
	for i, h := range headers {
		out[i] = h.Name + ": " + h.Value
	}
	return strings.Join(out, ", ")
}

func TestClaimHeaders(t *testing.T) {
	user := &caller.Principal{Kind: "jwt", Subject: "u1", Claims: []byte(`{
		"sub": "u1", "tenant": {"id": "t1", "deep": {"er": 7}}, "https://x.example/role": "admin", "a.b": "whole", "a": {"b": "parts"},
		"list": ["r1", "r2", 3], "none": null, "empty": "", "yes": true, "object": {"x": 1}, "break": "a\nb", "space": " u1", "escaped": "J\u00f6rg \"x\"",
		"utf8": "Jörg", "commas": ["a,b"], "nested": [["a"]], "nothing": [], "number": -1.5e3, "zero": "a\u0000"}`)}
	for _, c := range []struct {
		claim, fallback string
		who             *caller.Principal
		want            string
	}{
		{"sub", "", user, "u1"},
		{"tenant.id", "", user, "t1"},
		{"tenant.deep.er", "", user, "7"},
		{"https://x.example/role", "", user, "admin"},
		{"a.b", "", user, "whole"},
		{"yes", "", user, "true"},
		{"number", "", user, "-1.5e3"},
		{"list", "", user, "r1,r2,3"},
		{"utf8", "", user, "Jörg"},
		{"escaped", "", user, `Jörg "x"`},
		// Absent is the default.
		{"other", "", user, "-"},
		{"other", "public", user, "public"},
		{"tenant.other", "public", user, "public"},
		{"sub.id", "public", user, "public"},
		{"none", "public", user, "public"},
		{"empty", "public", user, "public"},
		{"nothing", "public", user, "public"},
		{"tenant.id", "public", &caller.Principal{Kind: "anonymous"}, "public"},
		{"tenant.id", "public", nil, "public"},
		{"sub", "", &caller.Principal{Kind: "api_key", Subject: "key"}, "key"},
		{"sub", "nobody", &caller.Principal{Kind: "anonymous"}, "nobody"},
		// There, but it cannot be sent: the default would say something else.
		{"object", "public", user, "-"},
		{"break", "public", user, "-"},
		{"zero", "public", user, "-"},
		{"space", "public", user, "-"},
		{"commas", "public", user, "-"},
		{"nested", "public", user, "-"},
		{"sub", "", &caller.Principal{Kind: "api_key", Subject: "a\r\nb"}, "-"},
		{"a", "public", &caller.Principal{Claims: []byte(`{"a":"broken`)}, "public"},
	} {
		rules, err := NewHeaderRules(nil, ClaimHeader{Claim: c.claim, Header: "x-claim", Default: c.fallback})
		if err != nil {
			t.Fatal(err)
		}
		want := "X-Claim: " + c.want
		if c.want == "-" {
			want = ""
		}
		if got := lines(rules.Apply(nil, &caller.Caller{Principal: c.who})); got != want {
			t.Errorf("%s of %v: %q, not %q", c.claim, c.who, got, want)
		}
	}
}

// TestHeaderSpoofing lets a client send the headers of claims, in every way it
// can and by every rule that sends headers on.
func TestHeaderSpoofing(t *testing.T) {
	claims := []ClaimHeader{{Claim: "sub", Header: "X-User-Id"}, {Claim: "tenant.id", Header: "x-tenant"}}
	spoofed := http.Header{"X-User-Id": {"root"}, "X-Tenant": {"other", "more"}, "X_user_id": {"root"}, "X_Tenant": {"other"}, "x-tenant": {"raw"},
		"X-Other": {"fine"}, "X_Plain": {"fine"}}
	for _, c := range []struct {
		name  string
		rules []HeaderRule
		user  string // what is sent for a user with both claims
		none  string // for nobody
	}{
		{"no rules", nil, "X-User-Id: u1, X-Tenant: t1", ""},
		{"everything", []HeaderRule{{Matching: ".*"}}, "X-User-Id: u1, X-Tenant: t1, X-Other: fine, X_Plain: fine", "X-Other: fine, X_Plain: fine"},
		{"by name", []HeaderRule{{Propagate: "x-user-id"}, {Propagate: "X-TENANT", Default: "d"}, {Propagate: "X_Tenant"}, {Propagate: "x_user_id"}}, "X-User-Id: u1, X-Tenant: t1", ""},
		{"under another name", []HeaderRule{{Propagate: "x-tenant", Rename: "x-asked-for"}}, "X-User-Id: u1, X-Tenant: t1", ""},
		{"removed for one subgraph", []HeaderRule{{Remove: "x-tenant"}, {Matching: "tenant"}}, "X-User-Id: u1", ""},
		{"removed and sent on", []HeaderRule{{Remove: "x-tenant"}, {Propagate: "x-tenant"}}, "X-User-Id: u1", ""},
		{"a constant instead", []HeaderRule{{Insert: "x-tenant", Value: "all"}}, "X-User-Id: u1, X-Tenant: t1", "X-Tenant: all"},
	} {
		rules, err := NewHeaderRules(c.rules, claims...)
		if err != nil {
			t.Fatal(err)
		}
		who := &caller.Caller{Header: spoofed, Principal: &caller.Principal{Claims: []byte(`{"sub":"u1","tenant":{"id":"t1"}}`)}}
		if got, again := lines(rules.Apply(nil, who)), lines(rules.ApplyWith(nil, who, rules.Claims(nil, who))); got != c.user || got != again {
			t.Errorf("%s: %s", c.name, got)
		}
		who.Principal = &caller.Principal{Kind: "anonymous"}
		if got := lines(rules.Apply(nil, who)); got != c.none {
			t.Errorf("%s, nobody: %s", c.name, got)
		}
	}
	for _, c := range []struct {
		rules  []HeaderRule
		claims []ClaimHeader
	}{
		{[]HeaderRule{{Propagate: "x-asked-for", Rename: "x-tenant"}}, claims},
		{[]HeaderRule{{Propagate: "x-asked-for", Rename: "X_Tenant"}}, claims},
		{nil, []ClaimHeader{{Claim: "a", Header: "x-a"}, {Claim: "b", Header: "X-A"}}},
		{nil, []ClaimHeader{{Claim: "a", Header: "content-length"}}},
		{nil, []ClaimHeader{{Claim: "a", Header: ""}}},
		{nil, []ClaimHeader{{Claim: "a", Header: "x-a", Default: "a\nb"}}},
	} {
		if _, err := NewHeaderRules(c.rules, c.claims...); fault.CodeOf(err) != fault.ConfigInvalid {
			t.Errorf("%+v %+v: %v", c.rules, c.claims, err)
		}
	}
}

func FuzzClaimHeader(f *testing.F) {
	f.Add([]byte(`{"a":{"b":["x",1]}}`), "a.b")
	f.Fuzz(func(t *testing.T, claims []byte, path string) {
		rules, err := NewHeaderRules(nil, ClaimHeader{Claim: path, Header: "X-A"})
		if err != nil || len(path) > 50 {
			return
		}
		for _, h := range rules.Apply(nil, &caller.Caller{Principal: &caller.Principal{Claims: claims}}) {
			if !sendable(&h, false) || h.Value == "" || h.Value != strings.Trim(h.Value, " \t") {
				t.Errorf("%q", h.Value)
			}
		}
	})
}

// BenchmarkClaimHeaders is the cost of two claims beside a rule.
func BenchmarkClaimHeaders(b *testing.B) {
	rules, err := NewHeaderRules([]HeaderRule{{Propagate: "authorization"}}, ClaimHeader{Claim: "sub", Header: "x-user-id"}, ClaimHeader{Claim: "tenant.id", Header: "x-tenant"})
	if err != nil {
		b.Fatal(err)
	}
	who := &caller.Caller{Header: http.Header{"Authorization": {"x"}}, Principal: &caller.Principal{
		Claims: []byte(`{"iss":"https://id.example.com/","aud":"shop","exp":1790000000,"sub":"user-1234567890","scope":"a b c","tenant":{"id":"t-1"}}`)}}
	dst := make([]Header, 0, 8)
	b.ReportAllocs()
	for b.Loop() {
		dst = rules.Apply(dst[:0], who)
	}
}
