package limit

import (
	"strconv"
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/schema"
)

// weights are what @cost and @listSize say of a graph. Fields are looked up when
// the first operation selects them: few of a large schema are.
type weights struct {
	graph          *schema.Supergraph
	cost, listSize string // names of the directives here

	mu     sync.Mutex
	fields map[schema.FieldID]*weighed
}

// weighed is one output field.
type weighed struct {
	// each is what one value counts: by the field's @cost, by its type's, or 1 of
	// an object and 0 of a scalar or enum. Of an abstract type, and of a field of
	// one, it is that of the dearest object.
	each  int64
	list  bool
	sizes *sizes
	args  map[string]*input
}

func newWeights(g *schema.Supergraph) *weights {
	w := &weights{
		graph: g, fields: map[schema.FieldID]*weighed{},
		cost: g.FeatureDirective("cost", "cost"), listSize: g.FeatureDirective("cost", "listSize"),
	}
	return w
}

// field returns what is known of a field.
func (w *weights) field(id schema.FieldID) *weighed {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.fields[id]
	if f == nil {
		f = w.weigh(&w.graph.Fields[id])
		w.fields[id] = f
	}
	return f
}

func (w *weights) weigh(def *schema.Field) *weighed {
	f := &weighed{list: def.Type.Elem != nil, each: w.each(def), sizes: w.sizesOf(def)}
	if owner := &w.graph.Types[def.Owner]; owner.Kind == ast.Interface {
		first := true
		for id := range owner.Possible.All() {
			if own := w.graph.FieldNamed(schema.TypeID(id), def.Name); own != schema.NoField {
				if each := w.each(&w.graph.Fields[own]); first || each > f.each {
					f.each, first = each, false
				}
			}
		}
	}
	for _, a := range def.Arguments {
		if f.args == nil {
			f.args = map[string]*input{}
		}
		f.args[a.Name] = w.input(a.Directives, a.Type)
	}
	return f
}

// each is [weighed.each] of one definition.
func (w *weights) each(def *schema.Field) int64 {
	if def.Definition != nil {
		if n, ok := w.weight(def.Definition.Directives); ok {
			return n
		}
	}
	t := &w.graph.Types[def.Result]
	switch t.Kind {
	case ast.Interface, ast.Union:
		most, first := int64(1), true
		for id := range t.Possible.All() {
			if n := w.object(schema.TypeID(id)); first || n > most {
				most, first = n, false
			}
		}
		return most
	case ast.Object:
		return w.object(def.Result)
	}
	n, _ := w.weight(w.directives(t.Name))
	return n
}

func (w *weights) object(id schema.TypeID) int64 {
	if n, ok := w.weight(w.directives(w.graph.Types[id].Name)); ok {
		return n
	}
	return 1
}

func (w *weights) directives(typeName string) ast.DirectiveList {
	if def := w.graph.AST.Types[typeName]; def != nil {
		return def.Directives
	}
	return nil
}

// weight returns the weight that @cost gives.
func (w *weights) weight(list ast.DirectiveList) (int64, bool) {
	if w.cost == "" {
		return 0, false
	}
	d := list.ForName(w.cost)
	if d == nil {
		return 0, false
	}
	a := d.Arguments.ForName("weight")
	if a == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(a.Value.Raw, 10, 64) // IBM's specification has a string here
	return bounded(n), err == nil
}

// maxCost is the most that anything costs, so that sums stay in range.
const maxCost = 1 << 52

func bounded(n int64) int64 { return max(-maxCost, min(n, maxCost)) }

// times multiplies within bounds; n is not negative.
func times(n, cost int64) int64 {
	switch {
	case n == 0 || cost == 0:
		return 0
	case cost > 0 && n > maxCost/cost:
		return maxCost
	case cost < 0 && n > -(maxCost/cost):
		return -maxCost
	}
	return n * cost
}
