package weft_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft"
	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/subgraphs"
)

// BenchmarkPolicies is one operation through Gateway.Do, over a subgraph that
// answers at once: what is in front of the engine costs the difference between
// the cases and none.
func BenchmarkPolicies(b *testing.B) {
	issuer := newIssuer(b)
	token := issuer.token(b, 0)
	demand := config.Limits{
		Rates: []config.Rate{
			{Name: "ip", Key: "request.ip", Rate: "1000000000/s"},
			{Name: "user", Key: "principal.sub", Rate: "1000000000/s"},
			{Name: "cost", Key: "principal.sub", Rate: "1000000000/s", Cost: "estimated"},
		},
		Cost: config.CostLimits{Max: 1000},
	}
	for _, c := range []struct {
		name   string
		token  func(i int) string
		change func(*weft.Options)
	}{
		{"none", func(int) string { return "" }, func(*weft.Options) {}},
		{"jwt-seen", func(int) string { return token }, func(o *weft.Options) { o.Auth = issuer.auth(10_000) }},
		{"rates-cost", func(int) string { return "" }, func(o *weft.Options) { o.Demand = demand }},
		{"jwt-seen-rates-cost", func(int) string { return token }, func(o *weft.Options) { o.Auth, o.Demand = issuer.auth(10_000), demand }},
		{"jwt-first", issuer.many(b), func(o *weft.Options) { o.Auth = issuer.auth(1) }},
		{"bare-signature", nil, nil},
	} {
		b.Run(c.name, func(b *testing.B) {
			if c.change == nil {
				issuer.verify(b, token)
				return
			}
			o := weft.Options{Subgraphs: []weft.Subgraph{{Name: "a", Schema: weft.Schema{Text: "type Query { a: Int b: [B] } type B { c: Int }"}, Source: instant{}}}}
			c.change(&o)
			g, err := weft.New(b.Context(), o)
			if err != nil {
				b.Fatal(err)
			}
			defer g.Close()
			header := http.Header{"Authorization": {""}}
			who := &caller.Caller{Method: "POST", Header: header, Remote: netip.MustParseAddr("10.0.0.1")}
			r := &operation.Request{Document: []byte("{ a b { c } }"), Caller: who}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				who.Principal = nil
				delete(header, "Authorization")
				if text := c.token(i); text != "" {
					header["Authorization"] = []string{text} // one allocation of the benchmark's own
				}
				answer := g.Do(b.Context(), r)
				if len(answer.Errors) > 0 {
					b.Fatal(answer.Errors[0])
				}
				answer.Release()
			}
		})
	}
}

// issuer signs tokens.
type issuer struct {
	private ed25519.PrivateKey
	public  ed25519.PublicKey
	jwks    string
}

func newIssuer(b testing.TB) *issuer {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]string{
		"kty": "OKP", "crv": "Ed25519", "kid": "1", "alg": "EdDSA", "use": "sig", "x": base64.RawURLEncoding.EncodeToString(public)}}})
	if err != nil {
		b.Fatal(err)
	}
	return &issuer{private, public, string(set)}
}

func (i *issuer) auth(remembered int) config.Auth {
	return config.Auth{Authenticators: []config.Authenticator{{JWT: &config.JWT{CacheTokens: remembered,
		Issuers: []config.Issuer{{Name: "main", Iss: "https://id.test/", JWKS: config.JWKS{Inline: i.jwks}, Algs: []string{"EdDSA"}}}}}}}
}

func (i *issuer) token(b *testing.B, n int) string {
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"iss": "https://id.test/", "sub": fmt.Sprint("user-", n), "scope": "read write", "exp": time.Now().Add(time.Hour).Unix()})
	t.Header["kid"] = "1"
	text, err := t.SignedString(i.private)
	if err != nil {
		b.Fatal(err)
	}
	return "Bearer " + text
}

// many returns tokens of which one is not seen again soon.
func (i *issuer) many(b *testing.B) func(int) string {
	all := make([]string, 256)
	for n := range all {
		all[n] = i.token(b, n)
	}
	return func(n int) string { return all[n%len(all)] }
}

// verify is the signature check alone.
func (i *issuer) verify(b *testing.B, token string) {
	end := len(token) - 1
	for token[end] != '.' {
		end--
	}
	signed := []byte(token[len("Bearer "):end])
	signature, err := base64.RawURLEncoding.DecodeString(token[end+1:])
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !ed25519.Verify(i.public, signed, signature) {
			b.Fatal("the token is not the issuer's")
		}
	}
}

// instant is a subgraph in the same process.
type instant struct{}

func (instant) Prepare(*subgraphs.Spec) (subgraphs.Call, error) { return instant{}, nil }

func (instant) Fetch(_ context.Context, _ *subgraphs.Request, res *subgraphs.Response) error {
	res.Body = append(res.Body, `{"data":{"a":1,"b":[{"c":2},{"c":3}]}}`...)
	return nil
}
