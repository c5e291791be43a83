package auth

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/stages/auth/jwks"
)

// typical is a payload of the size that providers make: a token of about 1 kB.
func (p *provider) typical() claimset {
	return but(p.good(), "jti", "5e1b3c1e-4b7a-4c55-9d5e-0a8f6d7b9c21", "azp", "shop-web", "email", "ada@example.com", "email_verified", true, "name", "Ada Lovelace",
		"preferred_username", "ada", "realm_access", claimset{"roles": []string{"offline_access", "uma_authorization", "default-roles-shop", "support"}},
		"resource_access", claimset{"account": claimset{"roles": []string{"manage-account", "manage-account-links", "view-profile"}}},
		"scope", "openid profile email orders:read orders:write", "sid", "f2a5d1f0-43e8-44a0-8bb2-2b0f3b7c5d11", "auth_time", 1763660000, "session_state", "f2a5d1f0-43e8-44a0-8bb2-2b0f3b7c5d11")
}

// BenchmarkTokenSeenBefore is what a client's second request costs.
func BenchmarkTokenSeenBefore(b *testing.B) {
	p := newProvider(b, "https://id.test/").with("k", "RS256")
	a := open(b, jwtOf(p.issuer("RS256")), Options{})
	text := p.sign("k", p.typical())
	c := bearer(text)
	ctx := context.Background()
	accepted(b, a, c)
	b.ReportMetric(float64(len(text)), "bytes/token")
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Authenticate(ctx, c); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTokenSeenBeforeParallel has many tokens and all cores.
func BenchmarkTokenSeenBeforeParallel(b *testing.B) {
	p := newProvider(b, "https://id.test/").with("k", "EdDSA")
	a := open(b, jwtOf(p.issuer("EdDSA")), Options{})
	texts := make([]string, 1000)
	for i := range texts {
		texts[i] = p.sign("k", but(p.typical(), "jti", fmt.Sprint(i)))
		accepted(b, a, bearer(texts[i]))
	}
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := bearer("")
		line := c.Header["Authorization"]
		for i := 0; pb.Next(); i++ {
			line[0] = "Bearer " + texts[i%len(texts)]
			if err := a.Authenticate(context.Background(), c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkTokenSeenFirst is what a client's first request costs: bare is the
// signature check alone, rest is everything else.
func BenchmarkTokenSeenFirst(b *testing.B) {
	for _, alg := range []string{"RS256", "ES256", "EdDSA"} {
		p := newProvider(b, "https://id.test/").with("k", alg)
		text := p.sign("k", p.typical())
		b.Run(alg+"/bare", func(b *testing.B) {
			keys, err := jwks.Parse([]byte(p.jwks()))
			if err != nil {
				b.Fatal(err)
			}
			key, _ := keys.Find("k", alg)
			method := jwt.GetSigningMethod(alg)
			dot := strings.LastIndexByte(text, '.')
			signature, err := jwt.NewParser().DecodeSegment(text[dot+1:])
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := method.Verify(text[:dot], signature, key.Public); err != nil {
					b.Fatal(err)
				}
			}
		})
		for _, part := range []string{"whole", "rest"} {
			b.Run(alg+"/"+part, func(b *testing.B) {
				a := open(b, jwtOf(p.issuer(alg)), Options{})
				tokens := a.list[0].by.(*tokens)
				if part == "rest" {
					tokens.issuers[p.iss].methods[alg] = unsigned{}
				}
				ctx := context.Background()
				b.ReportAllocs()
				for b.Loop() {
					tokens.seen.forget(text)
					if _, err := tokens.principal(ctx, text); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// unsigned takes every signature, in no time.
type unsigned struct{ jwt.SigningMethod }

func (unsigned) Verify(string, []byte, any) error { return nil }

// forget makes a token one that was never seen.
func (s *seen) forget(text string) {
	key := s.key(text)
	s.shards[key[0]%seenShards].Remove(key)
}

func BenchmarkAPIKey(b *testing.B) {
	file := b.TempDir() + "/keys.yaml"
	key := stored(b, file, "salt", nil)
	a := open(b, apiKeysOf(config.APIKey{Store: file, Pepper: "salt"}), Options{})
	c := keyed(key)
	accepted(b, a, c)
	b.ReportAllocs()
	for b.Loop() {
		if err := a.Authenticate(context.Background(), c); err != nil {
			b.Fatal(err)
		}
	}
}
