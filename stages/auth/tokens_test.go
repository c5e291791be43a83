package auth

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

func TestTokensOfEveryAlgorithm(t *testing.T) {
	for _, alg := range config.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			p := newProvider(t, "https://id.test/").with("k", alg)
			a := open(t, jwtOf(p.issuer(alg)), Options{})
			c := bearer(p.sign("k", p.good()))
			who := accepted(t, a, c)
			if who.Kind != "jwt" || who.Subject != "ada" || who.Issuer != p.iss || !slices.Equal(who.Scopes, []string{"read", "write"}) || !strings.Contains(string(who.Claims), `"aud":"shop"`) {
				t.Errorf("%+v", who)
			}
			if again := accepted(t, a, c); again != who {
				t.Error("a token seen before was verified again")
			}
		})
	}
}

// TestNoneIsRefused tries the spellings of no signature, and signatures of none.
func TestNoneIsRefused(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "RS256")
	a := open(t, jwtOf(p.issuer("RS256")), Options{})
	for _, alg := range []string{"none", "None", "NONE", "nOnE", ""} {
		for _, signature := range []string{"", b64([]byte("x"))} {
			text := forge(claimset{"alg": alg, "kid": "k", "typ": "JWT"}, p.good(), signature)
			refused(t, a, bearer(text), wrongAlgorithm)
		}
	}
	good := p.sign("k", p.good())
	refused(t, a, bearer(good[:strings.LastIndexByte(good, '.')+1]), wrongSignature)
	refused(t, a, bearer(good[:strings.LastIndexByte(good, '.')]), malformed)
}

// TestAlgorithmConfusion signs with what is public, and with keys of another
// kind than the header says.
func TestAlgorithmConfusion(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("rsa", "RS256").with("ec", "ES256").with("ec384", "ES384").with("ed", "EdDSA")
	a := open(t, jwtOf(p.issuer(config.Algorithms()...)), Options{})
	public := p.keys[0].private.Public().(*rsa.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	secrets := [][]byte{der, x509.MarshalPKCS1PublicKey(public), public.N.Bytes(), []byte(p.jwks()), {},
		pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(public)})}
	for _, method := range []jwt.SigningMethod{jwt.SigningMethodHS256, jwt.SigningMethodHS384, jwt.SigningMethodHS512} {
		for i, secret := range secrets {
			token := jwt.NewWithClaims(method, jwt.MapClaims(p.good()))
			token.Header["kid"] = "rsa"
			text, err := token.SignedString(secret)
			if err != nil {
				t.Fatalf("%s with secret %d: %v", method.Alg(), i, err)
			}
			refused(t, a, bearer(text), wrongAlgorithm)
		}
	}
	for _, kid := range []string{"rsa", "ec", "ec384", "ed"} {
		for _, alg := range config.Algorithms() {
			text := p.sign(kid, p.good(), "alg", alg)
			err := a.Authenticate(context.Background(), bearer(text))
			if own := p.algOf(kid); (err == nil) != (alg == own) {
				t.Errorf("a signature by %s (%s) that says %s: %v", kid, own, alg, err)
			}
		}
	}
	// A curve is part of the algorithm.
	refused(t, a, bearer(p.sign("ec384", p.good(), "alg", "ES256")), wrongAlgorithm)

	// What the keys could do, the issuer may not.
	narrow := open(t, jwtOf(p.issuer("ES256")), Options{})
	accepted(t, narrow, bearer(p.sign("ec", p.good())))
	refused(t, narrow, bearer(p.sign("rsa", p.good())), wrongAlgorithm)
	refused(t, narrow, bearer(p.sign("ed", p.good())), wrongAlgorithm)
}

func (p *provider) algOf(kid string) string {
	for _, k := range p.keys {
		if k.kid == kid {
			return k.alg
		}
	}
	return ""
}

// TestAlgorithmOfTheKeyHolds: a key set that says what a key is for is believed.
func TestAlgorithmOfTheKeyHolds(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "RS256")
	issuer := p.issuer("RS256", "RS512")
	issuer.JWKS.Inline = strings.Replace(issuer.JWKS.Inline, `"kid"`, `"alg":"RS512","kid"`, 1)
	a := open(t, jwtOf(issuer), Options{})
	refused(t, a, bearer(p.sign("k", p.good())), wrongAlgorithm)
}

