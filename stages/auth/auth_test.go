package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages"
)

func TestNobody(t *testing.T) {
	a := open(t, config.Auth{}, Options{})
	anonymousAt(t, a, bearer("whatever"))
	a = open(t, config.Auth{Require: true}, Options{})
	refused(t, a, &caller.Caller{}, noCredentials)
}

func TestRequire(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	cfg := jwtOf(p.issuer("EdDSA"))
	cfg.Require = true
	a := open(t, cfg, Options{})
	refused(t, a, &caller.Caller{}, noCredentials)
	refused(t, a, headers("Authorization", "Basic x"), noCredentials)
	refused(t, a, bearer("x"), malformed)
	accepted(t, a, bearer(p.sign("k", p.good())))
}

// TestOnFailure: by default the authenticator that finds its credentials
// decides; with next it may be another one.
func TestOnFailure(t *testing.T) {
	one, two := newProvider(t, "https://one.test/").with("k", "EdDSA"), newProvider(t, "https://two.test/").with("k", "EdDSA")
	cfg := config.Auth{Authenticators: []config.Authenticator{
		{Name: "staff", JWT: &config.JWT{Issuers: []config.Issuer{one.issuer("EdDSA")}}},
		{Name: "guests", JWT: &config.JWT{Issuers: []config.Issuer{two.issuer("EdDSA")}}},
	}}
	a := open(t, cfg, Options{})
	if who := accepted(t, a, bearer(one.sign("k", one.good()))); who.Authenticator != "staff" {
		t.Error(who.Authenticator)
	}
	refused(t, a, bearer(two.sign("k", two.good())), unknownIssuer)

	cfg.Authenticators[0].OnFailure = "next"
	a = open(t, cfg, Options{})
	if who := accepted(t, a, bearer(two.sign("k", two.good()))); who.Authenticator != "guests" {
		t.Error(who.Authenticator)
	}
	refused(t, a, bearer("x"), malformed)
	refused(t, a, bearer(one.sign("k", but(one.good(), "exp", 1))), unknownIssuer) // guests is asked last, and decides

	cfg.Authenticators[1].OnFailure = "next"
	a = open(t, cfg, Options{})
	refused(t, a, bearer(one.sign("k", but(one.good(), "exp", 1))), expired) // the first reason, and nobody else

	cfg.Authenticators = append(cfg.Authenticators, config.Authenticator{Anonymous: &config.Anonymous{Scopes: []string{"public"}}})
	a = open(t, cfg, Options{})
	for _, c := range []*caller.Caller{{}, bearer("x"), bearer(one.sign("k", but(one.good(), "exp", 1)))} {
		anonymousAt(t, a, c)
		if !slices.Equal(c.Principal.Scopes, []string{"public"}) {
			t.Error(c.Principal.Scopes)
		}
	}
}

func TestOpenReportsAll(t *testing.T) {
	_, err := Open(context.Background(), config.Auth{Authenticators: []config.Authenticator{
		{JWT: &config.JWT{Issuers: []config.Issuer{{Iss: "a", JWKS: config.JWKS{Inline: "{"}}, {Iss: "b", JWKS: config.JWKS{File: "/none/b.jwks", Required: true}}}}},
		{APIKey: &config.APIKey{Store: "/none/keys.yaml"}},
		{},
		{JWT: &config.JWT{Issuers: []config.Issuer{newProvider(t, "c").with("k", "EdDSA").issuer("EdDSA"), newProvider(t, "c").with("k", "EdDSA").issuer("EdDSA")}}},
	}}, Options{})
	var list fault.List
	if !errors.As(err, &list) {
		t.Fatal(err)
	}
	want := []string{
		"auth.authenticators[0].jwt.issuers[0].jwks: the key set is not JSON as RFC 7517 has it",
		"auth.authenticators[0].jwt.issuers[1].jwks: /none/b.jwks: no such file or directory",
		"auth.authenticators[1].api_key.store: /none/keys.yaml: no such file or directory",
		"auth.authenticators[2]: give one of jwt, api_key and anonymous",
		"auth.authenticators[3].jwt.issuers[1].iss: there is another issuer of this name",
	}
	for i, e := range list {
		if i >= len(want) || e.Message != want[i] || e.Code != fault.ConfigInvalid {
			t.Errorf("%d: %v", i, e)
		}
	}
	if len(list) != len(want) {
		t.Errorf("%d of %d", len(list), len(want))
	}
}

