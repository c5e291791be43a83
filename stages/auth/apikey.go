package auth

import (
	"context"
	"strings"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/stages/auth/keys"
)

// apiKeys authenticates by keys of weft's own making.
type apiKeys struct {
	carriers []carrier
	store    *keys.Store
	pepper   string
}

func openAPIKeys(name string, c *config.APIKey, o Options) (*apiKeys, error) {
	store, err := keys.Open(keys.Options{Path: c.Store, Authenticator: name, Logger: o.Logger})
	if err != nil {
		return nil, &problem{path: "api_key.store", problem: err.Error()}
	}
	return &apiKeys{carriers: keyCarriers(c), store: store, pepper: c.Pepper.Reveal()}, nil
}

func keyCarriers(c *config.APIKey) []carrier {
	var carriers []carrier
	if c.Header != "" {
		carriers = append(carriers, newHeader(c.Header, c.Prefix))
	}
	if c.Cookie != "" {
		carriers = append(carriers, cookie{c.Cookie})
	}
	if c.Query != "" {
		carriers = append(carriers, query{c.Query})
	}
	if c.WSInit != "" {
		carriers = append(carriers, initPayload{c.WSInit})
	}
	if carriers == nil {
		carriers = []carrier{newHeader("x-api-key", "")}
	}
	return carriers
}

func (a *apiKeys) close() { a.store.Close() }

func (a *apiKeys) authenticate(_ context.Context, c *caller.Caller) (*caller.Principal, error) {
	for _, place := range a.carriers {
		text, err := place.find(c)
		if err != nil {
			return nil, err
		}
		if text == "" || shared(place) && !strings.HasPrefix(text, keys.Prefix) {
			continue
		}
		return a.principal(c, text)
	}
	return nil, nil
}

// shared reports whether credentials of other kinds may stand in a place too.
func shared(place carrier) bool {
	h, ok := place.(header)
	return ok && (h.prefix != "" || h.name == "Authorization")
}

func (a *apiKeys) principal(c *caller.Caller, text string) (*caller.Principal, error) {
	key, ok := keys.Parse(text)
	if !ok {
		return nil, refuse(malformedKey)
	}
	e := a.store.Find(key.ID)
	if e == nil || !e.Opens(key, a.pepper) {
		return nil, refuse(unknownAPIKey)
	}
	now := time.Now()
	switch {
	case !e.Until.IsZero() && !now.Before(e.Until):
		return nil, refuse(expiredKey)
	case now.Before(e.From):
		return nil, refuse(keyNotYet)
	case !e.Allows(c.Remote):
		return nil, forbid(wrongNetwork)
	}
	return e.Principal, nil
}