func TestAlgorithmsWithoutPublicKeyAreRefusedAtOpen(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "RS256")
	for _, alg := range []string{"none", "HS256", "HS384", "HS512", "RS1"} {
		_, err := Open(context.Background(), jwtOf(p.issuer("RS256", alg)), Options{})
		if fault.CodeOf(err) != fault.ConfigInvalid || !strings.Contains(err.Error(), "auth.authenticators[0].jwt.issuers[0].algs: "+alg) {
			t.Errorf("%s: %v", alg, err)
		}
	}
}

// TestIssuerMixUp: the keys of one issuer open nothing in the name of another,
// whatever they are called.
func TestIssuerMixUp(t *testing.T) {
	one := newProvider(t, "https://one.test/").with("k", "ES256").with("one", "ES256")
	two := newProvider(t, "https://two.test/").with("k", "ES256").with("two", "ES256")
	a := open(t, jwtOf(one.issuer("ES256"), two.issuer("ES256")), Options{})
	for _, p := range []*provider{one, two} {
		if who := accepted(t, a, bearer(p.sign("k", p.good()))); who.Issuer != p.iss {
			t.Errorf("%+v", who)
		}
	}
	refused(t, a, bearer(two.sign("k", one.good())), wrongSignature)
	refused(t, a, bearer(one.sign("k", two.good())), wrongSignature)
	refused(t, a, bearer(two.sign("two", one.good())), unknownKey)
	refused(t, a, bearer(two.sign("k", but(two.good(), "iss", "https://two.test"))), unknownIssuer)
	refused(t, a, bearer(two.sign("k", but(two.good(), "iss", nil))), unknownIssuer)
	refused(t, a, bearer(two.sign("k", but(two.good(), "iss", []string{one.iss, two.iss}))), malformed)
	refused(t, a, bearer(two.sign("k", but(two.good(), "Iss", one.iss, "iss", nil))), unknownIssuer)
	// Given twice, the one that is read must not depend on the reader.
	payload := `{"iss":"https://one.test/",` + strings.TrimPrefix(string(mustJSON(t, two.good())), "{")
	refused(t, a, bearer(two.signText(payload)), malformed)
}

// TestKidTraversal: a key id is compared with key ids and is nothing else.
func TestKidTraversal(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "ES256")
	net := onNetwork(t, p)
	a := open(t, jwtOf(config.Issuer{Iss: p.iss, JWKS: config.JWKS{URL: jwksURL}, Algs: []string{"ES256"}}), Options{Client: net.client()})
	for _, kid := range []any{"../../../../dev/null", "/dev/null", "..\\..\\nul", "file:///etc/passwd", "https://evil.test/jwks.json", "k/../k", "k\x00",
		"' UNION SELECT 'x", "$(id)", "K", " k", strings.Repeat("k", 4000)} {
		refused(t, a, bearer(p.sign("k", p.good(), "kid", kid)), unknownKey)
	}
	for _, kid := range []any{"", 7, true, []string{"k"}, claimset{"k": "k"}} {
		refused(t, a, bearer(p.sign("k", p.good(), "kid", kid)), malformed)
	}
	if i := slices.IndexFunc(net.urls, func(url string) bool { return url != jwksURL }); i >= 0 {
		t.Errorf("%s was asked", net.urls[i])
	}
}

// TestJkuIgnored: where a token says keys are, and keys that it brings along, do
// not matter.
func TestJkuIgnored(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "ES256")
	evil := newProvider(t, p.iss).with("k", "ES256").with("e", "ES256")
	net := onNetwork(t, p)
	net.sets["https://evil.test/jwks.json"] = evil.jwks()
	a := open(t, jwtOf(config.Issuer{Iss: p.iss, JWKS: config.JWKS{URL: jwksURL}, Algs: []string{"ES256"}}), Options{Client: net.client()})
	set := map[string]any{}
	mustUnmarshal(t, evil.jwks(), &set)
	key := set["keys"].([]any)[0]
	for _, header := range [][]any{
		{"jku", "https://evil.test/jwks.json"}, {"x5u", "https://evil.test/jwks.json"}, {"jwk", key}, {"x5c", []string{b64([]byte("x"))}},
		{"jku", jwksURL + "/../../evil", "x5u", 7, "jwk", key, "x5t", "x"},
	} {
		refused(t, a, bearer(evil.sign("k", p.good(), header...)), wrongSignature)
		refused(t, a, bearer(evil.sign("e", p.good(), header...)), unknownKey)
		accepted(t, a, bearer(p.sign("k", p.good(), header...)))
	}
	if i := slices.IndexFunc(net.urls, func(url string) bool { return url != jwksURL }); i >= 0 {
		t.Errorf("%s was asked", net.urls[i])
	}
}

