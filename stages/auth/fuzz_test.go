package auth

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/config"
)

// FuzzToken: no text but the one that was signed is taken, wherever it stands,
// and none makes weft fall over.
func FuzzToken(f *testing.F) {
	p := newProvider(f, "https://id.test/").with("k", "ES256")
	good := p.sign("k", but(p.good(), "exp", 1<<40))
	a := open(f, jwtOf(p.issuer("ES256", "EdDSA", "RS256")), Options{})
	parts := strings.Split(good, ".")
	for _, text := range []string{"", ".", "..", "...", good, parts[0] + "." + parts[1] + ".", parts[0] + ".." + parts[2], forge(claimset{"alg": "none"}, p.good(), ""),
		forge(claimset{"alg": "ES256", "kid": 7}, p.good(), "AA"), forge([]int{1}, p.good(), "AA"), forge(claimset{"alg": "HS256"}, []int{1}, "AA"), "wft_" + good} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c := bearer(text)
		err := a.Authenticate(context.Background(), c)
		var why reason
		switch token := strings.TrimSpace(text); {
		case err == nil && c.Principal.Kind == config.KindJWT && token != good:
			t.Errorf("%q is taken", text)
		case err != nil && (token == good || !errors.As(err, &why)):
			t.Errorf("%q: %v", text, err)
		}
	})
}

// FuzzPayload: a signed payload of any JSON is read without falling over, and
// what it says is what encoding/json reads.
func FuzzPayload(f *testing.F) {
	for _, text := range []string{`{}`, `[]`, `null`, `{"iss":"https://id.test/","exp":4e9}`, `{"iss":"https://id.test/","exp":4e9,"sub":"\ud800","aud":["a","b"],"scope":["x"]}`,
		`{"iss":"https:\/\/id.test/","exp":1e999,"nbf":-1e999,"iat":0.5}`, `{"iss":"https://id.test/","exp":4000000000,"scope":{"a":[[[]]]}}`} {
		f.Add(text)
	}
	p := newProvider(f, "https://id.test/").with("k", "EdDSA")
	a := open(f, jwtOf(p.issuer("EdDSA")), Options{})
	f.Fuzz(func(t *testing.T, payload string) {
		c := bearer((&provider{t: t, iss: p.iss, keys: p.keys}).signText(payload))
		if err := a.Authenticate(context.Background(), c); err != nil {
			return
		}
		public := p.keys[0].private.Public()
		if _, err := jwt.NewParser(jwt.WithoutClaimsValidation()).Parse(c.Header["Authorization"][0][len("Bearer "):], func(*jwt.Token) (any, error) { return public, nil }); err != nil {
			t.Errorf("%q is taken, and by the library it is not: %v", payload, err)
		}
		var exact map[string]json.RawMessage
		if err := json.Unmarshal([]byte(payload), &exact); err != nil {
			t.Fatalf("%q is taken", payload)
		}
		var iss, sub string
		if err := json.Unmarshal(exact["iss"], &iss); err != nil || iss != p.iss {
			t.Errorf("%q is taken as of %q", payload, iss)
		}
		if err := json.Unmarshal(exact["sub"], &sub); err == nil && sub != c.Principal.Subject && utf8.ValidString(payload) {
			t.Errorf("%q is of %q", payload, c.Principal.Subject)
		}
	})
}

// FuzzHeader: a signed token with any header is taken only if the library agrees
// with us on what the header says.
func FuzzHeader(f *testing.F) {
	for _, text := range []string{`{"alg":"EdDSA","kid":"k"}`, `{"alg":"EdDSA"}`, `{"alg":"none"}`, `{"alg":"EdDSA","alg":"none"}`, `{"alg":"EdDSA","kid":"k","crit":[]}`, `{"ALG":"EdDSA"}`,
		`{"\u0061lg":"EdDSA"}`, `{"alg":"EdDSA","jku":"x","typ":7}`, `[]`, `{"alg":"EdDSA"} `, `{"alg":"EdDSA"}{}`} {
		f.Add(text)
	}
	p := newProvider(f, "https://id.test/").with("k", "EdDSA")
	a := open(f, jwtOf(p.issuer("EdDSA", "ES256", "RS256")), Options{})
	payload := b64(mustJSON(f, but(p.good(), "exp", 1<<40)))
	f.Fuzz(func(t *testing.T, header string) {
		signed := b64([]byte(header)) + "." + payload
		signature, err := jwt.SigningMethodEdDSA.Sign(signed, p.keys[0].private)
		if err != nil {
			t.Fatal(err)
		}
		text := signed + "." + b64(signature)
		if a.Authenticate(context.Background(), bearer(text)) != nil {
			return
		}
		token, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return p.keys[0].private.Public(), nil }, jwt.WithValidMethods([]string{"EdDSA"}))
		if err != nil || token.Header["crit"] != nil {
			t.Errorf("%q is taken, and by the library it is not: %v", header, err)
		}
	})
}

// FuzzCarriers: no header, cookie, query or payload makes weft fall over.
func FuzzCarriers(f *testing.F) {
	for _, text := range []string{"", "k=v; k=v", "Bearer x", `{"Authorization":"x"}`, "weft.bearer.YWJj, x", "token=%41&token", `{"Authorization":"\u`, `{"`, "k=\""} {
		f.Add(text)
	}
	places := []carrier{newHeader("a", "Bearer"), newHeader("a", ""), cookie{"k"}, query{"token"}, initPayload{"Authorization"}, subprotocol{}}
	f.Fuzz(func(t *testing.T, text string) {
		c := headers("a", text, "Cookie", text, "Sec-WebSocket-Protocol", text)
		c.Query, c.Init = text, []byte(text)
		for _, place := range places {
			if found, err := place.find(c); err != nil && found != "" {
				t.Errorf("%T finds %q and fails", place, found)
			}
		}
	})
}
