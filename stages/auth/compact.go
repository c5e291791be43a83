package auth

import (
	"encoding/base64"
	"strings"
)

// compact is a token taken apart (RFC 7515, section 3.1): what its header says,
// the payload, and the signature with the text it is over. Nothing of it is
// verified.
type compact struct {
	alg, kid, typ    string
	hasKid, critical bool
	claims           claims
	signed           string
	signature        []byte
}

// strict decodes the one way to write given bytes and no other: else a token
// could be written in many ways, each of them new.
var strict = base64.RawURLEncoding.Strict()

// parse takes a token apart.
func parse(text string) (t compact, ok bool) {
	head, rest, _ := strings.Cut(text, ".")
	payload, signature, found := strings.Cut(rest, ".")
	if !found {
		return t, false
	}
	t.signed = text[:len(head)+1+len(payload)]
	header, ok := decode(head)
	if !ok || !t.readHeader(header) {
		return t, false
	}
	body, ok := decode(payload)
	if !ok {
		return t, false
	}
	if t.claims, ok = readClaims(body); !ok {
		return t, false
	}
	t.signature, ok = decode(signature)
	return t, ok
}

// decode reads base64url without padding. The library's decoder skips line
// breaks; here they are as wrong as a dot.
func decode(text string) ([]byte, bool) {
	for i := range len(text) {
		c := text[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return nil, false
		}
	}
	bytes, err := strict.DecodeString(text)
	return bytes, err == nil
}

// readHeader takes what counts out of a header. jku, x5u, jwk and x5c do not:
// keys come from the configured place only.
func (t *compact) readHeader(header []byte) bool {
	var once registered
	return members(header, func(name, value []byte) (ok bool) {
		switch string(name) {
		case `"alg"`:
			t.alg, ok = stringOf(value)
			return ok && once.first(0)
		case `"kid"`:
			t.kid, ok = stringOf(value)
			t.hasKid = true
			return ok && t.kid != "" && once.first(1)
		case `"typ"`:
			t.typ, _ = stringOf(value)
			return once.first(2)
		case `"crit"`:
			t.critical = true
		}
		return true
	})
}
