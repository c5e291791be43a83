package planner

import "testing"

// TestPassOrder holds the list of passes to the constraints it states.
func TestPassOrder(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range passes() {
		for _, name := range p.after {
			if !seen[name] {
				t.Errorf("%s must come after %s: %s", p.name, name, p.why)
			}
		}
		if seen[p.name] {
			t.Errorf("%s stands twice", p.name)
		}
		seen[p.name] = true
	}
}
