package testkit

import (
	"fmt"
	"strings"

	"github.com/weftql/weft/planner/plan"
)

// PlanText prints the fetches of a plan, one per line.
func PlanText(p *plan.Plan) string {
	var b strings.Builder
	for i, f := range p.Fetches {
		fmt.Fprintf(&b, "%d %s after %v round %d", i, p.Subgraphs[f.Subgraph], f.After, f.Round)
		if f.Guard != nil {
			fmt.Fprintf(&b, " guard %v", f.Guard)
		}
		fmt.Fprintf(&b, ": %s\n", f.Operation)
		for _, s := range f.Sets {
			if s.Alias != "" {
				fmt.Fprintf(&b, "    set %s %s %s shape %d targets %+v\n", s.Alias, s.Type, s.Variable, s.Shape, s.Targets)
			}
		}
	}
	return b.String()
}
