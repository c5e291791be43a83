package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/weftql/weft/internal/testkit"
	"github.com/weftql/weft/planner/plan"
)

// checkPlan checks what must hold of a plan whatever it answers: fetches come
// after what they wait for, and wait for all they read; Inline means what it
// says; planning again gives the same plan.
func (l *lab) checkPlan(ctx context.Context, ask *testkit.Ask, p *plan.Plan) (kind, difference string) {
	for i, f := range p.Fetches {
		for _, j := range f.After {
			if j >= i {
				return "plan order", fmt.Sprintf("fetch %d waits for %d", i, j)
			}
		}
	}
	if i, j, k, ok := delayed(p); p.Inline && !ok {
		return "plan inline", fmt.Sprintf("the plan says Inline, but fetch %d waits for %d and not for %d, which is read first", k, j, i)
	}
	if d := checkAwaited(p); d != "" {
		return "plan awaits", d
	}
	op, _, choice, err := l.gateway.Prepare(ctx, ask)
	if err != nil {
		return "prepare", err.Error()
	}
	again, err := l.gateway.Plan(ctx, op, choice)
	if err != nil {
		return "plan", err.Error()
	}
	a, b := *p, *again
	a.Metrics.Work, b.Metrics.Work = 0, 0
	if !reflect.DeepEqual(a, b) {
		return "plan differs", "planning twice gives two plans:\n" + testkit.PlanText(p) + testkit.PlanText(again)
	}
	return "", ""
}

// delayed finds fetches i < j that wait for neither each other, and k that waits
// for j alone: reading i's answer first would delay k.
func delayed(p *plan.Plan) (i, j, k int, ok bool) {
	before := transitive(p)
	waits := func(n, m int) bool { return slices.Contains(before[n], m) }
	for j := range p.Fetches {
		for i := range j {
			if waits(j, i) {
				continue
			}
			for k := j + 1; k < len(p.Fetches); k++ {
				if waits(k, j) && !waits(k, i) {
					return i, j, k, false
				}
			}
		}
	}
	return 0, 0, 0, true
}

// link is one slot records of a shape have for further records.
type link struct{ shape, number int }

// checkAwaited checks that a fetch starts only when every link is filled that
// its targets look through.
func checkAwaited(p *plan.Plan) string {
	fills := map[link][]int{} // fetches that fill it
	leads := map[link][]int{} // shapes hanging in it
	for i, f := range p.Fetches {
		for _, s := range f.Sets {
			for _, t := range s.Targets {
				l := link{t.Shape, t.Link}
				fills[l], leads[l] = append(fills[l], i), append(leads[l], s.Shape)
			}
		}
	}
	before := transitive(p)
	for i, f := range p.Fetches {
		for _, s := range f.Sets {
			for _, t := range s.Targets {
				c := &awaiting{fills: fills, leads: leads, done: before[i], shapes: p.Shapes}
				c.ref(t.Shape, t.Type)
				c.fields(t.Shape, t.Rep)
				if c.missing != "" {
					return fmt.Sprintf("fetch %d after %v: %s", i, f.After, c.missing)
				}
			}
		}
	}
	return ""
}

// awaiting follows the references of one target.
type awaiting struct {
	fills, leads map[link][]int
	done         []int
	shapes       []plan.Shape
	missing      string
}

// ref returns the shapes a reference ends in; those that begin above the target
// are not followed.
func (c *awaiting) ref(shape int, r plan.Ref) []int {
	if r.Up > 0 {
		return nil
	}
	here := []int{shape}
	for _, number := range r.Links {
		var next []int
		for _, s := range here {
			l := link{s, number}
			for _, f := range c.fills[l] {
				if !slices.Contains(c.done, f) {
					c.missing = fmt.Sprintf("looks through link %d of shape %d, which fetch %d fills", number, s, f)
				}
			}
			next = append(next, c.leads[l]...)
		}
		here = next
	}
	return here
}

func (c *awaiting) fields(shape int, rep []plan.RepField) {
	for _, f := range rep {
		if f.Const != "" {
			continue
		}
		for _, s := range c.ref(shape, f.From) {
			if len(f.Sub) > 0 && f.From.Key >= 0 && f.From.Key < len(c.shapes[s].Keys) {
				c.fields(c.shapes[s].Keys[f.From.Key].Shape, f.Sub)
			}
		}
	}
}

// transitive returns, by fetch, all fetches that are over when it starts.
func transitive(p *plan.Plan) [][]int {
	before := make([][]int, len(p.Fetches))
	for n, f := range p.Fetches {
		for _, m := range f.After {
			before[n] = append(append(before[n], m), before[m]...)
		}
	}
	return before
}
