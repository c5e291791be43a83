package weft

import (
	"runtime/debug"
	"slices"
	"time"

	"github.com/weftql/weft/caller"
	"github.com/weftql/weft/config"
	"github.com/weftql/weft/executor"
	"github.com/weftql/weft/planner/plan"
	"github.com/weftql/weft/server"
	"github.com/weftql/weft/telemetry"
)

// What an operation leaves behind when it is over: a line in the access log,
// spans, metrics. The call takes notes on its way (call.told); the server says
// how the answer went out, and then everything is told at once.

// openTelemetry takes what an earlier snapshot with the same settings tells
// to, or opens it.
func (s *Snapshot) openTelemetry() error {
	c := s.options.Telemetry
	if c == nil {
		return nil
	}
	settings := telemetrySettings{*c, s.options.Name}
	opened, release, err := s.shared.telemetry.acquire(settings, func() (*telemetry.Telemetry, error) {
		return telemetry.Open(*c, telemetry.Options{Graph: s.options.Name, Version: version(), Logger: s.options.Logger, Metrics: s.metrics.telemetry})
	})
	if err != nil {
		return err
	}
	s.telemetry = opened
	// Sending what waits takes a moment, and the last to let go may be a request.
	s.releases = append(s.releases, func() { s.shared.farewells.Go(release) }) // ends within seconds
	return nil
}

// ReopenLogs opens the access log's file again, after somebody moved it away.
func (g *Gateway) ReopenLogs() error {
	s := g.pin()
	if s == nil {
		return nil
	}
	defer s.unpin()
	return s.telemetry.Reopen()
}

// telemetrySettings are what telemetry depends on.
type telemetrySettings struct {
	config.Telemetry
	graph string
}

// knows notes that the document is known. One without what is denied comes
// later and is told as the same.
func (c *call) knows(doc *document, hit bool) {
	if c.told.Operation == nil {
		c.told.Operation, c.told.DocumentHit = doc.operation, hit
		c.told.Mark(telemetry.Prepared)
	} else {
		c.told.Filtered = true
	}
}

// planned notes that the plan is known.
func (c *call) planned(p *program, hit bool) {
	c.told.PlanHit, c.told.Targets = hit, p.targets
	if hit {
		c.gateway.metrics.plans.hit.Inc()
	} else {
		c.gateway.metrics.plans.miss.Inc()
	}
	c.told.Mark(telemetry.Planned)
}

// executed notes what a run did.
func (c *call) executed(result *executor.Result) {
	c.told.Fetches, c.told.Errors = result.Fetches, result.Errors
	if len(c.verdict.Errors) > 0 {
		c.told.Errors = slices.Concat(result.Errors, c.verdict.Errors)
	}
	c.told.Mark(telemetry.Executed)
}

// labelled returns the answer with its labels, and who is to be told how it
// went out.
func (c *call) labelled() *server.Answer {
	a := &c.answer
	a.Profile, a.Type, a.Done = c.request.Caller.Profile, c.told.Type(), c.done
	return a
}

// tell tells the operation; it is the Answer's Done.
func (c *call) tell(o *server.Outcome) {
	t := &c.told
	t.Transport, t.Start, t.Status, t.Bytes, t.End = o.Transport, o.Start, o.Status, o.Bytes, time.Now()
	m := c.gateway.metrics.policy.of(c.request.Caller.Profile)
	m.overhead.Observe(t.Overhead().Seconds())
	m.settled(&c.policy)
	c.snapshot.telemetry.Tell(t)
	c.over = true
}

// tellAnyway is for answers that no server sent.
func (c *call) tellAnyway() {
	if !c.over {
		c.tell(&server.Outcome{Start: c.deadline.Add(-c.snapshot.options.Timeout), Bytes: int64(len(c.answer.Body))})
	}
}

// tellRefused tells a request that reached no gateway; it is a server.Refused.
func (g *Gateway) tellRefused(who *caller.Caller, o *server.Outcome) {
	s := g.pin()
	if s == nil {
		return
	}
	defer s.unpin()
	if who.Principal == nil {
		who.Principal = anonymous
	}
	s.telemetry.Tell(&telemetry.Operation{Caller: who, Start: o.Start, Transport: o.Transport, Status: o.Status, Bytes: o.Bytes, Errors: o.Errors})
}

// subscriber is what is told of one subscription.
type subscriber struct {
	gateway *Gateway
	told    telemetry.Operation
}

// subscribed makes the answer that carries a feed. The call ends before it.
func (c *call) subscribed(f *feed) *server.Answer {
	a := &server.Answer{Feed: f, Profile: c.request.Caller.Profile, Type: telemetry.TypeOf(plan.Subscription)}
	if c.snapshot.telemetry != nil {
		s := &subscriber{c.gateway, c.told}
		s.told.Targets, s.told.Fetches = nil, nil
		a.Done = s.tell
	}
	c.over = true
	return a
}

func (s *subscriber) tell(o *server.Outcome) {
	snapshot := s.gateway.pin() // the newest: the one it began with may be closed
	if snapshot == nil {
		return
	}
	defer snapshot.unpin()
	t := &s.told
	t.Transport, t.Start, t.Status, t.Bytes, t.Events, t.Errors = o.Transport, o.Start, o.Status, o.Bytes, o.Events, o.Errors
	snapshot.telemetry.Tell(t)
}

// targetsOf returns where the fetches of a plan go, for spans.
func (s *Snapshot) targetsOf(p *plan.Plan) []telemetry.Target {
	if !s.telemetry.Traces() {
		return nil
	}
	all := make([]telemetry.Target, len(p.Fetches))
	for i := range p.Fetches {
		f := &p.Fetches[i]
		all[i] = telemetry.TargetAt(s.addresses[p.Subgraphs[f.Subgraph]])
		all[i].Kind = "root"
		if looksUp(f) {
			all[i].Kind = "entity"
		}
	}
	return all
}

// looksUp reports whether a fetch asks for more of objects that are known.
func looksUp(f *plan.Fetch) bool {
	for s := range f.Sets {
		for t := range f.Sets[s].Targets {
			if len(f.Sets[s].Targets[t].Rep) > 0 {
				return true
			}
		}
	}
	return false
}

// version is what the Go toolchain recorded of weft in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == "github.com/weftql/weft" {
			return m.Version
		}
	}
	return ""
}
