package auth

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/stages"
)

// Stage returns what holds for the clients of one profile beyond Authenticate.
// It can only refuse: credentials that are for another profile, that came from
// an authenticator the profile does not list, or that lack a scope with
// FORBIDDEN, and missing ones with UNAUTHENTICATED if it requires any.
//
// It belongs first into the chain of every profile, and with the zero
// configuration into that of a gateway without profiles. nil Authenticators are
// none: everybody is anonymous. It returns CONFIG_INVALID for a name that is no
// authenticator's.
func (a *Authenticators) Stage(cfg config.BFFAuth) (stages.Stage, error) {
	var list []entry
	if a != nil {
		list = a.list
	}
	var problems fault.List
	for i, name := range cfg.Authenticators {
		if !slices.ContainsFunc(list, func(e entry) bool { return e.name == name }) {
			problems = append(problems, &fault.Error{Code: fault.ConfigInvalid,
				Message: fmt.Sprintf("auth.authenticators[%d]: there is no authenticator %s", i, strconv.Quote(name))})
		}
	}
	if len(problems) > 0 {
		return stages.Stage{}, problems
	}
	r := rules{authenticators: cfg.Authenticators, scopes: cfg.Scopes}
	r.require = len(r.scopes) > 0 || cfg.Require != nil && *cfg.Require
	return stages.Stage{Name: "auth", Enter: func(_ context.Context, c *stages.Call) error {
		if why := r.judge(c.Caller); why == noCredentials {
			return refuse(why)
		} else if why != "" {
			return forbid(why)
		}
		return nil
	}}, nil
}

// rules are what a profile asks for.
type rules struct {
	require                bool
	authenticators, scopes []string
}

// judge returns why a caller is refused, "" if it is not.
func (r *rules) judge(c *caller.Caller) reason {
	p := c.Principal
	anonymous := p.Kind == config.KindAnonymous
	switch {
	case p.BFF != "" && p.BFF != c.Profile:
		return wrongBFF
	case anonymous && r.require:
		return noCredentials
	case anonymous:
		return ""
	case len(r.authenticators) > 0 && !slices.Contains(r.authenticators, p.Authenticator):
		return otherKind
	}
	for _, scope := range r.scopes {
		if !slices.Contains(p.Scopes, scope) {
			return insufficientScope
		}
	}
	return ""
}
