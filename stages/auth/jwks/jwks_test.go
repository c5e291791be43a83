package jwks

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func edKey(t testing.TB, kid string) string {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","kid":%q,"x":%q}`, kid, b64(public))
}

func rsaKey(t testing.TB, bits int) (n string) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return b64(key.N.Bytes())
}

func ecKey(t testing.TB, curve elliptic.Curve) (x, y string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	half := len(point) / 2
	return b64(point[1 : 1+half]), b64(point[1+half:])
}

// TestOnlyGoodKeysAreTaken: other keys are left out, malformed and weak ones with
// a word about it, and one of them does not spoil the set.
func TestOnlyGoodKeysAreTaken(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	good := edKey(t, "good")
	n := rsaKey(t, 2048)
	x, y := ecKey(t, elliptic.P256())
	x384, y384 := ecKey(t, elliptic.P384())
	long := b64(append([]byte{0}, make([]byte, 32)...))
	for _, c := range []struct{ key, skipped string }{
		{`{"kty":"oct","k":"c2VjcmV0"}`, ""},
		{`{"kty":"OKP","crv":"X25519","x":"` + b64(make([]byte, 32)) + `"}`, ""},
		{`{"kty":"EC","crv":"secp256k1","x":"` + x + `","y":"` + y + `"}`, ""},
		{`{"kty":"new"}`, ""}, {`{}`, ""},
		{`{"kty":"RSA","use":"enc","n":"` + n + `","e":"AQAB"}`, ""},
		{`{"kty":"RSA","key_ops":["sign"],"n":"` + n + `","e":"AQAB"}`, ""},
		{`{"kty":"RSA","n":"` + rsaKey(t, 1024) + `","e":"AQAB"}`, "an RSA key has 2048 to 8192 bits, not 1024"},
		{`{"kty":"RSA","n":"` + b64([]byte(strings.Repeat("\xff", 1025))) + `","e":"AQAB"}`, "an RSA key has 2048 to 8192 bits, not 8200"},
		{`{"kty":"RSA","n":"` + b64([]byte(strings.Repeat("\xfe", 256))) + `","e":"AQAB"}`, "n is even"},
		{`{"kty":"RSA","n":"` + n + `","e":"AQ"}`, "e is not an exponent in use"},
		{`{"kty":"RSA","n":"` + n + `","e":"Ag"}`, "e is not an exponent in use"},
		{`{"kty":"RSA","n":"` + n + `","e":"//////////8"}`, "e: not a number in base64url"},
		{`{"kty":"RSA","n":"` + n + `","e":"_________w"}`, "e is not an exponent in use"},
		{`{"kty":"RSA","n":"` + n + `"}`, "e: not a number in base64url"},
		{`{"kty":"RSA","e":"AQAB"}`, "n: not a number in base64url"},
		{`{"kty":"RSA","n":"` + strings.Repeat("A", 10_000) + `","e":"AQAB"}`, "n: too long"},
		{`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`, "the point is not on the curve"},
		{`{"kty":"EC","crv":"P-256","x":"` + x384 + `","y":"` + y384 + `"}`, "a coordinate is not 32 bytes in base64url"},
		{`{"kty":"EC","crv":"P-256","x":"` + x + `"}`, "a coordinate is not 32 bytes in base64url"},
		{`{"kty":"EC","crv":"P-256","x":"` + long + `","y":"` + y + `"}`, "a coordinate is not 32 bytes in base64url"},
		{`{"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 32)) + `","y":"` + b64(make([]byte, 32)) + `"}`, "the point is not on the curve"},
		{`{"kty":"OKP","crv":"Ed25519","x":"AA"}`, "x is not 32 bytes in base64url"},
		{`{"kty":"OKP","crv":"Ed25519"}`, "x is not 32 bytes in base64url"},
	} {
		k, err := Parse([]byte(`{"keys":[` + c.key + `,` + good + `]}`))
		if err != nil || k.Len() != 1 || !k.Has("good") {
			t.Errorf("%s: %v", c.key, err)
			continue
		}
		if got := strings.Join(k.Skipped, ";"); got != c.skipped && got != "keys[0]: "+c.skipped {
			t.Errorf("%s: skipped because %q, not %q", c.key, got, c.skipped)
		}
	}
}

// TestFits is which key may verify which algorithm.
func TestFits(t *testing.T) {
	x256, y256 := ecKey(t, elliptic.P256())
	x384, y384 := ecKey(t, elliptic.P384())
	x521, y521 := ecKey(t, elliptic.P521())
	set := `{"keys":[{"kid":"rsa","kty":"RSA","use":"sig","key_ops":["verify"],"e":"AQAB","n":"` + rsaKey(t, 2048) + `"},` + edKey(t, "ed") + `,
		{"kid":"p256","kty":"EC","crv":"P-256","x":"` + x256 + `","y":"` + y256 + `"},{"kid":"p384","kty":"EC","crv":"P-384","x":"` + x384 + `","y":"` + y384 + `"},
		{"kid":"p521","kty":"EC","crv":"P-521","x":"` + x521 + `","y":"` + y521 + `"},{"kid":"only","alg":"RS384","kty":"RSA","e":"AQAB","n":"` + rsaKey(t, 2048) + `"}]}`
	k, err := Parse([]byte(set))
	if err != nil || k.Len() != 6 || len(k.Skipped) > 0 {
		t.Fatal(err, k.Skipped)
	}
	fits := map[string]string{"rsa": "RS256 RS384 RS512 PS256 PS384 PS512", "only": "RS384", "ed": "EdDSA", "p256": "ES256", "p384": "ES384", "p521": "ES512"}
	for kid, algs := range fits {
		for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "none", ""} {
			if key, ok := k.Find(kid, alg); ok != (alg != "" && strings.Contains(algs, alg)) || ok && key.ID != kid {
				t.Errorf("%s %s: %v", kid, alg, ok)
			}
		}
	}
	if _, ok := k.Find("", "RS256"); !ok {
		t.Error("one key alone fits RS256")
	}
	if _, ok := k.Find("", "RS384"); ok {
		t.Error("two keys fit RS384")
	}
}

