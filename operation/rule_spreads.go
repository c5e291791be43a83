package operation

import (
	"sync"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"

	"github.com/weftql/weft/schema"
)

// possibleFragmentSpreads: some object can be of both the enclosing type and
// the fragment's.
func possibleFragmentSpreads(run *validation, events *core.Events, add core.AddErrFunc) {
	fits := func(parent *ast.Definition, condition string) bool {
		def := run.view.AST.Types[condition]
		if parent == nil || def == nil || parent == def || !parent.IsCompositeType() || !def.IsCompositeType() {
			return true
		}
		return run.objects.of(parent).Meets(run.objects.of(def))
	}
	events.OnInlineFragment(func(_ *core.Walker, f *ast.InlineFragment) {
		if !fits(f.ObjectDefinition, f.TypeCondition) {
			add(core.Message(`Fragment cannot be spread here as objects of type "%s" can never be of type "%s".`,
				f.ObjectDefinition.Name, f.TypeCondition), core.At(f.Position))
		}
	})
	events.OnFragmentSpread(func(_ *core.Walker, f *ast.FragmentSpread) {
		if f.Definition != nil && !fits(f.ObjectDefinition, f.Definition.TypeCondition) {
			add(core.Message(`Fragment "%s" cannot be spread here as objects of type "%s" can never be of type "%s".`,
				clip(f.Name), f.ObjectDefinition.Name, f.Definition.TypeCondition), core.At(f.Position))
		}
	})
}

// objectTypes says which object types of a view a value of a composite type can
// have. It computes a type's answer when it is first asked.
type objectTypes struct {
	view  *schema.View
	known sync.Map // schema.Bits by *ast.Definition
}

// of returns the object types of def. Introspection types, which the supergraph
// does not number, have none.
func (o *objectTypes) of(def *ast.Definition) schema.Bits {
	if known, ok := o.known.Load(def); ok {
		if bits, ok := known.(schema.Bits); ok {
			return bits
		}
	}
	objects := []*ast.Definition{def}
	if def.Kind != ast.Object {
		objects = o.view.AST.GetPossibleTypes(def)
	}
	var bits schema.Bits
	for _, object := range objects {
		if id := o.view.Supergraph.TypeNamed(object.Name); id != schema.NoType {
			bits.Add(int(id))
		}
	}
	o.known.Store(def, bits)
	return bits
}