// TestStage is what a profile may ask for.
func TestStage(t *testing.T) {
	yes := true
	a := open(t, config.Auth{Authenticators: []config.Authenticator{
		{Name: "people", JWT: &config.JWT{Issuers: []config.Issuer{newProvider(t, "x").with("k", "EdDSA").issuer("EdDSA")}}}, {Anonymous: &config.Anonymous{Scopes: []string{"read"}}}}}, Options{})
	nobody := &caller.Principal{Kind: "anonymous", Authenticator: "anonymous", Scopes: []string{"read"}}
	ada := &caller.Principal{Kind: "jwt", Authenticator: "people", Scopes: []string{"read", "write"}}
	key := &caller.Principal{Kind: "api_key", Authenticator: "api_key", BFF: "ios"}
	for _, c := range []struct {
		name    string
		cfg     config.BFFAuth
		profile string
		who     *caller.Principal
		want    reason
	}{
		{"nothing asked, anonymous", config.BFFAuth{}, "web", nobody, ""},
		{"nothing asked, somebody", config.BFFAuth{}, "", ada, ""},
		{"required", config.BFFAuth{Require: &yes}, "web", nobody, noCredentials},
		{"required and given", config.BFFAuth{Require: &yes}, "web", ada, ""},
		{"key of this profile", config.BFFAuth{}, "ios", key, ""},
		{"key of another profile", config.BFFAuth{}, "web", key, wrongBFF},
		{"key of a profile, none there", config.BFFAuth{}, "", key, wrongBFF},
		{"of the kind", config.BFFAuth{Authenticators: []string{"people"}}, "web", ada, ""},
		{"of another kind", config.BFFAuth{Authenticators: []string{"people"}}, "ios", key, otherKind},
		{"of no kind", config.BFFAuth{Authenticators: []string{"people"}}, "ios", nobody, ""},
		{"of no kind but required", config.BFFAuth{Authenticators: []string{"people"}, Require: &yes}, "ios", nobody, noCredentials},
		{"scopes", config.BFFAuth{Scopes: []string{"write", "read"}}, "web", ada, ""},
		{"scope missing", config.BFFAuth{Scopes: []string{"read", "admin"}}, "web", ada, insufficientScope},
		{"scopes of nobody", config.BFFAuth{Scopes: []string{"read"}}, "web", nobody, noCredentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := a.Stage(c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			err = s.Enter(context.Background(), &stages.Call{Caller: &caller.Caller{Profile: c.profile, Principal: c.who}})
			var why reason
			errors.As(err, &why)
			if why != c.want || (err == nil) != (c.want == "") {
				t.Errorf("%v: %v", err, errors.Unwrap(err))
			}
			code := map[reason]fault.Code{"": "", noCredentials: fault.Unauthenticated}
			if want, ok := code[why]; ok && fault.CodeOf(err) != want || !ok && fault.CodeOf(err) != fault.Forbidden {
				t.Error(err)
			}
		})
	}
	s, err := (*Authenticators)(nil).Stage(config.BFFAuth{Require: &yes})
	if err != nil || s.Enter(context.Background(), &stages.Call{Caller: &caller.Caller{Principal: nobody}}) == nil {
		t.Error("without authenticators nobody is required to be somebody")
	}
	_, err = a.Stage(config.BFFAuth{Authenticators: []string{"people", "mtls"}})
	if fault.CodeOf(err) != fault.ConfigInvalid || !strings.Contains(err.Error(), `auth.authenticators[1]: there is no authenticator "mtls"`) {
		t.Error(err)
	}
}

