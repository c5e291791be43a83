package planner

import (
	"context"
	"fmt"
	"time"

	"github.com/weftql/weft/fault"
)

// Limits bound one planning. Zero values mean the defaults.
type Limits struct {
	// Time is the longest a planning may take; default 5 s. Beyond SoftTime,
	// default 1 s, the planner takes the first good choice instead of the best,
	// and the plan is marked as approximate.
	Time, SoftTime time.Duration
	// Work is the most work units; default 10 million. SoftWork is to it what
	// SoftTime is to Time; default 2 million.
	Work, SoftWork int
	// Places is the most object places of a plan, internal ones included;
	// default 10 000.
	Places int
	// Branches is the most expansions of an abstract type; default 50 000.
	Branches int
	// Requests is the most fetches of a plan; default 500.
	Requests int
	// Text is the longest text of one request in bytes; default 1 MiB.
	Text int
}

func (l Limits) withDefaults() Limits {
	def := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	if l.Time <= 0 {
		l.Time = 5 * time.Second
	}
	if l.SoftTime <= 0 {
		l.SoftTime = time.Second
	}
	def(&l.Work, 10_000_000)
	def(&l.SoftWork, 2_000_000)
	def(&l.Places, 10_000)
	def(&l.Branches, 50_000)
	def(&l.Requests, 500)
	def(&l.Text, 1<<20)
	return l
}

// routingDepth is how many requirements may nest before a fact counts as
// unreachable: a cycle ends here instead of looping.
const routingDepth = 32

// limits counts one planning's use. A limit once passed stays in err, and
// loops end at their next look at it.
type limits struct {
	max                    Limits
	work, places, branches int
	start                  time.Time
	// approximate: a soft limit was passed, good has to be good enough.
	approximate bool
	err         error
}

func newLimits(l Limits) limits {
	return limits{max: l.withDefaults(), start: time.Now()}
}

// spend counts work units, and looks at the clock and ctx now and then.
func (l *limits) spend(ctx context.Context, n int) bool {
	before := l.work
	l.work += n
	if l.err != nil {
		return false
	}
	l.approximate = l.approximate || l.work > l.max.SoftWork
	if l.work > l.max.Work {
		l.exceed("work units", l.max.Work)
	} else if before>>12 != l.work>>12 {
		l.look(ctx)
	}
	return l.err == nil
}

// look looks at ctx and the clock.
func (l *limits) look(ctx context.Context) {
	taken := time.Since(l.start)
	l.approximate = l.approximate || taken > l.max.SoftTime
	if ctx.Err() != nil {
		l.err = stopped(ctx)
	} else if taken > l.max.Time {
		l.err = limitFault(fmt.Sprintf("planning took longer than %s", l.max.Time))
	}
}

func (l *limits) exceed(what string, limit int) {
	if l.err == nil {
		l.err = limitFault(fmt.Sprintf("the plan needs more than %d %s", limit, what))
	}
}

func (l *limits) place() {
	if l.places++; l.places > l.max.Places {
		l.exceed("object places", l.max.Places)
	}
}

func (l *limits) branch(n int) {
	if l.branches += n; l.branches > l.max.Branches {
		l.exceed("type branches", l.max.Branches)
	}
}

func limitFault(message string) error {
	return &fault.Error{Code: fault.PlanLimitExceeded, Message: message}
}

// unreachable is a bug of composition or planner: a composed supergraph
// resolves every field from everywhere.
func unreachable(coordinate string) error {
	return &fault.Error{
		Code: fault.InternalServerError, Message: "internal server error",
		Cause: fmt.Errorf("planner: no subgraph can resolve %s here", coordinate),
	}
}
