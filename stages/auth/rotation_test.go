package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// atURL is the provider in a configuration, with its keys on the network.
func (p *provider) atURL() config.Auth {
	return jwtOf(config.Issuer{Name: "main", Iss: p.iss, JWKS: config.JWKS{URL: jwksURL}, Algs: []string{"EdDSA"}})
}

func (p *provider) long() claimset { return but(p.good(), "exp", time.Now().Add(24*time.Hour).Unix()) }

// TestRotationUnderLoad changes keys as providers do: the new one is published
// beside the old one and used at once, and later the old one goes. No good token
// is refused in between, and soon after the end no old one is taken.
func TestRotationUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("old", "EdDSA")
		net := onNetwork(t, p)
		net.delay = 20 * time.Millisecond
		a := open(t, p.atURL(), Options{Client: net.client()})
		claims := p.long()
		var current atomic.Pointer[string]
		use := func(kid string) {
			token := p.sign(kid, claims)
			current.Store(&token)
		}
		use("old")
		first := *current.Load()

		var clients sync.WaitGroup
		var failures, requests atomic.Int64
		stop := make(chan struct{})
		for range 20 {
			clients.Go(func() { // ends with stop
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
					}
					requests.Add(1)
					if err := a.Authenticate(context.Background(), bearer(*current.Load())); err != nil {
						failures.Add(1)
					}
				}
			})
		}
		<-time.After(10 * time.Second)
		p.with("new", "EdDSA")
		net.change(func() { net.sets[jwksURL] = p.jwks() })
		use("new")
		<-time.After(5 * time.Second)
		accepted(t, a, bearer(first)) // still published
		left := p.without("old")
		net.change(func() { net.sets[jwksURL] = left.jwks() })
		<-time.After(70 * time.Second) // a poll and its jitter
		refused(t, a, bearer(first), unknownKey)
		close(stop)
		clients.Wait()
		if failures.Load() > 0 || requests.Load() < 50_000 {
			t.Errorf("%d of %d requests failed", failures.Load(), requests.Load())
		}
		t.Logf("%d requests, %d fetches", requests.Load(), net.count())
	})
}

// TestUnknownKidStorm: tokens that name keys nobody has must not become a storm
// of requests to the provider, nor keep others waiting.
func TestUnknownKidStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA")
		net := onNetwork(t, p)
		net.delay = 200 * time.Millisecond
		a := open(t, p.atURL(), Options{Client: net.client()})
		good, claims := p.sign("k", p.long()), p.long()
		var clients sync.WaitGroup
		var slowest atomic.Int64
		end := time.Now().Add(2 * time.Minute)
		for client := range 20 {
			clients.Go(func() { // ends with the storm
				for i := 0; time.Now().Before(end); i++ {
					began := time.Now()
					refused(t, a, bearer(p.sign("k", claims, "kid", fmt.Sprintf("%d-%d", client, i))), unknownKey)
					slowest.Store(max(slowest.Load(), int64(time.Since(began))))
					began = time.Now()
					accepted(t, a, bearer(good))
					if waited := time.Since(began); waited > 0 {
						t.Errorf("a good token waited %v", waited)
					}
					<-time.After(300 * time.Millisecond)
				}
			})
		}
		clients.Wait()
		if n := net.busiest(30 * time.Second); n > 2 {
			t.Errorf("%d fetches within 30 s", n)
		}
		if waited := time.Duration(slowest.Load()); waited > 500*time.Millisecond {
			t.Errorf("a request waited %v", waited)
		}
		t.Logf("%d fetches in 2 minutes", net.count())
	})
}