func TestCriticalHeadersAreRefused(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "ES256")
	a := open(t, jwtOf(p.issuer("ES256")), Options{})
	refused(t, a, bearer(p.sign("k", p.good(), "crit", []string{"b64"}, "b64", false)), criticalHeader)
	refused(t, a, bearer(p.sign("k", p.good(), "crit", []string{"exp"})), criticalHeader)
}

// TestExpiryLeewayEdges looks at the last moment that is good and the first
// that is not.
func TestExpiryLeewayEdges(t *testing.T) {
	tick := config.Duration(0)
	for _, c := range []struct {
		name   string
		leeway *config.Duration
		span   time.Duration
	}{{"default", nil, time.Minute}, {"none", &tick, 0}, {"5s", new(config.Duration(5 * time.Second)), 5 * time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newProvider(t, "https://id.test/").with("k", "EdDSA")
				issuer := p.issuer("EdDSA")
				issuer.Leeway = c.leeway
				a := open(t, jwtOf(issuer), Options{})
				now := time.Now().Truncate(time.Second)
				base := but(p.good(), "iat", nil, "exp", now.Add(time.Hour).Unix())

				expiring := p.sign("k", but(base, "exp", now.Add(10*time.Second).Unix()))
				fresh := p.sign("k", but(base, "exp", now.Add(10*time.Second).Unix(), "jti", "2"))
				later := p.sign("k", but(base, "nbf", now.Add(5*time.Minute).Unix()))
				future := p.sign("k", but(base, "iat", now.Add(5*time.Minute).Unix()))
				refused(t, a, bearer(later), notYet)
				refused(t, a, bearer(future), fromFuture)

				until(now.Add(10*time.Second + c.span - 1))
				who := accepted(t, a, bearer(expiring))
				if !who.Expires.Equal(now.Add(10*time.Second + c.span)) {
					t.Errorf("expires %v", who.Expires.Sub(now))
				}
				until(now.Add(10*time.Second + c.span))
				refused(t, a, bearer(expiring), expired) // seen before
				refused(t, a, bearer(fresh), expired)    // seen first

				until(now.Add(5*time.Minute - c.span - 1))
				refused(t, a, bearer(later), notYet)
				refused(t, a, bearer(future), fromFuture)
				until(now.Add(5*time.Minute - c.span))
				accepted(t, a, bearer(later))
				accepted(t, a, bearer(future))
			})
		})
	}
}

// until waits; in a bubble it takes no time.
func until(t time.Time) { <-time.After(time.Until(t)) }

func TestExpiryForms(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	issuer := p.issuer("EdDSA")
	a := open(t, jwtOf(issuer), Options{})
	refused(t, a, bearer(p.sign("k", but(p.good(), "exp", nil))), endless)
	for _, exp := range []any{"2099-01-01", true, []int{1}, claimset{}, "1e10"} {
		refused(t, a, bearer(p.sign("k", but(p.good(), "exp", exp))), malformed)
	}
	for _, exp := range []string{"1", "-1", "0", "1e-300", "-1e308"} {
		refused(t, a, bearer(p.signText(fmt.Sprintf(`{"iss":%q,"exp":%s}`, p.iss, exp))), expired)
	}
	for _, exp := range []string{"4102444800.5", "1e300", "253402300800"} {
		accepted(t, a, bearer(p.signText(fmt.Sprintf(`{"iss":%q,"exp":%s}`, p.iss, exp))))
	}
	issuer.AllowMissingExp = true
	a = open(t, jwtOf(issuer), Options{})
	if who := accepted(t, a, bearer(p.sign("k", but(p.good(), "exp", nil)))); !who.Expires.IsZero() {
		t.Error(who.Expires)
	}
	refused(t, a, bearer(p.sign("k", but(p.good(), "exp", 1))), expired)
}

func TestAudience(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	issuer := p.issuer("EdDSA")
	issuer.Aud = []string{"shop", "api"}
	a := open(t, jwtOf(issuer), Options{})
	for _, aud := range []any{"shop", "api", []string{"x", "api"}} {
		accepted(t, a, bearer(p.sign("k", but(p.good(), "aud", aud))))
	}
	for _, aud := range []any{nil, "Shop", "", "shop api", []string{}, []string{"x"}} {
		refused(t, a, bearer(p.sign("k", but(p.good(), "aud", aud))), wrongAudience)
	}
	for _, aud := range []any{7, []any{"shop", 7}, claimset{"shop": true}} {
		refused(t, a, bearer(p.sign("k", but(p.good(), "aud", aud))), malformed)
	}
}

