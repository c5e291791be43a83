// Package auth finds out who asks, and what they may see.
//
// [Open] makes the authenticators of a configuration; [Authenticators.Authenticate]
// asks them in order and gives a caller its principal. A token that was verified
// before costs a look-up. [Authenticators.Stage] holds what one client profile
// asks for beyond that. All of it is safe for concurrent use.
//
// Credentials are never logged, and what is wrong with them is only in the cause
// of the error, which clients do not see.
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/fault"
)

// Options are what authenticators need besides their configuration. The zero
// value works.
type Options struct {
	// Logger learns of key sets and stores that cannot be read; nil discards.
	Logger *slog.Logger
	// Metrics takes the metrics; nil is none. Several Authenticators may share
	// one.
	Metrics prometheus.Registerer
	// Client reads key sets from URLs; default one of their own.
	Client *http.Client
	// Previous are the authenticators so far, closed or not: where a key set cannot
	// be read at the moment, what they know of it holds on. nil is none.
	Previous *Authenticators
}

// Authenticators are all ways for clients to prove who they are.
type Authenticators struct {
	list    []entry
	require bool
	nobody  *caller.Principal
	bearer  bool // whether a header takes bearer tokens
	later   bool // whether credentials may come with connection_init
	metrics *metrics
	logger  *slog.Logger
}

// entry is an authenticator with its name.
type entry struct {
	name   string
	next   bool // on failure
	by     authenticator
	counts counts
}

// authenticator is one way.
type authenticator interface {
	// authenticate returns the principal. Both results are nil if the caller has
	// no credentials of the kind.
	authenticate(ctx context.Context, c *caller.Caller) (*caller.Principal, error)
	close()
}

// Open makes the authenticators and reads what they need: keys from URLs and
// files. What it starts ends with Close. It returns a fault.List of
// CONFIG_INVALID whose messages start with the key path; ctx bounds the first
// reading.
func Open(ctx context.Context, cfg config.Auth, o Options) (*Authenticators, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics(o.Metrics)
	if err != nil {
		return nil, err
	}
	a := &Authenticators{require: cfg.Require, nobody: &caller.Principal{Kind: config.KindAnonymous, Authenticator: config.KindAnonymous}, metrics: m, logger: o.Logger}
	var problems fault.List
	for i := range cfg.Authenticators {
		c := &cfg.Authenticators[i]
		by, err := a.open(ctx, c, o)
		if err != nil {
			problems = append(problems, invalid(fmt.Sprintf("auth.authenticators[%d]", i), err)...)
			continue
		}
		a.list = append(a.list, entry{name: c.Named(), next: c.OnFailure == "next", by: by, counts: m.counts(c.Named())})
	}
	if len(problems) > 0 {
		a.Close()
		return nil, problems
	}
	return a, nil
}

func (a *Authenticators) open(ctx context.Context, c *config.Authenticator, o Options) (authenticator, error) {
	switch c.Kind() {
	case config.KindJWT:
		t, err := openTokens(ctx, c.Named(), c.JWT, o, a.metrics)
		if err != nil {
			return nil, err
		}
		a.bearer, a.later = a.bearer || t.bearer(), a.later || readsInit(t.carriers)
		return t, nil
	case config.KindAPIKey:
		k, err := openAPIKeys(c.Named(), c.APIKey, o)
		if err != nil {
			return nil, err
		}
		a.later = a.later || readsInit(k.carriers)
		return k, nil
	case config.KindAnonymous:
		return &anonymous{&caller.Principal{Kind: config.KindAnonymous, Authenticator: c.Named(), Scopes: c.Anonymous.Scopes, Roles: c.Anonymous.Roles}}, nil
	}
	return nil, &problem{problem: "give one of jwt, api_key and anonymous"}
}

// problem is a mistake at a key below the one that is opened.
type problem struct{ path, problem string }

func (p *problem) Error() string { return p.path + ": " + p.problem }

// invalid places problems below path.
func invalid(path string, err error) fault.List {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		var list fault.List
		for _, err := range several.Unwrap() {
			list = append(list, invalid(path, err)...)
		}
		return list
	}
	var p *problem
	if !errors.As(err, &p) {
		return fault.List{{Code: fault.ConfigInvalid, Message: path + ": " + err.Error(), Cause: err}}
	}
	if p.path != "" {
		path += "." + p.path
	}
	return fault.List{{Code: fault.ConfigInvalid, Message: path + ": " + p.problem}}
}

// Close ends what Open started. It must come after the last Authenticate.
func (a *Authenticators) Close() {
	for i := range a.list {
		a.list[i].by.close()
	}
}

// Authenticate finds out who calls and sets the caller's Principal, which is
// then read-only: others with the same credentials have the same. Without
// credentials that is an anonymous one.
//
// It returns UNAUTHENTICATED if credentials are required and there are none, or
// if they are not valid; FORBIDDEN if they may not be used from where the caller
// is; and AUTHENTICATION_UNAVAILABLE if they cannot be checked. The cause says
// why, for logs. The Principal is then anonymous.
func (a *Authenticators) Authenticate(ctx context.Context, c *caller.Caller) error {
	c.Principal = a.nobody
	var failed error
	for i := range a.list {
		e := &a.list[i]
		p, err := e.by.authenticate(ctx, c)
		switch {
		case err != nil:
			e.counts.refused.Inc()
			a.tell(ctx, e, c, err)
			if !e.next || fault.CodeOf(err) != fault.Unauthenticated {
				return err
			}
			if failed == nil {
				failed = err
			}
		case p != nil:
			e.counts.accepted.Inc()
			c.Principal = p
			return nil
		}
	}
	if failed == nil && a.require {
		return refuse(noCredentials)
	}
	return failed
}

// tell logs why credentials were refused: the error alone does not say so, and
// clients can cause it as often as they like, so only for who looks for it.
func (a *Authenticators) tell(ctx context.Context, e *entry, c *caller.Caller, err error) {
	if a.logger.Enabled(ctx, slog.LevelDebug) {
		a.logger.LogAttrs(ctx, slog.LevelDebug, "credentials refused", slog.String("authenticator", e.name),
			slog.String("request_id", c.RequestID), slog.Any("reason", cmp.Or(errors.Unwrap(err), err)))
	}
}

// anonymous takes everybody.
type anonymous struct{ principal *caller.Principal }

func (a *anonymous) authenticate(context.Context, *caller.Caller) (*caller.Principal, error) {
	return a.principal, nil
}

func (a *anonymous) close() {}
