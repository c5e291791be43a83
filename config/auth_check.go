package config

import (
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Algorithms are the signature algorithms that can be verified with a published
// key. none and HMAC are not among them on purpose: the first verifies nothing,
// and for the second the published key would be the secret.
func Algorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// Subprotocol is what a WebSocket sub-protocol that carries a token starts with;
// a dot and the token follow.
const Subprotocol = "weft.bearer"

// The kinds of authenticators, their default names too.
const (
	KindJWT       = "jwt"
	KindAPIKey    = "api_key"
	KindAnonymous = "anonymous"
)

// Kind returns the kind of the authenticator, "" if there is none or several.
func (a *Authenticator) Kind() string {
	var kinds []string
	if a.JWT != nil {
		kinds = append(kinds, KindJWT)
	}
	if a.APIKey != nil {
		kinds = append(kinds, KindAPIKey)
	}
	if a.Anonymous != nil {
		kinds = append(kinds, KindAnonymous)
	}
	if len(kinds) != 1 {
		return ""
	}
	return kinds[0]
}

// Named returns the authenticator's name: the given one, or its kind.
func (a *Authenticator) Named() string {
	if a.Name != "" {
		return a.Name
	}
	return a.Kind()
}

func (b *binder) checkAuth(c *Config) {
	names := map[string]bool{}
	for i := range c.Auth.Authenticators {
		a := &c.Auth.Authenticators[i]
		path := "auth.authenticators[" + strconv.Itoa(i) + "]"
		if a.Kind() == "" {
			b.wrong(path, "give one of jwt, api_key and anonymous")
			continue
		}
		if names[a.Named()] {
			b.wrong(path, "there is another authenticator "+strconv.Quote(a.Named())+"; give each a name")
		}
		names[a.Named()] = true
		switch a.Kind() {
		case KindJWT:
			b.checkJWT(a.JWT, path+".jwt")
		case KindAPIKey:
			b.checkAPIKey(a.APIKey, path+".api_key")
		case KindAnonymous:
			if i < len(c.Auth.Authenticators)-1 {
				b.wrong(path, "anonymous must be the last: those behind it are never asked")
			}
			if c.Auth.Require {
				b.wrong(path, "auth.require is true, so nobody is anonymous")
			}
		}
	}
	for i := range c.BFFs {
		if a := &c.BFFs[i].Auth; len(names) == 0 && (len(a.Scopes) > 0 || a.Require != nil && *a.Require) {
			b.wrong("bffs["+strconv.Itoa(i)+"].auth", "nobody can comply: auth.authenticators is empty")
		}
		for j, name := range c.BFFs[i].Auth.Authenticators {
			if !names[name] {
				b.wrong("bffs["+strconv.Itoa(i)+"].auth.authenticators["+strconv.Itoa(j)+"]", "there is no authenticator "+strconv.Quote(name))
			}
		}
	}
	if c.Auth.Require && len(names) == 0 {
		b.wrong("auth.require", "nobody can comply: auth.authenticators is empty")
	}
	b.checkClaims(c.Auth.Propagate.Claims)
	b.checkPolicies(c.Auth.Policies)
}

// wrong reports a mistake at a path.
func (b *binder) wrong(path, problem string) { b.fail(b.at[path], path+": "+problem) }

func (b *binder) checkJWT(j *JWT, path string) {
	if len(j.Issuers) == 0 {
		b.wrong(path, "issuers are missing")
	}
	seen := map[string]bool{}
	for i := range j.Issuers {
		issuer := &j.Issuers[i]
		where := path + ".issuers[" + strconv.Itoa(i) + "]"
		if seen[issuer.Iss] && issuer.Iss != "" {
			b.wrong(where+".iss", "there is another issuer "+strconv.Quote(issuer.Iss))
		}
		seen[issuer.Iss] = true
		b.checkIssuer(issuer, where)
	}
	if j.MaxTokenBytes > 64<<10 {
		b.wrong(path+".max_token_bytes", "at most 64KiB")
	}
	for i := range j.Sources {
		b.checkSource(&j.Sources[i], path+".sources["+strconv.Itoa(i)+"]")
	}
}

func (b *binder) checkIssuer(issuer *Issuer, path string) {
	if given := count(issuer.JWKS.URL, issuer.JWKS.File, issuer.JWKS.Inline); given != 1 {
		at := path + ".jwks"
		if b.at[at] == nil {
			b.fail(b.at[path], at+": give one of url, file and inline")
		} else {
			b.wrong(at, "give one of url, file and inline")
		}
	}
	for i, alg := range issuer.Algs {
		where := path + ".algs[" + strconv.Itoa(i) + "]"
		switch {
		case slices.Contains(Algorithms(), alg):
		case strings.EqualFold(alg, "none"):
			b.wrong(where, "tokens without a signature are never taken")
		case strings.HasPrefix(strings.ToUpper(alg), "HS"):
			b.wrong(where, alg+" has no public key: whoever can read the key set could sign tokens")
		default:
			b.wrong(where, "the algorithm must be "+alternatives(Algorithms())+", not "+strconv.Quote(alg)+meant(alg, Algorithms()))
		}
	}
	if poll := time.Duration(issuer.JWKS.Poll); poll > 0 && poll < time.Second {
		b.wrong(path+".jwks.poll", "at least 1s")
	}
	if issuer.Leeway != nil && time.Duration(*issuer.Leeway) > time.Hour {
		b.wrong(path+".leeway", "at most 1h")
	}
}

func (b *binder) checkSource(s *TokenSource, path string) {
	switch {
	case count(s.Header, s.Cookie, s.Query, s.WSInit, s.WSSubprotocol) != 1:
		b.wrong(path, "give one of header, cookie, query, ws_init and ws_subprotocol")
	case s.Prefix != "" && s.Header == "":
		b.wrong(path, "prefix goes with header")
	case s.WSSubprotocol != "" && s.WSSubprotocol != Subprotocol:
		b.wrong(path+".ws_subprotocol", "must be "+Subprotocol)
	}
}

func (b *binder) checkAPIKey(k *APIKey, path string) {
	if k.Store == "" {
		b.wrong(path, "store is missing")
	}
	if k.Prefix != "" && k.Header == "" {
		b.wrong(path, "prefix goes with header")
	}
}

func (b *binder) checkClaims(claims []ClaimHeader) {
	seen := map[string]bool{}
	for i, c := range claims {
		path := "auth.propagate.claims[" + strconv.Itoa(i) + "]"
		name := textproto.CanonicalMIMEHeaderKey(c.Header)
		switch {
		case name == "":
			b.wrong(path, "header is missing")
		case seen[name]:
			b.wrong(path+".header", "there is another claim for this header")
		}
		seen[name] = true
	}
}

// count returns how many of the texts are given.
func count(texts ...string) int {
	n := 0
	for _, text := range texts {
		if text != "" {
			n++
		}
	}
	return n
}
