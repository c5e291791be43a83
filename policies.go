package weft

import (
	"context"
	"net/http"
	"strings"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages"
	"github.com/weftql/weft/stages/auth"
	"github.com/weftql/weft/stages/limit"
)

// newPolicies opens what finds out who clients are, and compiles a chain for
// every profile. It returns CONFIG_INVALID with everything that is wrong.
func (g *Gateway) newPolicies(ctx context.Context, s *Snapshot) error {
	if err := s.openAuth(ctx, g.current.Load()); err != nil {
		return err
	}
	if err := s.openLimits(g.metrics.limits); err != nil {
		return err
	}
	if err := s.openDoor(); err != nil {
		return err
	}
	for _, one := range s.profiles.bff.All() {
		p := s.profiles.all[one]
		if p.Broken {
			continue
		}
		list, err := s.stagesFor(p)
		switch {
		case err == nil:
			p.chain = stages.NewChain(g.metrics.rejected, list...)
		case len(s.options.BFFs) == 0:
			return err
		default: // its own settings are: those of the graph alone were fine
			p.broken = p.located(err)
			s.profiles.err = append(fault.Of(s.profiles.err), fault.Of(p.broken)...)
		}
	}
	return nil
}

// openAuth takes the authenticators of an earlier snapshot with the same
// settings, or opens them.
func (s *Snapshot) openAuth(ctx context.Context, previous *Snapshot) error {
	settings := config.Auth{Require: s.options.Auth.Require, Authenticators: s.options.Auth.Authenticators}
	if !settings.Require && len(settings.Authenticators) == 0 {
		return nil
	}
	opened, release, err := s.shared.auth.acquire(settings, func() (*auth.Authenticators, error) {
		o := auth.Options{Logger: s.options.Logger, Metrics: s.options.Metrics}
		if previous != nil {
			o.Previous = previous.auth
		}
		return auth.Open(ctx, settings, o)
	})
	if err != nil {
		return err
	}
	s.auth = opened
	s.releases = append(s.releases, release)
	return nil
}

// openLimits takes the counters of an earlier snapshot: a limit that has changed
// goes on counting.
func (s *Snapshot) openLimits(m *limit.Metrics) error {
	o := s.options
	opened, release, err := s.shared.limits.acquire(limit.Key(o.Stores, o.Demand), func() (*limit.Store, error) {
		return limit.Open(o.Stores, o.Demand, limit.StoreOptions{Metrics: m, Logger: o.Logger})
	})
	if err != nil {
		return err
	}
	s.limits = opened
	s.releases = append(s.releases, release)
	return nil
}

// openDoor compiles the graph's own limits, for callers who get no further than
// the door. It also reports what is wrong with the graph's policies, which would
// else break every profile.
func (s *Snapshot) openDoor() error {
	o := s.options
	limits, err := limit.Stages(s.Supergraph, o.Demand, s.limits, limit.Options{Graph: o.Name, Rejected: s.metrics.rejected})
	wrong := fault.Of(err)
	_, err = auth.NewRights(auth.RightsOptions{Graph: s.Supergraph, Directives: o.Auth.Directives, Policies: o.Auth.Policies})
	if wrong = append(wrong, fault.Of(err)...); len(wrong) > 0 {
		return wrong
	}
	s.door = stages.NewChain(s.metrics.rejected, limits...)
	return nil
}

// throttle counts a caller who is refused at the door, so that who guesses
// credentials is slowed down like everybody: it returns err, or that there were
// too many.
func (s *Snapshot) throttle(ctx context.Context, c *stages.Call, err error) error {
	limited := s.door.Enter(ctx, c)
	s.door.Settle(c, nil)
	if code := fault.CodeOf(limited); code == fault.RateLimited || code == fault.Overloaded {
		return limited
	}
	return err
}

// stagesFor returns the stages of a profile in the order they run.
func (s *Snapshot) stagesFor(p *profile) ([]stages.Stage, error) {
	var list []stages.Stage
	var wrong fault.List
	add := func(more ...stages.Stage) { list = append(list, more...) }
	stage, err := s.auth.Stage(p.Config.Auth) // without authenticators too: a profile may ask for credentials all the same
	wrong = append(wrong, fault.Of(err)...)
	if s.auth != nil || asks(&p.Config.Auth) {
		add(stage)
	}
	limits, err := limit.Stages(s.Supergraph, p.Config.Limits.Within(s.options.Demand), s.limits,
		limit.Options{Graph: s.options.Name, Profile: p.Name, Rejected: s.metrics.rejected})
	wrong = append(wrong, fault.Of(err)...)
	add(limits...)
	rights, err := auth.NewRights(auth.RightsOptions{Graph: p.View.Supergraph, Name: s.options.Name,
		Directives: s.options.Auth.Directives, Policies: s.options.Auth.Policies, Logger: s.options.Logger})
	wrong = append(wrong, fault.Of(err)...)
	if rights != nil {
		p.rights = rights
		add(rights.Stage())
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return list, nil
}

// located puts the place of a profile's setting in front of what is wrong with
// it.
func (p *profile) located(err error) error {
	var list fault.List
	for _, f := range fault.Of(err) {
		path, _, _ := strings.Cut(f.Message, ": ")
		list = append(list, p.Config.At.Fault(f.Code, path, "BFF "+p.Name+": "+f.Message))
	}
	return list
}

// authenticate finds out who asks.
func (c *call) authenticate(ctx context.Context) error {
	if a := c.snapshot.auth; a != nil {
		return a.Authenticate(ctx, c.request.Caller)
	}
	return nil
}

// challenge tells who is refused for their credentials what to do.
func (c *call) challenge(err error) {
	if c.verdict.Status == http.StatusUnauthorized {
		err = &fault.Error{Code: fault.Unauthenticated}
	}
	if a := c.snapshot.auth; a != nil {
		if challenge := a.Challenge(err); challenge != "" {
			c.policy.SetHeader("WWW-Authenticate", challenge)
		}
	}
}

// Admit finds out who opens a WebSocket, before it may send operations: it sets
// the caller's Principal, or returns why nobody may come in with its
// credentials. Each operation is looked at again.
func (g *Gateway) Admit(ctx context.Context, who *caller.Caller) error {
	return g.admit(ctx, who, func(a *auth.Authenticators) error { return a.Authenticate(ctx, who) })
}

// AdmitUpgrade is Admit for the request that opens a WebSocket: credentials may
// yet come with connection_init, but those that are there must be good.
func (g *Gateway) AdmitUpgrade(ctx context.Context, who *caller.Caller) error {
	return g.admit(ctx, who, func(a *auth.Authenticators) error { return a.AuthenticateUpgrade(ctx, who) })
}

func (g *Gateway) admit(ctx context.Context, who *caller.Caller, authenticate func(a *auth.Authenticators) error) error {
	s := g.pin()
	if s == nil {
		return &fault.Error{Code: fault.ServerShutdown, Message: "the gateway is closed"}
	}
	defer s.unpin()
	who.Principal = anonymous
	if s.auth == nil {
		return nil
	}
	err := authenticate(s.auth)
	if err == nil {
		return nil
	}
	c := &stages.Call{Caller: who}
	g.metrics.rejected(c, &stages.Stage{Name: "auth"}, err)
	return s.throttle(ctx, c, err)
}

// asks reports whether a profile asks for credentials.
func asks(a *config.BFFAuth) bool {
	return len(a.Scopes) > 0 || a.Require != nil && *a.Require
}
