package operation

import (
	"math/bits"

	"github.com/weftql/weft/planner/plan"
)

// A conjunction is a plan.Literals: every condition in Set holds, none in
// Clear. The zero value is true.

// both returns a ∧ b and whether it can hold.
func both(a, b plan.Literals) (plan.Literals, bool) {
	c := plan.Literals{Set: a.Set | b.Set, Clear: a.Clear | b.Clear}
	return c, c.Set&c.Clear == 0
}

// implies reports whether a holds only where b does.
func implies(a, b plan.Literals) bool {
	return b.Set&^a.Set == 0 && b.Clear&^a.Clear == 0
}

// without returns a less the literals of b.
func without(a, b plan.Literals) plan.Literals {
	return plan.Literals{Set: a.Set &^ b.Set, Clear: a.Clear &^ b.Clear}
}

// negations returns conjunctions that exclude each other and together are
// a ∧ ¬b, given that a and b can both hold.
func negations(a, b plan.Literals) []plan.Literals {
	var out []plan.Literals
	rest := without(b, a)
	for m := rest.Set; m != 0; m &= m - 1 {
		bit := uint64(1) << bits.TrailingZeros64(m)
		out = append(out, plan.Literals{Set: a.Set, Clear: a.Clear | bit})
		a.Set |= bit
	}
	for m := rest.Clear; m != 0; m &= m - 1 {
		bit := uint64(1) << bits.TrailingZeros64(m)
		out = append(out, plan.Literals{Set: a.Set | bit, Clear: a.Clear})
		a.Clear |= bit
	}
	return out
}

// guard returns l as a plan.Guard.
func guard(l plan.Literals) plan.Guard {
	if l == (plan.Literals{}) {
		return nil
	}
	return plan.Guard{l}
}
