package operation

import (
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// singleFieldSubscriptions: a subscription selects exactly one root field,
// never an introspection field, and not under a condition: the number of
// streams must be known before variables are.
func singleFieldSubscriptions(run *validation, events *core.Events, add core.AddErrFunc) {
	events.OnOperation(func(_ *core.Walker, def *ast.OperationDefinition) {
		if def.Operation != ast.Subscription || run.view.AST.Subscription == nil {
			return
		}
		name := "Anonymous Subscription"
		if def.Name != "" {
			name = "Subscription " + strconv.Quote(clip(def.Name))
		}
		first := ""
		for _, root := range rootFields(def.SelectionSet) {
			switch {
			case root.conditional != nil:
				add(core.Message(`%s must not use "@skip" or "@include" at its top level.`, name), core.At(root.conditional))
			case strings.HasPrefix(root.field.Name, "__"):
				add(core.Message(`%s must not select an introspection top level field.`, name), core.At(root.field.Position))
			case first == "":
				first = root.field.Alias
			case first != root.field.Alias:
				add(core.Message(`%s must select only one top level field.`, name), core.At(root.field.Position))
				return
			}
		}
	})
}

type rootField struct {
	field       *ast.Field
	conditional *ast.Position // the directive, if any
}

// rootFields returns the fields a selection set has after its fragments are
// inlined, each fragment once.
func rootFields(set ast.SelectionSet) []rootField {
	var found []rootField
	seen := map[string]bool{}
	var walk func(ast.SelectionSet, *ast.Position)
	walk = func(set ast.SelectionSet, conditional *ast.Position) {
		for _, sel := range set {
			switch sel := sel.(type) {
			case *ast.Field:
				found = append(found, rootField{sel, condition(sel.Directives, conditional)})
			case *ast.InlineFragment:
				walk(sel.SelectionSet, condition(sel.Directives, conditional))
			case *ast.FragmentSpread:
				if sel.Definition != nil && !seen[sel.Name] {
					seen[sel.Name] = true
					walk(sel.Definition.SelectionSet, condition(sel.Directives, conditional))
				}
			}
		}
	}
	walk(set, nil)
	return found
}

func condition(list ast.DirectiveList, outer *ast.Position) *ast.Position {
	for _, d := range list {
		if d.Name == "skip" || d.Name == "include" {
			return d.Position
		}
	}
	return outer
}
