package planner

import "github.com/weftql/weft/schema"

// reduce removes implied waits (M6).
//
//	a → b → c, a → c   ⇒   a → b → c
func reduce(fetches []*fetch) bool {
	fired := false
	before := make([]schema.Bits, len(fetches))
	for i, f := range fetches {
		before[i] = schema.NewBits(len(fetches))
		for _, a := range f.after {
			before[i] = before[i].Or(before[a])
		}
		var kept []int
		for _, a := range f.after {
			if !before[i].Has(a) {
				kept = append(kept, a)
			}
		}
		fired = fired || len(kept) < len(f.after)
		for _, a := range f.after {
			before[i].Add(a)
		}
		f.after = kept
	}
	return fired
}
