package compose

import (
	"slices"

	"github.com/weftql/weft/schema"
)

// contextPair is a context together with what one argument selects from it:
// whether a path has it depends on both.
type contextPair struct {
	context, selection string
	// on holds the selection as parsed on each type that sets the context.
	on map[schema.TypeID]*schema.FieldSet
}

// findPairs collects the contexts that arguments use, and who sets them. A
// context set on an interface or union is set by its objects too.
func (r *routeGraph) findPairs() {
	for i := range r.g.Fields {
		for _, in := range r.g.Fields[i].In {
			for _, c := range in.Contexts {
				if r.pairIndex(c) < 0 {
					r.pairs = append(r.pairs, contextPair{c.Context, c.Selection, map[schema.TypeID]*schema.FieldSet{}})
				}
			}
		}
	}
	for i := range r.g.Types {
		t := &r.g.Types[i]
		for p := range r.pairs {
			if !slices.Contains(t.Contexts, r.pairs[p].context) {
				continue
			}
			r.setPair(p, t.ID)
			for m := range t.Possible.All() {
				r.setPair(p, schema.TypeID(m))
			}
		}
	}
}

func (r *routeGraph) setPair(p int, by schema.TypeID) {
	pair := &r.pairs[p]
	if _, done := pair.on[by]; done {
		return
	}
	set, err := r.g.ParseFieldSet(by, pair.selection)
	if err != nil {
		set = nil // the selection does not fit this type: it offers nothing
	}
	pair.on[by] = set
	r.setBy[by] = append(r.setBy[by], p)
}

func (r *routeGraph) pairIndex(c schema.ContextArgument) int {
	return slices.IndexFunc(r.pairs, func(p contextPair) bool {
		return p.context == c.Context && p.selection == c.Selection
	})
}

func (r *routeGraph) pairsOf(in *schema.FieldIn) []int {
	var out []int
	for _, c := range in.Contexts {
		out = append(out, r.pairIndex(c))
	}
	return out
}
