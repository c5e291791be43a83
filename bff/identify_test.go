package bff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/bff"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
)

const five = `bffs:
  - name: partner
    match: [ { api_key: "partner-*" }, { claim: { name: app.name, value: partner } }, { claim: { name: "https://shop/apps", value: partner } } ]
    operations: { dir: ops }
  - name: ios
    match: [ { host: "*.ios.example.com" }, { header: { name: X-App, pattern: "ios/[0-9]+" } }, { client_name: shop-ios } ]
  - name: tv
    match: [ { path: /tv/, client_name: "tv*" } ]
  - name: proven
    match: [ { header: { name: x-app, value: proven } }, { claim: { name: app, value: "7" } } ]
    verify: [api_key, claim]
  - name: bound
  - name: web
    default: true
    match: [ { host: shop.example.com } ]
`

func key(id, bound string) *caller.Principal {
	return &caller.Principal{Kind: "api_key", KeyID: id, BFF: bound}
}

func token(claims string) *caller.Principal {
	return &caller.Principal{Kind: "jwt", Subject: "u", Claims: []byte(claims)}
}

var partnerOps = map[string]string{"ops/a.graphql": `query A @rest(path: "/a") { me { id } }`}

func TestIdentify(t *testing.T) {
	p := profiles(t, five, partnerOps)
	for _, c := range []struct {
		name, wanted string
		c            caller.Caller
		want         string // a profile or a code
	}{
		{name: "nothing fits", want: "web"},
		{name: "host", c: caller.Caller{Host: "Shop.Example.com:443"}, want: "web"},
		{name: "host pattern", c: caller.Caller{Host: "eu.IOS.example.com:80"}, want: "ios"},
		{name: "host pattern without its part", c: caller.Caller{Host: "ios.example.com"}, want: "web"},
		{name: "IPv6 host", c: caller.Caller{Host: "[::1]"}, want: "web"},
		{name: "header", c: caller.Caller{Header: http.Header{"X-App": {"ios/12"}}}, want: "ios"},
		{name: "header, one line of two", c: caller.Caller{Header: http.Header{"X-App": {"a", "ios/12"}}}, want: "ios"},
		{name: "pattern is for the whole value", c: caller.Caller{Header: http.Header{"X-App": {"xios/12"}}}, want: "web"},
		{name: "client name", c: caller.Caller{Client: caller.Client{Name: "shop-ios"}}, want: "ios"},
		{name: "both of an entry", c: caller.Caller{Path: "/tv/graphql", Client: caller.Client{Name: "tv-1"}}, want: "tv"},
		{name: "path itself", c: caller.Caller{Path: "/tv", Client: caller.Client{Name: "tv"}}, want: "tv"},
		{name: "one of both", c: caller.Caller{Path: "/tvs", Client: caller.Client{Name: "tv-1"}}, want: "web"},
		{name: "key", c: caller.Caller{Principal: key("partner-7", "")}, want: "partner"},
		{name: "key by its name", c: caller.Caller{Principal: &caller.Principal{Kind: "api_key", KeyID: "0001", Subject: "partner-7"}}, want: "partner"},
		{name: "subject of a token is no key", c: caller.Caller{Principal: &caller.Principal{Kind: "jwt", Subject: "partner-7", KeyID: "partner-7"}}, want: "web"},
		{name: "claim below", c: caller.Caller{Principal: token(`{"app":{"name":"p\u0061rtner"}}`)}, want: "partner"},
		{name: "claim with dots", c: caller.Caller{Principal: token(`{"https://shop/apps":["x","partner"]}`)}, want: "partner"},
		{name: "claim of another value", c: caller.Caller{Principal: token(`{"app":{"name":"partners"}}`)}, want: "web"},
		{name: "claims that are none", c: caller.Caller{Principal: token(`{"app":`)}, want: "web"},
		{name: "first match wins", c: caller.Caller{Host: "a.ios.example.com", Principal: key("partner-7", "")}, want: "partner"},
		{name: "unproven, nobody", c: caller.Caller{Header: http.Header{"X-App": {"proven"}}}, want: "UNAUTHENTICATED"},
		{name: "unproven", c: caller.Caller{Header: http.Header{"X-App": {"proven"}}, Principal: token(`{"app":"8"}`)}, want: "FORBIDDEN"},
		{name: "proven", c: caller.Caller{Header: http.Header{"X-App": {"proven"}}, Principal: token(`{"app":7}`)}, want: "proven"},
		{name: "proof alone", c: caller.Caller{Principal: token(`{"app":"7"}`)}, want: "proven"},

		{name: "bound", c: caller.Caller{Principal: key("k", "bound")}, want: "bound"},
		{name: "bound, at the default's host", c: caller.Caller{Host: "shop.example.com", Principal: key("k", "bound")}, want: "bound"},
		{name: "bound, claiming another", c: caller.Caller{Header: http.Header{"X-App": {"ios/1"}}, Principal: key("k", "bound")}, want: "FORBIDDEN"},
		{name: "bound to ios, claiming it", c: caller.Caller{Header: http.Header{"X-App": {"ios/1"}}, Principal: key("k", "ios")}, want: "ios"},
		{name: "bound to the default, claiming another", c: caller.Caller{Client: caller.Client{Name: "shop-ios"}, Principal: key("k", "web")}, want: "FORBIDDEN"},
		{name: "bound to what is gone", c: caller.Caller{Principal: key("k", "gone")}, want: "FORBIDDEN"},
		{name: "bound elsewhere, with a name that matches", c: caller.Caller{Principal: key("partner-1", "ios")}, want: "FORBIDDEN"},
		{name: "bound proves", c: caller.Caller{Header: http.Header{"X-App": {"proven"}}, Principal: key("k", "proven")}, want: "proven"},

		{name: "path of a closed profile, nobody", wanted: "partner", want: "UNAUTHENTICATED"},
		{name: "path of a closed profile", wanted: "partner", c: caller.Caller{Principal: token(`{}`)}, want: "FORBIDDEN"},
		{name: "path of a closed profile, its key", wanted: "partner", c: caller.Caller{Principal: key("partner-1", "")}, want: "partner"},
		{name: "path of a closed profile, another's key", wanted: "partner", c: caller.Caller{Principal: key("partner-1", "ios")}, want: "FORBIDDEN"},
		{name: "path of an open profile", wanted: "ios", want: "ios"},
		{name: "path of a profile to be proven", wanted: "proven", c: caller.Caller{Header: http.Header{"X-App": {"proven"}}}, want: "UNAUTHENTICATED"},
		{name: "path of none", wanted: "gone", want: "PROFILE_UNKNOWN"},
		{name: "path of none, bound", wanted: "gone", c: caller.Caller{Principal: key("k", "ios")}, want: "PROFILE_UNKNOWN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := p.Identify(&c.c, c.wanted)
			name := string(fault.CodeOf(err))
			if err == nil {
				name = got.Name
				if c.c.Profile != name {
					t.Errorf("the caller's profile is %q", c.c.Profile)
				}
			}
			if name != c.want {
				t.Errorf("got %s (%v), want %s", name, err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "partner") || strings.Contains(err.Error(), "proven")) {
				t.Errorf("%v names a profile", err)
			}
		})
	}
}

