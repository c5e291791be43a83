package weft

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"runtime/debug"
	"slices"
	"time"

	"github.com/weftql/weft/connectors/spec"
	"github.com/weftql/weft/fault"
	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/subgraphs"
)

// rebind holds every subscription against a snapshot that was swapped in. One
// that would be run in just the same way goes on, on the snapshot it has
// pinned; the others end with SUBSCRIPTION_SCHEMA_RELOAD, spread over
// SwapJitter so that not all clients come back at once. It is called by swap,
// one at a time.
func (g *Gateway) rebind(s *Snapshot) {
	g.shares.mu.Lock()
	g.shares.newest = s
	var running []*share
	for _, one := range g.shares.running {
		if one.snapshot != s {
			running = append(running, one)
		}
	}
	g.shares.mu.Unlock()
	for _, one := range running {
		g.hold(one, s)
	}
}

// reconsider is rebind for a subscription that began on an old snapshot after
// rebind had looked.
func (g *Gateway) reconsider(one *share) {
	if s := g.pin(); s != nil {
		defer s.unpin()
		g.hold(one, s)
	}
}

func (g *Gateway) hold(one *share, s *Snapshot) {
	if one.snapshot == s || one.unchanged(s) {
		return
	}
	delay := time.Duration(0)
	if jitter := s.options.Subscriptions.SwapJitter; jitter > 0 {
		delay = rand.N(jitter)
	}
	one.overAfter(delay, fault.List{{Code: fault.SubscriptionSchemaReload, Message: "the graph has changed; subscribe again"}})
}

// overAfter ends the share after a while, unless it ends before.
func (s *share) overAfter(delay time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended && s.timer == nil {
		s.timer = time.AfterFunc(delay, func() { s.over(err) })
	}
}

// unchanged reports whether the subscription would be run over the snapshot as
// it is now: the same document gives the same values, an equal plan, and the
// plan's subgraphs are reached in the same way.
func (s *share) unchanged(other *Snapshot) (same bool) {
	defer func() {
		if r := recover(); r != nil { // a bug that a schema provokes must not end the process
			same = false
			s.gateway.log.LogAttrs(context.Background(), slog.LevelError, "panic while a subscription was planned again", slog.String("cause", fmt.Sprintf("%v\n%s", r, debug.Stack())))
		}
	}()
	ctx, cancel := context.WithTimeout(s.ctx, other.options.Timeout)
	defer cancel()
	key := s.asked.doc.key
	request := &operation.Request{Document: []byte(key.text), Escaped: key.escaped, Name: key.name, Variables: s.asked.variables, Caller: &s.caller}
	c := &call{gateway: s.gateway, snapshot: other, request: request, deadline: time.Now().Add(other.options.Timeout)}
	if c.profile = other.profileNamed(s.caller.Profile); c.profile == nil || !sameAccess(s.caller.Profile, s.snapshot, other) {
		return false
	}
	doc, err := c.document(ctx, key.denied)
	if err != nil || !sameOperation(doc.operation, s.asked.doc.operation) {
		return false
	}
	if err = c.coerce(doc); err != nil {
		return false
	}
	if c.choice.Conditions != s.asked.choice.Conditions || !slices.EqualFunc(c.values, s.asked.values, bytes.Equal) {
		return false
	}
	c.choice = s.asked.choice
	p, err := c.program(ctx, doc)
	return err == nil && samePlan(p.plan, s.program.plan) && sameSources(p.plan, s.snapshot, other) &&
		slices.EqualFunc(c.headersFor(p), s.input.Header, slices.Equal)
}

// sameAccess compares what decides who gets in, and what they may see: the
// subscribers were held against it when they came.
func sameAccess(profile string, a, b *Snapshot) bool {
	x, y := a.profileNamed(profile), b.profileNamed(profile)
	return x != nil && y != nil && reflect.DeepEqual(a.options.Auth, b.options.Auth) && reflect.DeepEqual(x.Config.Auth, y.Config.Auth) &&
		reflect.DeepEqual(x.Config.Match, y.Config.Match) && slices.Equal(x.Config.Verify, y.Config.Verify)
}

// sameOperation compares what the bits of a choice and the values stand for.
func sameOperation(a, b *operation.Operation) bool {
	return slices.Equal(a.Variables, b.Variables) && slices.EqualFunc(a.Literals, b.Literals, bytes.Equal) &&
		slices.Equal(a.Conditions, b.Conditions) && sameNeeds(a, b) && slices.Equal(a.Labels, b.Labels) && sameExprs(a, b)
}

// sameExprs compares what is computed: functions do not compare, but the hash of
// an operation with some stands for the overlay they come from.
func sameExprs(a, b *operation.Operation) bool {
	return len(a.Exprs) == len(b.Exprs) && (len(a.Exprs) == 0 || a.Hash == b.Hash)
}

// sameNeeds compares requirements by what they ask for: their numbers are a
// snapshot's own.
func sameNeeds(a, b *operation.Operation) bool {
	return slices.EqualFunc(a.Needs, b.Needs, func(x, y operation.Need) bool {
		return slices.Equal(x.Args, y.Args) &&
			reflect.DeepEqual(a.View.Supergraph.Requirements[x.Requirement], b.View.Supergraph.Requirements[y.Requirement])
	})
}

// samePlan compares what is executed; the rest of a plan is for readers.
func samePlan(a, b *plan.Plan) bool {
	x, y := *a, *b
	for _, p := range []*plan.Plan{&x, &y} {
		p.Tree, p.Touches, p.Metrics = nil, nil, plan.Metrics{}
	}
	return reflect.DeepEqual(&x, &y)
}

// sameSources reports whether a plan's subgraphs have the same sources in two
// snapshots. A source that cannot be compared counts as another one.
func sameSources(p *plan.Plan, a, b *Snapshot) bool {
	for i, name := range p.Subgraphs {
		if name != "" && !sameSource(a.sources[name], b.sources[name]) && !sameConnectors(p, i, a, b) {
			return false
		}
	}
	return true
}

// sameConnectors reports whether the connectors that a plan uses of one of its
// subgraphs are the same in both snapshots; their settings do not change.
func sameConnectors(p *plan.Plan, subgraph int, a, b *Snapshot) bool {
	one, other := a.connected.subgraphs[p.Subgraphs[subgraph]], b.connected.subgraphs[p.Subgraphs[subgraph]]
	if one == nil || other == nil {
		return false
	}
	for i := range p.Fetches {
		if p.Fetches[i].Subgraph != subgraph {
			continue
		}
		for k := range p.Fetches[i].Sets {
			if !sameConnector(one, other, p.Fetches[i].Sets[k].Lookup) {
				return false
			}
		}
	}
	return true
}

func sameConnector(one, other *spec.Subgraph, id string) bool {
	named := func(c *spec.Connector) bool { return c.ID == id }
	i, k := slices.IndexFunc(one.Connectors, named), slices.IndexFunc(other.Connectors, named)
	if i < 0 || k < 0 {
		return false
	}
	x, y := *one.Connectors[i], *other.Connectors[k]
	for _, c := range []*spec.Connector{&x, &y} {
		c.Line, c.Column = 0, 0 // of the supergraph's text
	}
	return reflect.DeepEqual(&x, &y)
}

func sameSource(a, b subgraphs.Source) bool {
	a, b = undecorated(a), undecorated(b)
	return reflect.TypeOf(a) == reflect.TypeOf(b) && reflect.TypeOf(a).Comparable() && a == b
}
