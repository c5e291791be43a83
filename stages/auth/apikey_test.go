package auth

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/stages/auth/keys"
)

// stored makes a key and puts it into a store.
func stored(t testing.TB, file, pepper string, edit func(r *keys.Record)) keys.Key {
	t.Helper()
	key := keys.New("live", "")
	r := keys.Record{ID: key.ID, Env: key.Env, Name: "ios-app", Owner: "team-ios", Hashes: []string{key.Hash(pepper)}}
	if edit != nil {
		edit(&r)
	}
	if err := keys.Edit(file, func(records []keys.Record) ([]keys.Record, error) { return append(records, r), nil }); err != nil {
		t.Fatal(err)
	}
	return key
}

func apiKeysOf(c config.APIKey) config.Auth {
	return config.Auth{Authenticators: []config.Authenticator{{APIKey: &c}}}
}

func keyed(key keys.Key) *caller.Caller {
	return &caller.Caller{Header: http.Header{"X-Api-Key": {key.Reveal()}}, Remote: netip.MustParseAddr("10.1.2.3")}
}

func TestAPIKey(t *testing.T) {
	for _, name := range []string{"keys.yaml", "keys.jsonl", "keys.db"} {
		t.Run(name, func(t *testing.T) {
			file := t.TempDir() + "/" + name
			key := stored(t, file, "salt", func(r *keys.Record) {
				r.Scopes, r.Roles, r.Tenant, r.BFF = []string{"read"}, []string{"partner"}, "t1", "ios"
			})
			other := stored(t, file, "salt", nil)
			a := open(t, apiKeysOf(config.APIKey{Store: file, Pepper: "salt"}), Options{})
			who := accepted(t, a, keyed(key))
			if who.Kind != "api_key" || who.Authenticator != "api_key" || who.KeyID != key.ID || who.Subject != "ios-app" || who.BFF != "ios" || who.Tenant != "t1" ||
				!slices.Equal(who.Scopes, []string{"read"}) || !slices.Equal(who.Roles, []string{"partner"}) {
				t.Errorf("%+v", who)
			}
			if accepted(t, a, keyed(other)).KeyID != other.ID {
				t.Error("another's")
			}
			// The secret of one key does not open another, and the pepper matters.
			text := strings.Replace(other.Reveal(), other.ID, key.ID, 1)
			refused(t, a, headers("X-Api-Key", text), malformedKey) // its checksum is wrong too
			refused(t, a, keyed(keys.New("live", key.ID)), unknownAPIKey)
			refused(t, a, keyed(keys.New("live", "")), unknownAPIKey)
			refused(t, open(t, apiKeysOf(config.APIKey{Store: file, Pepper: "pepper"}), Options{}), keyed(key), unknownAPIKey)
		})
	}
}

func TestAPIKeyForms(t *testing.T) {
	file := t.TempDir() + "/keys.yaml"
	key := stored(t, file, "", nil)
	a := open(t, apiKeysOf(config.APIKey{Store: file}), Options{})
	good := key.Reveal()
	accepted(t, a, headers("X-Api-Key", " "+good+" "))
	for _, text := range []string{"x", "wft_", good[1:], good + "x", good[:len(good)-1], strings.ToUpper(good), strings.Replace(good, "live", "test", 1),
		strings.Replace(good, "_live_", "__", 1), good + "_" + good, strings.Repeat("wft_", 10_000)} {
		refused(t, a, headers("X-Api-Key", text), malformedKey)
	}
	refused(t, a, headers("X-Api-Key", good, "X-Api-Key", good), severalFound)
	anonymousAt(t, a, headers("X-Api-Key", ""))
	anonymousAt(t, a, headers("Authorization", "Bearer "+good))
}

func TestAPIKeyCarriers(t *testing.T) {
	file := t.TempDir() + "/keys.yaml"
	key := stored(t, file, "", nil)
	good := key.Reveal()
	a := open(t, apiKeysOf(config.APIKey{Store: file, Header: "authorization", Prefix: "ApiKey", Cookie: "key", Query: "api_key", WSInit: "apiKey"}), Options{})
	for _, c := range []*caller.Caller{headers("Authorization", "apikey "+good), headers("Cookie", "a=b; key="+good), {Query: "api_key=" + good}, {Init: []byte(`{"apikey":"` + good + `"}`)}} {
		accepted(t, a, c)
	}
	anonymousAt(t, a, headers("X-Api-Key", good))
}

