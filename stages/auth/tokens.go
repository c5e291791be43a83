package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/stages/auth/jwks"
	"github.com/weftql/weft/stages/auth/keys"
)

// tokens authenticates by signed tokens (RFC 7519, with the advice of RFC 8725).
type tokens struct {
	name     string
	carriers []carrier
	issuers  map[string]*issuer // by iss
	max      int
	seen     *seen
	metrics  *metrics
}

// The defaults that docs/config.md names.
const (
	maxToken    = 8 << 10
	cacheTokens = 10_000
)

func openTokens(ctx context.Context, name string, c *config.JWT, o Options, m *metrics) (*tokens, error) {
	t := &tokens{
		name: name, issuers: map[string]*issuer{}, max: maxToken, metrics: m,
		carriers: tokenCarriers(c.Sources),
	}
	if c.MaxTokenBytes > 0 {
		t.max = int(c.MaxTokenBytes)
	}
	size := cacheTokens
	if c.CacheTokens > 0 {
		size = c.CacheTokens
	}
	t.seen = newSeen(size)
	problems := t.openIssuers(ctx, c.Issuers, o)
	if problems != nil {
		t.close()
		return nil, problems
	}
	return t, nil
}

// openIssuers opens all at once: one that does not answer takes its time.
func (t *tokens) openIssuers(ctx context.Context, list []config.Issuer, o Options) error {
	opened := make([]*issuer, len(list))
	problems := make([]error, len(list))
	var all sync.WaitGroup
	for i := range list {
		all.Go(func() { // ends when the issuer has answered, or has had its time
			by, err := openIssuer(ctx, &list[i], o)
			if err != nil {
				problems[i] = &problem{path: fmt.Sprintf("jwt.issuers[%d]%s", i, err.path), problem: err.problem}
				return
			}
			opened[i] = by
		})
	}
	all.Wait()
	for i, by := range opened {
		switch {
		case by == nil:
		case t.issuers[by.iss] != nil:
			by.keys.Close()
			problems[i] = &problem{path: fmt.Sprintf("jwt.issuers[%d].iss", i), problem: "there is another issuer of this name"}
		default:
			t.issuers[by.iss] = by
			t.metrics.watch(by.name, by.keys)
		}
	}
	return errors.Join(problems...)
}

func tokenCarriers(sources []config.TokenSource) []carrier {
	if len(sources) == 0 {
		return []carrier{newHeader("Authorization", "Bearer"), initPayload{"Authorization"}}
	}
	var carriers []carrier
	for _, s := range sources {
		switch {
		case s.Header != "":
			carriers = append(carriers, newHeader(s.Header, s.Prefix))
		case s.Cookie != "":
			carriers = append(carriers, cookie{s.Cookie})
		case s.Query != "":
			carriers = append(carriers, query{s.Query})
		case s.WSInit != "":
			carriers = append(carriers, initPayload{s.WSInit})
		case s.WSSubprotocol != "":
			carriers = append(carriers, subprotocol{})
		}
	}
	return carriers
}

// bearer reports whether tokens are taken as RFC 6750 has it.
func (t *tokens) bearer() bool {
	for _, c := range t.carriers {
		if h, ok := c.(header); ok && strings.EqualFold(h.prefix, "Bearer") {
			return true
		}
	}
	return false
}

func (t *tokens) close() {
	for _, by := range t.issuers {
		t.metrics.forget(by.keys)
		by.keys.Close()
	}
}

func (t *tokens) authenticate(ctx context.Context, c *caller.Caller) (*caller.Principal, error) {
	for _, place := range t.carriers {
		text, err := place.find(c)
		switch {
		case err != nil:
			return nil, err
		case text == "" || strings.HasPrefix(text, keys.Prefix): // an API key may stand in the same place
			continue
		case len(text) > t.max:
			return nil, refuse(tooLong)
		}
		return t.principal(ctx, text)
	}
	return nil, nil
}

// principal returns whose token it is.
func (t *tokens) principal(ctx context.Context, text string) (*caller.Principal, error) {
	now := time.Now()
	key := t.seen.key(text)
	if v := t.seen.find(key, text); v != nil {
		switch {
		case v.expires(now):
			return nil, refuse(expired)
		case v.issuer.keys.Keys() == v.keys:
			return v.principal, nil
		}
	}
	v, err := t.verify(ctx, text, now)
	if err != nil {
		return nil, err
	}
	t.seen.add(key, v)
	return v.principal, nil
}

// verify checks a token: form, issuer, algorithm, claims, and the signature,
// which costs most, last.
func (t *tokens) verify(ctx context.Context, text string, now time.Time) (*verified, error) {
	v := &verified{text: strings.Clone(text)} // not the buffer it stands in
	token, ok := parse(v.text)
	if !ok {
		return nil, refuse(malformed)
	}
	v.issuer = t.issuers[token.claims.iss]
	if v.issuer == nil {
		return nil, refuse(unknownIssuer)
	}
	method, err := v.issuer.check(&token, now)
	if err != nil {
		return nil, err
	}
	var key *jwks.Key
	if key, v.keys, err = v.issuer.key(ctx, &token); err != nil {
		return nil, err
	}
	if err := method.Verify(token.signed, token.signature, key.Public); err != nil {
		return nil, refuse(wrongSignature)
	}
	v.principal = v.issuer.principal(t.name, &token.claims)
	return v, nil
}
