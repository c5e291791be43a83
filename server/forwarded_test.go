package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/operation"
)

// witness remembers who asked.
type witness struct {
	fake
	caller *caller.Caller
}

func (e *witness) Do(ctx context.Context, req *operation.Request) *Answer {
	e.caller = req.Caller
	return e.fake.Do(ctx, req)
}

func prefixes(list ...string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range list {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}

func TestTrustedProxies(t *testing.T) {
	trusted := prefixes("10.0.0.0/8", "fd00::/8")
	for _, c := range []struct {
		name, peer string
		forwarded  ForwardedHeader
		header     string // Name: value lines
		want       string // remote scheme host
	}{
		{"nothing said", "10.0.0.1:7", "", "", "10.0.0.1 http weft.test"},
		{"one proxy", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9", "203.0.113.9 http weft.test"},
		{"peer not trusted", "203.0.113.1:7", "", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: https\nX-Forwarded-Host: evil.example\nX-Real-IP: 1.1.1.1\nForwarded: for=1.1.1.1", "203.0.113.1 http weft.test"},
		{"a client that lies", "10.0.0.1:7", "", "X-Forwarded-For: 1.1.1.1, 203.0.113.9", "203.0.113.9 http weft.test"},
		{"two proxies", "10.0.0.1:7", "", "X-Forwarded-For: 1.1.1.1, 203.0.113.9, 10.2.3.4", "203.0.113.9 http weft.test"},
		{"on two lines", "10.0.0.1:7", "", "X-Forwarded-For: 1.1.1.1\nX-Forwarded-For: 203.0.113.9, 10.2.3.4", "203.0.113.9 http weft.test"},
		{"proxies alone", "10.0.0.1:7", "", "X-Forwarded-For: 10.9.9.9, 10.2.3.4", "10.9.9.9 http weft.test"},
		{"with a port", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9:4711", "203.0.113.9 http weft.test"},
		{"IPv6", "[fd00::1]:7", "", "X-Forwarded-For: 2001:db8::9", "2001:db8::9 http weft.test"},
		{"IPv6 with brackets", "[fd00::1]:7", "", "X-Forwarded-For: [2001:db8::9]", "2001:db8::9 http weft.test"},
		{"IPv6 with a port", "[fd00::1]:7", "", "X-Forwarded-For: 1.1.1.1, [2001:db8::9]:443, fd12::1", "2001:db8::9 http weft.test"},
		{"IPv4 in IPv6", "[::ffff:10.0.0.1]:7", "", "X-Forwarded-For: ::ffff:203.0.113.9", "203.0.113.9 http weft.test"},
		{"a zone", "[fe80::1%eth0]:7", "", "X-Forwarded-For: 1.1.1.1", "fe80::1 http weft.test"},
		{"rubbish in front", "10.0.0.1:7", "", "X-Forwarded-For: rubbish, 203.0.113.9", "203.0.113.9 http weft.test"},
		{"rubbish behind", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9, rubbish", "10.0.0.1 http weft.test"},
		{"rubbish amid", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9, rubbish, 10.2.3.4", "10.2.3.4 http weft.test"},
		{"empty", "10.0.0.1:7", "", "X-Forwarded-For: ", "10.0.0.1 http weft.test"},
		{"host and scheme", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: https\nX-Forwarded-Host: api.example.com:8443", "203.0.113.9 https api.example.com:8443"},
		{"the nearest proxy's word", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: http, HTTPS\nX-Forwarded-Host: evil.example, api.example.com", "203.0.113.9 https api.example.com"},
		{"no host", "10.0.0.1:7", "", "X-Forwarded-For: 203.0.113.9\nX-Forwarded-Proto: gopher\nX-Forwarded-Host: a b", "203.0.113.9 http weft.test"},
		{"real ip", "10.0.0.1:7", "", "X-Real-Ip: 203.0.113.9", "203.0.113.9 http weft.test"},
		{"real ip of the first proxy", "10.0.0.1:7", "", "X-Real-Ip: 10.2.3.4\nX-Forwarded-For: 203.0.113.9, 10.2.3.4", "203.0.113.9 http weft.test"},
		{"real ip twice", "10.0.0.1:7", "", "X-Real-Ip: 203.0.113.9\nX-Real-Ip: 203.0.113.8", "0.0.0.0 http weft.test"},
		{"two that agree", "10.0.0.1:7", "", "X-Real-Ip: 203.0.113.9\nX-Forwarded-For: 1.1.1.1, 203.0.113.9", "203.0.113.9 http weft.test"},
		{"two that do not", "10.0.0.1:7", "", "X-Real-Ip: 203.0.113.9\nX-Forwarded-For: 1.1.1.1", "0.0.0.0 http weft.test"},
		{"a client that lies in the other", "10.0.0.1:7", "", "Forwarded: for=8.8.8.8\nX-Forwarded-For: 203.0.113.9", "0.0.0.0 http weft.test"},
		{"a client that names a proxy in the other", "10.0.0.1:7", "", "X-Real-Ip: 10.1.1.1\nX-Forwarded-For: 203.0.113.9", "203.0.113.9 http weft.test"},
		{"two that do not, with a choice", "10.0.0.1:7", XRealIP, "X-Real-Ip: 203.0.113.9\nX-Forwarded-For: 1.1.1.1", "203.0.113.9 http weft.test"},
		{"choice of x_forwarded_for", "10.0.0.1:7", XForwardedFor, "X-Real-Ip: 203.0.113.9\nForwarded: for=2.2.2.2;host=evil.example\nX-Forwarded-For: 1.1.1.1", "1.1.1.1 http weft.test"},
		{"RFC 7239", "10.0.0.1:7", "", `Forwarded: for=1.1.1.1;host=evil.example, for="[2001:db8::9]:4711";proto=https;host="api.example.com", for=10.2.3.4;proto=http;host=inner`, "2001:db8::9 https api.example.com"},
		{"RFC 7239, hidden", "10.0.0.1:7", "", "Forwarded: for=203.0.113.9, for=unknown", "10.0.0.1 http weft.test"},
		{"RFC 7239, a name", "10.0.0.1:7", "", "Forwarded: for=203.0.113.9, for=_hidden, For=10.2.3.4", "10.2.3.4 http weft.test"},
		{"RFC 7239, a comma in quotes", "10.0.0.1:7", "", `Forwarded: for=203.0.113.9;by="a,for=1.1.1.1"`, "203.0.113.9 http weft.test"},
		{"RFC 7239, twice in an element", "10.0.0.1:7", "", `Forwarded: for=203.0.113.9;for=1.1.1.1`, "10.0.0.1 http weft.test"},
		{"RFC 7239 beside the other", "10.0.0.1:7", "", "Forwarded: for=203.0.113.9;host=evil.example\nX-Forwarded-For: 203.0.113.9", "203.0.113.9 http weft.test"},
		{"choice of forwarded", "10.0.0.1:7", Forwarded, "Forwarded: for=203.0.113.9;proto=https\nX-Forwarded-Host: evil.example\nX-Forwarded-For: 1.1.1.1", "203.0.113.9 https weft.test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			engine := &witness{}
			h := NewHandler(engine, Options{TrustedProxies: trusted, Forwarded: c.forwarded})
			r := httptest.NewRequest(http.MethodPost, "http://weft.test/graphql", strings.NewReader(`{"query":"{a}"}`))
			r.Header.Set("Content-Type", "application/json")
			r.RemoteAddr = c.peer
			for _, line := range strings.Split(c.header, "\n") {
				if name, value, ok := strings.Cut(line, ": "); ok {
					r.Header.Add(name, value)
				}
			}
			h.ServeHTTP(httptest.NewRecorder(), r)
			if got := engine.caller.Remote.String() + " " + engine.caller.Scheme + " " + engine.caller.Host; got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add(`for="[2001:db8::9]:4711";proto=https, for=unknown;by="\"`, "1.1.1.1, [::1", "::1%a")
	s := mustSettings(Options{TrustedProxies: prefixes("0.0.0.0/0")})
	f.Fuzz(func(t *testing.T, forwarded, list, lone string) {
		c := caller.Caller{Remote: netip.MustParseAddr("10.0.0.1"), Host: "weft.test", Scheme: "http"}
		s.believe(http.Header{"Forwarded": {forwarded, forwarded}, "X-Forwarded-For": {list}, "X-Real-Ip": {lone}, "X-Forwarded-Host": {lone}}, &c)
		if !c.Remote.IsValid() || c.Remote.Zone() != "" || !isHost(c.Host) {
			t.Errorf("%v %q", c.Remote, c.Host)
		}
	})
}

func TestRequestID(t *testing.T) {
	fresh := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	long := strings.Repeat("x", 128)
	for _, c := range []struct {
		peer, given string
		trust       Trust
		kept        bool
	}{
		{"10.0.0.1:7", "abc-123", "", true},
		{"10.0.0.1:7", long, "", true},
		{"10.0.0.1:7", long + "x", "", false},
		{"10.0.0.1:7", "a b", "", false},
		{"10.0.0.1:7", "é", "", false},
		{"10.0.0.1:7", "a\tb", "", false},
		{"10.0.0.1:7", "", "", false},
		{"203.0.113.1:7", "abc", "", false},
		{"203.0.113.1:7", "abc", TrustAll, true},
		{"10.0.0.1:7", "abc", TrustNone, false},
	} {
		engine := &witness{}
		h := NewHandler(engine, Options{TrustedProxies: prefixes("10.0.0.0/8"), RequestID: RequestIDOptions{Trust: c.trust}})
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{a}"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Request-Id", c.given)
		r.RemoteAddr = c.peer
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		got := w.Header().Get("X-Request-Id")
		if behind := engine.caller.Header.Get("X-Request-Id"); behind != "" != c.kept {
			t.Errorf("%q of %s (%s): behind it is %q", c.given, c.peer, c.trust, behind)
		}
		if got != engine.caller.RequestID || c.kept != (got == c.given) || !c.kept && !fresh.MatchString(got) {
			t.Errorf("%q of %s (%s): %q, engine %q", c.given, c.peer, c.trust, got, engine.caller.RequestID)
		}
	}
	h := NewHandler(&fake{}, Options{RequestID: RequestIDOptions{Header: "x-correlation-id"}})
	for _, path := range []string{"/graphql", "/nowhere"} { // refusals and pages too
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPut, path, nil))
		if !fresh.MatchString(w.Header().Get("X-Correlation-Id")) {
			t.Errorf("%s: %v", path, w.Header())
		}
	}
	now := time.Now()
	if a, b := newRequestID(now), newRequestID(now.Add(2*time.Millisecond)); a >= b {
		t.Errorf("%s is not before %s", a, b)
	}
}

// TestHeadersOfWeftAreStripped deletes what clients may not say, in every
// spelling, before anybody sees it.
func TestHeadersOfWeftAreStripped(t *testing.T) {
	engine := &witness{}
	h := NewHandler(engine, Options{Strip: []string{"x-user-id", "X-TENANT"}})
	r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{a}"}`))
	r.Header = http.Header{"Content-Type": {"application/json"}, "X-User-Id": {"root"}, "X_user_id": {"root"}, "X-Tenant": {"a", "b"}, "X_TENANT": {"a"}, "X_Other": {"stays"}}
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got := engine.caller.Header; len(got) != 2 || got["X_Other"] == nil { //nolint:staticcheck // it is spelt so on purpose
		t.Errorf("left: %v", got)
	}
}
