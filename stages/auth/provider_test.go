package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// provider is an identity provider: it signs tokens and publishes its keys.
type provider struct {
	t    testing.TB
	iss  string
	keys []providerKey
}

type providerKey struct {
	kid, alg string
	private  crypto.Signer
}

func newProvider(t testing.TB, iss string) *provider { return &provider{t: t, iss: iss} }

// with adds a key for an algorithm.
func (p *provider) with(kid, alg string) *provider {
	p.t.Helper()
	var private crypto.Signer
	var err error
	switch alg {
	case "RS256", "RS384", "RS512", "PS256", "PS384", "PS512":
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "ES512":
		private, err = ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		p.t.Fatal(alg)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.keys = append(p.keys, providerKey{kid, alg, private})
	return p
}

// without takes a key away.
func (p *provider) without(kid string) *provider {
	left := &provider{t: p.t, iss: p.iss}
	for _, k := range p.keys {
		if k.kid != kid {
			left.keys = append(left.keys, k)
		}
	}
	return left
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwks is the published set.
func (p *provider) jwks() string {
	list := []map[string]any{}
	for _, k := range p.keys {
		entry := map[string]any{"kid": k.kid, "use": "sig"}
		switch public := k.private.Public().(type) {
		case *rsa.PublicKey:
			entry["kty"], entry["n"], entry["e"] = "RSA", b64(public.N.Bytes()), b64(big.NewInt(int64(public.E)).Bytes())
		case *ecdsa.PublicKey:
			point, err := public.Bytes()
			if err != nil {
				p.t.Fatal(err)
			}
			size := len(point) / 2
			entry["kty"], entry["crv"], entry["x"], entry["y"] = "EC", public.Curve.Params().Name, b64(point[1:1+size]), b64(point[1+size:])
		case ed25519.PublicKey:
			entry["kty"], entry["crv"], entry["x"] = "OKP", "Ed25519", b64(public)
		}
		list = append(list, entry)
	}
	text, err := json.Marshal(map[string]any{"keys": list})
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

// claimset is a payload; good is one that is valid for ten minutes.
type claimset = map[string]any

func (p *provider) good() claimset {
	now := time.Now()
	return claimset{"iss": p.iss, "sub": "ada", "aud": "shop", "iat": now.Unix(), "exp": now.Add(10 * time.Minute).Unix(), "scope": "read write"}
}

// but returns a copy with other values; nil leaves a claim out.
func but(c claimset, changes ...any) claimset {
	out := claimset{}
	for name, value := range c {
		out[name] = value
	}
	for i := 0; i < len(changes); i += 2 {
		if name := changes[i].(string); changes[i+1] == nil {
			delete(out, name)
		} else {
			out[name] = changes[i+1]
		}
	}
	return out
}

// sign makes a token with the key kid; header are further members of its header,
// nil leaves one out.
func (p *provider) sign(kid string, c claimset, header ...any) string {
	p.t.Helper()
	for _, k := range p.keys {
		if k.kid != kid {
			continue
		}
		token := jwt.NewWithClaims(jwt.GetSigningMethod(k.alg), jwt.MapClaims(c))
		token.Header["kid"] = kid
		for i := 0; i < len(header); i += 2 {
			if name := header[i].(string); header[i+1] == nil {
				delete(token.Header, name)
			} else {
				token.Header[name] = header[i+1]
			}
		}
		text, err := token.SignedString(k.private)
		if err != nil {
			p.t.Fatal(err)
		}
		return text
	}
	p.t.Fatalf("no key %s", kid)
	return ""
}

// forge makes a token of any header, payload and signature.
func forge(header, payload any, signature string) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(payload)
	return b64(h) + "." + b64(c) + "." + signature
}

// issuer is the provider in a configuration, with its keys inline.
func (p *provider) issuer(algs ...string) config.Issuer {
	return config.Issuer{Iss: p.iss, JWKS: config.JWKS{Inline: p.jwks()}, Algs: algs}
}

func jwtOf(issuers ...config.Issuer) config.Auth {
	return config.Auth{Authenticators: []config.Authenticator{{JWT: &config.JWT{Issuers: issuers}}}}
}

// open opens authenticators and closes them with the test.
func open(t testing.TB, cfg config.Auth, o Options) *Authenticators {
	t.Helper()
	a, err := Open(context.Background(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	return a
}

// bearer is a caller with a token.
func bearer(token string) *caller.Caller {
	return &caller.Caller{Header: http.Header{"Authorization": {"Bearer " + token}}}
}

// accepted wants a caller to be let in and returns who it is.
func accepted(t testing.TB, a *Authenticators, c *caller.Caller) *caller.Principal {
	t.Helper()
	if err := a.Authenticate(context.Background(), c); err != nil {
		t.Fatalf("%v: %v", err, errors.Unwrap(err))
	}
	if c.Principal == nil || c.Principal.Kind == config.KindAnonymous {
		t.Fatal("anonymous")
	}
	return c.Principal
}

// refused wants a caller to be refused for one reason, of which the message
// says nothing.
func refused(t testing.TB, a *Authenticators, c *caller.Caller, want reason) {
	t.Helper()
	err := a.Authenticate(context.Background(), c)
	var why reason
	if !errors.As(err, &why) || why != want {
		t.Fatalf("%v: %v; want %v", err, errors.Unwrap(err), want)
	}
	if fault.CodeOf(err) != fault.Unauthenticated && want != wrongNetwork {
		t.Errorf("code %s", fault.CodeOf(err))
	}
	if c.Principal == nil || c.Principal.Kind != config.KindAnonymous {
		t.Errorf("the principal is %v", c.Principal)
	}
	if text := err.Error(); text != "UNAUTHENTICATED: the credentials are not valid" && text != "UNAUTHENTICATED: credentials are required" && want != wrongNetwork {
		t.Errorf("clients are told %q", text)
	}
}

// signText is sign for a payload that no map could hold.
func (p *provider) signText(payload string) string {
	p.t.Helper()
	const kid = "k"
	for _, k := range p.keys {
		if k.kid == kid {
			text := b64(mustJSON(p.t, claimset{"alg": k.alg, "kid": kid})) + "." + b64([]byte(payload))
			signature, err := jwt.GetSigningMethod(k.alg).Sign(text, k.private)
			if err != nil {
				p.t.Fatal(err)
			}
			return text + "." + b64(signature)
		}
	}
	p.t.Fatalf("no key %s", kid)
	return ""
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func mustUnmarshal(t testing.TB, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
