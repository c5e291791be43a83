package planner_test

import (
	"slices"
	"testing"

	"github.com/weftql/weft/internal/golden"
	"github.com/weftql/weft/planner"
	"github.com/weftql/weft/planner/plan"
)

// TestPlans plans one case per rewrite: where it fires (expect), and near misses
// where it must not (expect-not).
func TestPlans(t *testing.T) {
	golden.Run(t, "testdata/plan", []string{"plan.txt"}, func(t *testing.T, c *golden.Case) {
		trace := &planner.Trace{}
		got := planCase(t, c, planner.Options{Trace: trace})
		if err := plan.Check(got); err != nil {
			t.Errorf("the plan breaks an invariant: %v", err)
		}
		fired := trace.Passes()
		for _, name := range c.Headers("expect") {
			if !slices.Contains(fired, name) {
				t.Errorf("%s did not fire; fired: %v", name, fired)
			}
		}
		for _, name := range c.Headers("expect-not") {
			if slices.Contains(fired, name) {
				t.Errorf("%s fired", name)
			}
		}
		if want := c.Header("calls"); want != "" {
			if got := calls(got); got != want {
				t.Errorf("calls\n got %s\nwant %s", got, want)
			}
		}
		c.Output(t, "plan.txt", plan.Text(got))
	})
}
