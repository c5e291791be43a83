package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
)

// from opens authenticators that take a provider's tokens from given places.
func from(t *testing.T, p *provider, sources ...config.TokenSource) *Authenticators {
	t.Helper()
	cfg := jwtOf(p.issuer("EdDSA"))
	cfg.Authenticators[0].JWT.Sources = sources
	return open(t, cfg, Options{})
}

func headers(pairs ...string) *caller.Caller {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Add(pairs[i], pairs[i+1])
	}
	return &caller.Caller{Header: h}
}

// anonymousAt wants a caller to count as one without credentials.
func anonymousAt(t *testing.T, a *Authenticators, c *caller.Caller) {
	t.Helper()
	if err := a.Authenticate(context.Background(), c); err != nil || c.Principal == nil || c.Principal.Kind != config.KindAnonymous {
		t.Errorf("%v, %v", err, c.Principal)
	}
}

func TestHeaderCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good := p.sign("k", p.good())
	a := from(t, p, config.TokenSource{Header: "authorization", Prefix: "Bearer"}, config.TokenSource{Header: "x-token"})
	for _, value := range []string{"Bearer ", "bearer ", "BEARER   ", " Bearer "} {
		accepted(t, a, headers("Authorization", value+good))
	}
	accepted(t, a, headers("X-Token", good))
	accepted(t, a, headers("Authorization", "Basic YTpi", "X-Token", good))
	for _, value := range []string{"", "Bearer", "Bearer ", "Bearer" + good, "Basic " + good, "Bearer\t" + good, good} {
		anonymousAt(t, a, headers("Authorization", value))
	}
	anonymousAt(t, a, headers("Other", good))
	anonymousAt(t, a, &caller.Caller{})
	refused(t, a, headers("Authorization", "Bearer x", "X-Token", good), malformed) // the first that is found decides
	refused(t, a, headers("Authorization", "Bearer "+good, "Authorization", "Bearer "+good), severalFound)
	refused(t, a, headers("Authorization", "Bearer "+good+", Bearer "+good), malformed)
}

func TestCookieCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good := p.sign("k", p.good())
	a := from(t, p, config.TokenSource{Cookie: "session_jwt"})
	for _, line := range []string{"session_jwt=" + good, "a=b; session_jwt=" + good + "; c=d", "session_jwt=\"" + good + "\"", "a;;session_jwt=" + good + ";", "session_jwt=; session_jwt=" + good} {
		accepted(t, a, headers("Cookie", line))
	}
	accepted(t, a, headers("Cookie", "a=b", "Cookie", "session_jwt="+good))
	for _, line := range []string{"", "session_jwt", "session_jwt=", "Session_jwt=" + good, "xsession_jwt=" + good, "a=session_jwt=" + good} {
		anonymousAt(t, a, headers("Cookie", line))
	}
	anonymousAt(t, a, headers("Authorization", "Bearer "+good))
	// A page of a sibling domain can add a cookie of this name, but not take one away.
	refused(t, a, headers("Cookie", "session_jwt="+good+"; session_jwt=x"), severalFound)
	refused(t, a, headers("Cookie", "session_jwt=x", "Cookie", "session_jwt="+good), severalFound)
}

func TestQueryCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good := p.sign("k", p.good())
	off := open(t, jwtOf(p.issuer("EdDSA")), Options{})
	a := from(t, p, config.TokenSource{Query: "token"})
	accepted(t, a, &caller.Caller{Query: "query=%7Ba%7D&token=" + good})
	accepted(t, a, &caller.Caller{Query: "token=" + strings.ReplaceAll(good, ".", "%2E")})
	for _, q := range []string{"", "token", "token=", "Token=" + good, "tok%65n=" + good, "query=token%3D" + good} {
		anonymousAt(t, a, &caller.Caller{Query: q})
	}
	refused(t, a, &caller.Caller{Query: "token=" + good + "&token=" + good}, severalFound)
	refused(t, a, &caller.Caller{Query: "token=%zz"}, malformed)
	refused(t, a, &caller.Caller{Query: "token=" + url.QueryEscape(good+" ")}, malformed)
	anonymousAt(t, off, &caller.Caller{Query: "token=" + good})
}

