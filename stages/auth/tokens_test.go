package auth

import (
	"slices"
	"strings"
	"testing"

	"github.com/weftql/weft/config"
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
			why := malformed
			if alg == "none" {
				why = wrongAlgorithm
			}
			refused(t, a, bearer(text), why)
		}
	}
	good := p.sign("k", p.good())
	refused(t, a, bearer(good[:strings.LastIndexByte(good, '.')+1]), wrongSignature)
	refused(t, a, bearer(good[:strings.LastIndexByte(good, '.')]), malformed)
}
