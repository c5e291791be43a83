package planner

import (
	"math/rand/v2"
	"testing"

	"github.com/weftql/weft/planner/plan"
)

// TestGuards compares the guard operations with their truth tables.
func TestGuards(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const bits = 6
	random := func() plan.Guard {
		if rng.IntN(8) == 0 {
			return nil
		}
		var g plan.Guard
		for range 1 + rng.IntN(3) {
			some := rng.Uint64N(1 << bits)
			set := some & rng.Uint64N(1<<bits)
			clear := some &^ set & rng.Uint64N(1<<bits)
			if set|clear == 0 {
				return nil // guards have no literal that is always true
			}
			g = addLiterals(g, plan.Literals{Set: set, Clear: clear})
		}
		return g
	}
	for range 2000 {
		a, b := random(), random()
		or, and := orGuard(a, b), andGuard(a, b)
		implied := implies(a, b)
		for c := range uint64(1 << bits) {
			if or.Holds(c) != (a.Holds(c) || b.Holds(c)) {
				t.Fatalf("%v or %v = %v", a, b, or)
			}
			if and.Holds(c) != (a.Holds(c) && b.Holds(c)) {
				t.Fatalf("%v and %v = %v", a, b, and)
			}
			if implied && a.Holds(c) && !b.Holds(c) {
				t.Fatalf("%v does not imply %v", a, b)
			}
			if l := (plan.Literals{Set: c & 3, Clear: ^c & 3}); assume(a, l).Holds(c) != a.Holds(c) {
				t.Fatalf("%v where %v holds = %v", a, l, assume(a, l))
			}
			left, ok := specialise(a, c)
			if ok && left.Holds(c) != a.Holds(c) || !ok && a.Holds(c) {
				t.Fatalf("%v under %b = %v, %v", a, c, left, ok)
			}
		}
	}
}