// TestAPIKeysAndTokensInOneHeader: each finds its own.
func TestAPIKeysAndTokensInOneHeader(t *testing.T) {
	file := t.TempDir() + "/keys.yaml"
	key := stored(t, file, "", nil)
	p := newProvider(t, "https://id.test/").with("k", "EdDSA")
	byJWT := config.Authenticator{JWT: &config.JWT{Issuers: []config.Issuer{p.issuer("EdDSA")}}}
	byKey := config.Authenticator{APIKey: &config.APIKey{Store: file, Header: "authorization", Prefix: "Bearer"}}
	for _, list := range [][]config.Authenticator{{byJWT, byKey}, {byKey, byJWT}} {
		a := open(t, config.Auth{Authenticators: list}, Options{})
		if who := accepted(t, a, bearer(key.Reveal())); who.Kind != "api_key" {
			t.Error(who.Kind)
		}
		if who := accepted(t, a, bearer(p.sign("k", p.good()))); who.Kind != "jwt" {
			t.Error(who.Kind)
		}
		refused(t, a, bearer("x"), malformed)
		refused(t, a, bearer("wft_x"), malformedKey)
	}
}

func TestAPIKeyTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := t.TempDir() + "/keys.yaml"
		now := time.Now().Truncate(time.Second)
		key := stored(t, file, "", func(r *keys.Record) {
			r.NotBefore, r.Expires = now.Add(time.Hour).Format(time.RFC3339), now.Add(2*time.Hour).Format(time.RFC3339)
		})
		a := open(t, apiKeysOf(config.APIKey{Store: file}), Options{})
		until(now.Add(time.Hour - 1))
		refused(t, a, keyed(key), keyNotYet)
		until(now.Add(time.Hour))
		if who := accepted(t, a, keyed(key)); !who.Expires.Equal(now.Add(2 * time.Hour)) {
			t.Error(who.Expires)
		}
		until(now.Add(2*time.Hour - 1))
		accepted(t, a, keyed(key))
		until(now.Add(2 * time.Hour))
		refused(t, a, keyed(key), expiredKey)
	})
}

func TestAPIKeyNetworks(t *testing.T) {
	file := t.TempDir() + "/keys.yaml"
	key := stored(t, file, "", func(r *keys.Record) { r.CIDRs = []string{"10.1.0.0/16", "2001:db8::/32"} })
	a := open(t, apiKeysOf(config.APIKey{Store: file}), Options{})
	for _, remote := range []string{"10.1.2.3", "::ffff:10.1.2.3", "2001:db8::1"} {
		c := keyed(key)
		c.Remote = netip.MustParseAddr(remote)
		accepted(t, a, c)
	}
	for _, remote := range []netip.Addr{netip.MustParseAddr("10.2.0.1"), netip.MustParseAddr("2001:db9::1"), {}} {
		c := keyed(key)
		c.Remote = remote
		refused(t, a, c, wrongNetwork)
	}
}

// TestAPIKeyRevoked: a store is read again when it changes, and stays when it
// breaks.
func TestAPIKeyRevoked(t *testing.T) {
	for _, name := range []string{"keys.yaml", "keys.db"} {
		synctest.Test(t, func(t *testing.T) {
			file := t.TempDir() + "/" + name
			one, two := stored(t, file, "", nil), stored(t, file, "", nil)
			a := open(t, apiKeysOf(config.APIKey{Store: file}), Options{Logger: slog.New(slog.NewTextHandler(t.Output(), nil))})
			accepted(t, a, keyed(one))
			if err := keys.Edit(file, func(r []keys.Record) ([]keys.Record, error) { return r[:0:0], nil }); err != nil {
				t.Fatal(err)
			}
			<-time.After(5 * time.Second)
			refused(t, a, keyed(one), unknownAPIKey)
			refused(t, a, keyed(two), unknownAPIKey)
			three := stored(t, file, "", nil)
			<-time.After(5 * time.Second)
			accepted(t, a, keyed(three))
			write(t, file, "- {")
			<-time.After(time.Minute)
			accepted(t, a, keyed(three))
		})
	}
}

// TestAPIKeyRotation: two secrets are live at once.
func TestAPIKeyRotation(t *testing.T) {
	file := t.TempDir() + "/keys.yaml"
	old := keys.New("live", "")
	fresh := keys.New("live", old.ID)
	stored(t, file, "", func(r *keys.Record) { r.ID, r.Hashes = old.ID, []string{fresh.Hash(""), old.Hash("")} })
	a := open(t, apiKeysOf(config.APIKey{Store: file}), Options{})
	if accepted(t, a, keyed(old)) != accepted(t, a, keyed(fresh)) {
		t.Error("two principals")
	}
	refused(t, a, keyed(keys.New("live", old.ID)), unknownAPIKey)
}