func TestNobodysProfile(t *testing.T) {
	p := profiles(t, "bffs: [ { name: ios, match: [ { client_name: ios } ] } ]", nil)
	if _, err := p.Identify(&caller.Caller{}, ""); fault.CodeOf(err) != fault.ProfileUnknown {
		t.Error(err)
	}
	info, _ := fault.ProfileUnknown.Info()
	if info.HTTP != http.StatusNotFound {
		t.Error(info.HTTP)
	}
}

// Without any BFF there is one profile that shows all of the graph.
func TestNoProfiles(t *testing.T) {
	p, err := bff.New(bff.Options{Graph: graph(t, shopSDL), Introspection: "on"})
	if err != nil {
		t.Fatal(err)
	}
	found, err := p.Identify(&caller.Caller{Principal: key("k", "")}, "")
	if err != nil || found.Name != "" || !found.Introspects(&caller.Caller{}) {
		t.Fatalf("%+v %v", found, err)
	}
	r := &operation.Request{Document: []byte(`{ products { margin } }`)}
	if d, err := found.Document(r); d != nil || err != nil {
		t.Error(d, err)
	}
	if _, err := found.Prepare(t.Context(), r, 0); err != nil {
		t.Error(err)
	}
	if _, err := found.Document(&operation.Request{DocumentID: "x"}); fault.CodeOf(err) != fault.PersistedQueryNotSupported {
		t.Error(err)
	}
}

