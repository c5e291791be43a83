package auth

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/internal/jsonscan"
	"github.com/weftql/weft/stages/auth/jwks"
)

// issuer is an identity provider: its keys, and what its tokens must be like.
type issuer struct {
	name, iss                 string
	keys                      *jwks.Set
	from                      config.JWKS
	methods                   map[string]jwt.SigningMethod // by alg
	aud, typ                  []string
	leeway                    time.Duration
	endless                   bool
	scopes, roles, tenantPath string
}

// leeway is the default that docs/config.md names.
const leeway = time.Minute

func openIssuer(ctx context.Context, c *config.Issuer, o Options) (*issuer, *problem) {
	by := &issuer{
		name: c.Name, iss: c.Iss, methods: map[string]jwt.SigningMethod{}, aud: c.Aud, leeway: leeway, endless: c.AllowMissingExp,
		scopes: c.ScopesClaim, roles: c.RolesClaim, tenantPath: c.TenantClaim,
	}
	for _, d := range []struct {
		set      *string
		standard string
	}{{&by.name, c.Iss}, {&by.scopes, "scope"}, {&by.roles, "roles"}} {
		if *d.set == "" {
			*d.set = d.standard
		}
	}
	algs := c.Algs
	if len(algs) == 0 {
		algs = []string{"RS256", "ES256"}
	}
	for _, alg := range algs {
		if !slices.Contains(config.Algorithms(), alg) { // the configuration was checked; a program's may not be
			return nil, &problem{path: ".algs", problem: alg + " is not an algorithm with a public key"}
		}
		by.methods[alg] = jwt.GetSigningMethod(alg)
	}
	for _, typ := range c.Typ {
		by.typ = append(by.typ, mediaType(typ))
	}
	if c.Leeway != nil {
		by.leeway = time.Duration(*c.Leeway)
	}
	set, err := jwks.Open(ctx, jwks.Options{
		Name: by.name, URL: c.JWKS.URL, File: c.JWKS.File, Text: c.JWKS.Inline,
		Poll: time.Duration(c.JWKS.Poll), Timeout: time.Duration(c.JWKS.Timeout), MaxWait: time.Duration(c.JWKS.MaxWait),
		Required: c.JWKS.Required, Client: o.Client, Logger: o.Logger, Known: o.Previous.keysOf(c),
	})
	if err != nil {
		return nil, &problem{path: ".jwks", problem: err.Error()}
	}
	by.keys, by.from = set, c.JWKS
	return by, nil
}

// keysOf returns what is known of the keys of an issuer, if they come from the
// same place.
func (a *Authenticators) keysOf(c *config.Issuer) *jwks.Keys {
	if a == nil {
		return nil
	}
	for i := range a.list {
		t, ok := a.list[i].by.(*tokens)
		if !ok {
			continue
		}
		if by := t.issuers[c.Iss]; by != nil && by.from.URL == c.JWKS.URL && by.from.File == c.JWKS.File {
			return by.keys.Keys()
		}
	}
	return nil
}

// mediaType leaves out what RFC 7515, section 4.1.9, lets a typ leave out.
func mediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

// check holds a token against what its issuer's must be like and returns how to
// verify it.
func (by *issuer) check(t *compact, now time.Time) (jwt.SigningMethod, error) {
	method := by.methods[t.alg]
	switch {
	case t.critical:
		return nil, refuse(criticalHeader)
	case method == nil:
		return nil, refuse(wrongAlgorithm)
	case len(by.typ) > 0 && !slices.Contains(by.typ, mediaType(t.typ)):
		return nil, refuse(wrongType)
	case len(by.aud) > 0 && !slices.ContainsFunc(t.claims.aud, func(aud string) bool { return slices.Contains(by.aud, aud) }):
		return nil, refuse(wrongAudience)
	}
	return method, by.checkTimes(&t.claims, now)
}

func (by *issuer) checkTimes(c *claims, now time.Time) error {
	switch {
	case c.exp == nil && !by.endless:
		return refuse(endless)
	case c.exp != nil && !now.Before(c.exp.Add(by.leeway)):
		return refuse(expired)
	case c.nbf != nil && now.Before(c.nbf.Add(-by.leeway)):
		return refuse(notYet)
	case c.iat != nil && now.Before(c.iat.Add(-by.leeway)):
		return refuse(fromFuture)
	}
	return nil
}

// key finds the key a token names, and the version of the set that it is in.
func (by *issuer) key(ctx context.Context, t *compact) (*jwks.Key, *jwks.Keys, error) {
	set := by.keys.Keys()
	if set == nil {
		return nil, nil, unavailable()
	}
	if t.hasKid && !set.Has(t.kid) {
		by.keys.Refresh(ctx)
		set = by.keys.Keys()
	}
	key, ok := set.Find(t.kid, t.alg)
	switch {
	case ok:
		return key, set, nil
	case t.hasKid && set.Has(t.kid):
		return nil, nil, refuse(wrongAlgorithm)
	}
	return nil, nil, refuse(unknownKey)
}

// principal reads who it is out of a verified payload.
func (by *issuer) principal(authenticator string, c *claims) *caller.Principal {
	p := &caller.Principal{
		Kind: config.KindJWT, Authenticator: authenticator, Subject: c.sub, Issuer: c.iss,
		Scopes: words(jsonscan.Dotted(c.raw, by.scopes)), Roles: words(jsonscan.Dotted(c.raw, by.roles)), Claims: c.raw,
	}
	if by.tenantPath != "" {
		if value := jsonscan.Dotted(c.raw, by.tenantPath); len(value) > 0 {
			p.Tenant, _ = plainText(value)
		}
	}
	if c.exp != nil {
		p.Expires = c.exp.Add(by.leeway)
	}
	return p
}