// TestWebSocketInitCarrier is on by default: browsers can set no header.
func TestWebSocketInitCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good := p.sign("k", p.good())
	for _, a := range []*Authenticators{open(t, jwtOf(p.issuer("EdDSA")), Options{}), from(t, p, config.TokenSource{WSInit: "authorization"})} {
		for _, payload := range []string{`{"Authorization":"Bearer ` + good + `"}`, `{"x":[{}],"authorization":"` + good + `"}`, ` { "AUTHORIZATION" : "bearer  ` + strings.ReplaceAll(good, ".", `\u002e`) + ` " } `} {
			accepted(t, a, &caller.Caller{Init: []byte(payload)})
		}
		for _, payload := range []string{``, `{}`, `null`, `[]`, `"Authorization"`, `{"x":{"Authorization":"` + good + `"}}`, `{"Authorization":null}`, `{"Authorization":{"token":"` + good + `"}}`, `{"Authorization":""}`} {
			anonymousAt(t, a, &caller.Caller{Init: []byte(payload)})
		}
		refused(t, a, &caller.Caller{Init: []byte(`{"Authorization":"x"}`)}, malformed)
		refused(t, a, &caller.Caller{Init: []byte(`{"Authorization":"` + good + `","authorization":"` + good + `"}`)}, severalFound)
		refused(t, a, &caller.Caller{Init: []byte(`{"Authorization":"Bearer ` + p.sign("k", but(p.good(), "exp", 1)) + `"}`)}, expired)
	}
}

// TestWebSocketUpgradeCarrier: what came with the upgrade holds for each
// operation; what the order of sources puts first wins.
func TestWebSocketUpgradeCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good, other := p.sign("k", p.good()), p.sign("k", but(p.good(), "sub", "bob"))
	a := open(t, jwtOf(p.issuer("EdDSA")), Options{})
	c := headers("Authorization", "Bearer "+good)
	c.Init = []byte(`{"Authorization":"Bearer ` + other + `"}`)
	if who := accepted(t, a, c); who.Subject != "ada" {
		t.Error(who.Subject)
	}
	a = from(t, p, config.TokenSource{WSInit: "Authorization"}, config.TokenSource{Header: "Authorization", Prefix: "Bearer"})
	if who := accepted(t, a, c); who.Subject != "bob" {
		t.Error(who.Subject)
	}
}

func TestWebSocketSubprotocolCarrier(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	good := p.sign("k", p.good())
	a := from(t, p, config.TokenSource{WSSubprotocol: "weft.bearer"})
	entry := "weft.bearer." + b64([]byte(good))
	const name = "Sec-WebSocket-Protocol"
	accepted(t, a, headers(name, "graphql-transport-ws, "+entry))
	accepted(t, a, headers(name, entry+",graphql-transport-ws"))
	accepted(t, a, headers(name, "graphql-transport-ws", name, entry))
	accepted(t, a, headers(name, entry+"=="))
	for _, line := range []string{"", "graphql-transport-ws", "weft.bearer", "weft.bearer,x", "xweft.bearer." + b64([]byte(good)), "Weft.Bearer." + b64([]byte(good))} {
		anonymousAt(t, a, headers(name, line))
	}
	refused(t, a, headers(name, entry+", "+entry), severalFound)
	for _, line := range []string{"weft.bearer.", "weft.bearer.%", "weft.bearer." + good, "weft.bearer.====", "weft.bearer.YQ"} {
		refused(t, a, headers(name, line), malformed)
	}
	anonymousAt(t, open(t, jwtOf(p.issuer("EdDSA")), Options{}), headers(name, entry))
}

// TestUpgrade: what is wrong is refused at once, what is missing may yet come.
func TestUpgrade(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	for _, c := range []struct {
		name    string
		sources []config.TokenSource
		missing reason
	}{
		{"default", nil, ""},
		{"headers alone", []config.TokenSource{{Header: "authorization", Prefix: "Bearer"}}, noCredentials},
	} {
		cfg := jwtOf(p.issuer("EdDSA"))
		cfg.Require, cfg.Authenticators[0].JWT.Sources = true, c.sources
		a := open(t, cfg, Options{})
		for token, want := range map[string]reason{"": c.missing, p.sign("k", p.good()): "", p.sign("k", but(p.good(), "exp", 1)): expired} {
			who := bearer(token)
			err := a.AuthenticateUpgrade(context.Background(), who)
			var why reason
			if errors.As(err, &why); why != want || (err == nil) != (want == "") || who.Principal == nil {
				t.Errorf("%s: %v, want %q", c.name, err, want)
			}
		}
		refused(t, a, &caller.Caller{}, noCredentials)
	}
}
