package operation

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// possibleFragmentSpreads: some object can be of both the enclosing type and
// the fragment's.
func possibleFragmentSpreads(run *validation, events *core.Events, add core.AddErrFunc) {
	types := run.view.AST
	objects := map[string]map[string]bool{}
	possible := func(def *ast.Definition) map[string]bool {
		set, ok := objects[def.Name]
		if !ok {
			set = map[string]bool{}
			if def.Kind == ast.Object {
				set[def.Name] = true
			}
			for _, o := range types.GetPossibleTypes(def) {
				set[o.Name] = true
			}
			objects[def.Name] = set
		}
		return set
	}
	verdicts := map[[2]string]bool{}
	fits := func(parent *ast.Definition, condition string) bool {
		def := types.Types[condition]
		if parent == nil || def == nil || parent == def || !parent.IsCompositeType() || !def.IsCompositeType() {
			return true
		}
		key := [2]string{parent.Name, condition}
		verdict, ok := verdicts[key]
		if !ok {
			verdict = meet(possible(parent), possible(def))
			verdicts[key] = verdict
		}
		return verdict
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

func meet(a, b map[string]bool) bool {
	if len(b) < len(a) {
		a, b = b, a
	}
	for name := range a {
		if b[name] {
			return true
		}
	}
	return false
}