// TestStatuses: 401 with a challenge, 403 without, 503.
func TestStatuses(t *testing.T) {
	p := newProvider(t, "x").with("k", "EdDSA")
	jwtOnly := open(t, jwtOf(p.issuer("EdDSA")), Options{})
	file := t.TempDir() + "/keys.yaml"
	write(t, file, "")
	keyOnly := open(t, config.Auth{Authenticators: []config.Authenticator{{APIKey: &config.APIKey{Store: file}}}}, Options{})
	for _, c := range []struct {
		err      *fault.Error
		status   int
		jwt, key string
	}{
		{refuse(noCredentials), http.StatusUnauthorized, `Bearer error="invalid_request"`, `ApiKey error="invalid_request"`},
		{refuse(expired), http.StatusUnauthorized, `Bearer error="invalid_token"`, `ApiKey error="invalid_token"`},
		{&fault.Error{Code: fault.Unauthenticated}, http.StatusUnauthorized, `Bearer error="invalid_request"`, `ApiKey error="invalid_request"`},
		{forbid(wrongBFF), http.StatusForbidden, ``, ``},
		{forbid(insufficientScope), http.StatusForbidden, `Bearer error="insufficient_scope"`, `ApiKey error="insufficient_scope"`},
		{unavailable(), http.StatusServiceUnavailable, ``, ``},
	} {
		info, ok := c.err.Code.Info()
		if !ok || info.HTTP != c.status || !info.Public {
			t.Errorf("%v: %+v", c.err, info)
		}
		wrapped := fmt.Errorf("x: %w", c.err)
		if got := jwtOnly.Challenge(wrapped); got != c.jwt {
			t.Errorf("%v: %q", c.err.Cause, got)
		}
		if got := keyOnly.Challenge(wrapped); got != c.key {
			t.Errorf("%v: %q", c.err.Cause, got)
		}
	}
	if got := jwtOnly.Challenge(nil); got != "" {
		t.Error(got)
	}
}

// TestNothingLeaks looks for credentials in logs, errors, their causes and
// metrics.
func TestNothingLeaks(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	registry := prometheus.NewPedanticRegistry()
	p := newProvider(t, "https://id.test/").with("k", "EdDSA").with("l", "EdDSA")
	file := t.TempDir() + "/keys.yaml"
	key := stored(t, file, "swordfish", nil)
	cfg := jwtOf(p.without("l").issuer("EdDSA"))
	cfg.Authenticators[0].OnFailure = "next"
	cfg.Authenticators = append(cfg.Authenticators, config.Authenticator{APIKey: &config.APIKey{Store: file, Pepper: "swordfish"}})
	a := open(t, cfg, Options{Logger: logger, Metrics: registry})

	good := p.sign("k", but(p.good(), "sub", "PLANTED"))
	secrets := []string{key.Reveal()[20:40], "swordfish", "PLANTED"}
	shown := ""
	for _, text := range []string{good, good[:len(good)-8] + "AAAAAAAA", p.sign("l", p.good()), p.sign("k", but(p.good(), "exp", 1)), p.sign("k", but(p.good(), "iss", "PLANTED")), "PLANTED", strings.Repeat("PLANTED", 2000)} {
		for _, part := range strings.Split(text, ".") {
			secrets = append(secrets, part[:min(len(part), 30)])
		}
		for _, c := range []*caller.Caller{bearer(text), headers("X-Api-Key", text), headers("X-Api-Key", key.Reveal()+text), headers("X-Api-Key", key.Reveal())} {
			if err := a.Authenticate(context.Background(), c); err != nil {
				shown += fmt.Sprintf("%v %+v %v %s\n", err, err, errors.Unwrap(err), a.Challenge(err))
			}
		}
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown += fmt.Sprint(families) + log.String() + fmt.Sprint(key) + fmt.Sprintf("%#v %+v", key, cfg)
	if !strings.Contains(shown, "credentials refused") || !strings.Contains(shown, string(expired)) {
		t.Error("nothing is logged")
	}
	for _, secret := range secrets {
		if len(secret) > 4 && strings.Contains(strings.ReplaceAll(shown, `"iss":"PLANTED"`, ""), secret) {
			t.Errorf("%q is shown", secret)
		}
	}
}