func TestSetsThatAreTooLarge(t *testing.T) {
	key := edKey(t, "k")
	if _, err := Parse([]byte(`{"keys":[` + strings.Repeat(key+",", maxKeys) + key + `]}`)); err == nil {
		t.Error("too many keys are taken")
	}
	if _, err := Parse([]byte(`{"x":"` + strings.Repeat("x", maxText) + `","keys":[` + key + `]}`)); err == nil {
		t.Error("too long a text is taken")
	}
}

// TestSame: the order of members and what does not matter to verifying do not
// make another set.
func TestSame(t *testing.T) {
	parse := func(text string) *Keys {
		k, err := Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	one, two := edKey(t, "1"), edKey(t, "2")
	a := parse(`{"keys":[` + one + `]}`)
	if !a.same(parse(`{"x":1,"keys":[{"use":"sig",`+one[1:]+`]}`)) || a.same(parse(`{"keys":[`+two+`]}`)) || a.same(nil) ||
		a.same(parse(`{"keys":[`+one+`,`+two+`]}`)) || a.same(parse(`{"keys":[`+strings.Replace(one, `"1"`, `"2"`, 1)+`]}`)) {
		t.Error("sets are told apart wrongly")
	}
}

// FuzzParse: any text is keys that can be used, or an error.
func FuzzParse(f *testing.F) {
	for _, text := range []string{`{"keys":[` + edKey(f, "k") + `]}`, `{"keys":[{"kty":"RSA","n":"AQ","e":"AQAB"}]}`, `{"keys":null}`, `[`, ``, `{"keys":[{"kty":"EC","crv":"P-256","x":"","y":""}]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := Parse(text)
		if err != nil {
			return
		}
		if !json.Valid(text) || k.Len() == 0 {
			t.Errorf("%q gives %d keys", text, k.Len())
		}
		for i := range k.keys {
			for _, alg := range []string{"RS256", "ES256", "EdDSA", "none"} {
				k.Find(k.keys[i].ID, alg)
			}
		}
	})
}
