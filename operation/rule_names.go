package operation

import (
	"sort"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/core"
)

// fieldsOnCorrectType: a selected field exists on its type.
func fieldsOnCorrectType(run *validation, events *core.Events, add core.AddErrFunc) {
	events.OnField(func(_ *core.Walker, field *ast.Field) {
		owner := field.ObjectDefinition
		if owner == nil || field.Definition != nil {
			return
		}
		hint := run.suggestTypes(owner, field.Name)
		if hint == "" {
			hint = run.suggest(field.Name, func() []string {
				var names []string
				for _, f := range owner.Fields {
					names = append(names, f.Name)
				}
				return names
			})
		}
		add(core.Message(`Cannot query field "%s" on type "%s".%s`, clip(field.Name), owner.Name, hint), core.At(field.Position))
	})
}

// suggestTypes names the possible types of an abstract type that have a field
// the type itself lacks.
func (run *validation) suggestTypes(owner *ast.Definition, field string) string {
	if !owner.IsAbstractType() || run.suggestions >= maxSuggestions {
		return ""
	}
	run.suggestions++
	var names []string
	for _, def := range run.view.AST.GetPossibleTypes(owner) {
		if def.Fields.ForName(field) != nil {
			names = append(names, def.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	sort.Strings(names)
	return " Did you mean to use an inline fragment on " + core.QuotedOrList(names...) + "?"
}

// knownArgumentNames: an argument is declared by its field or directive.
func knownArgumentNames(run *validation, events *core.Events, add core.AddErrFunc) {
	unknown := func(arg *ast.Argument, declared ast.ArgumentDefinitionList, what string) {
		hint := run.suggest(arg.Name, func() []string {
			var names []string
			for _, a := range declared {
				names = append(names, a.Name)
			}
			return names
		})
		add(core.Message(`Unknown argument "%s" on %s.%s`, clip(arg.Name), what, hint), core.At(arg.Position))
	}
	events.OnField(func(_ *core.Walker, f *ast.Field) {
		if f.Definition == nil || f.ObjectDefinition == nil {
			return
		}
		for _, arg := range f.Arguments {
			if f.Definition.Arguments.ForName(arg.Name) == nil {
				unknown(arg, f.Definition.Arguments, `field "`+f.ObjectDefinition.Name+"."+f.Name+`"`)
			}
		}
	})
	events.OnDirective(func(_ *core.Walker, d *ast.Directive) {
		if d.Definition == nil {
			return
		}
		for _, arg := range d.Arguments {
			if d.Definition.Arguments.ForName(arg.Name) == nil {
				unknown(arg, d.Definition.Arguments, `directive "@`+d.Name+`"`)
			}
		}
	})
}

// knownTypeNames: variables and type conditions name existing types.
func knownTypeNames(run *validation, events *core.Events, add core.AddErrFunc) {
	check := func(name string, at *ast.Position) {
		if name == "" || run.view.AST.Types[name] != nil {
			return
		}
		hint := run.suggest(name, func() []string {
			var names []string
			for known := range run.view.AST.Types {
				names = append(names, known)
			}
			sort.Strings(names)
			return names
		})
		add(core.Message(`Unknown type "%s".%s`, clip(name), hint), core.At(at))
	}
	events.OnVariable(func(_ *core.Walker, v *ast.VariableDefinition) { check(v.Type.Name(), v.Position) })
	events.OnInlineFragment(func(_ *core.Walker, f *ast.InlineFragment) { check(f.TypeCondition, f.Position) })
	events.OnFragment(func(_ *core.Walker, f *ast.FragmentDefinition) { check(f.TypeCondition, f.Position) })
}
