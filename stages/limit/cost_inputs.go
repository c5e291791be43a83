package limit

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/weftql/weft/internal/jsonscan"
)

// input is what values of an argument or input field count: an input object 1,
// anything else nothing, unless @cost says otherwise; for the argument or field,
// or else for its type. A list counts its weight once more for itself.
type input struct {
	weight int64
	given  bool // by @cost
	// fields are those of an input object, made when the first value comes: input
	// types refer to each other.
	object *ast.Definition
	from   *weights
	once   sync.Once
	fields map[string]*input
}

func (w *weights) input(directives ast.DirectiveList, t *ast.Type) *input {
	in := &input{from: w}
	in.weight, in.given = w.weight(directives)
	def := w.graph.AST.Types[t.Name()]
	if def == nil {
		return in
	}
	if !in.given {
		in.weight, in.given = w.weight(def.Directives)
	}
	if def.Kind == ast.InputObject {
		in.object = def
	}
	return in
}

// free reports whether no value counts anything.
func (in *input) free() bool { return in.weight == 0 && in.object == nil }

// own is what an object of it counts itself.
func (in *input) own() int64 {
	if in.given || in.object == nil {
		return in.weight
	}
	return 1
}

func (in *input) field(name string) *input {
	in.once.Do(func() {
		in.fields = make(map[string]*input, len(in.object.Fields))
		for _, f := range in.object.Fields {
			in.fields[f.Name] = in.from.input(f.Directives, f.Type)
		}
	})
	return in.fields[name]
}

// maxValue bounds the depth of values looked at; coercion has a bound of its
// own.
const maxValue = jsonscan.MaxDepth

// score returns what a JSON value counts.
func (in *input) score(value []byte, depth int) int64 {
	if in.free() || jsonscan.Null(value) || depth > maxValue {
		return 0
	}
	switch {
	case value[0] == '[':
		total := in.weight
		jsonscan.Each(value, func(_, item []byte) bool {
			total = bounded(total + in.score(item, depth+1))
			return true
		})
		return total
	case value[0] == '{' && in.object != nil:
		total := in.own()
		jsonscan.Each(value, func(quoted, v []byte) bool {
			if f := in.field(string(quoted[1 : len(quoted)-1])); f != nil {
				total = bounded(total + f.score(v, depth+1))
			}
			return true
		})
		return total
	}
	return in.weight
}
