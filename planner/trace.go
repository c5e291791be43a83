package planner

import "sort"

// Trace records what the planner did, for tests and explain.
type Trace struct {
	fired map[string]bool
}

// fire notes that a pass changed something.
func (t *Trace) fire(pass string) {
	if t == nil {
		return
	}
	if t.fired == nil {
		t.fired = map[string]bool{}
	}
	t.fired[pass] = true
}

// Passes returns the names of the passes that changed something, sorted.
func (t *Trace) Passes() []string {
	out := make([]string, 0, len(t.fired))
	for name := range t.fired {
		out = append(out, name)
	}
	sort.Strings(out)
	return out
}
