package planner

import "github.com/weftql/weft/planner/plan"

// specialised is how many condition variables a plan is made for; the rest
// stay guards. 2^4 plans per operation at most.
const specialised = 4

const specialisedMask = 1<<specialised - 1

// specialise settles the literals over specialised conditions. The second
// result is false if the guard can no longer hold.
func specialise(g plan.Guard, conditions uint64) (plan.Guard, bool) {
	if g == nil {
		return nil, true
	}
	var out plan.Guard
	for _, l := range g {
		if l.Set&specialisedMask&^conditions != 0 || l.Clear&specialisedMask&conditions != 0 {
			continue
		}
		l.Set &^= specialisedMask
		l.Clear &^= specialisedMask
		if l.Set&l.Clear != 0 {
			continue
		}
		if l == (plan.Literals{}) {
			return nil, true
		}
		out = addLiterals(out, l)
	}
	return out, out != nil
}

// addLiterals ors l into g, leaving out what is implied.
func addLiterals(g plan.Guard, l plan.Literals) plan.Guard {
	for _, m := range g {
		if l.Set&m.Set == m.Set && l.Clear&m.Clear == m.Clear {
			return g
		}
	}
	out := make(plan.Guard, 0, len(g)+1)
	for _, m := range g {
		if m.Set&l.Set != l.Set || m.Clear&l.Clear != l.Clear {
			out = append(out, m)
		}
	}
	return append(out, l)
}

// orGuard is true where either is; nil is true.
func orGuard(a, b plan.Guard) plan.Guard {
	if a == nil || b == nil {
		return nil
	}
	out := a
	for _, l := range b {
		out = addLiterals(out, l)
	}
	return resolveGuard(out)
}

// resolveGuard turns x or not x into true.
func resolveGuard(g plan.Guard) plan.Guard {
	for i, l := range g {
		for _, m := range g[i+1:] {
			if l.Set == m.Clear && l.Clear == m.Set && onlyOne(l.Set|l.Clear) {
				return nil
			}
		}
	}
	return g
}

func onlyOne(x uint64) bool { return x != 0 && x&(x-1) == 0 }

// andGuard is true where both are. A contradiction is an empty, non-nil guard.
func andGuard(a, b plan.Guard) plan.Guard {
	if a == nil {
		return b
	}
	if b == nil {
		return a
	}
	out := plan.Guard{}
	for _, l := range a {
		for _, m := range b {
			n := plan.Literals{Set: l.Set | m.Set, Clear: l.Clear | m.Clear}
			if n.Set&n.Clear == 0 {
				out = addLiterals(out, n)
			}
		}
	}
	return out
}

func equalGuard(a, b plan.Guard) bool {
	if (a == nil) != (b == nil) || len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// implies reports whether b surely holds where a does.
func implies(a, b plan.Guard) bool {
	if b == nil {
		return true
	}
	if a == nil {
		return false
	}
	for _, l := range a {
		ok := false
		for _, m := range b {
			ok = ok || l.Set&m.Set == m.Set && l.Clear&m.Clear == m.Clear
		}
		if !ok {
			return false
		}
	}
	return true
}

// assume is what is left of g where l holds. A contradiction is an empty,
// non-nil guard.
func assume(g plan.Guard, l plan.Literals) plan.Guard {
	if g == nil || l == (plan.Literals{}) {
		return g
	}
	out := plan.Guard{}
	for _, m := range g {
		if m.Set&l.Clear != 0 || m.Clear&l.Set != 0 {
			continue
		}
		if m = (plan.Literals{Set: m.Set &^ l.Set, Clear: m.Clear &^ l.Clear}); m == (plan.Literals{}) {
			return nil
		}
		out = addLiterals(out, m)
	}
	return resolveGuard(out)
}