// TestSlowIssuerHoldsNobody: a provider that does not answer costs a request
// max_wait, and only those with a key that is not known.
func TestSlowIssuerHoldsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA")
		net := onNetwork(t, p)
		a := open(t, p.atURL(), Options{Client: net.client()})
		good := p.sign("k", p.long())
		net.change(func() { net.delay = time.Hour })
		<-time.After(time.Minute + 10*time.Second) // a poll is under way, and times out
		for range 3 {
			began := time.Now()
			refused(t, a, bearer(p.sign("k", p.long(), "kid", "x")), unknownKey)
			if waited := time.Since(began); waited > 500*time.Millisecond {
				t.Errorf("waited %v", waited)
			}
			accepted(t, a, bearer(good))
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		<-time.After(31 * time.Second)
		began := time.Now()
		_ = a.Authenticate(ctx, bearer(p.sign("k", p.long(), "kid", "y")))
		if waited := time.Since(began); waited > 50*time.Millisecond {
			t.Errorf("waited %v after the client had gone", waited)
		}
	})
}

// TestStaleWhileError: a provider that is down, or talks nonsense, changes
// nothing for an hour, and then its age tells.
func TestStaleWhileError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA")
		net := onNetwork(t, p)
		registry := prometheus.NewPedanticRegistry()
		a := open(t, p.atURL(), Options{Client: net.client(), Metrics: registry})
		for i, breaks := range []func(){
			func() { net.down = true },
			func() { net.down, net.sets[jwksURL] = false, "<html>" },
			func() { net.sets[jwksURL] = `{"keys":[]}` },
			func() { net.sets = nil },
		} {
			net.change(breaks)
			<-time.After(15 * time.Minute)
			accepted(t, a, bearer(p.sign("k", but(p.good(), "jti", i))))
		}
		if age := metric(t, registry, "weft_jwks_age_seconds", "main"); age < 3500 || age > 3700 {
			t.Errorf("age %v", age)
		}
		if n := net.busiest(30 * time.Second); n > 3 { // 15 s and jitter
			t.Errorf("%d fetches within 30 s of a provider that is down", n)
		}
		net.change(func() { net.sets = map[string]string{jwksURL: p.jwks()} })
		<-time.After(20 * time.Second)
		if age := metric(t, registry, "weft_jwks_age_seconds", "main"); age > 20 {
			t.Errorf("age %v", age)
		}
		if n := metric(t, registry, "weft_authentications_total", "jwt", "accepted"); n != 4 {
			t.Errorf("%v accepted", n)
		}
	})
}

// metric returns the value of the series with these label values, in the order
// of label names; -1 without one.
func metric(t *testing.T, from prometheus.Gatherer, name string, labels ...string) float64 {
	t.Helper()
	families, err := from.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			got := ""
			for _, l := range m.GetLabel() {
				got += l.GetValue() + " "
			}
			want := ""
			for _, l := range labels {
				want += l + " "
			}
			if family.GetName() == name && got == want {
				return m.GetGauge().GetValue() + m.GetCounter().GetValue()
			}
		}
	}
	return -1
}

// TestMetricsOfTwo: while a configuration takes over there are two of
// everything, and one of each metric.
func TestMetricsOfTwo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA")
		net := onNetwork(t, p)
		registry := prometheus.NewPedanticRegistry()
		before := open(t, p.atURL(), Options{Client: net.client(), Metrics: registry})
		accepted(t, before, bearer(p.sign("k", p.good())))
		<-time.After(30 * time.Second)
		after := open(t, p.atURL(), Options{Client: net.client(), Metrics: registry})
		accepted(t, after, bearer(p.sign("k", p.good())))
		if age := metric(t, registry, "weft_jwks_age_seconds", "main"); age != 0 {
			t.Errorf("age %v", age)
		}
		if n := metric(t, registry, "weft_authentications_total", "jwt", "accepted"); n != 2 {
			t.Errorf("%v accepted", n)
		}
	})
}

