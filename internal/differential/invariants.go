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
// after what they wait for, Inline means what it says, and planning again gives
// the same plan.
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
	before := make([][]int, len(p.Fetches)) // all that must be over
	for n, f := range p.Fetches {
		for _, m := range f.After {
			before[n] = append(append(before[n], m), before[m]...)
		}
	}
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
