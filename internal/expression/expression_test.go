package expression

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
)

func ana() *Env {
	return &Env{
		Graph: "shop",
		Caller: &caller.Caller{
			Method: "POST", Host: "api.example.com", Path: "/graphql", RequestID: "r1", Profile: "ios",
			Header: http.Header{"X-Tenant": {"acme", "other"}, "X-Empty": {""}},
			Remote: netip.MustParseAddr("::ffff:192.0.2.7"),
			Client: caller.Client{Name: "shop-ios", Version: "3.1"},
			Principal: &caller.Principal{
				Kind: "jwt", Subject: "ana", Issuer: "https://id", Scopes: []string{"read", "write"}, Roles: []string{"support"},
				Claims: []byte(` {"tenant": {"id": "t\u0031", "level": 3}, "big": 9007199254740993, "admin": true, "blocked": false,
					"list": ["a", {"b": 1.5}], "nothing": null, "name": "Ána", "a.b": "dotted"}`),
			},
		},
		Operation: Operation{Name: "Cart", Type: "query", Hash: "beef"},
		Args:      map[string][]byte{"id": []byte(`"7"`), "filter": []byte(`{"min": 10}`)},
	}
}

const absent = "\x00absent"

func TestAppendString(t *testing.T) {
	for text, want := range map[string]string{
		`principal.sub`:                             "ana",
		`principal.key_id`:                          absent,
		`principal.key_id ?? principal.sub`:         "ana",
		`principal.key_id ?? claims.x ?? "none"`:    "none",
		`principal.sub ?? request.ip`:               "ana",
		`principal.scopes`:                          "read write",
		`principal.scopes[1]`:                       "write",
		`principal.scopes[7]`:                       absent,
		`principal.scopes[-1]`:                      "write",
		`request.ip`:                                "192.0.2.7",
		`request.headers["x-tenant"]`:               "acme",
		`header["X-Tenant"]`:                        "acme",
		`header.accept ?? "any"`:                    "any",
		`header["x-empty"]`:                         absent,
		`request.headers["x-" + "tenant"]`:          "acme",
		`claims.tenant.id`:                          "t1",
		`claims.tenant.level`:                       "3",
		`claims.tenant.id.x`:                        absent,
		`claims?.tenant?.id`:                        "t1",
		`claims["a.b"]`:                             "dotted",
		`claims.big`:                                "9007199254740993",
		`claims.list[1].b`:                          "1.5",
		`claims.list[2]`:                            absent,
		`claims.nothing`:                            absent,
		`claims.name`:                               "Ána",
		`claims.admin`:                              "true",
		`claims.tenant`:                             `{"id": "t\u0031", "level": 3}`,
		`bff + ":" + graph`:                         "ios:shop",
		`bff`:                                       "ios",
		`operation.name ?? operation.hash`:          "Cart",
		`args.id`:                                   "7",
		`args.filter.min`:                           "10",
		`lower(client.name)`:                        "shop-ios",
		`split(principal.sub, "n")[0]`:              "a",
		`claims.tenant.level + 1`:                   "4",
		`principal.sub == "ana" ? "vip" : "other"`:  "vip",
		`let t = claims.tenant; t.id ?? "x"`:        "t1",
		`claims[principal.sub]`:                     absent,
		`principal["s" + "ub"]`:                     "ana",
		`"fixed"`:                                   "fixed",
		`principal.sub == "ana"`:                    "true",
		`len(claims.list)`:                          "2",
		`join(map(principal.roles, upper(#)), ",")`: "SUPPORT",
		`claims.missing.deep ?? header.y ?? principal.tenant ?? request.path`: "/graphql",
	} {
		p, err := Compile(text, Text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, ok, err := p.AppendString([]byte("> "), ana())
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if is := strings.TrimPrefix(string(got), "> "); ok && is != want || !ok && (want != absent || is != "") {
			t.Errorf("%s is %q %v, want %q", text, is, ok, want)
		}
	}
}

var conditions = map[string]bool{
	`true`:                                                true,
	`not false`:                                           true,
	`principal.sub == "ana"`:                              true,
	`"ana" == principal.sub`:                              true,
	`principal.sub != "ana"`:                              false,
	`principal.key_id == nil`:                             true,
	`principal.key_id != nil`:                             false,
	`principal.key_id == ""`:                              false,
	`claims.nothing == nil`:                               true,
	`request.ip == "192.0.2.7"`:                           true,
	`request.ip in ["192.0.2.7", "::1"]`:                  true,
	`request.ip != nil`:                                   true,
	`"support" in principal.roles`:                        true,
	`"admin" in principal.roles`:                          false,
	`not ("admin" in principal.roles)`:                    true,
	`"admin" not in principal.roles`:                      true,
	`client.name in ["web", "shop-ios"]`:                  true,
	`client.name in ["web"]`:                              false,
	`client.name startsWith "shop-"`:                      true,
	`client.name matches "^shop-[a-z]+$"`:                 true,
	`claims.admin`:                                        true,
	`claims.blocked`:                                      false,
	`claims.missing`:                                      false,
	`not claims.missing`:                                  true,
	`!claims.admin || claims.missing`:                     false,
	`claims.admin && claims.tenant.level >= 3`:            true,
	`claims.admin ? claims.missing == nil : false`:        true,
	`(claims.missing ?? 0) > 1`:                           false,
	`claims.missing ?? true`:                              true,
	`claims.tenant.id == "t1"`:                            true,
	`claims.name == "Ána"`:                                true,
	`claims.list[0] == "a"`:                               true,
	`claims.big == 9007199254740993`:                      true,
	`operation.type == "query" and bff == "ios"`:          true,
	`operation.type == "mutation" or header.accept == ""`: false,
	`args.id == "7"`:                                      true,
	`any(principal.roles, # startsWith "sup")`:            true,
	`all(principal.scopes, # in ["read", "write"])`:       true,
	`header.x == nil and header["x-tenant"] == "acme"`:    true,
}

func TestBool(t *testing.T) {
	for text, want := range conditions {
		p, err := Compile(text, Bool)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := p.Bool(ana()); got != want || err != nil {
			t.Errorf("%s is %v, %v", text, got, err)
		}
	}
}

// TestTestsAgreeWithTheMachine runs the conditions that need no machine on it
// all the same, for somebody and for nobody.
func TestTestsAgreeWithTheMachine(t *testing.T) {
	simple := 0
	for text := range conditions {
		p, err := Compile(text, Bool)
		if err != nil || p.test == nil {
			continue
		}
		simple++
		code, err := compile(text, Bool)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		machine := &Program{text: text, want: Bool, paths: p.paths, code: code}
		for _, e := range []*Env{ana(), {}} {
			got, _ := p.Bool(e)
			if want, err := machine.Bool(e); got != want || err != nil {
				t.Errorf("%s is %v, on the machine %v, %v", text, got, want, err)
			}
		}
	}
	if simple < 20 {
		t.Errorf("only %d conditions need no machine", simple)
	}
}

func TestNobody(t *testing.T) {
	for _, text := range []string{`principal.sub`, `request.ip`, `claims.a.b`, `client.name`, `bff`, `header.x`, `args.a.b`, `operation.name`} {
		p, err := Compile(text, Text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok, err := p.AppendString(nil, &Env{}); ok || err != nil || len(got) > 0 {
			t.Errorf("%s is %q, %v, %v", text, got, ok, err)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for text, want := range map[string]string{
		`principal.subject`:               "column 11: principal.subject is unknown; principal has issuer, key_id, kind, roles, scopes, sub, tenant",
		`user.id`:                         "column 1: user is unknown; there are args, bff, claims, client, graph, header, operation, principal, request",
		`1 + principal`:                   "",
		`principal`:                       "column 1: principal holds several values; name one, such as principal.issuer",
		`claims`:                          "column 1: claims holds several values; name one, such as claims.x",
		`principal.sub.name`:              "column 15: principal.sub has nothing below it",
		`principal.sub()`:                 "column 11: principal.sub is not a function",
		`$env`:                            "column 1: $env is not available; name a value, such as principal.sub",
		`$env["principal"]`:               "column 1: $env is not available; name a value, such as principal.sub",
		`len(1..1000000)`:                 "column 6: ranges are not available; list the values",
		`now()`:                           "column 1: now is not available",
		`date("2026-01-01")`:              "column 1: date is not available",
		`repeat("x", 1000)`:               "column 1: repeat is not available",
		`client.name matches claims.x`:    "column 13: the pattern of matches must be a fixed text",
		`let claims = 1; claims`:          "column 5: claims has a meaning already; choose another name for the variable",
		`principal.sub ==`:                "column 16: unexpected token EOF",
		`any(claims.a, any(claims.b, #))`: "column 1: a loop inside a loop is not available",
		strings.Repeat("a", 5000):         "column 1: the expression is longer than 4096 bytes",
		`frobnicate(principal.sub)`:       "column 1: frobnicate is unknown; there are args, bff, claims, client, graph, header, operation, principal, request",
		``:                                "column 1: unexpected token EOF",
		`request.headers.accept.x`:        "column 24: request.headers.accept has nothing below it",
	} {
		_, err := Compile(text, Text)
		if want == "" {
			continue
		}
		if err == nil || err.Error() != want && !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%.60s: %v, want %s", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`principal.sub`:              `column 11: principal.sub is not true or false; compare it, as in principal.sub == "x"`,
		`claims.a and principal.sub`: `column 24: principal.sub is not true or false; compare it, as in principal.sub == "x"`,
		`1 + 2`:                      "column 1: expected bool, but got int",
	} {
		if _, err := Compile(text, Bool); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestRunErrors(t *testing.T) {
	for _, text := range []string{`claims.name > 3`, `claims.name`, `not claims.tenant`, `claims.missing >= 3`, `lower(claims.missing) == ""`} {
		p, err := Compile(text, Bool)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if is, err := p.Bool(ana()); err == nil || is {
			t.Errorf("%s is %v", text, is)
		}
	}
}

func TestUses(t *testing.T) {
	whole, err := Compile(`operation["ha" + "sh"]`, Text)
	if err != nil || !whole.Uses("operation.hash") || whole.Uses("claims") {
		t.Errorf("who looks at a whole name does not look below it, %v", err)
	}
	p, err := Compile(`operation.name ?? (lower(request.headers.x) + claims.a)`, Text)
	if err != nil {
		t.Fatal(err)
	}
	for root, want := range map[string]bool{"operation": true, "header": true, "claims": true, "claims.a": true, "principal": false, "operation.name": true, "operation.hash": false} {
		if p.Uses(root) != want {
			t.Errorf("Uses(%s) is %v", root, !want)
		}
	}
}

func TestPlainPathsAllocateNothing(t *testing.T) {
	e, dst := ana(), make([]byte, 0, 100)
	for _, text := range []string{`principal.sub`, `request.ip`, `claims.tenant.level`, `claims.name`, `client.name`, `header["x-tenant"]`, `principal.key_id ?? claims.x ?? request.ip`} {
		p, err := Compile(text, Text)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(100, func() { dst, _, _ = p.AppendString(dst[:0], e) }); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
	for text := range conditions {
		p, err := Compile(text, Bool)
		if err != nil || p.test == nil || strings.Contains(text, "tenant.id") {
			continue
		}
		if n := testing.AllocsPerRun(100, func() { _, _ = p.Bool(e) }); n > 0 {
			t.Errorf("%s: %v allocations", text, n)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for text := range conditions {
		f.Add(text)
	}
	f.Add(`let t = claims.tenant; t.id ?? "x"`)
	f.Add(`claims[principal.sub] ?? principal.scopes[0]`)
	f.Fuzz(func(t *testing.T, text string) {
		for _, want := range []Kind{Text, Bool} {
			p, err := Compile(text, want)
			if err != nil {
				continue
			}
			for _, e := range []*Env{ana(), {}} {
				if want == Bool {
					_, _ = p.Bool(e)
				} else {
					_, _, _ = p.AppendString(nil, e)
				}
			}
		}
	})
}

func BenchmarkExpression(b *testing.B) {
	e, dst := ana(), make([]byte, 0, 100)
	for _, text := range []string{`principal.sub ?? request.ip`, `request.ip`, `claims.tenant.level`, `lower(client.name)`} {
		p, err := Compile(text, Text)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst, _, _ = p.AppendString(dst[:0], e)
			}
		})
	}
	for _, text := range []string{`client.name == "shop-ios" and operation.type != "mutation"`, `client.name startsWith "shop"`} {
		p, err := Compile(text, Bool)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = p.Bool(e)
			}
		})
	}
}