func TestTyp(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	issuer := p.issuer("EdDSA")
	issuer.Typ = []string{"at+jwt"}
	a := open(t, jwtOf(issuer), Options{})
	for _, typ := range []any{"at+jwt", "AT+JWT", "application/at+jwt"} {
		accepted(t, a, bearer(p.sign("k", p.good(), "typ", typ)))
	}
	for _, typ := range []any{nil, "JWT", 7, "at+jwt "} {
		refused(t, a, bearer(p.sign("k", p.good(), "typ", typ)), wrongType)
	}
}

func TestScopesRolesTenant(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	issuer := p.issuer("EdDSA")
	issuer.ScopesClaim, issuer.RolesClaim, issuer.TenantClaim = "realm_access.scopes", "https://shop.example/roles", "org.id"
	a := open(t, jwtOf(issuer), Options{})
	who := accepted(t, a, bearer(p.sign("k", but(p.good(), "realm_access", claimset{"scopes": []any{"a", "b c", 7, ""}},
		"https://shop.example/roles", "admin  support", "org", claimset{"id": 42}))))
	if !slices.Equal(who.Scopes, []string{"a", "b c"}) || !slices.Equal(who.Roles, []string{"admin", "support"}) || who.Tenant != "42" {
		t.Errorf("%+v", who)
	}
	who = accepted(t, a, bearer(p.sign("k", but(p.good(), "realm_access", "x", "org", claimset{"id": claimset{}}))))
	if who.Scopes != nil || who.Roles != nil || who.Tenant != "" {
		t.Errorf("%+v", who)
	}
}

// TestKeysWithoutID: then one key alone may be meant.
func TestKeysWithoutID(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("a", "EdDSA").with("b", "ES256")
	a := open(t, jwtOf(p.issuer("EdDSA", "ES256")), Options{})
	accepted(t, a, bearer(p.sign("a", p.good(), "kid", nil)))
	p.with("c", "ES256")
	a = open(t, jwtOf(p.issuer("EdDSA", "ES256")), Options{})
	accepted(t, a, bearer(p.sign("a", p.good(), "kid", nil)))
	refused(t, a, bearer(p.sign("b", p.good(), "kid", nil)), unknownKey)
}

// TestOneSpelling: a token written in another way is another token.
func TestOneSpelling(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "ES256")
	a := open(t, jwtOf(p.issuer("ES256")), Options{})
	good := p.sign("k", p.good())
	accepted(t, a, bearer(good))
	last := good[len(good)-1]
	other := good[:len(good)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[(strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", last)^1)])
	for _, text := range []string{other, good + "=", good + "==", good[:20] + "\n" + good[20:], good[:20] + "\r\n" + good[20:], good + ".", "." + good, good + "." + good, good + "\x00"} {
		refused(t, a, bearer(text), malformed)
	}
}

func TestLongTokensAreRefusedUnseen(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	a := open(t, jwtOf(p.issuer("EdDSA")), Options{})
	refused(t, a, bearer(p.sign("k", but(p.good(), "x", strings.Repeat("x", 8<<10)))), tooLong)
	accepted(t, a, bearer(p.sign("k", but(p.good(), "x", strings.Repeat("x", 5<<10)))))
	cfg := jwtOf(p.issuer("EdDSA"))
	cfg.Authenticators[0].JWT.MaxTokenBytes = 100
	refused(t, open(t, cfg, Options{}), bearer(p.sign("k", p.good())), tooLong)
}

// TestSeenTokensMakeRoom: what is remembered is bounded.
func TestSeenTokensMakeRoom(t *testing.T) {
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	cfg := jwtOf(p.issuer("EdDSA"))
	cfg.Authenticators[0].JWT.CacheTokens = 32
	a := open(t, cfg, Options{})
	for i := range 200 {
		accepted(t, a, bearer(p.sign("k", but(p.good(), "jti", i))))
	}
	total := 0
	for _, shard := range a.list[0].by.(*tokens).seen.shards {
		total += shard.Len()
	}
	if total > 32 || total < 16 {
		t.Errorf("%d tokens are remembered", total)
	}
}

func TestRefusalsSayNothing(t *testing.T) {
	var why reason
	if err := refuse(expired); !errors.As(error(err), &why) || why != expired || strings.Contains(err.Message, "expired") {
		t.Error(err)
	}
}
