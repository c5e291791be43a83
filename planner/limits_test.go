package planner_test

import (
	"context"
	"testing"
	"time"

	"github.com/weftql/weft/operation"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// TestSoftLimits passes the soft limits: plans are valid, and say that they may
// not be the best.
func TestSoftLimits(t *testing.T) {
	for name, l := range map[string]planner.Limits{"work": {SoftWork: 10}, "time": {SoftTime: 1}} {
		approximate := 0
		for _, v := range vectors(t, "lattice*") {
			got, err := newPlanner(t, v.graph, planner.Options{Limits: l}).Plan(context.Background(), v.op, operation.Choice{})
			if err != nil {
				t.Fatal(name, v.name, err)
			}
			if err := plan.Check(got); err != nil {
				t.Errorf("%s: %s: %v", name, v.name, err)
			}
			if got.Metrics.Approximate {
				approximate++
			}
		}
		if approximate == 0 {
			t.Errorf("%s: no plan says that it is approximate", name)
		}
	}
}

// TestNotApproximate plans every vector within the default limits.
func TestNotApproximate(t *testing.T) {
	for _, v := range vectors(t, "*") {
		// The clock is left out: the machine may be busy.
		got, err := newPlanner(t, v.graph, planner.Options{Limits: planner.Limits{SoftTime: time.Hour}}).Plan(context.Background(), v.op, operation.Choice{})
		if err != nil {
			t.Fatal(v.name, err)
		}
		if got.Metrics.Approximate {
			t.Errorf("%s: approximate after %d work units", v.name, got.Metrics.Work)
		}
	}
}