// TestStartWithoutIssuer: weft starts without a provider and says that it cannot
// check, unless the provider is required.
func TestStartWithoutIssuer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA")
		net := onNetwork(t, p)
		net.down = true
		cfg := p.atURL()
		cfg.Authenticators[0].OnFailure = "next" // which is not for this
		a := open(t, cfg, Options{Client: net.client()})
		if err := a.Authenticate(context.Background(), bearer(p.sign("k", p.good()))); fault.CodeOf(err) != fault.AuthenticationUnavailable || a.Challenge(err) != "" {
			t.Error(err)
		}
		net.change(func() { net.down = false })
		<-time.After(10 * time.Second)
		accepted(t, a, bearer(p.sign("k", p.good())))

		net.change(func() { net.down = true })
		cfg.Authenticators[0].JWT.Issuers[0].JWKS.Required = true
		_, err := Open(context.Background(), cfg, Options{Client: net.client()})
		if fault.CodeOf(err) != fault.ConfigInvalid {
			t.Error(err)
		}
	})
}

// TestPollFollowsMaxAge: the provider says how long its keys are good for,
// within reason.
func TestPollFollowsMaxAge(t *testing.T) {
	for _, c := range []struct {
		header   string
		from, to time.Duration
	}{
		{"", 54 * time.Second, 66 * time.Second}, {"public, max-age=600", 540 * time.Second, 660 * time.Second},
		{"max-age=1", 9 * time.Second, 11 * time.Second}, {"max-age=99999999", 54 * time.Minute, 66 * time.Minute},
		{"no-store, max-age=x", 54 * time.Second, 66 * time.Second}, {`MAX-AGE="120"`, 108 * time.Second, 132 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := newProvider(t, "https://id.test/").with("k", "EdDSA")
			net := onNetwork(t, p)
			net.header = http.Header{"Cache-Control": {c.header}}
			open(t, p.atURL(), Options{Client: net.client()})
			<-time.After(c.from - time.Millisecond)
			if n := net.count(); n != 1 {
				t.Errorf("%q: %d fetches too early", c.header, n)
			}
			<-time.After(c.to - c.from + 2*time.Millisecond)
			if n := net.count(); n != 2 {
				t.Errorf("%q: %d fetches by then", c.header, n)
			}
		})
	}
}

// TestSeenTokenEndsWithItsKey: a key that is withdrawn takes the tokens along
// that were verified with it, and keys that only move do not.
func TestSeenTokenEndsWithItsKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "https://id.test/").with("k", "EdDSA").with("l", "EdDSA")
		net := onNetwork(t, p)
		a := open(t, p.atURL(), Options{Client: net.client()})
		c := bearer(p.sign("k", p.long()))
		who := accepted(t, a, c)
		<-time.After(5 * time.Minute)
		if accepted(t, a, c) != who {
			t.Error("reading the same keys made weft forget a token")
		}
		gone := p.without("k")
		net.change(func() { net.sets[jwksURL] = gone.jwks() })
		<-time.After(70 * time.Second)
		refused(t, a, c, unknownKey)
	})
}

func TestKeyFileIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t, "partner").with("1", "EdDSA")
		file := t.TempDir() + "/partner.jwks"
		write(t, file, p.jwks())
		a := open(t, jwtOf(config.Issuer{Iss: p.iss, JWKS: config.JWKS{File: file}, Algs: []string{"EdDSA"}}), Options{})
		accepted(t, a, bearer(p.sign("1", p.good())))
		for i := 2; i < 5; i++ {
			p.with(strconv.Itoa(i), "EdDSA")
			write(t, file, p.jwks())
			<-time.After(5 * time.Second)
			accepted(t, a, bearer(p.sign(strconv.Itoa(i), p.good())))
		}
		write(t, file, "{")
		<-time.After(time.Minute)
		accepted(t, a, bearer(p.sign("2", p.good())))
		left := p.without("2")
		write(t, file, left.jwks())
		<-time.After(5 * time.Second)
		refused(t, a, bearer(p.sign("2", p.good())), unknownKey)
	})
}

func TestKeySetsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "{}", `{"keys":{}}`, `{"keys":[]}`, `{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`} {
		_, err := Open(context.Background(), jwtOf(config.Issuer{Iss: "x", JWKS: config.JWKS{Inline: text}}), Options{})
		var list fault.List
		if !errors.As(err, &list) || len(list) != 1 || list[0].Code != fault.ConfigInvalid {
			t.Errorf("%s: %v", text, err)
		}
	}
}