// Versions tell their end while they last and refuse behind it.
func TestVersions(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, map[string]string{"weft.yaml": `bffs:
  - name: web
    default: true
    versions:
      - { name: v1, path: /web/v1, deprecated: 2026-01-01, sunset: 2026-06-30, link: "https://shop/v2" }
      - { name: v2, path: /web/v2, deprecated: 2026-09-01 }
`})
	now := time.Date(2026, 6, 29, 23, 59, 59, 0, time.UTC)
	o := options(t, dir, graph(t, shopSDL))
	o.Now = func() time.Time { return now }
	p, err := bff.New(o)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(path string) (http.Header, error) {
		c := &caller.Caller{Path: path}
		h := http.Header{}
		found, err := p.Identify(c, "web")
		if c.Profile != "web" {
			t.Errorf("%s is told of the profile %q", path, c.Profile)
		}
		if err == nil {
			found.Headers(c, h)
		}
		return h, err
	}
	h, err := ask("/web/v1/items")
	if err != nil || h.Get("Deprecation") != "@1767225600" || h.Get("Sunset") != "Tue, 30 Jun 2026 00:00:00 GMT" ||
		h.Get("Link") != `<https://shop/v2>; rel="successor-version"` {
		t.Error(h, err)
	}
	now = now.Add(time.Second)
	if _, err := ask("/web/v1"); fault.CodeOf(err) != fault.Sunset || !strings.Contains(err.Error(), "v1 has ended on 2026-06-30") {
		t.Error(err)
	}
	if h, err := ask("/web/v2"); err != nil || h.Get("Deprecation") != "@1788220800" || h.Get("Sunset") != "" {
		t.Error(h, err)
	}
	if h, err := ask("/web/v11"); err != nil || len(h) > 0 {
		t.Error(h, err)
	}
}

func BenchmarkIdentify(b *testing.B) {
	p := profiles(b, five, partnerOps)
	claims := `{"iss":"https://id.example.com/","sub":"u-8213","aud":["shop"],"exp":1795200000,"iat":1795190000,"scope":"a b c","roles":["x","y"],"tenant":{"id":"t"}}`
	for name, c := range map[string]*caller.Caller{
		"first":   {Host: "shop.example.com", Path: "/graphql", Principal: key("partner-1", "")},
		"default": {Host: "shop.example.com", Path: "/graphql", Client: caller.Client{Name: "web"}, Header: http.Header{"X-App": {"web/1"}}, Principal: key("k", "")},
		"token":   {Host: "shop.example.com", Path: "/graphql", Client: caller.Client{Name: "web"}, Principal: token(claims)},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Identify(c, ""); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// Identify must not allocate: it stands in the way of every request.
func TestIdentifyAllocatesNothing(t *testing.T) {
	p := profiles(t, five, partnerOps)
	c := &caller.Caller{Host: "shop.example.com", Path: "/graphql", Header: http.Header{"X-App": {"web/1"}}, Principal: token(`{"sub":"u","app":"web"}`)}
	if n := testing.AllocsPerRun(100, func() { _, _ = p.Identify(c, "") }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}
